"""Families of procedure codes that the edits speak of, by number.

Numbers only: what a code is called is in no file of ours. (NCCI Policy Manual 2025, chapters I, X
and XI; Medicare Claims Processing Manual 12 section 30.6)
"""

from functools import lru_cache

EVALUATION = 1
OFFICE_VISIT = 2
PREVENTIVE_VISIT = 4
HOSPITAL_INITIAL = 8
HOSPITAL_SUBSEQUENT = 16
HOSPITAL_SAME_DAY = 32
HOSPITAL_DISCHARGE = 64
DRUG_ADMINISTRATION = 128
VACCINE_COUNSELLED = 256
VACCINE_GIVEN = 512
VACCINE_BY_PROGRAMME = 1_024
LABORATORY = 2_048
SURGERY = 4_096
NEW_PATIENT = 8_192
MINIMAL_VISIT = 16_384
VACCINE_PRODUCT = 32_768
EMERGENCY_VISIT = 65_536
IMAGING = 131_072
TELEHEALTH_VISIT = 1_048_576
CONSULTATION = 2_097_152
HOME_VISIT = 262_144

VACCINE_ADMINISTRATION = VACCINE_COUNSELLED | VACCINE_GIVEN | VACCINE_BY_PROGRAMME
HOSPITAL = HOSPITAL_INITIAL | HOSPITAL_SUBSEQUENT | HOSPITAL_SAME_DAY | HOSPITAL_DISCHARGE

