"""Words and wordings by which a note tells what counts towards the level of a visit.

Facts of the decision-making table (CPT E/M guidelines as CMS MLN006764 gives them) in the words
that clinicians write. A sentence is only looked at closely where it has a key word of a wording.
"""

import re
from typing import NamedTuple

_PEOPLE = (
    "mother|father|mom|dad|parents?|spouse|wife|husband|daughter|son|caregiver|guardian|ems|"
    "paramedics?|grandmother|grandfather|grandparents?|aunt|uncle|sister|brother|family|"
    "nursing (?:home )?staff|facility staff|foster parents?|interpreter's relative|friend|partner"
)
_CLINICIANS = (
    r"dr\.?\s+[a-z]+|[a-z]*(?:ologists?|iatrists?|pediatricians?)|surgeons?|hospitalists?|"
    r"pharmacists?|intensivists?|physicians?|cardiology|neurology|neurosurgery|orthop(?:a?edics|"
    r"edist)|"
    r"radiology|oncology|gastroenterology|nephrology|psychiatry|urology|infectious disease|"
    r"(?:general |vascular )?surgery|gyn\w*|ob(?:/gyn)?|poison control|pcp|"
    r"social workers?|case managers?|physical therapists?|school (?:nurse|staff)|teachers?"
)
_STUDIES = (
    r"ekgs?|ecgs?|electrocardiograms?|x-?rays?|films?|images?|imaging|cts?|mris?|tracings?|"
    r"radiographs?|ultrasounds?|scans?|echocardiograms?"
)
_STRONG_DRUGS = (
    "morphine|hydromorphone|dilaudid|fentanyl|ketamine|meperidine|demerol|lorazepam|ativan|"
    "midazolam|versed|diazepam"
)
_REMOVALS = (
    "adrenalectomy appendectomy cholecystectomy colectomy craniectomy cystectomy discectomy "
    "endarterectomy esophagectomy gastrectomy hemicolectomy hepatectomy hysterectomy laminectomy "
    "lobectomy mastectomy microdiscectomy myomectomy nephrectomy oophorectomy orchiectomy "
    "pancreatectomy parathyroidectomy pneumonectomy proctectomy proctocolectomy prostatectomy "
    "salpingectomy sigmoidectomy splenectomy thymectomy thyroidectomy tonsillectomy"
)
_GAP = r"[^.;\n]"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


class Wording(NamedTuple):
    """One element: its column and name, the words one of which must be there, and the wording."""

    column: str
    kind: str
    words: frozenset[str]
    pattern: re.Pattern[str]


def _wording(column: str, kind: str, words: str, pattern: str) -> Wording:
    return Wording(column, kind, _words(words), re.compile(pattern, re.IGNORECASE))


