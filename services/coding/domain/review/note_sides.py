"""Parts of the body that a note has on one side, and elsewhere on the other.

The assessment is held against the history, and against what the examination found; a side that is
only there for comparison, without a finding, is no contradiction. (ICD-10-CM Official Guidelines
I.B.13: the side is the provider's to say)
"""

import re
from collections.abc import Iterator, Sequence

from services.coding.domain.reading.assertion import assertion
from services.coding.domain.reading.note_text import Sentence
from services.coding.domain.review.documentation_review import Flag

_PART = (
    r"knee|shoulder|hip|elbow|wrist|ankle|ear|eye|hand|foot|arm|forearm|leg|thigh|thumb|breast|heel"
)
_SIDED = re.compile(
    rf"\b(?P<side>left|right)(?:[ -](?:\w+[ -]){{0,1}})(?P<part>{_PART})s?\b|"
    rf"\b(?P<both>bilateral|both)\s+(?:\w+ )?(?P<of>{_PART})s?\b",
    re.IGNORECASE,
)
_FINDING = re.compile(
    r"\b(?:(?<!non)(?<!non-)tender(?:ness)?|swollen|swelling|pain(?:ful)?|effusion|crepitus|warm|"
    r"warmth|red(?:ness)?|erythema\w*|ecchymos\w+|bruis\w+|deform\w+|lacerat\w+|lesion|mass|lump|"
    r"ulcer\w*|limited|reduced|decreased|bulging|discharge|weak(?:ness)?|positive)\b",
    re.IGNORECASE,
)
_WORDS = ("left", "right", "bilateral", "both")


def differing_sides(sentences: Sequence[Sentence]) -> Iterator[Flag]:
    """A flag on each part of the assessment that stands on the other side before it."""
    told: dict[str, set[str]] = {}
    seen: dict[str, set[str]] = {}
    concluded: dict[str, tuple[set[str], Sentence, re.Match[str]]] = {}
    for sentence in sentences:
        kind = sentence.kind
        if kind not in ("complaint", "present", "exam", "assessment", "procedure"):
            continue
        lower = sentence.text.lower()
        if not any(word in lower for word in _WORDS):
            continue
        for match in _SIDED.finditer(sentence.text):
            part = (match["part"] or match["of"]).lower()
            sides = {match["side"].lower()} if match["side"] else {"left", "right"}
            if kind in ("complaint", "present"):
                told.setdefault(part, set()).update(sides)
            elif kind == "exam":
                if _finds(sentence.text):
                    seen.setdefault(part, set()).update(sides)
            elif part in concluded:
                concluded[part][0].update(sides)
            else:
                concluded[part] = (sides, sentence, match)
    for part, (sides, sentence, match) in concluded.items():
        if any(before and not before & sides for before in (told.get(part), seen.get(part))):
            start = sentence.start + match.start()
            end = sentence.start + match.end()
            yield Flag("side_differs", "query", None, sentence.section, start, end)


def _finds(text: str) -> bool:
    """Whether a sentence of the examination affirms a finding."""
    return any(
        assertion(text, match.start(), match.end()) == "affirmed"
        for match in _FINDING.finditer(text)
    )
