"""One condition of a line, and what the words around it change in it."""

import re

from msgspec import Struct
from msgspec.structs import replace

from services.coding.domain.reading import wording
from services.coding.domain.reading.assertion import (
    Assertion,
    Trigger,
    is_cut_off,
    is_cut_off_from_family,
    strongest,
)
from services.coding.domain.reading.course_words import HARMLESS, MEASURE, TREATMENT
from services.coding.domain.reading.line_parts import spoken
from services.coding.domain.reading.naming import Named

_DISTRIBUTES = re.compile(r"\s*(?:,\s*)?(?:and|or|nor|/|&)\s*", re.IGNORECASE)
_PAST_CANCER = re.compile(
    r"\b(?:s/p|status post|post[- ]?mastectomy|ned|no evidence of|remission|cured|resected|removed|"
    r"disease[- ]free|survivor|excised|treated in|completed|(?:19|20)\d\d)\b",
    re.IGNORECASE,
)
_TREATED_NOW = re.compile(
    r"\b(?:currently|still|now|presently|remains)\s+(?:on|receiving|undergoing|getting)\b|"
    r"\b(?:undergoing|receiving|continu\w+|on)\s+(?:(?:adjuvant|maintenance|palliative|weekly|"
    r"active|endocrine)\s+)*(?:chemo\w*|radiation|radiotherapy|xrt|tamoxifen|anastrozole|"
    r"letrozole|exemestane|trastuzumab|herceptin|hormon\w+|endocrine|immunotherapy|treatment)\b",
    re.IGNORECASE,
)
_TREATED_BEFORE = re.compile(r"\b(?:completed|finished|not|no longer|off)\b", re.IGNORECASE)
# In remission these have codes of their own, and are no history (I.C.2.n).
_OF_BLOOD = (
    "C81",
    "C82",
    "C83",
    "C84",
    "C85",
    "C86",
    "C88",
    "C90",
    "C91",
    "C92",
    "C93",
    "C94",
    "C95",
)
_REMISSION = re.compile(r"\bremission\b", re.IGNORECASE)
_NOTHING_LEFT = re.compile(
    r"\b(?:no (?:evidence|sign|signs) of (?:active |recurrent |residual )*(?:disease|recurrence|"
    r"malignancy)|ned|no recurrence|without recurrence|disease[- ]free|in remission)\b",
    re.IGNORECASE,
)
_NO_CAUSE = re.compile(
    r"\s*(?:of\s+)?(?:(?:unclear|unknown|uncertain|undetermined)\s+(?:etiology|cause|origin)|"
    r"(?:etiology|cause|origin)\s+(?:is\s+)?(?:unclear|unknown|uncertain|undetermined)|"
    r"\(?(?:right|left|r|l)\s*(?:>|(?:worse|greater|more)(?:\s+(?:symptomatic|severe))?\s+than)\s*"
    r"(?:the\s+)?(?:right|left|r|l)\)?)\s*$",
    re.IGNORECASE,
)
_LISTING = re.compile(r"differential|ddx", re.IGNORECASE)
_ANEW = re.compile(r"(?:tested )?positive for\b", re.IGNORECASE)
_JOINED = re.compile(r"\b(?:and|or|with)\b|[/&+]", re.IGNORECASE)
_LETTERS = re.compile(r"[A-Za-z]{2}")
_CONDITIONAL = re.compile(r"(?:if|unless|until|in case|should|not)\b", re.IGNORECASE)
# Weeks of a pregnancy, a stage or grade, a repair: the rules read them where they stand.
_TELLS = re.compile(
    r"\s*(?:(?:now\s+|at\s+)?\d{1,2}\s*(?:w|wks?|weeks?)(?:\s*\d\s*d(?:ays?)?)?(?:\s+(?:of\s+)?"
    r"(?:pregnan\w+|gestation|ga|ega))?|(?:first|second|third|1st|2nd|3rd)[- ]trimester|"
    r"(?:surgically\s+)?(?:repaired|corrected)(?:\s+(?:in|at|as)\b.*)?|"
    r"\d{1,2}\s*(?:%|percent)[^,;]{0,20}\b(?:tbsa|bsa|body surface(?: area)?))[\s.]*",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\s*(?:(?:all|is|was|were|which is|results?|screen|test)\s+)*(?:normal|wnl|"
    r"within normal limits|unremarkable|benign)[\s.]*",
    re.IGNORECASE,
)
_EYE_STAGE = re.compile(
    r"\s*(?:(?:left|right|both)(?:\s+eyes?)?\s+|o[dsu]\s+)?(?:mild|moderate|severe|advanced|"
    r"indeterminate|early|end)(?:[- ]stage)?"
    r"(?:\s+(?:(?:in|of)\s+)?(?:the\s+)?(?:(?:left|right|both)(?:\s+eyes?)?|o[dsu]))?[\s.]*",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"\s*(?:(?:now\s+)?in\s+(?:\w+\s+){0,2}(?:remission|relapse)|relapsed|failed remission|"
    r"not having achieved remission|remission achieved)[\s.]*",
    re.IGNORECASE,
)
_VISIT = re.compile(
    r"\s*(?:(?:ed|er|emergency (?:room|department)|hospital|hospitali[sz]ation|post[- ]?hospital|"
    r"post[- ]?discharge|discharge|routine|regular|scheduled|office|clinic|post[- ]?op(?:erative)?|"
    r"chronic|annual|yearly|\d{1,2}[- ](?:day|week|month|year)s?)\s+)*"
    r"(?:follow[- ]?(?:ing )?ups?|f/u|recheck|re-?check|re-?evaluation|transition of care)"
    r"(?:\s+(?:visit|appointment|exam|care|evaluation))?[\s.:]*|"
    r"\s*post[- ]?op(?:erative)?\s+(?:visit|check(?:-?up)?|exam)[\s.:]*|"
    r"\s*(?:cast|splint|pin)\s+(?:change|check|removal|off)[\s.:]*",
    re.IGNORECASE,
)
_REACH_AFTER = 60


class Condition(Struct, frozen=True, gc=False):
    """One condition of a line: its characters, what it names, how asserted.

    ``unclear``: words were left out whose meaning for it is not certain; a coder has to look.
    ``also``: a status code that the line documents with it (Z79.4).
    """

    start: int
    end: int
    assertion: Assertion
    wording: wording.Wording
    named: Named | None
    unclear: bool = False
    also: str = ""


def adds_nothing(part: str, before: Condition) -> bool:
    """Whether a part says that a cause is unknown, or of a past disease that nothing is left."""
    if _NO_CAUSE.match(part):
        return True
    past = before.named is not None and before.named.code.startswith("Z8")
    return past and _NOTHING_LEFT.search(part) is not None


def tells_of_the_visit(part: str) -> bool:
    """Whether a part says only what kind of visit it is ("ED follow-up"), and names no problem."""
    return _VISIT.fullmatch(part) is not None


def told_later(
    text: str, condition: Condition, following: Condition, inside: tuple[Trigger, ...]
) -> Condition:
    """A condition as the words of the next one may change it: "asthma vs. COPD", "appendicitis
    with peritonitis cannot be ruled out".
    """
    if any(_opens(text, each, following) for each in inside):
        return replace(condition, assertion=strongest({"uncertain"}))
    joined = text[condition.end : following.start]
    behind = any(each.reach == "after" for each in inside)
    if behind and "," not in joined and _JOINED.search(joined) and condition.named is not None:
        return replace(condition, unclear=condition.unclear or condition.assertion == "affirmed")
    return condition


def _opens(text: str, trigger: Trigger, following: Condition) -> bool:
    """Whether "vs" or "?" stands between two conditions, and not between two that follow."""
    return trigger.reach == "around" and not text[following.start : trigger.start].strip()


def only_tells(part: str, condition: Condition, before: Condition) -> bool:
    """Whether a part is a treatment, a measure or a means, and no condition of its own."""
    if TREATMENT.match(part) or MEASURE.match(part) or not _LETTERS.search(part):
        return True
    if _TELLS.fullmatch(part) or _RESULT.fullmatch(part):
        return True
    if _EYE_STAGE.fullmatch(part):
        return before.named is not None and before.named.code.startswith("H40")
    if before.named is not None and before.named.code.startswith(_OF_BLOOD):
        return _STATE.fullmatch(part) is not None
    return condition.named is None and before.assertion in ("hypothetical", "negated")


def sided(condition: Condition, part: str) -> Condition:
    """The condition with the sides of a part that tells of it ("severe stage right eye")."""
    sides = wording.read(spoken(part)).sides
    if not sides:
        return condition
    read = wording.Wording(condition.wording.tokens, condition.wording.sides | sides)
    return replace(condition, wording=read)


def is_near(between: str) -> bool:
    """Whether a word after a condition may still be about it: same sentence, no comma between."""
    return len(between) <= _REACH_AFTER and not re.search(r",|\.\s", between)


def is_linked(condition: Condition) -> bool:
    """Combination codes that need the codes of their parts beside them (I.C.9.a, I.C.4.a)."""
    return condition.named is not None and condition.named.code.startswith(
        ("I11", "I12", "I13", "E08.22", "E09.22", "E10.22", "E11.22", "E13.22")
    )


def is_about_the_one_before(text: str, inside: tuple[Trigger, ...], *, known: bool) -> bool:
    """Whether a part that is no condition of its own may change the one before it: "rapid test
    negative", "not proven", "if uric acid is high".
    """
    if not inside:
        return False
    last = inside[-1].reach == "after" and not known
    first = _CONDITIONAL.match(text, inside[0].start) is not None
    return last or (first and (not known or inside[0].kind == "hypothetical"))


def qualified(condition: Condition, inside: tuple[Trigger, ...]) -> Condition:
    kinds: set[Assertion] = {each.kind for each in inside}
    if condition.assertion != "affirmed":
        kinds.add(condition.assertion)
    return replace(condition, assertion=strongest(kinds))


def is_harmless(condition: Condition) -> bool:
    return not set(condition.wording.tokens) - HARMLESS


def governed(text: str, condition: Condition, before: list[tuple[Trigger, bool]]) -> Condition:
    """Under the words of earlier parts: those that open the line reach to a terminator, others
    reach on over "and" and "or"; over a comma their reach is not certain.
    """
    kinds: set[Assertion] = set()
    unclear = condition.unclear
    for trigger, opens in before:
        between = text[trigger.end : condition.start]
        cut_off = is_cut_off_from_family if trigger.kind == "family" else is_cut_off
        if cut_off(between) or _ANEW.match(text, condition.start):
            continue
        listing = _LISTING.match(text, trigger.start) is not None
        joined = listing or ("," not in between and _DISTRIBUTES.search(between) is not None)
        if opens or joined or trigger.kind == "family":
            kinds.add(trigger.kind)
        elif condition.assertion == "affirmed":
            unclear = True
    if condition.assertion != "affirmed":
        kinds.add(condition.assertion)
    return replace(condition, assertion=strongest(kinds), unclear=unclear)


def past_cancers(text: str, found: list[Condition]) -> list[Condition]:
    """A malignancy that was excised, with no treatment, is history (I.C.2.m): a coder decides."""
    if _PAST_CANCER.search(text) is None:
        return found
    if _TREATED_NOW.search(text) and not _TREATED_BEFORE.search(text):
        return found
    only_remission = _PAST_CANCER.search(_REMISSION.sub("", text)) is None
    current = _OF_BLOOD if only_remission else ("?",)
    return [
        replace(each, assertion="historical", unclear=True)
        if each.named is not None
        and each.named.code.startswith("C")
        and not each.named.code.startswith(current)
        else each
        for each in found
    ]
