"""Skin, bones and kidneys: ulcers and stages, osteoporosis, dialysis (I.C.12, I.C.13, I.C.14)."""

import re

from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import TOLD, Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule

_STAGE = re.compile(
    r"\bstage\s*(?P<stage>[1-4]|iv|iii|ii|i)\b|\b(?P<word>unstageable|deep tissue)", re.IGNORECASE
)
_STAGES = {"i": "1", "ii": "2", "iii": "3", "iv": "4"}
_HEALED = re.compile(
    r"\b(?<!not )(?<!partially )(?<!non)(?:healed|resolved|closed)\s+pressure|"
    r"\bpressure (?:ulcer|injury)\b[^.;]{0,30}\b(?<!not )(?<!partially )"
    r"(?:fully |completely |now )?(?:healed|resolved)\b",
    re.IGNORECASE,
)
_CKD_STAGE = re.compile(
    r"\b(?:stage|ckd|g)\s*(?:stage\s*)?(?P<stage>[1-5]|iv|iii|ii|v|i)\s*(?P<part>[ab])?\b",
    re.IGNORECASE,
)
_STAGED_DISEASE = re.compile(
    r"\b(?:ckd|chronic (?:kidney|renal) (?:disease|failure|insufficiency)),?\s*\(?(?:stage\s*|g)?"
    r"(?P<stage>[1-5]|iv|iii|ii|v|i)\s*(?P<part>[ab])?\b(?!\s*(?:years?|months?|weeks?|days?))",
    re.IGNORECASE,
)
# "CKD3a" is one word.
_KIDNEY_WORDS = frozenset(
    (
        *("ckd", "kidney", "renal", "ckdg", "ckdstage"),
        *(
            f"ckd{before}{stage}{part}"
            for before in ("", "g", "stage")
            for stage in ("1", "2", "3", "4", "5", "i", "ii", "iii", "iv", "v")
            for part in ("", "a", "b")
        ),
    )
)
_CKD_CODES = {"1": "N18.1", "2": "N18.2", "3": "N18.30", "4": "N18.4", "5": "N18.5"}
_DEPTHS = (
    (re.compile(r"\bnecrosis of (?:the )?bone|\bbone necrosis", re.IGNORECASE), "4"),
    (re.compile(r"\bnecrosis of (?:the )?muscle|\bmuscle necrosis", re.IGNORECASE), "3"),
    (re.compile(r"\bbone (?:involvement|exposed)|\bexposed bone|\bto bone\b", re.IGNORECASE), "6"),
    (re.compile(r"\bmuscle (?:involvement|exposed)|\bexposed muscle", re.IGNORECASE), "5"),
    (re.compile(r"\bfat(?:ty)? (?:layer|tissue)|\bsubcutaneous tissue", re.IGNORECASE), "2"),
    (re.compile(r"\b(?:limited to )?breakdown of (?:the )?skin", re.IGNORECASE), "1"),
)
_SEROPOSITIVE = re.compile(
    r"\bsero-?\s?positive\b|\b(?:rf|rheumatoid factor)[- ]?(?:is |was )?positive\b|"
    r"\bpositive (?:for )?(?:rf|rheumatoid factor)\b|\bwith rheumatoid factor\b",
    re.IGNORECASE,
)
_DIALYSIS = re.compile(
    r"\b(?:on (?:\w+ )?(?:dialysis|hd|pd)|(?:hemo|peritoneal |maintenance |chronic |outpatient )"
    r"dialysis|dialysis[- ]dependent|dialysis (?:patient|dependent|status|mwf|tts|three times))\b",
    re.IGNORECASE,
)
_DIALYSIS_WORDS = frozenset(("dialysis", "hd", "hemodialysis", "pd"))
_TRANSPLANT = re.compile(
    r"\b(?:s/p|status post|history of|h/o|post)[- ]?\s*(?:kidney|renal) transplant\b|"
    r"\b(?:kidney|renal) transplant (?:status|recipient|in \d{4})\b",
    re.IGNORECASE,
)
_FRACTURES = ("S12", "S22", "S32", "S42", "S52", "S62", "S72", "S82", "S92")
_WITH_FRACTURE = re.compile(
    r"\bwith (?:an? )?(?:(?:current|acute|new|recent) )?(?:[\w-]+ ){0,2}?(?:compression|"
    r"vertebral|fragility|pathologic(?:al)?) fractures?\b(?:[^.;,]{0,20}\b[TL]\d{1,2}\b)?",
    re.IGNORECASE,
)
_SPINE = re.compile(r"compression|vertebra|\b[TL]\d", re.IGNORECASE)
_MINOR_FALL = re.compile(
    r"\b(?:minor|ground[- ]level|standing height|low[- ]energy|fragility|trivial|simple fall|"
    r"same level)\b",
    re.IGNORECASE,
)


