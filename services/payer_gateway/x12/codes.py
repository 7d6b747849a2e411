"""Code lists the codec needs, with short wording of our own.

The codes are facts; the official descriptions are licensed by their owners and are not here.
"""


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLAIM_PAYMENT_STATUSES: dict[str, str] = {
    "1": "processed as primary",
    "2": "processed as secondary",
    "3": "processed as tertiary",
    "4": "patient not recognized by the payer",
    "19": "processed as primary and sent on",
    "20": "processed as secondary and sent on",
    "21": "processed as tertiary and sent on",
    "22": "earlier payment taken back",
    "23": "not this payer's, sent on",
    "25": "predetermination, no payment",
}
"""CLP02 (data element 1029) as 005010X221A1 allows it."""

ADJUSTMENT_GROUPS_835: dict[str, str] = {
    "CO": "contractual, the provider's to bear",
    "OA": "other",
    "PI": "begun by the payer",
    "PR": "the patient's to pay",
}
"""CAS01 (data element 1033) in an 835: CR is not among them (X12 interpretation 1147)."""

ADJUSTMENT_GROUPS_837: dict[str, str] = {
    **ADJUSTMENT_GROUPS_835,
    "CR": "correction of an earlier one",
}
"""CAS01 in the coordination of benefits loops of a claim."""

CLAIM_STATUS_CATEGORIES: dict[str, str] = {
    "A0": "sent on to another entity",
    "A1": "received, not yet in adjudication",
    "A2": "accepted into adjudication",
    "A3": "returned, cannot be processed",
    "A4": "not found",
    "A5": "split into several claims",
    "A6": "rejected, information missing",
    "A7": "rejected, information invalid",
    "A8": "rejected, fields contradict each other",
}
"""STC01-1 (code source 507) as a 277CA may use them (X12 interpretation 1942)."""

REJECTING_CATEGORIES = frozenset({"A3", "A6", "A7", "A8"})
"""Categories after which the claim must be mended and sent anew with frequency 1."""

CATEGORY_RANKS: dict[str, int] = {
    "A1": 1,
    "A0": 2,
    "A4": 3,
    "A5": 4,
    "A2": 5,
    "A3": 6,
    "A6": 6,
    "A7": 6,
    "A8": 6,
}
"""How far a category has come; a reject outranks everything for that submission."""

TRANSACTION_ACKNOWLEDGEMENTS: dict[str, str] = {
    "A": "accepted",
    "E": "accepted, errors noted",
    "M": "rejected, authentication failed",
    "R": "rejected",
    "W": "rejected, assurance failed",
    "X": "rejected, could not be decrypted",
}
"""IK501 (data element 717)."""

GROUP_ACKNOWLEDGEMENTS: dict[str, str] = {
    **TRANSACTION_ACKNOWLEDGEMENTS,
    "P": "partly accepted, at least one transaction set rejected",
}
"""AK901 (data element 715)."""

ACCEPTING = frozenset({"A", "E"})
"""IK501 and AK901 after which what was sent goes on."""

SEGMENT_ERRORS: dict[str, str] = {
    "1": "unknown segment id",
    "2": "segment unexpected here",
    "3": "required segment missing",
    "4": "loop repeated too often",
    "5": "segment repeated too often",
    "6": "segment not in this transaction set",
    "7": "segment out of order",
    "8": "segment has element errors",
    "I4": "segment the guide does not use",
    "I6": "segment missing that the situation requires",
    "I7": "loop repeated less often than required",
    "I8": "segment below its least repetition",
    "I9": "segment present that the situation forbids",
}
"""IK304 (data element 620)."""

ELEMENT_ERRORS: dict[str, str] = {
    "1": "required element missing",
    "2": "element missing that another one requires",
    "3": "too many elements",
    "4": "value too short",
    "5": "value too long",
    "6": "invalid character",
    "7": "invalid code",
    "8": "invalid date",
    "9": "invalid time",
    "10": "elements exclude each other",
    "11": "too many repetitions",
    "12": "too many components",
    "13": "too few components",
    "I6": "code the guide does not use",
    "I9": "element missing that the situation requires",
    "I10": "element the guide does not use",
    "I11": "repetitions below the least",
    "I12": "pattern does not match",
    "I13": "element present that the situation forbids",
}
"""IK403 (data element 621)."""

TRANSACTION_ERRORS: dict[str, str] = {
    "1": "transaction set not supported",
    "2": "trailer missing",
    "3": "control numbers of header and trailer differ",
    "4": "segment count differs",
    "5": "segments in error",
    "6": "header invalid",
    "7": "control number missing or invalid",
    "18": "guide convention not supported",
    "23": "control number not unique in the group",
    "I5": "guide in error",
    "I6": "guide and group version differ",
}
"""IK502 to IK506 (data element 618)."""

INTERCHANGE_NOTES: dict[str, str] = {
    "000": "no error",
    "001": "control numbers of header and trailer differ",
    "002": "control standard not supported",
    "003": "version not supported",
    "004": "segment terminator invalid",
    "005": "sender qualifier invalid",
    "006": "sender invalid",
    "007": "receiver qualifier invalid",
    "008": "receiver invalid",
    "009": "receiver unknown",
    "010": "authorization qualifier invalid",
    "011": "authorization value invalid",
    "012": "security qualifier invalid",
    "013": "security value invalid",
    "014": "date invalid",
    "015": "time invalid",
    "016": "standard id invalid",
    "017": "version id invalid",
    "018": "control number invalid",
    "019": "acknowledgement request invalid",
    "020": "usage indicator invalid",
    "021": "number of groups invalid",
    "022": "control structure invalid",
    "023": "file ends too early",
    "024": "content invalid",
    "025": "control number repeated",
    "026": "element separator invalid",
    "027": "component separator invalid",
}
"""TA105 (data element I18)."""

CLAIM_FREQUENCIES = frozenset({"1", "2", "3", "4", "5", "6", "7", "8", "9"})
"""CLM05-3 (code source 235). 7 replaces an adjudicated claim, 8 voids it."""

NEEDS_ORIGINAL = frozenset({"7", "8"})
"""Frequencies that need the payer's claim number in REF*F8 (X12 interpretations 1538, 2173)."""

PAYER_SEQUENCES = frozenset("PSTABCDEFGHU")
"""SBR01 (data element 1138)."""

FILING_INDICATORS = _codes("11 12 13 14 15 16 17 AM BL CH CI DS FI HM LM MA MB MC OF TV VA WC ZZ")
"""SBR09 (data element 1032)."""

PATIENT_RELATIONSHIPS = frozenset({"01", "19", "20", "21", "39", "40", "53", "G8"})
"""PAT01 (data element 1069)."""

SUBSCRIBER_RELATIONSHIPS = PATIENT_RELATIONSHIPS | {"18"}
"""SBR02 in loop 2320 (data element 1069)."""

PLACES_OF_SERVICE = _codes(
    "01 02 03 04 05 06 07 08 09 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 31 32 33 34 "
    "41 42 49 50 51 52 53 54 55 56 57 58 60 61 62 65 66 71 72 81 99"
)
"""CLM05-1 and SV105 (code source 237, CMS place-of-service code set)."""

STATES = _codes(
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ "
    "NM NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY AS FM GU MH MP PR PW UM VI AA AE "
    "AP"
)
"""N402 (code source 22, USPS abbreviations)."""