WORDINGS: tuple[Wording, ...] = (
    _wording(
        "data",
        "external_notes",
        "records record notes note summary summaries report reports documentation",
        rf"\breview\w*\b{_GAP}{{0,60}}\b(?:outside|external|hospital|ed|er|emergency|urgent care|"
        rf"specialist|\w+ology|discharge|consult\w*|referring|operative|transfer){_GAP}{{0,30}}\b"
        rf"(?:records?|notes?|summary|summaries|reports?|documentation)\b|\b(?:outside|external|"
        rf"hospital|discharge|consult\w*|specialist|\w+ology){_GAP}{{0,30}}\b(?:records?|notes?|"
        rf"summary|"
        rf"reports?|documentation)\b{_GAP}{{0,40}}\breviewed\b|\b(?:records?|notes?) "
        rf"from\b{_GAP}{{0,50}}"
        r"\breviewed\b|\breview\w* (?:of )?(?:the )?(?:records?|notes?) from\b",
    ),
    _wording(
        "data",
        "independent_historian",
        "mother father mom dad parent parents spouse wife husband daughter son caregiver "
        "guardian ems paramedic paramedics grandmother grandfather grandparent grandparents "
        "family historian staff aunt uncle sister brother partner friend relative",
        rf"\b(?:history|hx|information|collateral|hpi)\b{_GAP}{{0,40}}\b(?:from|by|per|via)\b"
        rf"{_GAP}{{0,30}}\b(?:{_PEOPLE})\b|\b(?:{_PEOPLE})\b{_GAP}{{0,30}}\b(?:provid\w+|giv\w+|"
        rf"gave|"
        rf"suppl\w+|contribut\w+)\b{_GAP}{{0,25}}\b(?:history|hx|information|collateral)\b|"
        rf"\bindependent historian\b|\bper\s+(?:(?:the|his|her|their|"
        rf"patient'?s?)\s+)?(?:{_PEOPLE})\b|"
        r"\b(?:mother|father|mom|dad|parents?|wife|husband|daughter|son|caregiver|guardian)\s+"
        r"(?:states?|reports?|says|describes)\b",
    ),
    _wording(
        "data",
        "independent_interpretation",
        "interpreted interpretation independently personally personal interpret my independent me",
        rf"\b(?:independent(?:ly)?|personal(?:ly)?|my)\b{_GAP}{{0,40}}\b(?:interpret\w*|review\w*|"
        rf"view\w*|read\w*)\b{_GAP}{{0,60}}\b(?:{_STUDIES})\b|\b(?:{_STUDIES})\b{_GAP}{{0,50}}\b"
        r"(?:independently|personally)\s+(?:interpreted|reviewed|viewed|read|visuali[sz]ed)\b|"
        rf"\b(?:{_STUDIES})\b{_GAP}{{0,40}}\b(?:interpreted|read) by me\b|\bmy (?:independent )?"
        rf"(?:interpretation|read)\b",
    ),
    _wording(
        "data",
        "external_discussion",
        "discussed spoke conferred called consulted discussion contacted discuss talked",
        rf"\b(?:discuss(?:ed|ion)?|conferred|spoke|talked)\b{_GAP}{{0,60}}?\b(?:with|"
        rf"to)\s+(?:the\s+|"
        rf"her\s+|his\s+|patient'?s\s+)?(?:on[- ]call\s+)?(?:{_CLINICIANS})\b|\b(?:called|"
        rf"contacted|"
        rf"consulted)\s+(?:with\s+)?(?:the\s+)?(?:on[- ]call\s+)?(?:{_CLINICIANS})\b",
    ),
    _wording(
        "risk",
        "over_the_counter_drug",
        "counter otc",
        r"\bover[- ]the[- ]counter\b|\botc\b",
    ),
    _wording(
        "risk",
        "social_determinants_limit_treatment",
        "homeless homelessness housing shelter shelters food afford affording transportation "
        "uninsured insurance literacy cost determinant determinants",
        r"\bhomeless(?:ness)?\b|\b(?:unstable|unsafe) housing\b|"
        r"\bhousing (?:insecurity|instability)|"
        r"\blives? in (?:a )?shelters?\b|\bfood insecur\w+|\b(?:cannot|can't|unable to|difficulty|"
        r"trouble|"
        r"not able to|could not|couldn't)\s+afford(?:ing)?\b|\black of (?:transportation|insurance|"
        r"housing)\b|"
        r"\bno (?:transportation|insurance|health insurance)\b|\btransportation (?:barriers?|"
        r"difficult\w+|issues?|insecurity|problems?)|\buninsured\b|\blow (?:health )?literacy\b|"
        r"\bsocial determinants? of health\b|\b(?:due to|because of) (?:the )?cost\b",
    ),
    _wording(
        "risk",
        "hospitalisation_decision",
        "admit admits admitted admitting admission hospitalize hospitalized hospitalization "
        "hospitalise hospitalised hospitalisation transfer transferred transferring observation "
        "sent send sending 911",
        r"\badmit(?:ted|ting)?\b(?! to (?:feeling|using|drinking|having|smoking))|\b(?:direct |"
        r"hospital )?"
        r"admission (?:to|for|recommended|advised|discussed)\b|\b(?:decision|need|"
        r"requires?)\b.{0,25}"
        r"\b(?:admission|hospitali[sz]ation)\b|\bhospitali[sz]e\b|\btransfer(?:red|ring)? (?:to|"
        r"for)\b|"
        r"\bdirect(?:ly)? admi(?:ts?|tted|tting|ssion)\b|"
        r"\b(?:sent|send|sending)\b.{0,20}\bto the hospital\b|"
        r"\b(?:placed? in|admit\w* to) observation\b|\b(?:sent|send|sending)\b.{0,30}\b(?:ed|er|"
        r"emergency (?:department|room))\b|\bcall(?:ed)? 911\b",
    ),
    _wording(
        "risk",
        "do_not_resuscitate_decision",
        "dnr resuscitate hospice comfort escalate escalated escalating escalation deescalate "
        "deescalated deescalating deescalation",
        r"\bdnr\b|\bdo not resuscitate\b|\bde-?escalat(?:ed?|ing|ion) (?:of )?care\b|"
        r"\bcomfort (?:care|measures)\b|\bhospice\b",
    ),
    _wording(
        "risk",
        "drug_therapy_with_intensive_monitoring",
        "toxicity toxicities toxic methotrexate amiodarone lithium clozapine tacrolimus "
        "cyclosporine azathioprine chemotherapy digoxin",
        rf"\bmonitor\w*\b{_GAP}{{0,60}}\btoxicit(?:y|ies)\b|\btoxicit(?:y|ies)\b{_GAP}{{0,40}}\bmonitor\w*|"
        r"\b(?:methotrexate|amiodarone|lithium|clozapine|tacrolimus|cyclosporine|azathioprine|"
        r"digoxin)\b"
        rf"{_GAP}{{0,80}}\b(?:level|levels|toxicity|lfts)\b",
    ),
    _wording(
        "risk",
        "parenteral_controlled_substance",
        "morphine hydromorphone dilaudid fentanyl ketamine meperidine demerol lorazepam ativan "
        "midazolam "
        "versed diazepam",
        rf"\b(?:iv|im|intravenous(?:ly)?|intramuscular(?:ly)?|parenteral)\b{_GAP}{{0,25}}\b"
        rf"(?:{_STRONG_DRUGS})\b|\b(?:{_STRONG_DRUGS})\b{_GAP}{{0,25}}\b(?:iv|im|"
        rf"intravenous(?:ly)?|"
        r"intramuscular(?:ly)?)\b",
    ),
    _wording(
        "risk",
        "emergency_major_surgery",
        "surgery appendectomy laparotomy orif craniotomy operating or cesarean",
        rf"\b(?:emergent(?:ly)?|emergency)\b{_GAP}{{0,40}}\b(?:surgery|appendectomy|laparotomy|"
        rf"orif|"
        r"craniotomy|operating room|cesarean)\b|\btaken (?:emergently )?to (?:the )?(?:operating "
        r"room|OR\b)",
    ),
    _wording(
        "risk",
        "elective_major_surgery",
        f"surgery arthroplasty replacement fusion orif {_REMOVALS}",
        rf"\b(?:schedul\w+|proceed\w*|plan\w*|recommend\w*|elect\w*|consent\w*|agree\w*|wish\w*|"
        rf"decided)"
        rf"\b{_GAP}{{0,70}}\b(?:surgery|arthroplasty|(?:knee|hip|shoulder|joint) replacement|"
        rf"fusion|orif|{_REMOVALS.replace(' ', '|')})\b",
    ),
    _wording(
        "risk",
        "therapy",
        "therapy pt",
        r"\b(?:physical|occupational|speech) therapy\b|\bpt referral\b|\brefer\w*\s+to pt\b",
    ),
    _wording(
        "risk",
        "rest_or_bandage",
        "rest ice elevation bandage gargles supportive",
        r"\brest\b|\bice\b|\bbandage\b|\bgargles\b|\bsupportive care\b",
    ),
)
WORDING_WORDS = frozenset().union(*(each.words for each in WORDINGS))

