"""What clinicians write in short, written out: sides, limbs, stages, joining words.

Only what a provider wrote is read so, never the index. A letter that may mean several things is
written out only where its neighbours, or its capitals, say which.
"""

import re
from functools import lru_cache

from services.coding.domain.reading.quick_look import holds

_BODY = (
    r"ankle|knee|hip|shoulder|elbow|wrist|hand|foot|feet|finger|thumb|toe|leg|arm|thigh|calf|ear|"
    r"eye|"
    r"breast|flank|heel|forearm|lower|upper|great|index|middle|ring|little|kidney|groin|side|neck|"
    r"buttock|lung|test[ei]|ovar|hemi|face|facial|cheek|jaw|temple|carotid|femoral|renal|ureter|"
    r"inguinal|axill|femur|tibia|fibula|humerus|radius|ulna|clavicle|scapula|rib|patella|distal|"
    r"proximal|[1-5](?:st|nd|rd|th)|lateral|medial|mca|aca|pca|sided?|rotator|acl|lid|eyelid|chest|"
    r"[ul][oi]q|corne|tk[ar]|th[ar]|[ab]k[ao]|iliac|popliteal|subclavian|sciatic|lumbar|cervical|parotid|adnex|vocal|nasal|nipple|scrotum|tubal|fallopian|gsv|ssv|cfv|ica|cca"
)
_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
_LEVEL = r"(?:[1-5]|i{1,3}|iv|v)"
_CANCER = re.compile(
    r"cancer|carcinoma|\bca\b|melanoma|lymphoma|sarcoma|myeloma|neoplasm|malignan|tumou?r|nsclc|"
    r"sclc|"
    r"seminoma|adenoca",
    re.IGNORECASE,
)
_SPINE = {"c": "cervical", "t": "thoracic", "l": "lumbar"}


def _stage(found: re.Match[str]) -> str:
    level = found["level"].lower()
    letter = (found["letter"] or "").lower()
    return f"{found['what']} stage {_ROMAN.get(level, level)}{letter} "


def _numbered(found: re.Match[str]) -> str:
    level = found["level"].lower()
    return f"{found['what']} {_ROMAN.get(level, level)}{(found['letter'] or '').lower()}"


def _spine(found: re.Match[str]) -> str:
    first, second = found["first"].lower(), (found["second"] or found["first"]).lower()
    if first == second:
        return f"{_SPINE[first]} region"
    return {"lt": "thoracolumbar", "ls": "lumbosacral", "ct": "cervicothoracic"}.get(
        "".join(sorted((first, second))), "lumbosacral"
    ) + " region"


