"""Lines that tell what a device or an operation has led to, or what an operation was for.

An insulin pump that fails (ICD-10-CM Official Guidelines I.C.4.a.5), infarctions by their type
(I.C.9.e.5), blood or fluid where an operation was (I.B.16), sepsis after one (I.C.1.d.5.b), a
fracture that was set (I.C.19.c.1), and newborns observed for what was ruled out (I.C.16.b).
"""

import re

from msgspec import Struct

from services.coding.domain.reading.after_surgery import is_an_operation
from services.coding.domain.reading.quick_look import may_say

_BY = (
    r"(?:due to|2/2|d/t|secondary to|from|because of|caused by|in (?:the )?setting of|"
    r"related to|after|following)"
)
_PUMP = re.compile(
    rf"[\s,;(]*(?:\b(?:{_BY}|with|and)\s+)?(?:an?\s+|the\s+|his\s+|her\s+)?(?:"
    r"insulin pump\s+(?:\w+\s+){0,2}?(?P<how>failure|malfunction\w*|breakdown|broke\w*|dysfunction|"
    r"fail(?:ed|ing)|occlu\w+|block\w+|kink\w*|leak\w*|dislodg\w*|displac\w*|disconnect\w*)|"
    r"(?P<what>failure|malfunction|breakdown|occlusion|leakage|leaking|displacement|dislodgement|"
    r"kinked|occluded|blocked|dislodged)\s+(?:of\s+)?(?:the\s+|his\s+|her\s+)?insulin pump"
    r"(?:\s+(?:site|tubing|catheter|cannula))?)\)?",
    re.IGNORECASE,
)
_PUMPS = (("leak", "T85.633"), ("displac", "T85.624"), ("dislodg", "T85.624"),
          ("disconnect", "T85.624"), ("occlu", "T85.694"), ("block", "T85.694"),
          ("kink", "T85.694"))  # fmt: skip
_AMOUNT = r"[\s,;(]*(?:\b(?:with|and|pump|resulting in|causing)\s+)*"
_TOO_LITTLE = re.compile(
    rf"{_AMOUNT}(?:insulin\s+)?(?:under-?\s?(?:deliver\w*|dos\w*)|(?:not|stopped) deliver\w*|too "
    r"little(?:\s+insulin)?)(?:\s+(?:of\s+)?insulin)?\)?",
    re.IGNORECASE,
)
_TOO_MUCH = re.compile(
    rf"{_AMOUNT}(?:insulin\s+)?(?:over-?\s?(?:deliver\w*|dos\w*)|too much(?:\s+insulin)?)"
    r"(?:\s+(?:of\s+)?insulin)?\)?",
    re.IGNORECASE,
)
_HIGH = re.compile(r"hyperglyc|ketoacid|\bdka\b", re.IGNORECASE)
_LOW = re.compile(r"hypoglyc|\blow (?:blood )?(?:sugar|glucose)", re.IGNORECASE)
_DIABETES = re.compile(r"diabet|\b(?:t[12]?|i)?dm\s?[12]?\b", re.IGNORECASE)
_LEADS = re.compile(rf"^[\s,;:]*(?:{_BY}|with|causing|leading to|resulting in|and)\s+", re.I)

_ATTACK = r"(?:n?stemi|a?mi|(?:acute\s+)?myocardial infarction)"
_TYPE = r"type\s*(?P<type{n}>[2-5]|ii|iii|iv|v)(?P<letter{n}>[abc])?"
_INFARCTION = re.compile(
    rf"^\s*(?:acute\s+)?(?:{_TYPE.format(n=1)}\s+{_ATTACK}|{_ATTACK}\s*[,(]?\s*"
    rf"{_TYPE.format(n=2)}\)?)\s*,?\s*(?:(?:{_BY}|with)\s+(?P<cause>[^.;]+))?[\s.;]*$",
    re.IGNORECASE,
)
_ROMAN = {"ii": "2", "iii": "3", "iv": "4", "v": "5"}
# Demand is what type 2 means: it has no code beside it.
_DEMAND = re.compile(
    r"\b(?:(?:supply[- /]+)?demand(?:[- /]+supply)?(?:\s+(?:ischemia|mismatch|imbalance))?|"
    r"ischemic imbalance)\b(?:\s+(?:due to|from|in (?:the )?setting of|2/2|secondary to)\s+)?",
    re.IGNORECASE,
)
_OF_STENTS = {
    "4a": (re.compile(r"\bpci\b|percutaneous coronary|angioplasty|stent", re.I), "I97.89"),
    "4b": (re.compile(r"stent.*thrombos|thrombos.*stent", re.I), "T82.867"),
    "4c": (re.compile(r"stenosis", re.I), "T82.855"),
}
_SURGERY_OF_HEART = "I97.190"

