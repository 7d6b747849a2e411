"""What the headings of clinical notes announce, in their many spellings.

Which part of a note counts is a coding rule: a diagnosis is what the provider assesses at the
visit (ICD-10-CM Official Guidelines IV.G, IV.J); lists of past problems, relatives, medications
and allergies are none.
"""

import re
from functools import lru_cache
from typing import Literal

SectionKind = Literal[
    "assessment", "doubted", "differential", "problems", "plan", "decision", "complaint",
    "present", "review", "history", "family", "social", "medications", "allergies", "exam",
    "results", "procedure", "other",
]  # fmt: skip
"""``doubted``: a working diagnosis; ``problems``: a list of all problems, addressed or not;
``decision``: reasoning that names what was considered; ``present``: the present illness.
"""

_NAMES: tuple[tuple[SectionKind, str], ...] = (
    (
        "family",
        "family history|family medical history|fh|fhx|fmh|fmhx|fam hx|family hx|family|"
        "family and social history|familial history",
    ),
    (
        "assessment",
        "diagnosis|diagnoses|dx|final dx|a/p|a and p|ap|a|a/plan|imp|imp/plan|imp/rec|"
        "conclusion|conclusions|problems addressed|problem addressed|conditions addressed|"
        "problems addressed today|summary and plan|problem oriented plan|problem based plan|"
        "problem based charting|clinical diagnosis|reason for encounter diagnosis",
    ),
    (
        "doubted",
        "working diagnosis|working diagnoses|provisional diagnosis|provisional diagnoses|"
        "preliminary diagnosis|presumptive diagnosis|suspected diagnosis|working impression",
    ),
    (
        "differential",
        "differential diagnosis|differential diagnoses|differential|ddx|differential dx|"
        "diagnoses considered|differential considerations",
    ),
    (
        "problems",
        "problem list|active problems|active problem list|current problems|chronic problems|"
        "active medical problems|patient active problem list|ongoing problems|problems|"
        "current problem list|medical problems",
    ),
    (
        "complaint",
        "chief complaint|chief complaint(s)|chief complaints|cc|c/c|reason for visit|"
        "reason for consultation|reason for consult|presenting complaint|presenting problem|"
        "reason for encounter|reason for admission|reason for referral|complaint|visit reason|"
        "presenting symptoms|chief concern|reason for evaluation|reason for exam",
    ),
    (
        "present",
        "history of present illness|hpi|subjective|s|interval history|interim history|interval|"
        "history of the present illness|present illness|history of presenting illness|"
        "history of presenting complaint|hpc|hospital course|ed course|emergency department course|"
        "brief hospital course|clinical course|subjective complaints|narrative|"
        "interval hpi|history of present complaint|brief history|clinical history",
    ),
    (
        "review",
        "review of systems|ros|review of symptoms|systems review|systemic review",
    ),
    (
        "history",
        "past medical history|medical history|past surgical history|surgical history|"
        "past history|history|pmh|pmhx|psh|pshx|past medical hx|past medical and surgical history|"
        "past medical/surgical history|obstetric history|ob history|gynecologic history|"
        "gyn history|"
        "ob/gyn history|obstetrical history|birth history|developmental history|"
        "psychiatric history|past psychiatric history|hospitalizations|past ocular history|"
        "immunization history|immunizations|pmh/psh|past diagnoses|significant history|medical|"
        "surgical|past medical problems|prior history|health history|previous medical history|"
        "comorbidities|oncologic history|oncology history|cancer history|menstrual history|"
        "sexual history|travel history|exposure history|past surgeries|surgeries|pertinent history",
    ),
    (
        "social",
        "social history|sh|shx|soc hx|social hx|social|substance use|substance use history|"
        "habits|occupational history|tobacco use|living situation|lifestyle",
    ),
    (
        "medications",
        "medications|current medications|meds|current meds|home medications|home meds|"
        "medication list|outpatient medications|discharge medications|medications on admission|"
        "medication reconciliation|active medications|prescriptions|medications prescribed|"
        "prior to admission medications|current outpatient medications|inpatient medications|"
        "medications at discharge|new medications|current outpatient prescriptions|rx|"
        "medications administered|scheduled medications",
    ),
    (
        "allergies",
        "allergies|allergy|drug allergies|medication allergies|allergies and intolerances|"
        "allergies/intolerances|allergy list|nkda|known allergies|adverse reactions",
    ),
    (
        "exam",
        "physical exam|physical examination|exam|objective|o|vitals|vital signs|pe|px|"
        "vitals reviewed|examination|general exam|focused exam|objective findings|o/e|"
        "mental status exam|mental status examination|mse|neurologic exam|neurological exam|"
        "on examination|physical findings|vital signs reviewed|exam findings|clinical exam|"
        "musculoskeletal exam|vs|clinical examination|physical|functional status",
    ),
    (
        "results",
        "results|labs|laboratory|imaging|data reviewed|data|laboratory data|lab results|"
        "laboratory results|diagnostics|diagnostic studies|diagnostic results|studies|"
        "radiology|imaging results|imaging studies|test results|ekg|ecg|x-ray|xray|x-rays|"
        "pertinent results|findings|pathology|lab data|labs and imaging|labs/imaging|"
        "diagnostic data|laboratory studies|radiographs|investigations|imaging findings|cxr|"
        "labs/studies|results reviewed|ct|mri|ultrasound|echocardiogram|recent labs|microbiology",
    ),
    (
        "procedure",
        "procedure|procedures|procedure note|procedures performed|operation|operative findings|"
        "operative procedure|description of procedure|technique|anesthesia|procedure performed",
    ),
    (
        "plan",
        "plan|tx|instructions|follow-up|follow up|recommendations|orders|p|treatment plan|"
        "plan of care|care plan|treatment|management|management plan|patient instructions|"
        "discharge instructions|disposition|dispo|return precautions|follow-up plan|"
        "recommendation|plan and recommendations|next steps|plan/recommendations|fu|f/u|"
        "treatment and plan|plan for today|therapeutic plan|discharge plan|goals|patient education|"
        "counseling|education|follow-up instructions|return to clinic|rtc|tests ordered|"
        "treatment recommendations|health maintenance|preventive care|time|time spent|"
        "attestation|total time|signature|disposition and plan|referrals|code status|"
        "prophylaxis|return instructions|safety netting|patient agreements|billing",
    ),
    (
        "decision",
        "medical decision making|mdm|decision making|medical decision-making|clinical reasoning|"
        "discussion|medical reasoning|reasoning",
    ),
)
_KIND: dict[str, SectionKind] = {name: kind for kind, names in _NAMES for name in names.split("|")}
_ASSESSMENT_WORDS = (
    "assessment assessments impression impressions diagnosis diagnoses dx and plan plans / of the "
    "clinical final discharge primary principal secondary admission admitting visit encounter "
    "overall medical summary treatment recommendation recommendations today's current new active "
    "discussion problem problems list by based oriented & provider's physician's my our care "
    "post-op postoperative pre-op preoperative post pre op operative diagnostic main other "
    "associated billing hospital ed er outpatient inpatient general decision making mdm a p "
    "additional conditions condition chronic acute orders follow-up all for this today"
)
_OF_ASSESSMENT = frozenset(_ASSESSMENT_WORDS.split())
_SAYS_ASSESSMENT = frozenset(
    ("assessment", "assessments", "impression", "impressions", "diagnosis", "diagnoses", "dx")
)
# "Prior visit A/P", "Last assessment and plan": what was thought then, not what is thought now.
_EARLIER = frozenset(("prior", "previous", "last", "old", "earlier", "copied"))
_OF_EARLIER = (
    _OF_ASSESSMENT
    - {"problem", "problems", "medical", "surgical", "hospital", "current", "new", "conditions"}
) | {"visit's", "encounter's", "note", "notes", "from", "office", "clinic", "ap"}
_MARKS = re.compile(r"^(?:#+|\*+|=+|_+|-{2,}|\(?(?:\d{1,2}|[ivx]{1,4})[.)])\s*|[\s*=_:.#-]+$")
_ASIDE = re.compile(r"\s*[(\[][^)\]]{0,30}[)\]]\s*")
_WORDS = re.compile(r"[a-z0-9'/()-]+")
_ONE_LETTER = frozenset("soap")
_COLON_WORDS = (
    "ct mri cxr ekg ecg x-ray xray x-rays ultrasound echocardiogram rx time data vs imp dx fu f/u "
    "rtc tx treatment management education counseling goals orders billing signature conclusion sh"
)
_ONLY_WITH_COLON = frozenset((*_COLON_WORDS.split(), *_ONE_LETTER))