MANAGED = _words(
    "continue continued continuing start started starting initiate initiated begin prescribe "
    "prescribed prescribing prescription prescriptions increase increased increasing decrease "
    "decreased "
    "decreasing titrate titrated refill refills refilled renew renewed switch switched discontinue "
    "discontinued stop stopped adjust adjusted resume resumed taper add added adding rx treat "
    "treated "
    "trial course give given take use change changed reduce reduced maintain complete sent"
)
DOSED_WORDS = _words("daily bid tid qid qhs nightly weekly twice bedtime days hours puffs")
DOSED = re.compile(
    r"\b\d+(?:\.\d+)?\s?(?:mg|mcg|g|ml|units?|puffs?|tab\w*|caps?\w*)\b[^.;\n]{0,40}\b(?:daily|bid|tid|"
    r"qid|qhs|nightly|weekly|twice|three times|every|at bedtime|q\s?\d+|for \d+ days|x \d+ days)\b",
    re.IGNORECASE,
)
TAKEN_ALREADY = re.compile(
    r"\b(?:on|taking|takes|took|taken|tried|using|uses|was|were|had|has been)\b", re.IGNORECASE
)
DRUG_ENDINGS = (
    "april", "opril", "ipril", "sartan", "statin", "olol", "dipine", "cillin", "mycin", "micin",
    "floxacin", "prazole", "gliptin", "gliflozin", "glutide", "conazole", "cycline", "setron",
    "triptan", "oxetine", "azepam", "zolam", "peridone", "parin", "xaban", "formin", "thiazide",
    "semide", "thyroxine", "prednisone", "prednisolone", "lukast", "terol", "asone",
    "dronate",
    "gabalin", "zosin", "tidine", "zumab", "ximab", "umab",
    "xetine",
    "ipramine", "triptyline", "codone", "azosin", "bactam", "glitazone", "glinide",
    "zepam",
)  # fmt: skip
DRUGS = _words(
    "insulin lantus humalog novolog metformin glipizide glyburide warfarin coumadin eliquis "
    "xarelto "
    "gabapentin tramadol sertraline zoloft escitalopram lexapro citalopram bupropion wellbutrin "
    "trazodone buspirone venlafaxine effexor duloxetine cymbalta lamotrigine levetiracetam keppra "
    "topiramate carvedilol clonidine hydralazine spironolactone digoxin amiodarone methotrexate "
    "hydroxychloroquine colchicine allopurinol albuterol symbicort advair flovent fluticasone "
    "flonase "
    "montelukast singulair tamsulosin flomax finasteride oxybutynin synthroid levothyroxine "
    "methimazole cephalexin keflex cefdinir cefuroxime ceftriaxone augmentin amoxicillin "
    "azithromycin "
    "zithromax bactrim nitrofurantoin macrobid metronidazole flagyl valacyclovir acyclovir "
    "oseltamivir "
    "tamiflu paxlovid prednisone medrol dexamethasone cyclobenzaprine flexeril meloxicam naproxen "
    "diclofenac hydrocodone oxycodone percocet norco lidocaine triamcinolone hydrocortisone "
    "clobetasol "
    "mupirocin ketoconazole fluconazole antibiotic antibiotics inhaler inhalers statin steroid "
    "steroids ozempic semaglutide jardiance farxiga januvia adderall methylphenidate vyvanse "
    "estradiol contraceptive contraceptives ocp lasix nitroglycerin plavix clopidogrel humira "
    "benzonatate promethazine ondansetron zofran meclizine sumatriptan aripiprazole quetiapine "
    "protonix imitrex ultram lipitor norvasc toprol zestril glucophage cozaar diovan crestor mobic "
    "zocor vicodin neurontin lyrica prozac xanax klonopin ambien celebrex voltaren naprosyn "
    "trulicity victoza entresto bumex aldactone proair ventolin spiriva breo colcrys uloric "
    "levaquin cipro diflucan valtrex premarin celexa paxil seroquel abilify depakote tegretol "
    "lithium olanzapine risperidone glargine empagliflozin hctz chlorthalidone"
)
OVER_THE_COUNTER = _words(
    "otc tylenol acetaminophen ibuprofen advil motrin loratadine claritin cetirizine zyrtec "
    "mucinex "
    "guaifenesin dextromethorphan robitussin antihistamine decongestant pseudoephedrine miralax "
    "antacid tums nsaid nsaids melatonin saline aspirin aleve vitamin supplement"
)
STRENGTH = re.compile(r"\b\d+(?:\.\d+)?\s?(?:mg|mcg|units)\b", re.IGNORECASE)
STRENGTH_HINTS = ("ibuprofen", "prescription")
STRENGTH_BY_PRESCRIPTION = re.compile(
    r"\bibuprofen\s+(?:600|800)\b|\bprescription\b", re.IGNORECASE
)