_KINDS = r"(?P<kind{n}>hematoma|haematoma|seroma|bleeding|hemorrhage)"
_COLLECTION = re.compile(
    r"\b(?:post-?\s?op(?:erative)?|post-?\s?(?:surgical|procedural)|surgical (?:site|wound)|"
    rf"incisional|(?P<skin>wound))\s+(?:[\w-]+\s+){{0,3}}?{_KINDS.format(n=1)}\b|"
    r"\b(?P<kind2>hematoma|haematoma|seroma)\b[^.;]*?[\s,]+(?:after|following|s/p|status post|post)"
    r"\s+(?P<operation>[^.;,]+)",
    re.IGNORECASE,
)
_OF_SKIN = re.compile(
    r"\b(?:incision\w*|wound|surgical site|subcutaneous|skin|(?:chest|abdominal) wall|breasts?|"
    r"axill\w+|flap|groin incision|scalp|donor site|suture line)\b",
    re.IGNORECASE,
)
_OF_DERMATOLOGY = re.compile(
    r"\b(?:mohs|(?:lesion|mole|cyst|lipoma|skin)\b[\w ]*(?:excision|removal|biopsy)|excision of "
    r"(?:\w+ ){0,2}(?:lesion|mole|cyst|lipoma))\b",
    re.IGNORECASE,
)
_CATHETER = re.compile(r"\bcath\w*\b|angiogra|\bpci\b|access site", re.IGNORECASE)
# Where it is, what was done, and codes of hematoma, seroma and bleeding of that system.
_SYSTEMS = tuple(
    (re.compile(where, re.IGNORECASE), re.compile(done, re.IGNORECASE), codes)
    for where, done, codes in (
        (r"thyroid|\bneck\b", r"thyroidectomy", ("E89.820", "E89.822", "E89.810")),
        (r"epidural|subdural|spin(?:e|al)|intracranial|lumbar|cervical",
         r"laminectomy|craniot|discectomy|fusion|decompression", ("G97.61", "G97.63", "G97.51")),
        (r"scrot|pelvi|vagin|bladder|prostat|testic|labi|perine|retropubic",
         r"hysterectomy|prostatectomy|vasectomy|orchi|hydrocel|varicocel|cystectomy|oophorectomy|"
         r"nephrectomy|\bturp\b", ("N99.840", "N99.842", "N99.820")),
        (r"knee|hip|shoulder|ankle|elbow|wrist|thigh|leg|calf|arm|hand|foot",
         r"replacement|arthroplasty|\borif\b|arthroscop|fixation|rotator|\bacl\b|\bt[kh]a\b|"
         r"osteotomy|fusion", ("M96.840", "M96.842", "M96.830")),
        (r"abdom|liver|hepatic|bowel|intestin|gallbladder",
         r"colectomy|cholecystectomy|hepatectomy|appendectomy|gastr|bowel resection",
         ("K91.870", "K91.872", "K91.840")),
    )
)  # fmt: skip

_SEPSIS = re.compile(
    rf"^\s*sepsis\s+{_BY}\s+(?:an?\s+|the\s+)?(?P<site>(?:[\w-]+\s+){{0,4}}?(?:surgical site|"
    r"post-?\s?op(?:erative)?|post-?\s?(?:procedural|surgical)|incisional|surgical wound|wound)\b"
    rf"[\w\s-]*?\binfection)(?:\s+{_BY}\s+[^.;]+)?[\s.]*$|"
    r"^\s*(?:post-?\s?op(?:erative)?|post-?\s?(?:procedural|surgical))\s+sepsis"
    rf"(?:\s+{_BY}\s+[^.;]+)?[\s.]*$",
    re.IGNORECASE,
)
_DEPTHS = (("superficial", "T81.41"), ("deep", "T81.42"), ("organ", "T81.43"),
           ("abdominal", "T81.43"))  # fmt: skip

