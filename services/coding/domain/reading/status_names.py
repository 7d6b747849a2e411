"""What a patient has had done, has in place, takes for long, or is allergic to: a status.

"Status post right BKA", "CABG in 2019" and "on warfarin" are no illnesses; the index has them under
presence, absence, transplant, long-term drug therapy and allergy status (ICD-10-CM Official
Guidelines I.C.21.c.3). Only what a provider wrote is read so.
"""

import re
from functools import cache, lru_cache

from services.coding.domain.reading.quick_look import may_say

_HAD = (
    r"\b(?:status post|history of|post|prior|previous|past|had|has|with|presence of|absence of|"
    r"underwent|recent)\s+(?:(?:an?|the|his|her|placement of|insertion of|implantation of|prior|"
    r"previous|remote|surgical|surgery|total|partial|complete|subtotal|radical|simple|modified|"
    r"laparoscopic|robotic|open|elective|emergent|abdominal|vaginal|supracervical|living donor|"
    r"deceased donor|cadaveric|dual[- ]chamber|permanent|mechanical|bioprosthetic|tissue|"
    r"coronary artery|drug[- ]eluting|single|double|triple|quadruple|\d[- ]vessel)\s+)*"
)
_SIDE = r"(?P<side>(?:left|right|bilateral|l|r)\s+)?"
_WHEN = (
    r"(?:\s+(?:placement|implantation|implant|insertion|surgery|procedure|repair|in place|"
    r"in situ))*"
    r"(?:\s*(?:,|\(|in|on|for)?\s*(?:19|20)\d\d\)?|\s+(?:\d+|several|many)\s+(?:years?|months?|"
    r"weeks?)"
    r"\s+ago)?"
)
# What goes on is another thing: "post cesarean wound infection".
_ENDS = (
    r"(?=\s*(?:$|[,;.)]|\b(?:for|due to|and|with|without|by|at|in pregnancy|affecting|"
    r"complicating)\b))"
)
_DONE: tuple[tuple[str, str], ...] = (
    (r"cabg(?:\s*x\s*\d)?|coronary (?:artery )?bypass(?: graft(?:ing)?| surgery)?|"
     r"bypass surgery|heart bypass", "presence of aortocoronary bypass graft"),
    (r"(?:coronary (?:artery )?)?(?:stents?|stenting)|pci (?:with|and) (?:des|stents?)|"
     r"(?:des|bms)(?: x\s?\d)?(?: (?:to|in) (?:the )?(?:\w+ )?(?:lad|rca|lcx|"
     r"circumflex|om\d?|diagonal|left main|lm))?",
     "presence of coronary angioplasty implant"),
    (r"pci|ptca|coronary angioplasty|balloon angioplasty", "coronary angioplasty status"),
    (r"ppm|(?:cardiac )?pacemaker|crt-?p", "presence of cardiac pacemaker"),
    (r"a?icd|(?:automatic |implantable )?(?:cardioverter[- ])?defibrillator|bi-?v icd|crt-?d",
     "presence of automatic cardiac defibrillator"),
    (r"lvad|ventricular assist device", "presence of heart assist device"),
    (r"avr|mvr|tavr|tavi|savr|(?:mitral|aortic|tricuspid|heart|prosthetic|mechanical)?\s*"
     r"(?:heart )?valve replacement|prosthetic (?:heart )?valve|mechanical (?:heart )?valve",
     "presence of prosthetic heart valve"),
    (r"ivc filter|aortic (?:stent )?graft|evar", "presence of vascular implant"),
    (r"(?:vp|ventriculoperitoneal) shunt", "presence of cerebrospinal fluid drainage device"),
    (r"(?P<organ>kidney|renal|liver|heart|lung|pancreas|bone marrow|stem cell|corneal?|"
     r"intestine)\s+"
     r"transplant(?:ation)?", "{organ} transplant status"),
    (r"bmt", "bone marrow transplant status"),
    (r"hsct|sct", "stem cell transplant status"),
    (r"gastric bypass|roux[- ]en[- ]y(?: gastric bypass)?|rygb|bariatric surgery|gastric sleeve|"
     r"sleeve gastrectomy|gastric band(?:ing)?|lap[- ]?band", "bariatric surgery status"),
    (r"(?:lap )?chole(?:cystectomy)?|appendectomy|colectomy|hemicolectomy|sigmoidectomy|"
     r"bowel resection|colon resection|small bowel resection",
     "acquired absence of other specified parts of digestive tract"),
    (r"gastrectomy", "acquired absence of stomach"),
    (r"splenectomy", "acquired absence of spleen"),
    (r"nephrectomy", "acquired absence of kidney"),
    (r"cystectomy", "acquired absence of bladder"),
    (r"lobectomy|pneumonectomy|lung resection", "acquired absence of lung"),
    (r"mastectomy", "acquired absence of breast and nipple"),
    (r"tah[- /]?(?:bso)?|tlh|hysterectomy", "acquired absence of both cervix and uterus"),
    (r"bso|bilateral (?:salpingo-?)?oophorectomy", "acquired absence of ovaries bilateral"),
    (r"(?:salpingo-?)?oophorectomy", "acquired absence of ovary unilateral"),
    (r"orchiectomy|prostatectomy|rrp|turp(?= status)", "acquired absence of other genital organ"),
    (r"laryngectomy", "acquired absence of larynx"),
    (r"enucleation", "acquired absence of eye"),
    (r"bka|below[- ](?:the[- ])?knee amputation", "acquired absence of leg below knee"),
    (r"aka|above[- ](?:the[- ])?knee amputation", "acquired absence of leg above knee"),
    (r"tma|transmetatarsal amputation|foot amputation|amputation of foot",
     "acquired absence of foot"),
    (r"(?:great|big) toe amputation|hallux amputation|amputation of (?:the )?great toe",
     "acquired absence of great toe"),
    (r"toe amputation|amputation of (?:the )?(?:\w+ )?toe", "acquired absence of other toe"),
    (r"thumb amputation|amputation of (?:the )?thumb", "acquired absence of thumb"),
    (r"finger amputation|amputation of (?:the )?(?:\w+ )?finger", "acquired absence of finger"),
    (r"bea|below[- ]elbow amputation", "acquired absence of upper limb below elbow"),
    (r"above[- ]elbow amputation", "acquired absence of upper limb above elbow"),
    (r"colostomy", "colostomy status"),
    (r"ileostomy", "ileostomy status"),
    (r"g-?tube|peg(?: tube)?|gastrostomy(?: tube)?", "gastrostomy status"),
    (r"trach(?:eostomy)?", "tracheostomy status"),
    (r"nephrostomy(?: tube)?|urostomy|ureterostomy|ileal conduit",
     "artificial openings of urinary tract status other"),
    (r"suprapubic catheter|cystostomy", "cystostomy status"),
    (r"spinal fusion|lumbar fusion|cervical fusion|acdf|arthrodesis", "arthrodesis status"),
    (r"vasectomy", "vasectomy status"),
    (r"tubal ligation|btl|tubal", "tubal ligation status"),
    (r"c[- ]?sections?|cesarean(?: sections?| delivery)?", "uterine scar from previous surgery"),
    (r"cataract (?:surgery|extraction|removal)", "cataract extraction status"),
    (r"iol(?: implant)?|intraocular lens(?: implant)?", "presence of intraocular lens"),
    (r"cochlear implant", "presence of cochlear implant"),
    (r"breast (?:implants?|augmentation)", "breast implant status"),
    (r"(?:total |partial )?knee (?:replacement|arthroplasty)|tk[ar]",
     "presence of artificial knee joint"),
    (r"(?:total |partial )?hip (?:replacement|arthroplasty)|th[ar]",
     "presence of artificial hip joint"),
    (r"(?:total |reverse )?shoulder (?:replacement|arthroplasty)|tsa",
     "presence of artificial shoulder joint"),
)  # fmt: skip
# One of these stands in whatever was done.
_DONE_HINTS = (
    "ectomy", "ostomy", "transplant", "amputation", "replacement", "arthroplasty", "stent",
    "bypass", "des", "bms", "angioplasty", "pacemaker", "defibrillator", "valve", "fusion",
    "resection", "cabg", "pci", "ptca", "ppm", "crt", "icd", "lvad", "assist device", "avr", "mvr",
    "tavi", "filter", "graft", "evar", "shunt", "bmt", "sct", "roux", "rygb", "bariatric",
    "sleeve",
    "band", "chole", "tah", "tlh", "bso", "rrp", "turp", "enucleation", "bka", "aka", "tma",
    "bea", "tube", "peg", "trach", "conduit", "suprapubic", "acdf", "arthrodesis", "btl",
    "tubal", "section", "cesarean", "cataract", "iol", "intraocular", "cochlear", "breast",
    "tka", "tkr", "tha", "thr", "tsa",
)  # fmt: skip
_Patterns = tuple[tuple[re.Pattern[str], str], ...]


