"""Lines that name a condition with its cause or its spread, and have a code for each.

Metastases with their primary site (I.C.2.a-b), deficits that a stroke has left (I.C.9.d), a joint
replacement and its aftercare (I.C.21.c.3, c.7).
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from services.coding.domain.reading.quick_look import may_say
from services.coding.domain.reading.shorthand import written_out

_CANCER = (
    r"(?:cancer|carcinoma|adenocarcinoma|melanoma|sarcoma|malignancy|neoplasm|nsclc|sclc|ca\b)"
)
_SPREAD: tuple[re.Pattern[str], ...] = (
    re.compile(
        rf"\bmet(?:astatic)?\s+(?P<primary>[\w ,-]{{0,40}}?{_CANCER}"
        r"(?:\s+of\s+(?:the\s+)?[\w ]+?)?)"
        rf"[\s,]+(?:metastatic\s+)?(?:(?:with|and)\s+(?:known\s+)?(?:metasta\w+|mets|spread|"
        rf"involvement)\s+)?(?:to|in|of)\s+(?:the\s+)?(?P<sites>[\w ,/&-]+)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<primary>[\w ,-]{{0,40}}?{_CANCER}(?:\s+of\s+(?:the\s+)?[\w ]+?)?)[\s,]+"
        rf"(?:now\s+)?(?:metastatic|with\s+(?:known\s+)?(?:metasta\w+|mets))\s+(?:to|in)\s+"
        rf"(?:the\s+)?(?P<sites>[\w ,/&-]+)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(?P<sites>[\w ]{{3,30}}?)\s+(?:metasta\w+|mets)\s+(?:from|due to|of)\s+(?:a\s+|her\s+|"
        rf"his\s+|the\s+)?(?:known\s+|primary\s+)?(?P<primary>[\w -]{{0,40}}?{_CANCER}(?:\s+of\s+"
        rf"(?:the\s+)?[\w ]+)?)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"\b(?:metasta\w+|mets)\s+(?:to|in)\s+(?:the\s+)?(?P<sites>[\w ,/&-]+?)\s+"
        rf"(?:from|due to)\s+(?:a\s+|her\s+|his\s+|the\s+)?(?:known\s+|primary\s+)?"
        rf"(?P<primary>[\w -]{{0,40}}?{_CANCER}"
        rf"(?:\s+of\s+(?:the\s+)?[\w ]+)?)",
        re.IGNORECASE,
    ),
    re.compile(
        rf"^\s*(?P<primary>[\w -]{{0,40}}?{_CANCER})\s*[,;]\s*(?:with\s+)?(?P<sites>[\w ,/&]+?)\s+"
        rf"(?:metasta\w+|mets)[\s.]*$",
        re.IGNORECASE,
    ),
)
_AFTER_CANCER = re.compile(
    rf"\b(?:follow[- ]?up|surveillance)\b[\w ]{{0,20}}?\s+(?:after|following)\s+"
    rf"(?:complet\w+\s+(?:of\s+)?)?(?:treatment|therapy|chemo\w*|radiation|surgery|resection)\s+"
    rf"(?:for|of)\s+(?:the\s+|her\s+|his\s+)?"
    rf"(?P<primary>[\w -]{{0,40}}?{_CANCER})\b",
    re.IGNORECASE,
)
_SITES: tuple[tuple[str, str], ...] = (
    (r"lymph|nodes?\b|nodal|axilla", "C77.9"),
    (r"lung|pulmonary", "C78.00"),
    (r"mediastin", "C78.1"),
    (r"pleura", "C78.2"),
    (r"liver|hepatic", "C78.7"),
    (r"periton|oment", "C78.6"),
    (r"brain|cerebral|intracranial", "C79.31"),
    (r"bon(?:e|es|y)\b|spin(?:e|al)|vertebra|osseous|skelet|rib|femur|pelvis", "C79.51"),
    (r"adrenal", "C79.70"),
    (r"kidney|renal", "C79.00"),
    (r"ovar", "C79.60"),
    (r"skin", "C79.2"),
)
_SITE_PATTERNS = tuple((re.compile(pattern, re.IGNORECASE), code) for pattern, code in _SITES)
_OF_ITSELF = re.compile(r"melanoma|sarcoma|nsclc|sclc", re.IGNORECASE)
_STROKE = r"(?:stroke|cva|cerebral infarct(?:ion)?|cerebrovascular accident|brain infarct)"
_BLEED = r"(?:intracerebral (?:hemorrhage|bleed)|ich\b|hemorrhagic stroke)"
_OLD = r"(?:old|prior|previous|past|remote)"
# "Due to a stroke" may be the stroke of today; "following" it, or an old one, is its sequela.
_LEFT_BY = re.compile(
    rf"(?P<deficit>.+?)\s+(?:(?:following|after|status post|s/p|residual from|"
    rf"as (?:a )?(?:sequela|late effect|residual)s? of)\s+"
    rf"(?:(?:an?|the|her|his|recent|{_OLD})\s+)*|"
    rf"(?:due to|from|secondary to|2/2)\s+(?:(?:an?|the|her|his)\s+)*{_OLD}\s+)"
    rf"(?P<event>{_BLEED}|{_STROKE})",
    re.IGNORECASE,
)
_LATE_EFFECT = re.compile(
    rf"\b(?:late effects?|sequelae?|residuals?)\s+(?:of|from|after)\s+(?:(?:an?|the|{_OLD})\s+)*"
    rf"(?P<event>{_BLEED}|{_STROKE})\b[\s,:;()-]*(?:with|including|:)?\s*(?P<deficit>.*)|"
    rf"\b(?:{_OLD}|h/o|hx of|history of)\s+(?P<past>{_BLEED}|{_STROKE})\s+with\s+"
    rf"(?:residual\s+|persistent\s+|chronic\s+)*(?P<left>.+)",
    re.IGNORECASE,
)
_HEMORRHAGE = re.compile(_BLEED, re.IGNORECASE)
_DEFICITS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), code)
    for pattern, code in (
        (r"\bhemipleg\w+|\bhemipar\w+|\b(?:left|right)[- ]sided? weakness", "side 5"),
        (r"\bmonopleg\w+ of (?:the )?(?:\w+ )?(?:arm|upper)|\barm weakness", "side 3"),
        (r"\bmonopleg\w+ of (?:the )?(?:\w+ )?(?:leg|lower)|\bleg weakness", "side 4"),
        (r"\baphasia", "20"),
        (r"\bdysphasia", "21"),
        (r"\bdysarthria|\bslurred speech", "22"),
        (r"\bdysphagia", "91"),
        (r"\bfacial (?:weakness|droop)", "92"),
        (r"\bataxia", "93"),
        (r"\bcognitive (?:deficit|impairment|decline)|\bmemory (?:deficit|loss)", "19"),
    )
)
_JOINT = re.compile(
    r"\b(?:(?P<side>right|left|bilateral|r|l)\s+)?(?:total\s+|partial\s+)?"
    r"(?P<joint>knee|hip|shoulder|ankle)\s+(?:joint\s+)?(?:replacement|arthroplasty)s?\b|"
    r"\b(?P<side2>right|left|bilateral|r|l)\s+(?P<short>tka|tha|tkr|thr)\b",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"\baftercare\b|\bpost-?\s?op(?:erative)?\b|\bfollow[- ]?up\b|\bs/p\b|\bstatus post\b|"
    r"\bhistory of\b|\bh/o\b|\bpresence of\b",
    re.IGNORECASE,
)
_AFTERCARE = re.compile(
    r"\baftercare\b|\bpost-?\s?op(?:erative)?\b|\bfollow[- ]?up\b", re.IGNORECASE
)
_WEEKS_AFTER = re.compile(
    r"\b(?:\d{1,2}|one|two|three|four|five|six|eight|ten)[\s-]*(?:days?|weeks?|wks?)\s+"
    r"(?:out\s+|now\s+)?(?:s/p|status post|after|post|from|following)\b|\bpod\s*#?\s*\d",
    re.IGNORECASE,
)
_JOINTS = {
    "knee": "Z96.65", "tka": "Z96.65", "tkr": "Z96.65", "hip": "Z96.64", "tha": "Z96.64",
    "thr": "Z96.64", "shoulder": "Z96.61", "ankle": "Z96.66",
}  # fmt: skip
_SIDES = {"r": "1", "l": "2", "b": "3"}
_PREOPERATIVE = re.compile(
    r"\b(?:pre-?\s?op(?:erative)?|pre-?\s?surgical|surgical|pre-?\s?procedur\w+)\s+"
    r"(?:\w+\s+)?(?:clearance|evaluation|exam\w*|assessment|risk\s+\w+|visit|consult\w*)\b"
    r"(?P<rest>.*)",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:due to|secondary to|because of|with|diagnosis)\s+(?P<reason>[^.;]+)", re.IGNORECASE
)
# "For right knee osteoarthritis scheduled for replacement": only what an operation follows.
_OPERATED_FOR = re.compile(
    r"\bfor\s+(?P<reason>[^.;,]+?)\s+(?:scheduled|planned|prior to|before|undergoing|awaiting)\b",
    re.IGNORECASE,
)
_CARDIAC = re.compile(r"\bcardi(?:ac|ovascular|ology)\b", re.IGNORECASE)
_RESPIRATORY = re.compile(r"\b(?:respiratory|pulmonary)\b", re.IGNORECASE)
_NOTHING_LEFT = re.compile(
    r"[\s,;-]*\b(?:with\s+)?(?:no evidence of|without|no|negative for)\s+"
    r"(?:any\s+|local\s+|new\s+)*"
    r"(?:recurrence|recurrent disease|disease|metasta\w+)(?:\s+(?:or|and)\s+\w+)?|,?\s*\bned\b",
    re.IGNORECASE,
)
_LONGEST = 240
_CUE = re.compile(
    r"metasta|\bmets\b|\bmet (?=[a-z])|"
    r"\b(?:follow|surveillance)[^.;]*(?:treatment|therapy|chemo|radiation|surgery|resection)|\bstroke|\bcva\b|cerebr|\bich\b|replacement|arthroplast|"
    r"\btk[ar]\b|\bth[ar]\b|\bpre-? ?(?:op|surg|proc)|\bsurgical\b",
    re.IGNORECASE,
)
# One of these stands in whatever the cue fits.
HINTS = (
    "metasta", "mets", "met ", "follow", "surveill",
    "stroke", "cva", "cerebr", "ich", "replacement", "arthroplast", "tka", "tkr",
    "tha", "thr", "anemia", "anaemia", "pre-", "pre ", "preop", "presurg", "preproc", "surgical",
)  # fmt: skip


class Told(Struct, frozen=True):
    """Codes that a line gives by rule, and the phrases beside them that have yet to be read."""

    codes: tuple[str, ...]
    phrases: tuple[str, ...]
    rule: str
    confidence: int


_ANEMIA_OF = re.compile(
    r"^\s*an(?:a)?emia\s+(?:in|of|due to|2/2|secondary to|from)\s+"
    r"(?!(?:\w+\s+)?(?:chemo|antineoplas|radiation|radiotherapy|treatment|therapy))"
    r"(?P<rest>[^.;]*(?:cancer|carcinoma|lymphoma|leukemia|myeloma|malignan|metasta|\bca\b|tumor)[^.;]*)[\s.]*$",
    re.IGNORECASE,
)


def without_what_is_over(text: str) -> str:
    """A line of a follow-up without what it says of the disease that is gone."""
    return _NOTHING_LEFT.sub("", text) if _AFTER_CANCER.search(text) is not None else text


def read(text: str) -> Told | None:
    """What a line tells in one of these ways, or None."""
    anemia = _ANEMIA_OF.match(text) if len(text) <= _LONGEST else None
    if anemia is not None:
        told = read(anemia["rest"])
        codes, phrases = (told.codes, told.phrases) if told else ((), (anemia["rest"],))
        return Told((*codes, "D63.0"), phrases, "OG I.C.2 anemia in malignancy", 900)
    if len(text) > _LONGEST or not may_say(text, HINTS) or _CUE.search(text) is None:
        return None
    return next(_readings(text), None)


def _readings(text: str) -> Iterator[Told]:
    match = _PREOPERATIVE.search(text)
    if match is not None:
        last = "0" if _CARDIAC.search(text) else "1" if _RESPIRATORY.search(text) else "8"
        reason = _REASON.search(match["rest"]) or _OPERATED_FOR.search(match["rest"])
        others = re.split(r"[,;]\s*(?:and\s+)?", match["rest"])[1:]
        first = () if reason is None else (reason["reason"].partition(",")[0].strip(" -"),)
        phrases = tuple(dict.fromkeys(filter(None, (*first, *(each.strip() for each in others)))))
        yield Told((f"Z01.81{last}",), phrases, "OG IV.M preoperative examination", 900)
    for pattern in _SPREAD:
        match = pattern.search(text)
        if match is not None:
            sites = tuple(_sites(match["sites"]))
            primary = match["primary"].strip(" ,-")
            if sites and (len(primary.split()) > 1 or _OF_ITSELF.fullmatch(primary)):
                yield Told(sites, (primary,), "OG I.C.2 primary and secondary site", 900)
    match = _AFTER_CANCER.search(text)
    if match is not None:
        phrases = (f"history of {match['primary'].strip()}",)
        yield Told(("Z08",), phrases, "OG I.C.21.c.8 follow-up", 900)
    match = _LATE_EFFECT.search(text)
    if match is not None:
        event = match["event"] or match["past"] or ""
        yield from _deficits(match["deficit"] or match["left"] or "", event)
    match = _LEFT_BY.search(text)
    if match is not None:
        yield from _deficits(match["deficit"], match["event"])
    match = _JOINT.search(text)
    if match is not None and _AFTER.search(text):
        stem = _JOINTS[(match["joint"] or match["short"]).lower()]
        side = _SIDES.get((match["side"] or match["side2"] or "")[:1].lower(), "9")
        if not (side == "3" and stem in ("Z96.61", "Z96.66")):
            after = ("Z47.1",) if _AFTERCARE.search(text) or _WEEKS_AFTER.search(text) else ()
            code = f"{stem}{side}"
            yield Told((*after, code), (), "OG I.C.21.c.7 joint replacement", 900)


def _sites(words: str) -> Iterator[str]:
    for pattern, code in _SITE_PATTERNS:
        if pattern.search(words):
            yield code


def _deficits(words: str, event: str) -> Iterator[Told]:
    stem = "I69.1" if _HEMORRHAGE.search(event) else "I69.3"
    codes: list[str] = []
    for pattern, ending in _DEFICITS:
        if pattern.search(words):
            codes.append(f"{stem}{ending[-1]}{_side(words)}" if "side" in ending else stem + ending)
    if codes:
        yield Told(tuple(codes), (), "OG I.C.9.d sequela of stroke", 900)


def _side(words: str) -> str:
    """Right is dominant and left is not, where nothing is said (I.C.6.a)."""
    lowered = written_out(words).lower()
    non = re.search(r"\bnon-?dominant", lowered) is not None
    dominant = "dominant" in lowered and not non
    if "right" in lowered:
        return "3" if non else "1"
    if "left" in lowered:
        return "2" if dominant else "4"
    return "9"