_SET = (
    r"(?:closed reduction(?:\s+(?:and|with)\s+(?:\w+\s+)?(?:pinning|casting|splinting|fixation))?|"
    r"open reduction(?:,?\s+(?:and|with)?\s*internal fixation)?|orif|crpp|crif|(?:im|intra"
    r"medullary)\s+(?:nail\w*|rod\w*)|(?:percutaneous\s+)?pinning|(?:internal\s+|external\s+)?"
    r"fixation|casting)"
)
_REDUCED = re.compile(r"\b(?:open|closed)\s+reduction\b", re.IGNORECASE)
_SINCE = (
    r"(?:(?:now\s+|about\s+)?\d{1,2}(?:\.5)?[\s-]*(?:days?|wks?|weeks?|months?|mos?)\s+"
    r"(?:out\s+)?)?"
)
_FRACTURE = r"[^,;.]*\b(?:fx|fracture)s?\b[^,;.]*?"
_WAS_SET = re.compile(
    rf"^\s*{_SINCE}(?:s/p|status post|post-?\s?op(?:erative)?(?:\s+from)?|after|following|from)\s+"
    rf"(?:(?:left|right|l|r)\s+)?{_SET}\s+(?:of|for)\s+(?:the\s+|a\s+|his\s+|her\s+)?"
    rf"(?P<of>{_FRACTURE})(?=[,;.]|\s+(?:healing|doing|with)\b|$)|"
    rf"^\s*(?P<was>{_FRACTURE})[\s,;]*(?:now\s+)?{_SINCE}(?:s/p|status post|post-?\s?op|after)\s+"
    rf"(?:(?:left|right|l|r)\s+)?{_SET}\b(?!\s+(?:of|for)\b)",
    re.IGNORECASE,
)

_ASYMPTOMATIC = re.compile(
    r"^\s*(?:asymptomatic\s+hiv\b(?:\s+(?:infection|disease|positive|status))*|"
    r"hiv\b(?:\s+(?:infection|positive|status))*[\s,(-]*(?:currently\s+)?asymptomatic\)?)"
    r"(?:[\s,]*(?:well[- ]controlled|stable|on|with|taking|cd4|vl|viral)\b[^.;]*)?[\s.;]*$",
    re.IGNORECASE,
)
_BROKEN = r"[^,;.]*\b(?:fx|fracture)s?\b[^,;.]*?"
_OSTEOPOROTIC = re.compile(
    rf"^\s*(?P<due>{_BROKEN})\s+(?:due to|2/2|secondary to|from|because of|caused by)\s+"
    r"(?:(?:known|severe|her|his|age[- ]related|senile|postmenopausal|the)\s+)*osteoporosis\b|"
    r"\bosteoporosis\s+(?:with|w/)\s+(?:(?:current|acute|new|an?|pathologic(?:al)?)\s+)*"
    rf"(?P<with>{_BROKEN})(?=[,;.]|$)|\bosteoporotic\s+(?P<of>{_BROKEN})(?=[,;.]|$)",
    re.IGNORECASE,
)
_PAST_FRACTURE = re.compile(
    r"\b(?:old|prior|previous|healed|history|remote|h/o|hx|past)\b", re.IGNORECASE
)
_VERTEBRA = re.compile(
    r"\b[TL]\d{1,2}\b|vertebra|\bspin(?:e|al)\b|lumbar|thoracic|compression", re.IGNORECASE
)
_FRACTURE_WORDS = re.compile(
    r"\b(?:fx|fracture)s?\b|\b(?:current|acute|new|pathologic(?:al)?|fragility|of|the|an?)\b",
    re.IGNORECASE,
)
_NEWBORN = re.compile(r"\b(?:newborn|neonate|infant|baby)\b", re.IGNORECASE)
_OBSERVED = re.compile(
    r"\b(?:observ\w+|evaluat\w+|monitor\w+|work-?\s?up|rule[- ]out|r/o|suspected|possible)\b"
    r"(?:\s+(?:for|of|as|and|to|evaluation|suspected|possible|presumed|early|onset|early-onset|"
    r"neonatal|bacterial))*\s+(?P<what>sepsis|infection|bacteremia|meningitis|pneumonia|"
    r"seizures?|hypoglycemia|heart disease|cardiac (?:condition|disease)|respiratory distress)\b"
    r"(?P<rest>.*)$",
    re.IGNORECASE,
)
_RULED_OUT = re.compile(
    r"\b(?:ruled out|r/o'd|not found|not confirmed|excluded|cultures? (?:were |are |was )?"
    r"(?:all )?negative|negative (?:\w+ )?cultures?)\b",
    re.IGNORECASE,
)
_OBSERVATIONS = (("s", "Z05.1"), ("i", "Z05.1"), ("b", "Z05.1"), ("m", "Z05.1"), ("p", "Z05.3"),
                 ("r", "Z05.3"), ("hy", "Z05.42"), ("he", "Z05.0"), ("c", "Z05.0"))  # fmt: skip