@rule("pressure-ulcer-stage", "I.C.12.a", "L89")
def ulcer_stage(listing: Listing, context: Context, mark: str) -> Listing:
    """The stage that is documented for the ulcer; the deeper one where it got worse; none of one
    that has healed.
    """
    healed = [each for each in listing.of("L89") if _HEALED.search(context.said_of(each))]
    listing = listing.dropped("historical", mark, healed)
    for each in listing.of("L89"):
        match = _STAGE.search(context.said_of(each))
        node = context.node(each.code)
        if match is None or node is None or not each.code.endswith("9"):
            continue
        word = (match["word"] or "").lower()
        stage = (match["stage"] or "").lower()
        ending = "0" if word == "unstageable" else "6" if word else _STAGES.get(stage, stage)
        code = each.code[:-1] + ending
        if code != each.code and context.exists(code):
            listing = listing.recoded(each, code, mark)
    return listing


@rule("ulcer-severity", "I.C.12.b", "L97", "L98.4")
def ulcer_severity(listing: Listing, context: Context, mark: str) -> Listing:
    """How deep an ulcer that is no pressure ulcer goes, where it is documented."""
    for each in listing.of("L97", "L98.4"):
        said = context.said_of(each)
        depth = next((ending for pattern, ending in _DEPTHS if pattern.search(said)), "")
        code = each.code[:-1] + depth
        if depth and each.code.endswith("9") and context.exists(code):
            listing = listing.recoded(each, code, mark)
    ulcers = listing.of("L97")
    same = [
        each
        for each in listing.of("L98.49")
        if any(each.evidence[:1] and context.said_of(each) == context.said_of(u) for u in ulcers)
    ]
    return listing.dropped("combined", mark, same)


@rule("osteoporotic-fracture", "I.C.13.d.2", "M80")
def osteoporotic(listing: Listing, _: Context, mark: str) -> Listing:
    """Osteoporosis with a current fracture is M80, never M81 beside it."""
    collapsed = listing.of("M48.5") if listing.has("M80.08", "M80.88") else ()
    return listing.dropped("combined", mark, [*listing.of("M81"), *collapsed])


@rule("fracture-of-osteoporosis", "I.C.13.d.2", "M81")
def fragility(listing: Listing, context: Context, mark: str) -> Listing:
    """A pathological fracture with known osteoporosis is M80; one of a minor fall a coder sees."""
    for each in listing.of("M84.4"):
        code = _osteoporotic_code(each.code, context.said_of(each).lower())
        if code and context.exists(code):
            listing = listing.recoded(each, code, mark, listing.of("M81")[:1])
            return listing.dropped("combined", mark, listing.of("M81"))
    one = listing.of("M81")[0]
    match = _WITH_FRACTURE.search(context.said_of(one))
    if match is not None and not listing.has("M84.4", "M80", *_FRACTURES):
        if _SPINE.search(match.group()):
            return listing.recoded(one, "M80.08XA", mark)
        return listing.held(f"osteoporotic_fracture:{one.code}")
    fractured = [
        each
        for each in listing.of(*_FRACTURES)
        if each.code[-1] != "S" and "fracture" in context.title(each.code)
    ]
    if fractured and context.affirmed(_MINOR_FALL):
        return listing.held(f"osteoporotic_fracture:{fractured[0].code}")
    return listing


def _osteoporotic_code(code: str, said: str) -> str:
    """M84.4 and M80.0 number their sites alike, but for the spine, hip bones and other sites."""
    bare = code.replace(".", "")
    site, side, seventh = bare[4], bare[5], bare[-1]
    if side == "9" and ("left" in said) != ("right" in said):
        side = "2" if "left" in said else "1"
    if site == "8":
        return f"M80.08X{seventh}" if "verteb" in said or "spin" in said else f"M80.0AX{seventh}"
    if site == "5" and side in "34":
        return f"M80.0AX{seventh}"
    if site in "123567" and side in "129":
        return f"M80.0{site}{side}{seventh}"
    return ""


@rule("history-of-fragility-fracture", "I.C.13.d.1", "Z87.310")
def healed(listing: Listing, _: Context, _mark: str) -> Listing:
    """A healed osteoporosis fracture follows the osteoporosis."""
    return listing.last(listing.of("Z87.310")[0]) if listing.has("M81") else listing