@lru_cache(maxsize=4_096)
def kind_of(heading: str) -> SectionKind:
    """What a heading announces; ``other`` when it is not a known one."""
    name = _MARKS.sub("", heading.strip().lower())
    name = " ".join(name.replace("&", " and ").replace("\u2019", "'").split())
    for written in (name, _ASIDE.sub(" ", name).strip()):
        bare = written.replace(" / ", "/").replace("/ ", "/").replace(" /", "/")
        bare = bare.removesuffix(" reviewed").removesuffix(" today").strip(": ")
        found = _KIND.get(bare) or _KIND.get(bare.replace("-", " "))
        if found is not None:
            return found
    words = _WORDS.findall(name.replace("/", " / "))
    if len(words) > 1 and words[0] in _EARLIER and _OF_EARLIER.issuperset(words[1:]):
        return "history"
    if words and _SAYS_ASSESSMENT.intersection(words) and _OF_ASSESSMENT.issuperset(words):
        return "assessment"
    return "other"


def is_bare_letter(name: str) -> bool:
    """S, O, A or P: headings only before a colon."""
    return name.strip().lower() in _ONE_LETTER


def needs_colon(name: str) -> bool:
    """Names that are as often a thing to do ("CT", "Orders"): headings only before a colon."""
    return name.strip().lower() in _ONLY_WITH_COLON