# A word of a test, and which test it is: each counts once however often it is named.
TESTS: dict[str, str] = {
    **dict.fromkeys(("cbc", "hemogram"), "blood count"),
    **dict.fromkeys(("cmp", "bmp", "chem7", "electrolytes"), "metabolic panel"),
    **dict.fromkeys(("lipid", "lipids", "cholesterol"), "lipids"),
    **dict.fromkeys(("a1c", "hba1c"), "a1c"),
    **dict.fromkeys(("tsh", "thyroid-stimulating"), "tsh"),
    **dict.fromkeys(("urinalysis", "ua"), "urinalysis"),
    **dict.fromkeys(("lfts", "lft"), "liver panel"),
    **dict.fromkeys(("ekg", "ecg", "electrocardiogram"), "ecg"),
    **dict.fromkeys(("echo", "echocardiogram"), "echocardiogram"),
    **dict.fromkeys(("pft", "pfts", "spirometry"), "spirometry"),
    **dict.fromkeys(("dexa", "dxa"), "bone density"),
    **dict.fromkeys(("covid",), "covid test"),
    **dict.fromkeys(("mammogram", "mammography"), "mammogram"),
    **{
        name: name
        for name in (
            "troponin", "bnp", "inr", "psa", "ferritin", "holter", "esr", "crp", "ana", "hiv",
            "rpr",
            "creatinine", "lipase", "lactate", "mri", "colposcopy", "ultrasound", "doppler",
            "strep",
            "microalbumin", "potassium", "magnesium",
        )
    },
}  # fmt: skip
IMAGED = {
    **dict.fromkeys(("xray", "xrays", "radiograph", "radiographs"), "x-ray"),
    **dict.fromkeys(("ct", "cta"), "ct"),
    **dict.fromkeys(("mri", "mra"), "mri"),
    **dict.fromkeys(("ultrasound", "sonogram"), "ultrasound"),
}
BODY = _words(
    "chest head brain neck spine lumbar cervical thoracic abdomen abdominal pelvis pelvic hip knee "
    "ankle foot toe shoulder elbow wrist hand finger renal thyroid breast sinus rib ribs tibia"
)
XRAY = re.compile(r"\bx[- ]rays?\b", re.IGNORECASE)
ORDERED = _words(
    "order ordered ordering orders obtain check checked recheck repeat send get pending will "
    "schedule "
    "scheduled request requested labs lab draw"
)
REVIEWED = _words(
    "reviewed review reviewing showed shows show revealed demonstrated normal elevated negative "
    "positive unremarkable result results resulted was is today"
)