# One of these stands in whatever a pattern above fits.
HINTS = (
    "insulin pump", "type 2", "type 3", "type 4", "type 5", "type i", "type v", "hematoma",
    "seroma", "post-op", "post op", "postop", "postproc", "post-proc", "postsurg", "post-surg",
    "sepsis", "wound", "incisional", "surgical", "reduction", "orif", "crpp", "crif", "nail",
    "pinning", "fixation", "casting", "newborn", "neonate", "infant", "baby", "type2", "type4",
    "hiv", "osteopor",
)  # fmt: skip


class ToldComplication(Struct, frozen=True):
    """``phrases`` have yet to be read; ``codes`` stand before theirs and ``behind`` after them.

    Codes may lack their seventh character. ``set_before``: care after a fracture was set;
    ``ruled_out``: the words may deny, for what they deny is what the code says.
    """

    codes: tuple[str, ...]
    phrases: tuple[str, ...]
    behind: tuple[str, ...]
    rule: str
    set_before: bool = False
    ruled_out: bool = False


def read(text: str) -> ToldComplication | None:
    """What a line tells in one of these ways, or None."""
    for way in (
        _pump,
        _infarction,
        _sepsis,
        _collection,
        _was_set,
        _newborn,
        _without_symptoms,
        _fragility,
    ):
        told = way(text)
        if told is not None:
            return told
    return None


def but_for_the_setting(text: str) -> str:
    """``text`` without the reduction of a fracture: reductions of other kinds are plans."""
    return _REDUCED.sub(" ", text)


def _pump(text: str) -> ToldComplication | None:
    """The pump first, then the insulin that was too little or too much, then the diabetes."""
    found = _PUMP.search(text) if may_say(text, ("insulin pump",)) else None
    if found is None:
        return None
    rest = _LEADS.sub("", text[: found.start()] + text[found.end() :])
    little, much = _TOO_LITTLE.search(rest), _TOO_MUCH.search(rest)
    is_little = little is not None or (much is None and _HIGH.search(rest) is not None)
    is_much = much is not None or (little is None and _LOW.search(rest) is not None)
    rest = _TOO_MUCH.sub("", _TOO_LITTLE.sub("", rest)).strip(" ,;.-()")
    if is_little == is_much or _DIABETES.search(rest) is None:
        return None
    how = (found["how"] or found["what"]).lower()
    pump = next((code for said, code in _PUMPS if said in how), "T85.614")
    insulin = "T38.3X6" if is_little else "T38.3X1"
    return ToldComplication((pump, insulin), (rest,), (), "OG I.C.4.a.5 insulin pump")