@cache
def _named() -> tuple[re.Pattern[str], ...]:
    """What was done alone, for each row."""
    return tuple(re.compile(done, re.IGNORECASE) for done, _ in _DONE)


@cache
def _status(done: str) -> re.Pattern[str]:
    """Made when it is looked for: to make them all takes longer than all else at the start."""
    return re.compile(rf"{_HAD}{_SIDE}(?:{done})(?!\w){_WHEN}{_ENDS}", re.IGNORECASE)


_HAD_CUE = re.compile(_HAD, re.IGNORECASE)
_SIDES = {"l": "left", "r": "right", "left": "left", "right": "right", "bilateral": "bilateral"}

_ALLERGENS: tuple[tuple[str, str], ...] = (
    (r"pcn|penicillins?|amoxicillin|augmentin|ampicillin", "allergy status to penicillin"),
    (r"sulfa(?: drugs?)?|sulfonamides?|bactrim|trimethoprim[- /]sulfamethoxazole",
     "allergy status to sulfonamides"),
    (r"cephalosporins?|keflex|cephalexin|antibiotics?|erythromycin|azithromycin|macrolides?|"
     r"quinolones?|ciprofloxacin|levofloxacin|vancomycin|tetracyclines?|doxycycline|clindamycin",
     "allergy status to other antibiotic agents"),
    (r"codeine|morphine|opioids?|opiates?|narcotics?|hydrocodone|oxycodone",
     "allergy status to narcotic agent"),
    (r"aspirin|asa|nsaids?|ibuprofen|naproxen|acetaminophen", "allergy status to analgesic agent"),
    (r"(?:local )?anesthetics?|lidocaine|novocaine", "allergy status to anesthetic agent"),
    (r"(?:iv |iodinated )?contrast(?: dye)?|iv dye|iodine(?: contrast)?|radiographic dye",
     "radiographic dye allergy status"),
    (r"vaccines?", "allergy status to serum and vaccine"),
    (r"latex", "latex allergy status"),
    (r"peanuts?", "allergy to peanuts"),
    (r"tree nuts?|nuts?", "food allergy status"),
    (r"milk(?: products?)?|dairy", "allergy to milk products"),
    (r"eggs?", "allergy to eggs"),
    (r"shell-?fish|sea-?food|fish|shrimp", "allergy to seafood"),
    (r"bees?(?: stings?| venom)?|wasps?", "bee allergy status"),
    (r"food", "food allergy status"),
    (r"drugs?|medications?|medicines?", "allergy status to unspecified drugs"),
)  # fmt: skip