SEVERE = re.compile(
    r"\bsever(?:e|ely)\s+(?:exacerbat\w+|decompensat\w+|uncontrolled|worsen\w*|progress\w+)|"
    r"\bstatus asthmaticus\b|\bacute (?:hypoxic )?respiratory failure\b|\bsevere (?:side "
    r"effects?)\b",
    re.IGNORECASE,
)
WORSE = re.compile(
    r"\b(?:exacerbat\w+|worsen\w*|uncontrolled|not (?:at (?:goal|target)|(?:well[- ]|adequately )?"
    r"controlled)|poor(?:ly)?[- ]control(?:led)?|progress(?:ing|ed|ion)|flare\w*|decompensat\w+|"
    r"inadequate\w*|suboptimal\w*|above (?:goal|target)|not (?:responding|improving)|unstable|"
    r"elevated today|side effects? (?:of|from)|out of control|deteriorat\w+|"
    r"fail(?:ed|ing|ure of) (?:\w+ )?(?:conservative|medical|non-?operative|outpatient|oral|"
    r"first[- ]line)(?: \w+)?|refractory)\b",
    re.IGNORECASE,
)
SYSTEMIC = re.compile(
    r"\b(?:fever|febrile|tachycardi\w+|hypotens\w+|systemic symptoms?|rigors?|sepsis|dehydrat\w+|"
    r"hypoxi\w+)\b",
    re.IGNORECASE,
)
TOTAL_TIME = re.compile(
    r"\b(?:total(?:\s+\w+){0,3}\s+time|time\s+spent|total\s+of|"
    r"spent(?:\s+a)?(?:\s+total)?(?:\s+of)?|"
    r"total)\b(?P<between>[^.;\n]{0,70}?)(?<![\w.])(?:(?P<hours>\d{1,2})\s*(?:hours?|hrs?|h)\b"
    r"(?:\s*(?:and|,)?\s*)?(?:(?P<more>\d{1,2})\s*(?:minutes?|mins?|m)\b)?|"
    r"(?P<minutes>\d{1,3})\s*(?:-\s*)?(?:minutes?|mins?)\b)",
    re.IGNORECASE,
)
TIME_BEHIND = re.compile(
    r"(?<![\w.])(?P<minutes>\d{1,3})\s*(?:-\s*)?(?:minutes?|mins?)\b(?=[^.;\n]{0,60}\b(?:total|"
    r"was spent|were spent|spent)\b)",
    re.IGNORECASE,
)
OTHER_TIME = re.compile(
    r"\b(?:smok\w+|tobacco|cessation|critical care|advance care|infus\w+|psychotherapy|procedure|"
    r"exercis\w+|walk\w+|every|staff|nurs\w+|wait\w*|travel\w*|drive|ago|episode\w*|lasting|"
    r"lasted)\b",
    re.IGNORECASE,
)
