"""Whether a mention is affirmed, denied, uncertain, someone else's, past or only imagined.

Outpatient rules: a diagnosis documented as probable, suspected, questionable, "rule out",
"compatible with", "consistent with" or a working diagnosis is not coded (ICD-10-CM Official
Guidelines IV.H); in an inpatient stay it is coded as if it existed (II.H). What was ruled out is
never coded.
"""

import re
from functools import lru_cache
from typing import Literal, NamedTuple

Assertion = Literal["affirmed", "negated", "uncertain", "family", "historical", "hypothetical"]


def _either(*phrases: str) -> str:
    return "|".join(sorted((phrase.replace(" ", r"\s+") for phrase in phrases), key=len)[::-1])


_NEGATED_BEFORE = _either(
    "no", "not", "denies", "denied", "denying", "deny", "without", "negative for", "absence of",
    "free of", "never", "no evidence of", "no sign of", "no signs of", "no history of",
    "ruled out for", "rules out", "does not have", "do not see", "not have", "nor", "neither",
    "unremarkable for", "no acute", "has not had", "did not", "no known", "no further",
)  # fmt: skip
_NEGATED_AFTER = _either(
    "was ruled out", "were ruled out", "ruled out", "is absent", "are absent", "not present",
    "is negative", "was negative", "were negative", "not seen", "unlikely", "is denied",
    "has been excluded", "was excluded", "not found", "not identified",
)  # fmt: skip
_UNCERTAIN_BEFORE = _either(
    "possible", "possibly", "probable", "probably", "suspected", "suspect", "suspicious for",
    "suspicion for", "suspicion of", "likely", "rule out", "r/o", "questionable", "concern for",
    "concerning for", "consistent with", "compatible with", "working diagnosis", "versus", "vs",
    "differential includes", "differential diagnosis", "cannot exclude", "may be", "might be",
    "may have", "might have", "could be", "presumed", "presumptive", "evaluate for", "appears to",
    "suggestive of", "suggests", "indicative of", "worrisome for", "query",
)  # fmt: skip
_UNCERTAIN_AFTER = _either(
    "is suspected", "was suspected", "suspected", "is possible", "is likely", "cannot be excluded",
    "not excluded", "versus", "vs", "is in the differential", "is a concern",
)  # fmt: skip
_FAMILY = _either(
    "family history", "mother", "father", "sister", "brother", "siblings", "sibling", "parents",
    "parent", "grandmother", "grandfather", "aunt", "uncle", "cousin", "maternal", "paternal",
    "son", "daughter", "husband", "wife", "runs in the family",
)  # fmt: skip
_HISTORICAL = _either(
    "history of", "h/o", "hx of", "past medical history", "previously had", "previous history",
    "status post", "s/p", "remote", "in the past", "prior history of", "childhood",
)  # fmt: skip
_HYPOTHETICAL = _either(
    "if", "return for", "should", "in case", "to prevent", "prevention of", "risk of", "at risk",
    "risk for", "risks of", "screen for", "screening for", "screened for", "monitor for",
    "watch for", "educated on", "signs of", "symptoms of", "return precautions", "avoid",
    "in the event", "would", "prophylaxis", "to rule out",
)  # fmt: skip
_TERMINATORS = re.compile(
    r"\b(?:but|however|although|though|except|apart from|aside from|other than|which|endorses|"
    r"reports|presents|complains of|notes|secondary to|because|due to|does have|admits)\b|;|:",
    re.IGNORECASE,
)
_TRIGGERS = re.compile(
    rf"\b(?:(?P<family>{_FAMILY})|(?P<uncertain_after>{_UNCERTAIN_AFTER})"
    rf"|(?P<negated_after>{_NEGATED_AFTER})|(?P<uncertain>{_UNCERTAIN_BEFORE})"
    rf"|(?P<negated>{_NEGATED_BEFORE})|(?P<historical>{_HISTORICAL})"
    rf"|(?P<hypothetical>{_HYPOTHETICAL}))\b",
    re.IGNORECASE,
)
_PSEUDO_NEGATIONS = re.compile(
    r"\b(?:no (?:change|increase|longer|improvement)|not (?:only|certain|sure|improved|controlled|"
    r"well[- ]controlled|improving|resolved|at goal)|without (?:difficulty|change))\b",
    re.IGNORECASE,
)
_REACH_AFTER = 60


class Trigger(NamedTuple):
    """A word that governs what stands near it, in characters of its sentence."""

    kind: str
    start: int
    end: int


@lru_cache(maxsize=4096)
def triggers(sentence: str) -> tuple[Trigger, ...]:
    """Every trigger of a sentence in order; words such as "not controlled" deny nothing."""
    pseudo = [match.span() for match in _PSEUDO_NEGATIONS.finditer(sentence)]
    return tuple(
        Trigger(match.lastgroup or "", match.start(), match.end())
        for match in _TRIGGERS.finditer(sentence)
        if not (
            match.lastgroup in ("negated", "negated_after")
            and any(start <= match.start() < end for start, end in pseudo)
        )
    )


def assertion(sentence: str, start: int, end: int) -> Assertion:
    """How the words from ``start`` to ``end`` are asserted in their sentence.

    A trigger before governs up to a terminator (but, however, except...); one after, within 60
    characters and before a comma; one inside counts, but for a denial that does not lead
    ("concussion without loss of consciousness"). Denial outweighs doubt, doubt outweighs history.
    """
    found: set[str] = set()
    for trigger in triggers(sentence):
        if trigger.start >= start and trigger.end <= end:
            leads = trigger.kind == "negated" and trigger.start == start
            if leads or trigger.kind in ("uncertain", "historical", "family"):
                found.add(trigger.kind)
            continue
        if trigger.end <= start:
            kind = trigger.kind.removesuffix("_after")
            if trigger.kind == "negated_after":
                continue
            between = sentence[trigger.end : start]
            if trigger.kind == "family" or _TERMINATORS.search(between) is None:
                found.add(kind)
        elif trigger.start >= end and trigger.kind in ("negated_after", "uncertain_after"):
            between = sentence[end : trigger.start]
            if len(between) <= _REACH_AFTER and "," not in between:
                found.add(trigger.kind.removesuffix("_after"))
    order: tuple[Assertion, ...] = ("family", "negated", "uncertain", "hypothetical", "historical")
    return next((kind for kind in order if kind in found), "affirmed")
