"""The stretches of a line between its separators, each perhaps a condition of its own."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache, partial

from services.coding.domain.reading import wording
from services.coding.domain.reading.assertion import Trigger, follows_directly, triggers
from services.coding.domain.reading.course_words import HARMLESS, SITES

ALTERNATIVE = re.compile(r"\bor\b", re.IGNORECASE)
JOINS = re.compile(
    r"\b(?:due to|secondary to|2/2|caused by|complicated by|in the setting of|associated with|"
    r"related to|resulting from|following|after|with)\b|\bw/",
    re.IGNORECASE,
)
"""Words that tell of two conditions what the one has to do with the other."""
# Said with another condition, they tell of it, and are none of their own.
_OF_ANOTHER = frozenset(
    ("infect", "hemorrhage", "bleeding", "inflammation", "ulcer", "ulceration", "obstruction",
     "perforation", "gangrene", "rupture", "necrosi", "fistula", "complication", "abscess")
)  # fmt: skip
_SPLIT = re.compile(
    r"\s*[,;]\s*(?:(?:and|or)\s+)?|"
    r"(?<!consistent)(?<!compatible)(?<!contact)(?<!compliance)(?<!compliant)(?<!adherence)"
    r"(?<!adherent)\s+(?:and|with|plus|nor|or)\s+|\s+w/\s*(?!o\b)|\s*[&+]\s*|"
    r"(?<=[A-Za-z]{3})\s*/\s*(?=[A-Za-z]{3})|\s+(?:-{1,2}|\u2013|\u2014)\s+|\s*:\s+|"
    r"\s+on\s+(?:top of\s+)?(?=chronic\b|ckd\b|copd\b|esrd\b)|"
    r"(?<!likely)(?<!probably)(?<!possibly)(?<!presumably)(?<!suspected)(?<!presumed)(?<!to be)"
    r"(?<!perhaps)(?<!maybe)(?<!potentially)(?<!felt)(?<!thought)[\s,]+"
    r"(?:due to|secondary to|2/2|caused by|complicated by|in the setting of|"
    r"associated with|related to|resulting from|as well as|along with)\s+(?:an?\s+|the\s+)?"
    r"(?!(?:acute\s+|chronic\s+)?blood[- ]loss\b|cost\b|financ|expense|(?:in)?ability to (?:pay|"
    r"afford)|lack of insurance)",
    re.IGNORECASE,
)
_DONE = re.compile(r"s/p|status[\s-]+post", re.IGNORECASE)
# What stands before "status post" and is no name of its own: nothing, or how long ago.
_NO_NAME = re.compile(
    r"[\s(-]*(?:(?:about\s+)?\d{1,3}[\s-]*(?:day|week|wk|month|mo|year|yr)s?\s*|"
    r"(?:(?:close|known|recent|household|direct|prolonged|occupational|sexual)\s*)+)?",
    re.IGNORECASE,
)
_SIDED = re.compile(
    r"\s*\b(?:(?:on|of|to)\s+)?(?:the\s+|his\s+|her\s+)?(left|right|both)[- ]sided?s?\b"
    r"(?!\s+(?:ulcerative\s+|hemi)?colitis|\s+UC\b)",
    re.IGNORECASE,
)
_WEEKS = re.compile(
    r"\b(\d{1,2})\s*(?:w|wks?|weeks?)(?:\s*\d\s*(?:d|days?))?\s+(?:pregnant|pregnancy|gestation|iup|"
    r"ega|ga|gestational age)\b",
    re.IGNORECASE,
)
_AT_WEEKS = re.compile(
    r"[\s,]*(?:\bat\s+|@\s*)\d{1,2}\s*(?:w|wks?|weeks?)(?:\s*\d\s*d(?:ays?)?)?\b"
    r"(?:\s*(?:of\s+)?(?:gestation(?:al age)?|pregnan\w+|ga|ega))?",
    re.IGNORECASE,
)
_SUSPECT = re.compile(r"\bglaucoma suspects?\b", re.IGNORECASE)
# Borderline is no doubt: what has no entry of its own is coded as it is (I.B.17).
_BORDERLINE = re.compile(
    r"\bborderline\s+(?=(?:high|hyper(?!tension)|elevated|low|hypo|anemi|obes|osteo|cardiomeg))",
    re.IGNORECASE,
)
_GESTATIONAL = re.compile(
    r"\b(?:gdm|gestational diabetes(?: mellitus)?)[\s,(]*(?:class\s*)?a-?(?P<kind>[12])\b\)?", re.I
)
_FORMER = re.compile(
    r"\b(?:(?:former|ex)[- ](?:cigarette |tobacco )?smoker|former tobacco use)\b", re.I
)
_BONE = (
    r"scaphoid|tibia|tibial shaft|femur|femoral neck|femoral shaft|humerus|humeral shaft|clavicle|"
    r"radius|distal radius|ulna|fibula|patella|ankle|hip|metatarsal|metacarpal"
)
# A nonunion is that of a fracture (index: "Nonunion, fracture: see Fracture, by site").
_UNUNITED = (
    (
        re.compile(rf"\b(?P<bone>{_BONE})\s+(?P<state>non-?union|mal-?union)\b", re.IGNORECASE),
        r"\g<bone> fracture \g<state>",
    ),
    (
        re.compile(
            rf"\b(?P<state>non-?union|mal-?union)\s+of\s+(?:the\s+)?(?P<side>(?:left|right|[lr])"
            rf"\s+)?(?P<bone>{_BONE})\b(?!\s+f(?:x|racture))",
            re.IGNORECASE,
        ),
        r"\g<side>\g<bone> fracture",
    ),
)
_FRACTURE = re.compile(r"\bfx\b|\bfractures?\b", re.IGNORECASE)
# Weeks behind what there is only in pregnancy.
_PREGNANT = re.compile(
    r"pregnan|eclampsia|\btwins?\b|placenta|gestation|\bgdm\b|\biup\b|hyperemesis|\bprom\b|"
    r"miscarriage|abortion|\bptl\b|preterm|fetal|obstetric|cholestasis of",
    re.IGNORECASE,
)
_BARE_WEEKS = re.compile(
    r"[\s,]+\d{1,2}\s*(?:w|wks?|weeks?)(?:\s*\d\s*d(?:ays?)?|\d(?:/7)?)?(?=\s*(?:$|[,;.)])|\s+(?:no|w/|"
    r"with)\b)",
    re.IGNORECASE,
)
_HYPEREMESIS = re.compile(r"\bhyperemesis\b(?! gravidarum)", re.IGNORECASE)
_LEAD_WORDS = re.compile(
    r"\b(?:(?:tested )?positive for|(?:clinical |radiographic )?evidence of|"
    r"(?:non-?union|malunion|delayed (?:union|healing)) of(?: an?| the)?|"
    r"(?<=fracture )(?:with )?(?:non-?union|malunion|delayed (?:union|healing))|"
    r"(?<=fx )(?:with )?(?:non-?union|malunion|delayed (?:union|healing))|"
    r"(?<=ligament )complex)\b",
    re.IGNORECASE,
)
_SPREAD = re.compile(
    r"\b(?:metastas[ei]s|mets|metastatic disease) (?:to|in)(?: the)? (?P<to>[a-z]+)|"
    r"\b(?P<of>[a-z]+) (?:metastas[ei]s|mets)\b",
    re.IGNORECASE,
)
_SHORT_SIDE = re.compile(r"\b[RLA]\b|\bb/l\b|\b[RL][UML]L\b|\bA[DSU]\b", re.IGNORECASE)
_BODY = (
    r"(?=\s+(?:ankle|knee|hip|shoulder|elbow|wrist|hand|foot|finger|thumb|toe|leg|arm|thigh|calf|ear|"
    r"eye|breast|flank|heel|forearm|upper|lower|great|index|middle|ring|little|kidney|groin|side|neck|"
    r"buttock|lung|test[ei]|ovar)\w*)"
)
_SHORT_SIDES = (
    (re.compile(rf"\bR\b{_BODY}"), "right"),
    (re.compile(rf"\bL\b{_BODY}"), "left"),
    (re.compile(r"\bb/l\b", re.IGNORECASE), "bilateral"),
    (re.compile(r"\bRUL\b"), "right upper lobe"),
    (re.compile(r"\bRML\b"), "right middle lobe"),
    (re.compile(r"\bRLL\b"), "right lower lobe"),
    (re.compile(r"\bLUL\b"), "left upper lobe"),
    (re.compile(r"\bLLL\b"), "left lower lobe"),
    (re.compile(r"(?<=otitis media )AD\b|(?<=externa )AD\b|(?<=media, )AD\b"), "right ear"),
    (re.compile(r"(?<=otitis media )AS\b|(?<=externa )AS\b|(?<=media, )AS\b"), "left ear"),
    (re.compile(r"(?<=otitis media )AU\b|(?<=externa )AU\b|(?<=media, )AU\b"), "both ears"),
)
_EYE = re.compile(
    r"eye|conjunctiv|catara|glauc|retin|macul|corne|uveit|iritis|hordeol|chalaz|stye|pteryg|vis(?:ion|"
    r"ual)|bleph|kerat|ocul|optic|vitre|nuclear scler|drusen|\bi?[ap]?md\b|\bpoag\b|\biop\b|"
    r"myopi|hyperop|astigma|presbyop|amblyop|tropia|strabism|nystag|pinguec|ptosis|\biol\b|"
    r"pseudophak|\bn?pdr\b|\bdme\b|\b[cb]r[av]o\b|\berm\b|epiretinal|detachment|sclerit|"
    r"dacryo|epiphora|dermatochal|ectropion|entropion|trichia|hyphema|lens\b|pupil|\blids?\b",
    re.IGNORECASE,
)
_EYE_SIDE = re.compile(r"\bO[DSU]\b")
_EYE_SIDES = {"OD": "right eye", "OS": "left eye", "OU": "both eyes"}
_EAR = re.compile(r"otitis|tinnitus|hearing|cerumen|tympan|otalgia|presbycusis|\bSNHL\b", re.I)
_EAR_SIDE = re.compile(r"\bA[DU]\b")
_EAR_SIDES = {"AD": "right ear", "AU": "both ears"}
_TYPE_I = re.compile(r"\btype I\b")


# Which fetus: a rule reads it where it stands.
_FETUS = re.compile(
    r"[\s,(]*\b(?:(?i:of|in|for|with|affecting)\s+)?(?i:twin|triplet|fetus|baby)\s*#?\s*[A-E1-5]\b"
    r"(?:\s*(?:and|&)\s*[A-E1-5]\b)?\)?(?:\s+(?=\w))?"
)


@lru_cache(maxsize=8_192)
def spoken(text: str) -> str:
    """Ways of writing in full; "right side" is only "right"."""
    text = wording.spoken(text)
    lower = text.lower()
    looks_on = not text.isascii()
    for hints, in_full in _SPOKEN:
        if not looks_on:
            for hint in hints:
                if hint in lower:
                    break
            else:
                continue
        told = in_full(text)
        if told != text:
            text, lower = told, told.lower()
    return text


def _with_long_sides(text: str) -> str:
    if _SHORT_SIDE.search(text):
        for pattern, written in _SHORT_SIDES:
            text = pattern.sub(written, text)
    return text


def _united(text: str) -> str:
    if "union" in text.lower() and _FRACTURE.search(text) is None:
        for pattern, written in _UNUNITED:
            text = pattern.sub(written, text)
        text = " ".join(_LEAD_WORDS.sub("", text).split())
    return text


def _with_eyes(text: str) -> str:
    if _EYE_SIDE.search(text) and _EYE.search(text):
        return _EYE_SIDE.sub(lambda found: _EYE_SIDES[found.group()], text)
    return text


def _with_ears(text: str) -> str:
    if _EAR_SIDE.search(text) and _EAR.search(text):
        return _EAR_SIDE.sub(lambda found: _EAR_SIDES[found.group()], text)
    return text


def _without_weeks(text: str) -> str:
    text = _AT_WEEKS.sub(" ", text)
    if _FETUS.search(text) is not None:
        text = _FETUS.sub(" ", text).strip(" ,")
    if _BARE_WEEKS.search(text) is not None and _PREGNANT.search(text) is not None:
        return _HYPEREMESIS.sub("hyperemesis gravidarum", _BARE_WEEKS.sub(" ", text))
    return text


def _controlled(found: re.Match[str]) -> str:
    """White's classes of gestational diabetes: A1 is controlled by diet, A2 by a drug."""
    return "gestational diabetes" + (" diet controlled" if found["kind"] == "1" else "")