# In order; each is looked for only where the cue below finds that there is something short.
_ANY_CASE: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), written)
    for pattern, written in (
        (r"\bw/o\b", "without"),
        (r"\bw/(?=\s*[a-z])", "with "),
        (r"\b2/2\b|\bd/t\b|\bb/c\b|\bsecondary to\b|\b2ndary to\b|\b2\u00b0 to\b", "due to"),
        (r"\bs/p\b|\bstat(?:us)? post\b", "status post"),
        (r"\b(?:h/o|hx of|hx/o|hx)(?!\w)(?!:)", "history of"),
        (r"\bb/?l\b(?!\w)|\bbilat\b\.?|\bbil\b\.?", "bilateral"),
        (r"\brt\b\.?(?=\s)", "right"),
        (r"\blt\b\.?(?=\s)", "left"),
        (r"\b(r|l)\.?\s?sided\b", r"\1 sided"),
        (r"\ba[ .-]?-?\s?fib\b|\bafib\b|\baf\b(?=\s*(?:w/|with|$|,|;))", "atrial fibrillation"),
        (r"\ba[ .-]?flutter\b", "atrial flutter"),
        (r"\bv[ .-]fib\b", "ventricular fibrillation"),
        (r"\bv[ .-]tach\b", "ventricular tachycardia"),
        (r"\bibs\s?-\s?d\b", "irritable bowel syndrome with diarrhea"),
        (r"\bibs\s?-\s?c\b", "irritable bowel syndrome with constipation"),
        (r"\bibs\s?-\s?m\b", "mixed irritable bowel syndrome"),
        (r"\bn\s?[/&]\s?v(?:\s?[/&]\s?d)\b", "nausea with vomiting and diarrhea"),
        (r"\bn\s?[/&]\s?v\b|\bnausea\s?/\s?vomiting\b", "nausea with vomiting"),
        (r"\bflu\s+(?:type\s+)?(?=[ab]\b)", "influenza "),
        (r"\be\.?\s?coli\b", "escherichia coli"),
        (r"\bc\.?\s?diff(?:icile)?\b", "clostridium difficile"),
        (r"\bh\.?\s?pylori\b", "helicobacter pylori"),
        (r"\bs\.?\s?aureus\b", "staphylococcus aureus"),
        (r"\bstrep(?:tococcus)? pneumo(?:niae)?\b", "streptococcus pneumoniae"),
        (r"\b1st[- ]deg(?:ree)?\b", "first degree"),
        (r"\b2nd[- ]deg(?:ree)?\b", "second degree"),
        (r"\b3rd[- ]deg(?:ree)?\b", "third degree"),
        (r"\bd\.?m\.?\s*-?\s*(?:type\s*)?(?:ii|2)\b", "type 2 diabetes mellitus"),
        (r"\bd\.?m\.?\s*-?\s*(?:type\s*)?(?:i|1)\b(?!\.)", "type 1 diabetes mellitus"),
        (r"\btype\s*(?:ii|2)\s+dm\b|\bt2\s+dm\b", "type 2 diabetes mellitus"),
        (r"\btype\s*(?:i|1)\s+dm\b|\bt1\s+dm\b", "type 1 diabetes mellitus"),
        (r"\bnyha\s*(?:class|fc)?\s*(?:[1-4]|i{1,3}|iv)(?:\s?[-/]\s?(?:[1-4]|i{1,3}|iv))?\b", " "),
        (r"\b(?:acc/?aha\s*)?stage\s+[a-d]\b(?=.*(?:heart failure|\bhf))", " "),
        (r"\bgold\s*(?:stage|class|grade|group)?\s*(?:[1-4a-e]|i{1,3}|iv)\b", " "),
        (r"\bchild(?:[- ]pugh)?\s*(?:class\s*)?[a-c]\b", " "),
        (r"\bstage\s+(?:[12]|ii?)\s+(?=(?:hypertension|htn)\b)", ""),
        (r"\b(?<=hypertension,)\s*stage\s+(?:[12]|ii?)\b|\b(?<=htn,)\s*stage\s+(?:[12]|ii?)\b", ""),
        (rf"\b(?:grade|gr)\s*{_LEVEL}\s+(?=(?:\w+\s+){{0,2}}(?:sprain|strain|diastolic))", ""),
        (r"\bright upper (?:quad(?:rant)?)\b|\bruq\b", "right upper quadrant"),
        (r"\bleft upper (?:quad(?:rant)?)\b|\bluq\b", "left upper quadrant"),
        (r"\bright lower (?:quad(?:rant)?)\b|\brlq\b", "right lower quadrant"),
        (r"\bleft lower (?:quad(?:rant)?)\b|\bllq\b", "left lower quadrant"),
        (r"\b(?:inf|sup)\s+stemi\b", "inferior stemi"),
        (r"\b(1st|2nd|3rd|first|second|third)\s+tri(?:m(?:ester)?)?\b\.?", r"\1 trimester"),
        (r"\bc/s\b", "cesarean section"),
        (r"\b(?:di[/-]di|dcda)\b", "dichorionic diamniotic"),
        (r"\b(?:mo[/-]di|mcda)\b", "monochorionic diamniotic"),
        (r"\b(?:mo[/-]mo|mcma)\b", "monochorionic monoamniotic"),
        (r"\bpre-?\s?existing\s+(?=(?:type\b|t?[12]?dm\b|diabet|hypertens|htn\b|essential)"
         r"(?!.*\b(?:pregnan|complicat|childbirth|puerper)))", ""),
        (r"^\s*f/u\s+(?:of\s+|for\s+|on\s+)?(?=[a-z])", ""),
        (r"\bresp\b\.?", "respiratory"),
        (r"\bexac(?:erb)?\b\.?", "exacerbation"),
        (r"\bpulm\b\.?", "pulmonary"),
        (r"\bregurg\b\.?", "regurgitation"),
        (r"\binsuff\b\.?", "insufficiency"),
        (r"\bhypertroph\b", "hypertrophy"),
        (r"\bdef\b\.?(?=\s|$)", "deficiency"),
        (r"\bwt\b\.?", "weight"),
        (r"\bunsp(?:ec)?\b\.?", "unspecified"),
        (r"\bdz\b\.?", "disease"),
        (r"\bd/?o\b\.?", "disorder"),
        (r"\bsyn\b\.?", "syndrome"),
        (r"\bintract\b\.?", "intractable"),
        (r"\bhydro\b(?=$|[\s,.;])(?!\s*codone)", "hydronephrosis"),
        (r"\bvag\b\.?", "vaginal"),
        (r"\bendo\b\.?(?=\s+ca\b)", "endometrial"),
        (r"\bmets\b", "metastases"),
        (r"\bmet\b(?=\s+(?:[a-z]+\s+)?(?:cancer|ca|carcinoma|disease))", "metastatic"),
        (r"\blat(?:eral)?\.?\s+mal(?:leolus)?\b\.?", "lateral malleolus"),
        (r"\bmed(?:ial)?\.?\s+mal(?:leolus)?\b\.?", "medial malleolus"),
        (r"\bnon-disp\b\.?", "nondisplaced"),
        (r"\bmod\b\.?(?!\s+mr\b|\s*-)", "moderate"),
        (r"\bpree\b|\bpre-?e\b(?=\s*(?:$|[,;]|with|w/|severe|without|mild))", "preeclampsia"),
        (r"\b(breast|lung|colon|prostate|ovarian|thyroid|bladder|gastric|liver|skin|rectal|"
         r"cervical|"
         r"pancreatic|endometrial|esophageal|renal|kidney|brain|bone|uterine|colorectal)\s+ca\b",
         r"\1 cancer"),
        (r"\bca\s+(?:of\s+)?(?:the\s+)?(?=(?:left\s+|right\s+)?(?:breast|lung|colon|prostate|ovary|"
         r"thyroid|bladder|stomach|liver|skin|rectum|cervix|pancreas|kidney|"
         r"brain)\b)", "cancer of "),
        (r"\b(?!elevated|high|low|ionized|serum|total|corrected|urine|active|known|past|prior)"
         r"([a-z]{3,})\s+ca\b(?=\s*(?:$|[,;.)]|in\b|with\b|w/|s/p|status\b|stage\b|metast|"
         r"[lr]\b|left\b|right\b|of\b))", r"\1 cancer"),
        (r"\blow[- ]t\b(?!\w)", "testicular hypofunction"),
        (r"\blow testosterone\b", "testicular hypofunction"),
        (r"\b(?:upper|u)gib\b|\bupper gi bleed(?:ing)?\b", "gastrointestinal hemorrhage"),
        (r"\blgib\b|\blower gi bleed(?:ing)?\b", "gastrointestinal hemorrhage"),
        (r"\bgbs\s*(?:\+|positive|pos\b|carrier|bacteriuria|coloni[sz]\w+)",
         "streptococcus group b carrier"),
        (r"\b(?<!other )(?:current\s+)?(?:every ?day\s+)?smoker,?\s+[\d.]+\s*(?:ppd|"
         r"packs?\b[^,;]*)",
         "cigarette nicotine dependence"),
    )
)  # fmt: skip
_STAGED = (
    re.compile(
        r"\b(?P<what>ckd|chronic kidney disease|chronic renal disease)[\s,(-]*(?:stage|st\.?|"
        r"grade|g)?"
        rf"[\s-]*g?(?P<level>{_LEVEL})[\s-]*(?P<letter>[ab])?\b(?:\s?/?\s?a[1-3]\b)?\)?",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\bstage\s+g?(?P<level>{_LEVEL})(?P<letter>[ab])?\s+(?P<what>ckd|chronic kidney disease|"
        r"chronic renal disease)\b",
        re.IGNORECASE,
    ),
)
# The grades of internal hemorrhoids are degrees in the tabular list.
_PILES = r"(?:internal\s+)?(?:h[ae]+morrhoids?|hemorrhoids?)"
_PILES_OF_GRADE = re.compile(
    rf"\b(?:grade|stage)\s+(?P<level>[1-4]|i{{1,3}}|iv)\s+{_PILES}\b|"
    rf"\b{_PILES},?\s+(?:grade|stage)\s+(?P<behind>[1-4]|i{{1,3}}|iv)\b",
    re.IGNORECASE,
)
_THE_OTHER = re.compile(
    r"\b(?:right|left)\s+(?P<part>\w+)(?P<rest>[^.;]{0,30}?)\s*,?\s+(?:and|&|also|as well as)\s+"
    r"(?:(?:now|also|the|his|her|in)\s+)*(?:other|opposite|contralateral)"
    r"(?:\s+(?:one|side|(?P=part)))?\b",
    re.IGNORECASE,
)
_DEGREES = {"1": "first", "2": "second", "3": "third", "4": "fourth"}
_NUMBERED = re.compile(
    r"\b(?P<what>stage|class|type|grade)\s+(?P<level>i{1,3}|iv|v)(?P<letter>[a-c])?\b",
    re.IGNORECASE,
)
_OF_CANCER = re.compile(
    r"[\s,(]*\b(?:(?:clinical |pathologic(?:al)? |ajcc )?stage\s+(?:0|[1-4]|i{1,3}|"
    r"iv)(?:[abc][1-3]?)?|"
    r"p?t[0-4][a-d]?\s?n[0-3x][a-c]?\s?(?:m[01x])?|"
    r"gleason\s*(?:score\s*)?\d(?:\s?\+\s?\d)?(?:\s?=\s?\d+)?|"
    r"(?:er|pr|her2)\s?[+-](?:[\s,/]*(?:er|pr|her2(?:/?neu)?)\s?[+-])*)(?!\w)\)?",
    re.IGNORECASE,
)
_DISCS = re.compile(
    r"\b(?P<first>[CTL])\d{1,2}\s?[-/]\s?(?P<second>[CTLS])?\d{1,2}\b"
    r"|\b(?P<alone>[CTL])[- ]?spine\b"
)
# Discs of the neck have codes by level, all others by region.
_DISC = re.compile(r"\bdis[ck]|herniat|\bhnp\b|radiculopath|myelopath", re.IGNORECASE)
_CERVICAL_DISC = re.compile(rf"\bC(?P<upper>[2-6])\s?[-/]\s?C?(?P<lower>[3-7])\b|{_DISCS.pattern}")
# How long consciousness was lost, as the titles of S06 divide it: minutes, or hours.
_LOST = re.compile(
    r"\b(?P<no>no|without|w/o|with)?\s*(?:brief\s+)?(?:loc|loss of consciousness)\s*"
    r"(?:(?:of|for|x|lasting|~|<|about|less than)\s*)*(?P<number>\d{1,3})\s*"
    r"(?P<unit>s(?:ec(?:ond)?s?)?|min(?:ute)?s?|h(?:(?:ou)?rs?)?)\b(?!\s*\d|\s+to\b|\s+or\b)",
    re.IGNORECASE,
)
_CASED: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), written)
    for pattern, written in (
        (r"(?<![\w/.'-])\(?\b(?:R|rt|Rt|RT)\)?(?=\s+(?i:" + _BODY + "))", "right"),
        (r"(?<![\w/.'-])\(?\b(?:L|lt|Lt|LT)\)?(?=\s+(?i:" + _BODY + "))", "left"),
        (r"(?<![\w/.'-])\(?\bB\)?(?=\s+(?i:" + _BODY + "))", "bilateral"),
        (r"(?<=[a-z,)] )\(?\bR\)?(?=\s*(?:$|[,;.)]))(?!\.\w)", "right"),
        (r"(?<=[a-z,)] )\(?\bL\)?(?=\s*(?:$|[,;.)]))(?!\.\w)", "left"),
        (r"(?<=[A-Za-z] )R(?= [a-z]{4,})", "right"),
        (r"(?<=[A-Za-z] )L(?= (?!dopa|carnit|thyrox|spine)[a-z]{4,})", "left"),
        (r"(?<=[A-Z]{2} )R$", "right"),
        (r"(?<=[A-Z]{2} )L$", "left"),
        (r"^R(?=\s+[A-Za-z])", "right"),
        (r"^L(?=\s+[A-Za-z])", "left"),
        (r"\bRLE\b", "right lower extremity"),
        (r"\bLLE\b", "left lower extremity"),
        (r"\bRUE\b", "right upper extremity"),
        (r"\bLUE\b", "left upper extremity"),
        (r"\bBLE\b", "bilateral lower extremity"),
        (r"\bBUE\b", "bilateral upper extremity"),
        (r"\bLEs?\b", "lower extremity"),
        (r"\bUEs?\b", "upper extremity"),
        (r"\bPsA\b", "psoriatic arthritis"),
        (r"\b[Mm]od MR\b", "mitral regurgitation"),
        (r"\bNSC?(?=\s+(?i:cataract))", "nuclear sclerotic"),
        (r"(?<=without )ME\b|(?<=with )ME\b|(?<=w/o )ME\b|(?<=w/ )ME\b", "macular edema"),
    )
)
# What a text must have to be changed here: one of these words, of these letters, of these patterns
# (each with letters that it needs), or of the patterns in capitals. All but the last in any case.
_CUE_WORDS = (
    "hx rt lt bilat bil pulm resp exac exacerb regurg insuff def wt dz do syn met mets ca vag endo "
    "hydro intract unsp unspec stat stage grade class type gr af ibs dm dmi dmii gold child rlq "
    "llq ruq luq gbs flu mod loc other tri trim"
)
_CUE_LETTERS = (
    "/", "&", "+", "kidney disease", "renal disease", "secondary to", "2ndary", "status", "flutter",
    "pylori", "aureus", "quad", "stemi", "gi bleed", "smoker", "malleol", "consciousness",
    "opposite", "contralateral", "gleason", "her2", "sided",
)  # fmt: skip
_CUE_PATTERNS = (
    ("ckd", r"\bckd"),
    ("fib", r"fib\b"),
    ("tach", r"\bv[ .-]tach"),
    ("coli", r"coli\b"),
    ("diff", r"\bc\.?\s?diff"),
    ("pneumo", r"pneumo\b"),
    ("d.m", r"\bd\.m\b"),
    ("dm", r"\bdm\s?-?[12i]|\bt[12]\s+dm"),
    ("nyha", r"\bnyha"),
    ("gib", r"gib\b"),
    ("low", r"low[- ]t"),
    ("pre", r"\bpre-?e\b"),
    (" mal", r"\b(?:lat|med)\.? mal"),
    ("non-disp", r"\bnon-disp"),
    ("t", r"\bp?t[0-4][a-d]?\s?n\d"),
    ("deg", r"\b\d(?:st|nd|rd|th)[- ]deg"),
)
_CUE_IN_CAPITALS = (
    r"\b(?:[RLB]\b|[RLB]?[UL]Es?\b|PsA\b|NSC?\b|M[ER]\b|[CTL]\d|[CTL][- ]spine)|\u00b0"
)
_CUE_WORD_SET = frozenset(_CUE_WORDS.split())
_CUE_COMPILED = tuple((letters, re.compile(pattern)) for letters, pattern in _CUE_PATTERNS)
_CUE_CAPITALS = re.compile(_CUE_IN_CAPITALS)
_CUE = re.compile(
    rf"{_CUE_IN_CAPITALS}|(?i:\b(?:{_CUE_WORDS.replace(' ', '|')})\b|"
    rf"{'|'.join(map(re.escape, _CUE_LETTERS))}|{'|'.join(each for _, each in _CUE_PATTERNS)})"
)
_PIECE = re.compile(r"\w+")
_CASED_CUE = re.compile(r"\b[RLB]\b|\b[RLB]?[UL]Es?\b|\bPsA\b|\bNSC?\b|\bM[ER]\b|\b[rRlL][tT]\b")


