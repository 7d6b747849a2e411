"""Words beside the name of a problem: its course, its degree, where it is, what is done."""

import re

from services.coding.domain.reading import wording


def _folded(*words: str) -> frozenset[str]:
    """The words as written and as they are compared."""
    read = (wording.read(word).tokens for word in words)
    return frozenset(words).union(*(tokens for tokens in read if len(tokens) == 1))


HARMLESS = _folded(
    *("acute", "chronic", "mild", "moderate", "severe", "minor", "slight", "recurrent"),
    *("persistent", "intermittent", "stable", "well", "good", "fair", "controlled", "control"),
    *("established", "longstanding", "new", "newly", "diagnosed", "symptomatic", "daily"),
    *("adult", "primary", "patient", "simple", "uncomplicated", "worsening", "improving"),
    *("better", "worse", "doing", "management", "s", "disease", "disorder", "syndrome"),
    *("condition", "problem", "type", "site", "part", "encounter"),
)
NAMELESS = HARMLESS | {"history", "family", "screening", "risk", "personal"}
# Words of course: a problem named with them is named as surely without them.
COURSE = _folded(
    *("stable", "well", "good", "fair", "controlled", "control", "established", "new"),
    *("longstanding", "newly", "diagnosed", "found", "onset", "known", "recent", "recently"),
    *("symptomatic", "daily", "worsening", "improving", "better", "worse", "doing", "patient"),
    *("uncomplicated", "simple", "ongoing", "underlying", "progressive", "active", "flare"),
    *("persists", "persisting", "worsens", "continues"),
    *("current", "adult", "baseline", "discovered", "dx", "evaluation", "continued", "very"),
)
DEGREE = _folded(
    *("acute", "chronic", "mild", "moderate", "severe", "minor", "slight", "persistent"),
    *("intermittent", "recurrent", "significant", "mildly", "severely", "moderately", "subacute"),
)
_SITE_WORDS = (
    "foot knee ankle hip shoulder elbow wrist hand finger thumb toe heel leg arm forearm thigh "
    "calf shin neck back chest breast ear eye eyelid nose face scalp head jaw lip tongue lung "
    "kidney flank groin pelvis buttock spine lumbar cervical thorax sacral abdomen quadrant rib "
    "clavicle scapula humerus radius ulna femur tibia fibula patella metatarsal metacarpal phalanx "
    "index middle ring little great big extremity limb upper lower proximal distal lateral medial "
    "anterior posterior dorsal plantar palmar side sided lobe region area aspect joint digit tip "
    "second third fourth fifth first midshaft shaft outer inner multiple sites mid hindfoot "
    "forefoot midfoot dominant nondominant lumbosacral dermatome distribution"
)
SITES = frozenset(word for each in _SITE_WORDS.split() for word in wording.read(each).tokens)
TREATMENT = re.compile(
    r"\s*(?:(?:now |currently |both |all |well |is |was |doing well |tolerating )*(?:(?:stable|"
    r"controlled|managed|treated|maintained|doing well|well[- ]controlled) "
    r"(?:on|with|by|off)|on|off|using|"
    r"taking|takes|tak(?:es|ing)|tolerating|started|start|starting|continue[sd]?|continuing|"
    r"increase[sd]?|decrease[sd]?|resume[sd]?|switch(?:ed)?|refill(?:ed)?|after|following|"
    r"since|status|seen by|followed by|per|will|plan|to be|here for|for which|given|diet[- ]"
    r"controlled|controlled by diet|not on|"
    r"at goal|no complaints|doing)(?![-\w])|(?:routine|delayed) healing\b|grade [1-4iv]+\b|"
    r"\d{1,3}[- ]?(?:year|yr|month|week|day)s?[- ]old\b|(?:initial|subsequent) encounter\b)",
    re.IGNORECASE,
)
FRACTURE = COURSE | _folded("closed", "displaced", "traumatic")
MEASURE = re.compile(
    r"\s*(?:(?:last|recent|most recent|today's|current|latest|home|fasting)\s+)?"
    r"(?:bp|hr|hb?a1c|a1c|hgba1c|ldl|hdl|tsh|e?gfr|cr|creatinine|hgb|"
    r"hemoglobin|ef|lvef|inr|psa|bmi|phq-?9|phq-?2|gad-?7|weight|wt|glucose|temp|spo2|o2|k|na|wbc|"
    r"score|mmse|moca|act|audit-?c|epds|nyha|blood pressure|cholesterol|ferritin|uric acid|"
    r"triglycerides|potassium|sodium|vitamin d level|gcs|glasgow coma (?:scale|score))"
    r"\b\W{0,4}(?:(?:is|was|of|at|today|now|last|score|level|~|goal|improved|down|up|to)\W{0,3}){0,4}"
    r"[<>~]?\d",
    re.IGNORECASE,
)
ON_TREATMENT = re.compile(
    r"\s+(?:(?:well[- ])?(?:controlled|stable|managed|maintained|treated)\s+(?:on|with|by)|on|"
    r"(?:surgically\s+)?(?:repaired|corrected)|"
    r"taking|tolerating|after|following|since|at goal on)\s+\w.*$",
    re.IGNORECASE,
)
ON_A_DRUG = re.compile(
    r"\s+on\s+(?!(?:imaging|biopsy|ultrasound|doppler|mammogram|colonoscopy|presentation|admission|"
    r"examination|insulin|oxygen|dialysis|hemodialysis|chemotherapy|opioids?)\b)[a-z]{5,}[\s.]*$",
    re.IGNORECASE,
)
# "On insulin and ...": what follows is another drug, where it names no problem.
DRUGS_GO_ON = re.compile(
    r"\b(?:on(?! (?:exam|the|his|her|ct|mri|imaging|x-?ray|presentation|admission|top))|taking|"
    r"takes|using|continues?)\s+[\w\s.,/-]{2,80}?\s*"
    r"(?:,\s*(?:and\s+)?|\band\s+|\bplus\s+|[+&/]\s*)$",
    re.IGNORECASE,
)