@rule("stage-of-kidney-disease", "I.C.14.a.1", "N18")
def kidney_stage(listing: Listing, context: Context, mark: str) -> Listing:
    """One stage: that of the words, the end stage over stage 5, a part over the whole of 3; and
    where the words give none, the one stage that the rest of the note gives.
    """
    for each in listing.of("N18.9", "N18.30"):
        match = _CKD_STAGE.search(context.said_of(each)) or _told_stage(context)
        if match is None:
            continue
        stage = match["stage"].lower()
        code = _CKD_CODES[{**_STAGES, "v": "5"}.get(stage, stage)]
        if code == "N18.30" and match["part"]:
            code = {"a": "N18.31", "b": "N18.32"}[match["part"].lower()]
        if code != each.code:
            listing = listing.recoded(each, code, mark)
    if listing.has("N18.6"):
        listing = listing.dropped("combined", mark, listing.of("N18.5"))
    if listing.has("N18.31", "N18.32"):
        listing = listing.dropped("less_specific", mark, listing.of("N18.30"))
    if listing.has("N18.1", "N18.2", "N18.3", "N18.4", "N18.5", "N18.6"):
        listing = listing.dropped("less_specific", mark, listing.of("N18.9"))
    return listing


def _told_stage(context: Context) -> re.Match[str] | None:
    if not context.encounter.note or context.words.isdisjoint(_KIDNEY_WORDS):
        return None
    found = {
        match["stage"].lower() + (match["part"] or "").lower(): match
        for text in context.statements(_STAGED_DISEASE)
        if context.is_the_patients(text, _STAGED_DISEASE)
        for match in _STAGED_DISEASE.finditer(text)
    }
    return next(iter(found.values())) if len(found) == 1 else None


@rule("dialysis", "I.C.14.a.1", "N18", beside=("Z99.2",), said=_DIALYSIS_WORDS)
def dialysis(listing: Listing, context: Context, mark: str) -> Listing:
    """Chronic kidney disease that needs dialysis is end stage; dialysis status goes with it."""
    needs = listing.has("Z99.2") or bool(context.affirmed(_DIALYSIS))
    if not needs or listing.has("N17"):
        return listing
    one = listing.of("N18")[0]
    if one.code != "N18.6" and one.code in ("N18.5", "N18.9"):
        listing = listing.recoded(one, "N18.6", mark)
    if listing.has("N18.6"):
        listing = listing.added("Z99.2", mark, listing.of("N18.6")[0], TOLD)
    return listing


@rule("kidney-transplant", "I.C.14.a.2", "N18", said=("transplant",))
def transplant(listing: Listing, context: Context, mark: str) -> Listing:
    """Kidney disease after a transplant is not by itself a complication: status beside it."""
    if listing.has("Z94.0", "T86.1"):
        return listing
    found = any(True for _ in context.statements(_TRANSPLANT))
    return listing.added("Z94.0", mark, listing.of("N18")[0], TOLD) if found else listing


_PROSTATE_WITH = (
    (
        re.compile(r"\bwith (?:[\w ,]+ and )?(?:acute )?(?:urinary )?retention\b", re.IGNORECASE),
        "R33.8",
    ),
    (re.compile(r"\bwith (?:[\w ,]+ and )?(?:urinary )?frequency\b", re.IGNORECASE), "R35.0"),
    (re.compile(r"\bwith (?:[\w ,]+ and )?nocturia\b", re.IGNORECASE), "R35.1"),
    (re.compile(r"\bwith (?:[\w ,]+ and )?(?:urinary )?urgency\b", re.IGNORECASE), "R39.15"),
    (
        re.compile(
            r"\bwith (?:[\w ,]+ and )?(?:urinary |bladder outlet )?obstruction\b", re.IGNORECASE
        ),
        "N13.8",
    ),
    (
        re.compile(
            r"\bwith (?:luts|lower urinary tract symptoms|urinary symptoms)\b", re.IGNORECASE
        ),
        "",
    ),
)


@rule("prostate-with-symptoms", "I.A.17", "N40.0")
def prostate(listing: Listing, context: Context, mark: str) -> Listing:
    """An enlarged prostate "with" urinary symptoms, each of them beside it."""
    one = listing.of("N40.0")[0]
    said = context.said_of(one)
    found = [code for pattern, code in _PROSTATE_WITH if pattern.search(said)]
    if not found:
        return listing
    listing = listing.recoded(one, "N40.1", mark)
    for code in reversed(list(filter(None, found))):
        listing = listing.added(code, mark, listing.of("N40.1")[0], 900)
    return listing


@rule("seropositive-arthritis", "I.B.2", "M06.9")
def seropositive(listing: Listing, context: Context, mark: str) -> Listing:
    """Rheumatoid arthritis with rheumatoid factor is M05."""
    one = listing.of("M06.9")[0]
    if _SEROPOSITIVE.search(context.said_of(one)) is None:
        return listing
    return listing.recoded(one, "M05.9", mark)


RULES: tuple[Rule, ...] = (
    prostate, seropositive, ulcer_severity,
    ulcer_stage, osteoporotic, fragility, healed, kidney_stage, dialysis, transplant,
)  # fmt: skip