def _secondary(found: re.Match[str]) -> str:
    """ "Liver metastases", "mets to the liver"."""
    return f"secondary malignant neoplasm of {found['to'] or found['of']}"


# In order: letters one of which stands in what is changed, in whatever case, and the change.
_SPOKEN: tuple[tuple[tuple[str, ...], Callable[[str], str]], ...] = (
    (("side",), partial(_SIDED.sub, r" \1")),
    (("r", "l", "a"), _with_long_sides),
    (("union",), _united),
    (
        ("positive for", "evidence of", "union", "healing", "ligament complex"),
        partial(_LEAD_WORDS.sub, ""),
    ),
    (("mets", "metasta"), partial(_SPREAD.sub, _secondary)),
    (("od", "os", "ou"), _with_eyes),
    (("ad", "au"), _with_ears),
    (tuple("0123456789"), _without_weeks),
    (("glaucoma suspect",), partial(_SUSPECT.sub, "preglaucoma")),
    (("borderline",), partial(_BORDERLINE.sub, "")),
    (("gdm", "gestational"), partial(_GESTATIONAL.sub, _controlled)),
    (("type i",), partial(_TYPE_I.sub, "type 1")),
    (tuple("0123456789"), partial(_WEEKS.sub, r"\1 weeks gestation of pregnancy")),
    (("smoker", "former tobacco use"), partial(_FORMER.sub, "history of nicotine dependence")),
)