_RANGES: tuple[tuple[int, int, int], ...] = (
    (99202, 99499, EVALUATION),
    (92002, 92014, EVALUATION),
    (98000, 98016, EVALUATION | TELEHEALTH_VISIT),
    (98000, 98003, NEW_PATIENT),
    (98008, 98011, NEW_PATIENT),
    (99242, 99255, CONSULTATION),
    (99202, 99215, OFFICE_VISIT),
    (99202, 99205, NEW_PATIENT),
    (99211, 99211, MINIMAL_VISIT),
    (99221, 99223, HOSPITAL_INITIAL),
    (99231, 99233, HOSPITAL_SUBSEQUENT),
    (99234, 99236, HOSPITAL_SAME_DAY),
    (99238, 99239, HOSPITAL_DISCHARGE),
    (99281, 99285, EMERGENCY_VISIT),
    (99341, 99345, NEW_PATIENT | HOME_VISIT),
    (99347, 99350, HOME_VISIT),
    (99381, 99387, PREVENTIVE_VISIT | NEW_PATIENT),
    (99391, 99397, PREVENTIVE_VISIT),
    (92002, 92004, NEW_PATIENT),
    (96360, 96379, DRUG_ADMINISTRATION),
    (96401, 96549, DRUG_ADMINISTRATION),
    (90460, 90461, VACCINE_COUNSELLED),
    (90471, 90474, VACCINE_GIVEN),
    (90480, 90480, VACCINE_BY_PROGRAMME),
    (90476, 90759, VACCINE_PRODUCT),
    (80047, 89398, LABORATORY),
    (10004, 69990, SURGERY),
    (70010, 79999, IMAGING),
)
_SINGLE = {
    "G0402": EVALUATION | PREVENTIVE_VISIT,
    "G0438": EVALUATION | PREVENTIVE_VISIT,
    "G0439": EVALUATION | PREVENTIVE_VISIT,
    "G0463": EVALUATION,
    "G0380": EVALUATION,
    "G0381": EVALUATION,
    "G0382": EVALUATION,
    "G0383": EVALUATION,
    "G0384": EVALUATION,
    "G0008": VACCINE_BY_PROGRAMME,
    "G0009": VACCINE_BY_PROGRAMME,
    "G0010": VACCINE_BY_PROGRAMME,
    "C8957": DRUG_ADMINISTRATION,
}
# Part of critical care (NCCI Policy Manual XI.U; CPT).
WITHIN_CRITICAL_CARE = frozenset(
    (
        *("36000", "36410", "36415", "36591", "36600", "43752", "43753", "71045", "71046"),
        *("92953", "93040", "93041", "93042", "93598", "93701", "94002", "94003", "94004"),
        *("94375", "94450", "94660", "94662", "94760", "94761", "94762"),
    )
)
# Critical and intensive care of newborns and small children, and what is part of their day (CPT).
DAILY_CARE = frozenset(
    (
        *("99468", "99469", "99471", "99472", "99475", "99476"),
        *("99477", "99478", "99479", "99480"),
    )
)
WITHIN_DAILY_CARE = WITHIN_CRITICAL_CARE | frozenset(
    (
        *("31500", "36140", "36400", "36405", "36406", "36420", "36430", "36440", "36510"),
        *("36555", "36620", "36660", "51100", "51701", "51702", "62270", "94610", "94780"),
        "94781",
    )
)
# Anesthesia that is added to another code, each to its own; and pain management by the day.
ANESTHESIA_ADD_ONS = {"01953": "01952", "01968": "01967", "01969": "01967"}
ANESTHESIA_BY_THE_DAY = "01996"
# Part of anesthesia by the same practitioner (II.B.6); blocks, unless for pain afterwards (B.4).
WITHIN_ANESTHESIA = (
    *((31500, 31505), (31515, 31515), (31527, 31527), (31622, 31622), (31645, 31646)),
    *((36000, 36000), (36010, 36015), (36400, 36440), (43752, 43755), (51701, 51703)),
    *((67500, 67500), (81000, 81015), (82013, 82013), (82270, 82271), (92511, 92520)),
    *((92537, 92538), (92950, 92950), (92953, 92953), (92960, 92961), (93000, 93010)),
    *((93040, 93042), (93318, 93318), (93355, 93355), (93701, 93701), (94002, 94004)),
    *((94640, 94640), (94660, 94662), (94664, 94664), (94680, 94690), (94760, 94762)),
    *((96360, 96379), (99151, 99157)),
)
FOR_PAIN_AFTERWARDS = ((62320, 62327), (64400, 64530))
# Injections into a joint, sheath, trigger point, nerve or lesion, and depot steroids and local
# anesthetics, which are what they inject.
LOCAL_INJECTIONS = (
    *((11900, 11901), (20526, 20527), (20550, 20553), (20600, 20612), (27096, 27096)),
    *((62320, 62327), (64400, 64530), (64479, 64484), (64490, 64495)),
)
GIVEN_LOCALLY = frozenset(
    (
        *("J0665", "J0702", "J1010", "J1020", "J1030", "J1040", "J1094", "J1100", "J1700"),
        *("J2001", "J2003", "J2004", "J3300", "J3301", "J3302", "J3303", "J3304"),
    )
)
# Drug administration that a practitioner reports in a practice only (XI.B.7).
NOT_IN_FACILITY = ((96360, 96379), (96401, 96425), (96521, 96523))


def is_anesthesia(code: str) -> bool:
    """Whether a code is anesthesia for a procedure, which is reported by its minutes."""
    return len(code) == 5 and code[0] == "0" and code.isdigit() and "00100" <= code <= "01999"


@lru_cache(maxsize=20_000)
def family(code: str) -> int:
    """The families of a code as bits."""
    if not code.isdigit():
        if len(code) == 5 and code[4] == "U" and code[:4].isdigit():
            return LABORATORY
        return _SINGLE.get(code, 0)
    number = int(code)
    found = 0
    for low, high, bits in _RANGES:
        if low <= number <= high:
            found |= bits
    return found


def is_evaluation(code: str) -> bool:
    """Whether a code is an evaluation and management service (E/M) to the edits."""
    return bool(family(code) & EVALUATION)


def within(code: str, ranges: tuple[tuple[int, int], ...]) -> bool:
    """Whether a numeric code lies in one of the ranges, ends included."""
    return code.isdigit() and any(low <= int(code) <= high for low, high in ranges)
