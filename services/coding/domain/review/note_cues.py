"""What a text of a note mentions that a review looks for."""

import re
from enum import Enum

_LONGEST_READ = 200_000


class Cue(Enum):
    """What is mentioned."""

    CONSENT = "consent"
    TELEHEALTH = "telehealth"
    PATIENT_PLACE = "patient_place"
    PROVIDER_PLACE = "provider_place"
    MODALITY = "modality"
    TRAINEE = "trainee"
    ATTESTED = "attested"
    SHARED = "shared"
    SUBSTANTIVE = "substantive"
    HISTORIAN = "historian"
    INTERPRETED = "interpreted"
    DISCUSSED = "discussed"
    DRUG = "drug"
    MONITORED = "monitored"
    ESCALATED = "escalated"
    SURGERY = "surgery"
    TEST = "test"
    UNFILLED = "unfilled"
    IN_ERROR = "in_error"
    TOTAL_TIME = "total_time"
    UNCLEAR_TIME = "unclear_time"
    PART_TIME = "part_time"
    SIGNED = "signed"
    CREDENTIAL = "credential"
    SIGNED_ON = "signed_on"
    RESUSCITATION = "resuscitation"
    SOCIAL = "social"


_RELATIVE = (
    r"mother|father|mom|dad|parents?|daughter|son|wife|husband|spouse|sister|brother|caregiver|"
    r"guardian|aide|facility staff|nursing staff|ems|paramedics?|interpreter|grandmother|"
    r"grandfather|aunt|uncle|family|partner|foster \w+"
)
_STARTS = r"\d{1,3}\s*(?:min\b|mins\b|minutes?\b)"
_DATE = (
    r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2}|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? \d{1,2},? \d{4}"
)
_SIGNED = (
    r"(?:electronically|digitally) signed|e-?signed|signed (?:electronically )?by|authenticated by|"
    r"\b(?:signature|signed)\s*:\s*\S|/s/|attested by"
)
_PATTERNS: tuple[tuple[Cue, tuple[str, ...], str], ...] = (
    (
        Cue.CONSENT,
        ("consent", "risk", "agree", "elect", "wish"),
        r"\bconsent(?:s|ed)?\b|\brisks?\b[^.]{0,40}\b(?:benefits?|alternatives?)\b|"
        r"\b(?:agree[sd]?|elect(?:s|ed)|wish(?:es|ed)) (?:to (?:it|proceed|this|the|be|have)|with)",
    ),
    (
        Cue.TELEHEALTH,
        ("tele", "video", "virtual", "audio"),
        r"\btele-?(?:health|medicine|visit|phone (?:visit|encounter))|\bvideo (?:visit|call|"
        r"encounter|consult\w*)|\bvirtual(?:ly)? (?:visit|seen|encounter)|\baudio[- ]?only\b|"
        r"\baudio[- ](?:visual|video)\b",
    ),
    (
        Cue.PATIENT_PLACE,
        ("patient", "home", "site", "located", "house", "residence", "work", "car"),
        r"\bpatient(?:'s)? (?:location|site)|\boriginating site|\bpatient (?:(?:is|was) )?"
        r"(?:physically )?(?:located|situated|(?:at|in|from)(?: (?:his|her|their|the))? )|"
        r"\b(?:at|from) (?:his|her|their)?\s*(?:own )?(?:home|house|residence|work|car)\b|"
        r"\blocated (?:in|at)\b",
    ),
    (
        Cue.PROVIDER_PLACE,
        ("provider", "distant", "clinician", "physician", "i am", "i was", "i is", "my "),
        r"\b(?:provider|clinician|physician)(?:'s)? (?:location|site)|\bdistant site|"
        r"\b(?:provider|clinician|physician|i) (?:is|was|am) (?:physically )?(?:located )?"
        r"(?:in|at)\b|\b(?:provider|clinician|physician) located (?:in|at)\b|"
        r"\b(?:from|in|at) my (?:office|clinic|home)\b",
    ),
    (
        Cue.MODALITY,
        ("video", "audio", "phone", "zoom", "doxy", "synchronous"),
        r"\b(?:video|audio|telephone|phone (?:visit|call)|by phone|zoom|doxy|synchronous)\b",
    ),
    (
        Cue.TRAINEE,
        ("resident", "fellow", "student", "pgy", "intern"),
        r"\b(?:the|our|my|by|with|and|medical|surgical|pediatric|medicine|psychiatry|ob|er|ed|"
        r"surgery|chief|senior|junior) (?:resident(?: physician)?|fellow|intern)\b"
        r"(?!\s+(?:of|at|in)\b)|\bresident (?:physician|doctor|dr|note)\b|\bresident's note\b|"
        r"\bmedical student\b|\b(?:np|pa|nursing) student\b|\bpgy-?\s?\d\b",
    ),
    (
        Cue.ATTESTED,
        ("i ", "teaching", "key", "critical"),
        r"\b(?:key|critical) (?:or |and )?(?:critical |key )?portions?\b|"
        r"\bteaching physician (?:attestation|statement|was|saw|present|personally)|"
        r"\bi (?:have )?(?:also )?(?:personally |independently |physically )?"
        r"(?:saw|seen|examined|evaluated|interviewed|performed|re-?performed|participated)\b|"
        r"\bi was (?:physically |personally )?present\b|\bi agree with (?:the|his|her) "
        r"(?:resident|fellow|student|findings|assessment|note)",
    ),
    (
        Cue.SHARED,
        ("split", "shared"),
        r"\bsplit[ /-]+(?:or[ /-]+)?shared\b|\bshared (?:visit|service|encounter)\b|"
        r"\bsplit (?:visit|service|encounter)\b",
    ),
    (
        Cue.SUBSTANTIVE,
        ("substantive", "half", "majority", "made ", "performed the", "approved the"),
        r"\bsubstantive portion|\bmore than half\b|\bmajority of the (?:total )?time|"
        r"\b(?:made|performed|approved) the (?:entire |key |management )*(?:medical decision|mdm|"
        r"management plan|decision[- ]making)",
    ),
    (
        Cue.HISTORIAN,
        (),
        r"\bhistorian\b|\bhistory\b[^.]{0,40}\b(?:obtained|provided|given|taken|collected|per|"
        rf"from|by)\b[^.]{{0,40}}\b(?:{_RELATIVE})\b|\b(?:per|according to) (?:the |his |her "
        rf"|their |patient's )*(?:{_RELATIVE})\b|\b(?:{_RELATIVE}) (?:also )?(?:reports?|states?"
        r"|says?|"
        r"notes?|gives|gave|provides?|provided|describes?|confirms?|adds|said|reported|stated)\b",
    ),
    (
        Cue.INTERPRETED,
        ("interpret", "my ", "i ", "personally", "independent"),
        r"\bindependent(?:ly)? (?:interpret|review|visuali[sz]|read)|\b(?:on |by |per )?my "
        r"(?:own )?(?:interpretation|read|reading|review of the (?:image|film|tracing|strip|ecg|"
        r"ekg|x-?ray|ct|mri))|\b(?:i |personally )(?:have )?(?:personally |independently )?"
        r"(?:interpreted|reviewed|viewed|read|visuali[sz]ed)\b|\binterpreted by me\b",
    ),
    (
        Cue.DISCUSSED,
        ("discuss", "reviewed", "conferred", "spoke", "consult", "conversation", "called"),
        r"\b(?:discussed|reviewed|conferred|consulted|spoke|conversation|spoken)\b[^.]{0,60}\bwith\b"
        r"[^.]{0,40}\b(?:dr\b|doctor|physician|specialist|surgeon|\w+ologist|pharmacist|"
        r"social work\w*|case manager|teacher|lawyer|attorney|school|hospitalist|cardiology|"
        r"neurology|surgery|orthop\w+|radiology|oncology|pcp|primary care|consultant|therapist|"
        r"psychiatry|psychiatrist|team|nurse)|\bcalled (?:dr|poison control)\b|"
        r"\bconsult(?:ed|ation with)\b",
    ),
    (
        Cue.DRUG,
        (),
        r"\bprescri\w+|\brefill\w*|\b\d+(?:\.\d+)?\s*(?:mg|mcg|units?|puffs?|ml|tablets?|meq|g|%)\b|"
        r"\b(?:start|begin|continue|increase|decrease|stop|discontinue|initiate|resume|switch|"
        r"titrate|taper|wean|adjust|hold|add|renew)\w*\b|\b(?:daily|twice a day|bid|tid|qid|prn|"
        r"nightly|weekly|medications?|meds|antibiotic\w*|inhaler|insulin|spray|ointment|cream|"
        r"drops|tablet|capsule|therapy|dose)\b|"
        r"\b\w{3,}(?:cillin|mycin|statin|pril|sartan|olol|azole|idine|prazole|oxacin|formin|"
        r"gliptin|flozin|glutide|triptan|etine|pine|zepam|zolam|tide|mab|nib|vir|sone|solone|"
        r"parin|xaban|cycline|phylline|terol|thiazide|semide|caine|codone|profen|oxicam|xone)\b",
    ),
    (
        Cue.MONITORED,
        (),
        r"\bmonitor\w*|\btoxicit\w+|\b(?:drug|serum|trough|blood) levels?\b|\blevels?\b|\bcbc\b|"
        r"\b(?:liver|renal|kidney|thyroid) function|\blfts?\b|\binr\b|\bcreatinine\b|\bqtc?\b|"
        r"\becg\b",
    ),
    (
        Cue.ESCALATED,
        (),
        r"\badmi(?:t|ts|tted|ssion|tting)\b|\bhospital\w*|\btransfer\w*|\bobservation\b|\bescalat\w+|"
        r"\bemergency (?:department|room)\b|\b(?:ed|er|icu|ems|911|ambulance)\b|\binpatient\b",
    ),
    (
        Cue.SURGERY,
        (),
        r"\bsurg\w+|\bprocedures?\b|\boperat\w+|\b\w+(?:ectomy|otomy|plasty|scopy|ostomy|desis)\b|"
        r"\bincis\w+|\bexcis\w+|\bsutur\w+|\binject\w*|\bbiops\w+|\brepair\w*|\bremov\w+|\bdrain\w*|"
        r"\breplacement\b|\bablation\b|\bcryo\w*|\bliquid nitrogen\b|\bfreez\w+|\bfroze\b|"
        r"\bsplint\w*|\bcast\w*|\breduc\w+|\birrigat\w+|\bcurett\w+|\bdebrid\w+|\bconsent\b",
    ),
    (
        Cue.TEST,
        (),
        r"\blabs?\b|\blaboratory\b|\btest\w*|\bx-?rays?\b|\bfilms?\b|\bradiograph\w*|\bct\b|\bmri\b|"
        r"\bultrasound\b|\bsono\w+|\becg\b|\bekg\b|\bechocardiogram\b|\bcbc\b|\bcmp\b|\bbmp\b|\btsh\b|"
        r"\ba1c\b|\blipids?\b|\bpanel\b|\bcultures?\b|\bbiops\w+|\bswab\b|\burinalysis\b|\bu/?a\b|"
        r"\bspirometry\b|\bimaging\b|\bscan\b|\bscreen\w*|\bmammogra\w+|\bcolonoscopy\b|\bresults?\b|"
        r"\border\w*|\bglucose\b|\bhemoglobin\b|\bcreatinine\b|\bcholesterol\b|\binr\b|\bhcg\b|"
        r"\bpregnancy\b|\bblood\b|\burine\b|\bstrep\b|\bflu\b|\binfluenza\b|\bcovid\b|\brsv\b|"
        r"\bhiv\b|\bpsa\b|\bferritin\b|\bvitamin\b|\bmonitor\b|\bstudies\b|\bstudy\b|\bscopy\b|"
        r"\breviewed\b|\brecords?\b|\bnotes?\b",
    ),
    (
        Cue.UNFILLED,
        (
            *("*", "@", "{", "_", "<", "[", "circle one", "select one", "choose one"),
            *("check one", "tick one", "mark one"),
        ),
        r"\S[ \t]+\*{3}(?!\S)|\{[a-z][a-z /:]{1,40}:\d+\}|@[a-z][a-z0-9]{2,}@|\[\s*\*+\s*\]|"
        r"[a-z:,][ \t]?_{4,}(?=\s|$)|"
        r"\b(?:circle|select|choose|check|tick|mark) one\b|"
        r"<\s*(?:insert|enter|select|fill)\b|\[\s*(?:insert|enter|select|fill in|free text)\b",
    ),
    (
        Cue.IN_ERROR,
        ("error", "wrong ", "incorrect", "disregard", "erroneous", "mistake"),
        r"\b(?:entered|charted|documented|written|filed|created|opened|recorded) (?:in|by) "
        r"(?:error|mistake)\b|\berroneous (?:entry|note|encounter|documentation)\b|"
        r"\b(?:wrong|incorrect) (?:patient|chart|record)\b|\bdisregard (?:this|the|above|"
        r"previous|prior|entire|\w+, wrong)\b",
    ),
    (
        Cue.TOTAL_TIME,
        ("min",),
        rf"\b(?:total|overall|entire|spent|time|minutes? (?:was|in|on))\b[^.\n]{{0,90}}{_STARTS}|"
        rf"{_STARTS}[^.\n]{{0,60}}\b(?:total|spent|were|was|on the (?:date|day)|today|for this|"
        r"in (?:total|all)|of (?:my )?time|preparing|reviewing|documenting)\b",
    ),
    (
        Cue.UNCLEAR_TIME,
        ("min",),
        rf"\b\d{{1,3}}\s*(?:-|\u2013|to)\s*{_STARTS}(?=[^.\n]{{0,60}}\b(?:spent|total|with|on|"
        rf"face|counsel))|\b(?:spent|total|time)\b[^.\n]{{0,60}}\d{{1,3}}\s*(?:-|\u2013|to)\s*{_STARTS}|"
        rf"\b(?:approximately|about|roughly|around|nearly|over|at least|less than|more than|"
        rf"greater than)\s+{_STARTS}(?=[^.\n]{{0,60}}\b(?:spent|total|counsel|face|on the))|"
        rf"\b(?:spent|total(?: time)?|time)\b[^.\n]{{0,40}}\b(?:approximately|about|roughly|around|"
        rf"nearly|over|at least|less than|more than|greater than)\s+{_STARTS}",
    ),
    (
        Cue.PART_TIME,
        ("min", "half", "50", "majority"),
        rf"(?:{_STARTS}|half|50\s*%|majority)[^.\n]{{0,60}}\b(?:counsel\w*|face[- ]to[- ]face|"
        r"coordinat\w+)\b",
    ),
    (Cue.SIGNED, ("sign", "/s/", "authenticated", "attested"), _SIGNED),
    (
        Cue.CREDENTIAL,
        ("sign", "/s/", "authenticated", "attested"),
        rf"(?:{_SIGNED})[^\n]{{0,80}}\b(?:m\.?d|d\.?o|n\.?p|p\.?a(?:-c)?|aprn|crnp|fnp(?:-\w+)?|"
        r"dnp|cnm|dpm|d\.?d\.?s|psy\.?d|ph\.?d|lcsw|r\.?n|crna|cns|d\.?c|o\.?d|mbbs|arnp)\b",
    ),
    (
        Cue.SIGNED_ON,
        ("sign", "/s/", "authenticated", "attested"),
        rf"(?:{_SIGNED})[^\n]{{0,120}}(?:{_DATE})",
    ),
    (
        Cue.RESUSCITATION,
        ("resus", "dnr", "code status", "comfort", "hospice", "de-escalat", "goals of care"),
        r"\bdnr\b|\bresuscitat\w+|\bcode status\b|\bcomfort (?:care|measures)\b|\bhospice\b|"
        r"\bgoals of care\b",
    ),
    (
        Cue.SOCIAL,
        (),
        r"\bhous(?:ing|ed)\b|\bhomeless\w*|\bfood\b|\btransport\w*|\binsur\w+|\bafford\w*|\bcosts?\b|"
        r"\bfinanc\w+|\bunemploy\w+|\buninsured\b|\bliterac\w+|\blanguage\b|\bincome\b|\bshelter\b|"
        r"\bsocial\b|\baccess\b|\bisolat\w+|\bincarcerat\w+|\bviolence\b",
    ),
)
_COMPILED = {cue: (hints, re.compile(pattern)) for cue, hints, pattern in _PATTERNS}