def shifted(text: str, start: int, end: int) -> Iterator[Trigger]:
    for each in triggers(text[start:end]):
        yield each._replace(start=each.start + start, end=each.end + start)


def qualifies_only(tokens: tuple[str, ...]) -> bool:
    """Whether a part beside another is one word for what becomes of a condition ("infection")."""
    return len(tokens) == 1 and tokens[0] in _OF_ANOTHER


def parts_of(text: str) -> Iterator[tuple[int, int]]:
    """Stretches between separators, cut again where a word begins that governs what follows."""
    start = 0
    bounds = [*((m.start(), m.end()) for m in _SPLIT.finditer(text)), (len(text), len(text))]
    for stop, following in bounds:
        cuts = [
            each.start
            for each in shifted(text, start, stop)
            if each.reach != "after"
            and each.end < stop
            and each.start > start
            and not _NO_NAME.fullmatch(text, start, each.start)
            and _begins_anew(text, start, each)
        ]
        for cut in [*cuts[:1], stop]:
            first = start + len(text[start:cut]) - len(text[start:cut].lstrip())
            last = start + len(text[start:cut].rstrip())
            if last > first:
                yield first, last
            start = cut
        start = following


def _begins_anew(text: str, start: int, trigger: Trigger) -> bool:
    """Whether a word that governs begins a part: it is the first, or what was done ("s/p") behind
    what the patient had.
    """
    before = triggers(text[start : trigger.start])
    done = _DONE.fullmatch(text, trigger.start, trigger.end) is not None
    return not before or (done and all(each.kind == "historical" for each in before))


def with_sites(text: str, parts: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """A stretch that only says where ("sprain, right ankle") belongs to the one before it."""
    joined: list[tuple[int, int]] = []
    for start, end in parts:
        read = wording.read(spoken(text[start:end]))
        where = SITES.issuperset(read.tokens) and (read.sides or read.tokens)
        between = text[joined[-1][1] : start] if joined else ""
        if joined and where and not ALTERNATIVE.search(between) and not triggers(text[start:end]):
            joined[-1] = joined[-1][0], end
        else:
            joined.append((start, end))
    return joined


def qualifies(text: str, start: int, end: int, inside: tuple[Trigger, ...]) -> bool:
    """Whether a part only says something of the condition before it (", ruled out by CT")."""
    if not inside:
        return False
    first = inside[0]
    if first.reach == "after" and follows_directly(text[start : first.start]):
        return True
    bare = text[start:end]
    for each in reversed(inside):
        bare = f"{bare[: each.start - start]} {bare[each.end - start :]}"
    return not set(wording.read_problem(bare).tokens) - HARMLESS
