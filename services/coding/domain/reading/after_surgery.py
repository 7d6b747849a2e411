"""What an operation leaves as a status: "status post kidney transplant", "pacemaker in place".

The alphabetic index has most of these under Status, Presence and Absence; the table below holds
everyday names that it has not in such words. Any other operation is a postprocedural state
(index: Status, postoperative NEC), for a coder to look at (Official Guidelines I.C.21.c.3).
"""

import re

_LEAD = re.compile(
    r"\s*(?:(?:is|was|now)\s+)?(?:(?:about\s+)?\d{1,3}\s*(?:day|week|wk|month|mo|year|yr)s?\s+)?"
    r"(?:status[- ]post|s/p|post[- ]?op(?:erative)?(?:\s+(?:from|after|for|day\s*\#?\d+))?|"
    r"presence of|history of|h/o|hx of|prior|previous|recent)\s*:?\s*(?:an?\s+|the\s+|prior\s+|"
    r"previous\s+|recent\s+)*",
    re.IGNORECASE,
)
_BEHIND = re.compile(r"\s+(?:status|in place|in situ|present|implanted|placed)\s*$", re.IGNORECASE)
_WHEN = re.compile(
    r"[\s,]*(?:\(?(?:in|on|since|circa)?\s*(?:(?:19|20)\d\d|\d{1,2}/\d{1,2}(?:/\d{2,4})?|"
    r"\d{1,2}/(?:19|20)\d\d)\)?|\b\d+\s*(?:day|week|month|year)s?\s+ago|(?:many|several|a few)\s+"
    r"years ago|in the past|as a child)\s*$",
    re.IGNORECASE,
)
_BEHIND_NOUN = re.compile(
    r"\s+(?:placement|implantation|insertion|procedure|surgery|operation)\s*$", re.IGNORECASE
)
_REMOVED = re.compile(
    r"\s+(?:removal|excision|resection|mohs(?: surgery)?|treatment)\s*$", re.IGNORECASE
)
_OPERATION = re.compile(
    r"\b(?:repairs?|surgery|surgeries|replacements?|reconstruction|\w{3,}ectomy|\w{3,}plasty|"
    r"\w{3,}(?:otomy|oscopy|odesis|opexy)|fusion|release|bypass|graft|decompression|ablation|"
    r"reduction|orif|fixation|osteotomy|implants?|procedure|operation|stent(?:s|ing)?)\b",
    re.IGNORECASE,
)
_NAMES: tuple[tuple[str, str], ...] = (
    (r"\b(?:renal|kidney) transplant", "Z94.0"),
    (r"\bcabg\b|coronary (?:artery )?bypass", "Z95.1"),
    (r"\b(?:porcine|bovine|bioprosthetic|tissue)\b[^,;]*\bvalve\b", "Z95.3"),
    (
        r"\b(?:aortic|mitral|tricuspid|pulmon\w+|heart|mechanical)\s+(?:heart\s+)?valve"
        r"(?:\s+replacement)?$|\b[am]vr\b|\btav[ri]\b",
        "Z95.2",
    ),
    (r"\b(?:aicd|icd|crt-?d)\b|\bdefibrillator\b", "Z95.810"),
    (r"\bpacemaker\b|\bppm\b|\bpacer\b", "Z95.0"),
    (
        r"\b(?:carotid|iliac|femoral|renal|peripheral|aortic)\b[^,;]*\bstent|"
        r"\baneurysm repair|\bevar\b|\bfem(?:oral)?[- ]pop\w*|"
        r"\bvascular graft|\baortic graft|\baorto\w* bypass",
        "Z95.828",
    ),
    (
        r"\b(?:ureteral|biliary|esophageal|tracheal)\b[^,;]*\bstent",
        "",
    ),
    (
        r"\b(?:cardiac|coronary|rca|lad|lcx|circumflex|des|bms|drug[- ]eluting|heart)\b[^,;]*"
        r"\bstent|\bstent[^,;]*\b(?:coronary|rca|lad|lcx|circumflex)\b|"
        r"^(?:(?:prior|old|multiple|two|three|x?\d) )?stent(?:s|ing)?(?: x ?\d)?$|"
        r"\bpci\b",
        "Z95.5",
    ),
    (r"\b(?:ptca|coronary angioplasty)\b", "Z98.61"),
    (r"\bappendectomy\b|\b(?:hemi)?colectomy\b|\b(?:bowel|colon) resection\b", "Z90.49"),
    (r"\bcholecystectomy\b", "Z90.49"),
    (r"\bprostatectomy\b|\borchiectomy\b", "Z90.79"),
    (r"\bbilateral (?:salpingo-?\s?)?oophorectomy\b|\bbso\b", "Z90.722"),
    (r"\b(?:salpingo-?\s?)?oophorectomy\b", "Z90.721"),
    (r"\btonsillectomy\b|\badenoidectomy\b", "Z90.89"),
    (r"\blobectomy\b|\bpneumonectomy\b", "Z90.2"),
    (r"\bgastric (?:bypass|sleeve|band\w*)\b|\bsleeve gastrectomy\b|\broux\b", "Z98.84"),
    (r"\bcataracts?\b|\bphaco\w*", "Z98.4"),
    (r"\bc-?\s?sections?\b|\bcesareans?\b", "Z98.891"),
    (r"\b(?:spinal|lumbar|cervical|thoracic|[clt]\d[- /\dclts]*)\s+fusion\b|\bacdf\b", "Z98.1"),
    (r"\bbelow[- ](?:the[- ])?knee amputation\b|\bbka\b", "Z89.51"),
    (r"\babove[- ](?:the[- ])?knee amputation\b|\baka\b", "Z89.61"),
    (r"\b(?:great|big) toe amputation\b|\bamputation of (?:\w+ )?(?:great|big) toe\b", "Z89.41"),
    (r"\btoe amputation\b|\bamputation of (?:\w+ ){0,2}toes?\b", "Z89.42"),
    (r"\bfoot amputation\b|\bamputation of (?:\w+ )?foot\b", "Z89.43"),
    (r"\bthumb amputation\b|\bamputation of (?:\w+ )?thumb\b", "Z89.01"),
    (r"\bfinger amputation\b|\bamputation of (?:\w+ ){0,2}fingers?\b", "Z89.02"),
    (r"\b(?:vp|ventriculo-?peritoneal) shunt\b", "Z98.2"),
    (r"\biud\b|\bintrauterine device\b", "Z97.5"),
    (r"\bhome oxygen\b|\bsupplemental oxygen\b", "Z99.81"),
)  # fmt: skip
_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), code) for pattern, code in _NAMES)
OTHER = "Z98.890"
"""Other specified postprocedural states."""