def _infarction(text: str) -> ToldComplication | None:
    """Type 2 behind its cause; types 3 to 5 with the complication that they are of."""
    found = _INFARCTION.match(text)
    if found is None:
        return None
    number = (found["type1"] or found["type2"]).lower()
    kind = _ROMAN.get(number, number) + (found["letter1"] or found["letter2"] or "").lower()
    cause = (found["cause"] or "").strip(" ,")
    rule = "OG I.C.9.e.5 type of infarction"
    if kind == "2":
        cause = _DEMAND.sub("", cause).strip(" ,()")
        return ToldComplication((), (cause,) if cause else (), ("I21.A1",), rule)
    if kind == "5":
        return ToldComplication((_SURGERY_OF_HEART, "I21.A9"), (), (), rule)
    if kind in _OF_STENTS:
        pattern, code = _OF_STENTS[kind]
        if cause and pattern.search(cause) is None:
            return None
        return ToldComplication(("I21.A9", code), (), (), rule)
    return None if cause or kind != "3" else ToldComplication(("I21.A9",), (), (), rule)


def _collection(text: str) -> ToldComplication | None:
    """Blood or fluid where an operation was, by the system that it is of."""
    found = _COLLECTION.search(text)
    if found is None or _CATHETER.search(text):
        return None
    operation = found["operation"] or ""
    if operation and not is_an_operation(operation):
        return None
    kind = (found["kind1"] or found["kind2"]).lower()
    at = 1 if kind == "seroma" else 0 if "toma" in kind else 2
    code = ""
    if _OF_SKIN.search(text) or found["skin"]:
        dermatologic = _OF_DERMATOLOGY.search(text) is not None
        skin = ("L76.31", "L76.33", "L76.21") if dermatologic else ("L76.32", "L76.34", "L76.22")
        code = skin[at]
    else:
        for where, done, codes in _SYSTEMS:
            if where.search(text) and done.search(text):
                code = codes[at]
                break
    if not code:
        return None
    return ToldComplication((code,), (), (), "OG I.B.16 complication of care")


def _sepsis(text: str) -> ToldComplication | None:
    """The infection by its site, the sepsis that followed, then the sepsis itself."""
    found = _SEPSIS.match(text)
    if found is None:
        return None
    site = (found["site"] or "").lower()
    depth = next((code for said, code in _DEPTHS if said in site), "T81.40")
    codes = (*((depth,) if site else ()), "T81.44", "A41.9")
    return ToldComplication(codes, (), (), "OG I.C.1.d.5.b sepsis after a procedure")


def _was_set(text: str) -> ToldComplication | None:
    """A fracture that was set is seen for its healing, not for an operation that is past."""
    found = _WAS_SET.match(text)
    if found is None:
        return None
    fracture = (found["of"] or found["was"]).strip(" ,;")
    return ToldComplication((), (fracture,), (), "OG I.C.19.c.1 subsequent care", set_before=True)


def _without_symptoms(text: str) -> ToldComplication | None:
    """HIV that has brought on nothing is a status (I.C.1.a.2.d)."""
    if _ASYMPTOMATIC.match(text) is None:
        return None
    return ToldComplication(("Z21",), (), (), "OG I.C.1.a.2.d asymptomatic HIV")


def _fragility(text: str) -> ToldComplication | None:
    """A fracture that osteoporosis is told to have caused is one code with it (I.C.13.d.2)."""
    found = _OSTEOPOROTIC.search(text)
    if found is None or _PAST_FRACTURE.search(text):
        return None
    what = next(found[each] for each in ("due", "with", "of") if found[each])
    rule = "OG I.C.13.d.2 fracture of osteoporosis"
    if _VERTEBRA.search(what):
        return ToldComplication(("M80.08",), (), (), rule)
    site = _FRACTURE_WORDS.sub(" ", what).strip(" ,")
    if not site:
        return None
    whole = f"age-related osteoporosis with current pathological fracture of {site}"
    return ToldComplication((), (whole,), (), rule)


def _newborn(text: str) -> ToldComplication | None:
    """A newborn without what was looked for is observed, not ill."""
    observed = _OBSERVED.search(text) if _NEWBORN.search(text) else None
    if observed is None or _RULED_OUT.search(text) is None:
        return None
    what = observed["what"].lower()
    code = next((code for said, code in _OBSERVATIONS if what.startswith(said)), "")
    if what.startswith("seiz"):
        code = "Z05.2"
    return ToldComplication((code,), (), (), "OG I.C.16.b observation", ruled_out=True)