VAGUE_WORDS = (
    "about", "over", "around", "approximately", "roughly", "nearly", "at least", "less than",
    "more than", "greater than",
)  # fmt: skip
MAYBE_UNCLEAR = re.compile(rf"\d\s*(?:-|\u2013|to)\s*\d|{'|'.join(VAGUE_WORDS)}")
"""A quick look for ``Cue.UNCLEAR_TIME``: a range, or a word that makes a number vague."""


def hints_of(cue: Cue) -> tuple[str, ...]:
    """Without one of which a text does not mention it; none: not known."""
    return _COMPILED[cue][0]


def mentions(lower: str, cue: Cue) -> bool:
    """Whether a text in small letters mentions one thing; of a long one, whether its start does."""
    hints, pattern = _COMPILED[cue]
    for hint in hints:
        if hint in lower:
            break
    else:
        if hints:
            return False
    return pattern.search(lower, 0, _LONGEST_READ) is not None


_COUNSELLED_FOR = re.compile(
    rf"\b(?:counsel\w*|coordinat\w+)[^.\n]{{0,40}}{_STARTS}|"
    rf"{_STARTS}(?:(?!half|50|majority|total)[^.\n]){{0,30}}\b(?:counsel\w*|coordinat\w+)"
)


def states_total(lower: str) -> bool:
    """Whether a note in small letters states the time of the visit, not of its counselling."""
    if not mentions(lower, Cue.TOTAL_TIME):
        return False
    if not mentions(lower, Cue.PART_TIME):
        return True
    return mentions(_COUNSELLED_FOR.sub(" ", lower[:_LONGEST_READ]), Cue.TOTAL_TIME)


_TOTAL_STATED = re.compile(
    r"\b(?:total|overall)\b[^.\n]{0,80}?\b(?P<before>\d{1,3})\s*(?:min\b|mins\b|minutes?\b)|"
    r"\b(?P<after>\d{1,3})\s*(?:min\b|mins\b|minutes?\b)[^.\n]{0,40}\b(?:in total|total|"
    r"on the (?:date|day) of)",
    re.IGNORECASE,
)


def total_minutes(text: str) -> tuple[int, int, int] | None:
    """The total time that a text states: minutes, and where it stands."""
    if len(text) > _LONGEST_READ or "min" not in text.lower():
        return None
    found = _TOTAL_STATED.search(text)
    if found is None:
        return None
    return int(found["before"] or found["after"]), found.start(), found.end()
