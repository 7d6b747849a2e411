"""Short words of our own for segments, elements and loops, for people who read a file.

``SEGMENT_WORDS``: by segment id, what the segment is and what its elements are, by number; an
element without words is shown by its designator. ``ENTITIES``: NM101 and N101. ``LOOPS``: by set
and loop id. They explain and decide nothing.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SegmentWords:
    """What a segment is, and its elements by number."""

    name: str
    elements: tuple[str, ...]

    def element(self, number: int) -> str:
        """What the element of that number is, empty where there are no words for it."""
        return self.elements[number - 1] if number <= len(self.elements) else ""


def _read(text: str) -> dict[str, SegmentWords]:
    found = {}
    for row in text.strip().splitlines():
        head, _, elements = row.partition(" = ")
        segment_id, _, name = head.partition(" ")
        words = tuple(each.strip() for each in elements.split("|")) if elements else ()
        found[segment_id] = SegmentWords(name, words)
    return found


SEGMENT_WORDS = _read("""
ISA interchange begins = ||||sender's qualifier|sender|receiver's qualifier|receiver|date|time|\
repetition separator|version|control number|acknowledgement wanted|test or production
IEA interchange ends = groups|control number
GS group begins = kind|sender|receiver|date|time|control number||guide
GE group ends = transaction sets|control number
ST transaction set begins = kind|control number|guide
SE transaction set ends = segments|control number
TA1 interchange acknowledged = control number|date|time|verdict|note
BHT hierarchy begins = structure|purpose|reference|date|time|kind
HL level = number|below|kind|has levels below
NM1 name = who|person or organisation|last name or name|first name|middle name||suffix|id kind|id
N1 party = who|name|id kind|id
N2 further name = name|name
N3 street = line 1|line 2
N4 place = city|state|postal code|country
PER contact = for|name|kind|number|kind|number|kind|number
REF reference = kind|number|text
PRV provider information = role|code list|taxonomy
SBR subscriber = order of payment|relationship|group number|group name|Medicare as second payer||||\
kind of payer
PAT patient = relationship|||||date of death|unit|weight|pregnant
DMG person = format|born|sex
INS insured = is the subscriber|relationship
CLM claim = number|charge|||place, kind, frequency|signature on file|assignment|benefits assigned|\
release of information|signature source|related causes
CL1 admission = type|source|patient's status
HI codes = code|code|code|code|code|code|code|code|code|code|code|code
CN1 contract = type|amount|percent|code
PWK attachment = kind|sent by|||number kind|number
CR1 ambulance = unit|weight||reason|unit|miles|||round trip for|stretcher for
CR2 chiropractic = ||||||||condition
CRC condition = group|applies|code|code|code
NTE note = kind|text
K3 file information = text
HCP pricing = method|allowed|saved
CR3 equipment's need = certification|unit|months
FRM form's question = question|answer|text|date|percent
MEA measurement = of|what|value
PS1 purchased service = provider|charge
MPI military service
LX line = number
SV1 service = procedure|charge|unit|quantity|place|| diagnoses||emergency
SV2 service = revenue code|procedure|charge|unit|quantity
SV5 equipment = procedure|unit|days|rental price|purchase price
LIN drug = |kind|code
CTP drug quantity = |||quantity|unit
DTP date = of|format|date
DTM date = of|date
AMT amount = of|amount
QTY quantity = of|quantity
CAS adjustment = group|reason|amount|quantity|reason|amount|quantity|reason|amount|quantity|reason|\
amount|quantity|reason|amount|quantity|reason|amount|quantity
OI other insurance = ||benefits assigned|||release of information
MIA inpatient remarks
MOA outpatient remarks = rate|amount|remark|remark|remark|remark|remark
SVD paid by another payer = payer|paid|procedure||quantity
BPR payment = handling|amount|credit or debit|method|format|||account kind|account|||||\
account kind|account|day of payment
TRN trace = kind|number|who gave it|more
CUR currency = whose|currency
RDM sent to = by|name|number
TS3 provider summary = provider|facility|fiscal year end|claims|charge
TS2 inpatient summary
CLP claim paid = claim number|processed as|charge|paid|patient's share|kind of payer|\
payer's claim number|facility|frequency
SVC service paid = procedure|charge|paid|revenue code|quantity|submitted as|submitted quantity
LQ remark = code list|code
PLB provider adjustment = provider|fiscal year end|reason|amount|reason|amount|reason|amount|\
reason|amount|reason|amount|reason|amount
AK1 group acknowledged = kind|control number|guide
AK2 transaction set acknowledged = kind|control number|guide
IK3 segment in error = segment|position|loop|error
IK4 element in error = element|reference|error|value
CTX context = where
IK5 transaction set's verdict = verdict|error|error|error|error|error
AK9 group's verdict = verdict|sets sent|sets received|sets accepted|error
STC status = status|date|action|charge|paid|date paid|method|check date|check number|\
status|status|text
EQ asked about = service type|procedure|level
EB benefit = kind|whom|service type|insurance|plan|period|amount|percent|\
quantity kind|quantity|authorisation|in network
III further information = code list|code
AAA refused = valid|why by agency|why|what to do
HSD delivery of services = unit|quantity|unit|period|periods
MSG text = text
UM review = kind|certification|service type|place
HCR review's outcome = outcome|number|why
LS loops begin = loop
LE loops end = loop
""")

ENTITIES: dict[str, str] = {
    "03": "dependant",
    "1P": "provider",
    "2B": "administrator",
    "36": "employer",
    "40": "receiver",
    "41": "submitter",
    "71": "attending provider",
    "72": "operating provider",
    "74": "corrected insured",
    "77": "service facility",
    "82": "rendering provider",
    "85": "billing provider",
    "87": "pay-to provider",
    "AY": "clearinghouse",
    "DK": "ordering provider",
    "DN": "referring provider",
    "DQ": "supervising provider",
    "FA": "facility",
    "GB": "other insured",
    "GP": "gateway",
    "IL": "insured",
    "P3": "primary care provider",
    "PE": "payee",
    "PR": "payer",
    "PW": "pick-up address",
    "45": "drop-off address",
    "QB": "purchased service provider",
    "QC": "patient",
    "SJ": "service provider",
    "TT": "next payer",
    "X3": "review organisation",
    "ZZ": "other operating provider",
}
LOOPS: dict[str, dict[str, str]] = {
    "837": {
        "1000A": "submitter",
        "1000B": "receiver",
        "2000A": "billing provider",
        "2010AA": "billing provider's name",
        "2010AB": "pay-to address",
        "2010AC": "pay-to plan",
        "2000B": "subscriber",
        "2010BA": "subscriber's name",
        "2010BB": "payer's name",
        "2000C": "patient",
        "2010CA": "patient's name",
        "2300": "claim",
        "2310": "claim's provider",
        "2320": "other subscriber",
        "2330": "other payer's party",
        "2400": "service line",
        "2410": "drug",
        "2420": "line's provider",
        "2430": "other payer's decision on the line",
        "2440": "form",
    },
    "835": {
        "1000A": "payer",
        "1000B": "payee",
        "2000": "claims by number",
        "2100": "claim's payment",
        "2110": "line's payment",
    },
    "999": {
        "2000": "transaction set's answer",
        "2100": "segment's error",
        "2110": "element's error",
    },
    "277": {
        "2000A": "payer",
        "2100A": "payer's name",
        "2000B": "receiver",
        "2100B": "receiver's name",
        "2200B": "receiver's status",
        "2000C": "provider",
        "2100C": "provider's name",
        "2200C": "provider's status",
        "2000D": "patient",
        "2100D": "patient's name",
        "2200D": "claim's status",
        "2220D": "line's status",
        "2000E": "dependant",
        "2100E": "dependant's name",
        "2200E": "claim's status",
        "2220E": "line's status",
    },
    "276": {
        "2000A": "payer",
        "2000B": "who asks",
        "2000C": "provider",
        "2000D": "subscriber",
        "2200D": "claim asked about",
        "2210D": "line asked about",
        "2000E": "dependant",
        "2200E": "claim asked about",
        "2210E": "line asked about",
    },
    "270": {
        "2000A": "payer",
        "2000B": "who asks",
        "2000C": "subscriber",
        "2110C": "benefits asked about",
        "2000D": "dependant",
        "2110D": "benefits asked about",
    },
    "271": {
        "2000A": "payer",
        "2000B": "who asked",
        "2000C": "subscriber",
        "2110C": "benefit",
        "2000D": "dependant",
        "2110D": "benefit",
    },
}
HEADINGS = ("ISA", "GS", "ST", "HL", "CLM", "CLP", "LX", "SVC", "STC", "AK2", "PLB")
"""Segments before which a reader takes a breath."""


def loop_words(set_id: str, loop: str) -> str:
    """What a loop is; of a numbered variant (2310B) what its kind is, if there is no more."""
    words = LOOPS.get(set_id, {})
    return words.get(loop) or words.get(loop[:4], "")