@cache
def _allergic() -> _Patterns:
    return tuple(
        (
            re.compile(
                rf"^\s*(?:(?:known|documented|history of)\s+)*(?:(?:{what})\s+(?:drug\s+)?"
                rf"allerg(?:y|ies)|"
                rf"allerg(?:y|ies|ic)(?:\s+reaction)?\s+to\s+(?:{what}))\s*$",
                re.IGNORECASE,
            ),
            written,
        )
        for what, written in _ALLERGENS
    )


_LEAD = (
    r"^\s*(?:(?:on|takes|taking|chronic|long[- ]?term|current|currently on|daily|use of|"
    r"chronically "
    r"on|maintained on)\s+(?:\(current\)\s+)?(?:use of\s+)?(?:chronic\s+|daily\s+|"
    r"long[- ]term\s+)*)"
)
_TAIL = r"(?:\s+(?:use|therapy|treatment|anticoagulation|management))?\s*$"
_TAKEN: tuple[tuple[str, str], ...] = (
    (r"warfarin|coumadin|eliquis|apixaban|xarelto|rivaroxaban|dabigatran|pradaxa|anticoagula\w+|"
     r"oral anticoagula\w+|blood thinners?|doac|noac|enoxaparin|lovenox|heparin",
     "long term current use of anticoagulants"),
    (r"plavix|clopidogrel|ticagrelor|brilinta|prasugrel|antiplatelets?|dapt|"
     r"dual antiplatelet", "long term current use of antithrombotics antiplatelets"),
    (r"aspirin|asa", "long term current use of aspirin"),
    (r"insulin", "long term current use of insulin"),
    (r"metformin|oral hypoglycemics?|oral antidiabetic\w*|glipizide",
     "long term current use of oral hypoglycemic drugs"),
    (r"nsaids?|ibuprofen|naproxen|"
     r"meloxicam", "long term current use of nonsteroidal anti-inflammatories"),
    (r"(?:systemic |oral )?(?:steroids?|prednisone|corticosteroids?|glucocorticoids?)",
     "long term current use of systemic steroids"),
    (r"inhaled (?:steroids?|corticosteroids?)|ics", "long term current use of inhaled steroids"),
    (r"opioids?|opiates?|narcotics?|oxycodone|hydrocodone|methadone for pain",
     "long term current use of opiate analgesic"),
    (r"antibiotics?", "long term current use of antibiotics"),
    (r"bisphosphonates?|alendronate|fosamax", "long term current use of bisphosphonates"),
    (r"hrt|hormone replacement(?: therapy)?", "hormone replacement therapy"),
    (r"ocps?|oral contraceptives?|birth control(?: pills?)?",
     "long term current use of hormonal contraceptives"),
    (r"tamoxifen", "long term current use of selective estrogen receptor modulators"),
    (r"anastrozole|letrozole|exemestane|aromatase inhibitors?",
     "long term current use of aromatase inhibitors"),
    (r"methotrexate|mtx", "long term current use of methotrexate"),
    (r"immunosuppress\w+|biologics?", "long term current use of immunosuppressants"),
)  # fmt: skip