_AFTERCARE = re.compile(
    r"\s*(?:encounter for\s+|here for\s+)?(?:(?:surgical|orthopedic|post-?\s?surgical)\s+)?(?:"
    r"aftercare|post-?\s?op(?:erative)?\s+(?:aftercare|follow-?\s?up|visit|check(?:-?up)?|recheck|"
    r"care|exam\w*))\s*(?:,|:)?\s*(?:(?:following|after|for|of|from|s/p|status post|visit)\s+)*"
    r"(?P<operation>.*)",
    re.IGNORECASE | re.DOTALL,
)
_SYSTEMS: tuple[tuple[str, str], ...] = (
    (r"cancer|carcinoma|melanoma|tumou?r|neoplasm|malignan", "Z48.3"),
    (r"transplant", ""),
    (r"cataract|eye|retina|glaucoma|vitrect|lasik|ear\b|tympan|myringot|cochlear", "Z48.810"),
    (r"craniot|laminect|carpal tunnel|nerve|shunt|spinal cord|neurosurg|microdiscect", "Z48.811"),
    (r"cabg|bypass|valve|aort|vascular|endarterect|pacemaker|stent|aneurysm|vein|cardiac|heart",
     "Z48.812"),
    (r"lobectomy|thoracot|pneumonect|lung|sinus|septoplast|nasal|trache", "Z48.813"),
    (r"tooth|teeth|dental|tonsil|oral|palate", "Z48.814"),
    (r"append|cholecyst|colect|colon|bowel|hernia|gastr|bariatric|hemorrhoid|fistul|liver|"
     r"pancrea|splen|esophag|ileost|colost|laparotom|fundoplic", "Z48.815"),
    (r"hysterect|oophor|prostat|turp|nephrect|bladder|cystoscop|vasect|circumcis|tubal|ureter|"
     r"kidney|cesarean|c-section|dilation and curettage|d&c|myomect|testic|hydrocel", "Z48.816"),
    (r"mole|skin|lesion excision|excision|cyst|lipoma|breast|mammoplast|abscess|mohs|scar",
     "Z48.817"),
    (r"rotator|acl\b|menisc|arthroscop|fusion|bunion|tendon|ligament|orif|fixation|osteotom|"
     r"discect|trigger finger|shoulder|knee|hip|ankle|foot|hand|wrist|elbow|spine", "Z47.89"),
)  # fmt: skip
_OF_SYSTEMS = tuple((re.compile(pattern, re.IGNORECASE), code) for pattern, code in _SYSTEMS)


def aftercare_code(text: str) -> tuple[str, bool]:
    """The code of care after an operation that a text names, and whether the part of the body is
    known; "" for any other text. Injuries and joint replacements have codes of their own.
    """
    match = _AFTERCARE.fullmatch(text)
    if match is None or not match["operation"].strip():
        return "", False
    if re.search(r"fracture|replacement|arthroplasty", match["operation"], re.IGNORECASE):
        return "", False
    for pattern, code in _OF_SYSTEMS:
        if pattern.search(match["operation"]):
            return code, True
    return ("Z48.89", False) if is_an_operation(match["operation"]) else ("", False)


def operation_in(text: str) -> str:
    """The operation that a text is about; "" where it is about none.

    An operation "for" something is left to be read as what it was for.
    """
    lead = _LEAD.match(text)
    behind = _BEHIND.search(text)
    if lead is None and behind is None:
        return ""
    begin = lead.end() if lead is not None else len(text) - len(text.lstrip())
    end = behind.start() if behind is not None and behind.start() > begin else len(text)
    named = _WHEN.sub("", text[begin:end].rstrip(" .,;:)")).strip()
    return "" if re.search(r"\bfor\b", named, re.IGNORECASE) else named


def asked_of_the_index(operation: str) -> tuple[str, ...]:
    """How the alphabetic index may put the status that an operation leaves."""
    bare = _BEHIND_NOUN.sub("", operation)
    names = dict.fromkeys((operation, bare))
    return tuple(form.format(name) for name in names for form in ("{} status", "presence of {}"))


def status_named(operation: str) -> str:
    """The code of the status by an everyday name of the operation; "" where there is none."""
    for name in dict.fromkeys((operation, _BEHIND_NOUN.sub("", operation))):
        for pattern, code in _PATTERNS:
            if pattern.search(name):
                return code
    return ""


def removed_in(operation: str) -> str:
    """What was removed: "basal cell carcinoma removal" gives "basal cell carcinoma"; else ""."""
    bare = _REMOVED.sub("", operation)
    return bare if bare != operation else ""


def is_an_operation(operation: str) -> bool:
    """Whether the words are those of an operation, known or not."""
    return _OPERATION.search(operation) is not None