def _has_cue(text: str) -> bool:
    """Whether ``_CUE`` finds anything; looked for in the order of what it costs."""
    if not text.isascii():
        return _CUE.search(text) is not None
    lower = text.lower()
    return (
        holds(lower, _CUE_LETTERS)
        or not _CUE_WORD_SET.isdisjoint(_PIECE.findall(lower))
        or _CUE_CAPITALS.search(text) is not None
        or any(letters in lower and each.search(lower) for letters, each in _CUE_COMPILED)
    )


@lru_cache(maxsize=16_384)
def written_out(text: str) -> str:
    """``text`` with what it has in short written out; most texts are as they were."""
    if not _has_cue(text):
        return text
    if _CASED_CUE.search(text) is not None:
        for pattern, written in _CASED:
            text = pattern.sub(written, text)
    text = (_CERVICAL_DISC if _DISC.search(text) else _DISCS).sub(_spined, text)
    for pattern, written in _ANY_CASE:
        text = pattern.sub(written, text)
    for pattern in _STAGED:
        text = pattern.sub(_stage, text)
    text = _LOST.sub(_consciousness, text)
    text = _PILES_OF_GRADE.sub(_piles, text)
    text = _THE_OTHER.sub(r"bilateral \g<part>\g<rest>", text)
    if _CANCER.search(text) is not None:
        text = _OF_CANCER.sub(" ", text)
    return _NUMBERED.sub(_numbered, text)


def _consciousness(found: re.Match[str]) -> str:
    unit = found["unit"].lower()
    minutes = int(found["number"]) * (60 if unit.startswith("h") else 1)
    if unit.startswith("s") or minutes <= 30:
        span = "30 minutes or less"
    elif minutes < 60:
        span = "31 minutes to 59 minutes"
    elif minutes < 360:
        span = "1 hour to 5 hours 59 minutes"
    else:
        span = "6 hours to 24 hours" if minutes <= 1440 else "greater than 24 hours"
    return f"{found['no'] or 'with'} loss of consciousness of {span}"


def _piles(found: re.Match[str]) -> str:
    level = (found["level"] or found["behind"]).lower()
    return f"{_DEGREES[_ROMAN.get(level, level)]} degree hemorrhoids"


def _spined(found: re.Match[str]) -> str:
    if found.re is _CERVICAL_DISC and found["upper"]:
        return f"C{found['upper']}-C{found['lower']}"
    if found["alone"]:
        return f"{_SPINE[found['alone'].lower()]} spine"
    return _spine(found)