@cache
def _taken() -> _Patterns:
    return tuple(
        (re.compile(rf"{_LEAD}(?:{what}){_TAIL}", re.IGNORECASE), written)
        for what, written in _TAKEN
    )


_ON_CUE = re.compile(_LEAD, re.IGNORECASE)
_ALLERGY_CUE = re.compile(r"allerg", re.IGNORECASE)
_LONGEST = 120
_PREGNANT = re.compile(r"pregnan|gravid|trimester|maternal|antepartum|\bweeks\b", re.IGNORECASE)
_SCAR_IN_PREGNANCY = "maternal care for unspecified type scar from previous uterine surgery"


@lru_cache(maxsize=16_384)
def as_status(text: str) -> str:
    """``text`` with a status in the words of the index; most texts are as they were."""
    if len(text) > _LONGEST:
        return text
    if may_say(text, _DONE_HINTS) and _HAD_CUE.search(text) is not None:
        for alone, (done, written) in zip(_named(), _DONE, strict=True):
            found = _status(done).search(text) if alone.search(text) is not None else None
            if found is not None:
                side = _SIDES.get((found["side"] or "").strip().lower(), "")
                organ = found.groupdict().get("organ") or ""
                named = written.format(organ=organ)
                if written.startswith("uterine scar") and _PREGNANT.search(text) is not None:
                    return _SCAR_IN_PREGNANCY
                return f"{text[: found.start()]} {side} {named}{text[found.end() :]}"
    if _ALLERGY_CUE.search(text) is not None:
        for pattern, written in _allergic():
            if pattern.match(text):
                return written
    if _ON_CUE.match(text) is not None:
        for pattern, written in _taken():
            if pattern.match(text):
                return written
    return text
