"""Sections and sentences of a clinical note, each with exact character offsets.

A section that the EHR sends may hold several headings inside its text; they are found here.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

from msgspec import Struct

SectionKind = Literal["assessment", "history", "family", "exam", "results", "plan", "other"]

_KINDS: tuple[tuple[SectionKind, tuple[str, ...]], ...] = (
    ("family", ("family history", "family medical history", "fh")),
    (
        "assessment",
        (
            "assessment",
            "impression",
            "diagnosis",
            "diagnoses",
            "final diagnosis",
            "discharge diagnosis",
            "a/p",
            "a&p",
            "problem list",
            "assessment and plan",
        ),
    ),
    (
        "history",
        (
            "past medical history",
            "medical history",
            "past surgical history",
            "surgical history",
            "social history",
            "history of present illness",
            "hpi",
            "subjective",
            "chief complaint",
            "review of systems",
            "ros",
            "allergies",
            "medications",
            "current medications",
            "past history",
            "history",
        ),
    ),
    (
        "exam",
        ("physical exam", "physical examination", "exam", "objective", "vitals", "vital signs"),
    ),
    ("results", ("results", "labs", "laboratory", "imaging", "data reviewed", "procedure")),
    ("plan", ("plan", "instructions", "follow-up", "follow up", "recommendations", "orders")),
)
_HEADING = re.compile(r"^[ \t]*(?P<name>[A-Za-z][A-Za-z/&,' -]{1,58}?)[ \t]*(?P<colon>:?)[ \t]*$")
_INLINE = re.compile(r"^[ \t]*(?P<name>[A-Za-z][A-Za-z/& -]{1,40}?):[ \t]+(?=\S)")
_SENTENCE_END = re.compile(r"[.!?;](?<=[a-z0-9)%][.!?;])(?=\s+[A-Z(\u2022-]|\s*$)")
_LIST_MARK = re.compile(r"\s*[-*\u2022]?\s*(?:\d{1,2}|[A-Za-z])")
LONGEST_SENTENCE = 2_000
_LONGEST_HEADING = 70


class Section(Struct, frozen=True, gc=False):
    """A headed part of one note section: ``start`` and ``end`` point into that section's text."""

    index: int
    kind: SectionKind
    start: int
    end: int


class Sentence(Struct, frozen=True, gc=False):
    """A sentence or line; ``text`` equals the section's text from ``start`` to ``end``."""

    section: int
    kind: SectionKind
    start: int
    end: int
    text: str
    line_start: bool


@lru_cache(maxsize=4_096)
def kind_of(heading: str) -> SectionKind:
    """What a heading announces; ``other`` when it is not a known one."""
    name = " ".join(heading.lower().replace("&", " and ").replace("/", " / ").split()).strip(": ")
    name = name.replace(" / ", "/").removesuffix(" reviewed")
    if name.startswith(("assessment", "impression", "a/p", "a and p")):
        return "assessment"
    for kind, names in _KINDS:
        if name in names:
            return kind
    return "other"


def _is_heading(line: str, match: re.Match[str]) -> bool:
    name = match["name"]
    return kind_of(name) != "other" and (bool(match["colon"]) or line.strip() == name.strip())


def sections(headings: Sequence[str], texts: Sequence[str]) -> Iterator[Section]:
    """The sections of a note, in order; headings inside a text open a new one."""
    for index, (heading, text) in enumerate(zip(headings, texts, strict=True)):
        yield from sections_of(index, heading, text)


def sections_of(index: int, heading: str, text: str) -> Iterator[Section]:
    """The sections of the text that is number ``index`` of its note."""
    kind = kind_of(heading)
    start = position = 0
    for line in text.splitlines(keepends=True):
        found = _heading_in(line)
        if found is not None:
            if position > start:
                yield Section(index, kind, start, position)
            kind, length = found
            start = position + length
        position += len(line)
    if position > start:
        yield Section(index, kind, start, position)


def _heading_in(line: str) -> tuple[SectionKind, int] | None:
    """What a heading in this line announces, and how many characters of the line it takes."""
    bare = line.rstrip("\r\n")
    if len(bare) <= _LONGEST_HEADING:
        found = _HEADING.match(bare)
        if found is not None and _is_heading(bare, found):
            return kind_of(found["name"]), len(line)
    if ":" in bare:
        found = _INLINE.match(bare)
        if found is not None:
            kind = kind_of(found["name"])
            if kind != "other":
                return kind, found.end()
    return None


def sentences(section: Section, text: str) -> list[Sentence]:
    """Sentences of a section; a line break ends one, an abbreviation's point does not."""
    found: list[Sentence] = []
    position = section.start
    for line in text[section.start : section.end].splitlines(keepends=True):
        body = line.rstrip("\r\n")
        line_start = True
        begin = 0
        for end in _ends(body):
            piece = body[begin:end]
            stripped = piece.strip()
            if stripped:
                start = position + begin + len(piece) - len(piece.lstrip())
                stop = start + min(len(stripped), LONGEST_SENTENCE)
                found.append(
                    Sentence(section.index, section.kind, start, stop, text[start:stop], line_start)
                )
                line_start = False
            begin = end
        position += len(line)
    return found


def _ends(line: str) -> list[int]:
    """Where sentences of a line end; the point behind a list's number or letter ends none."""
    ends = [match.end() for match in _SENTENCE_END.finditer(line)]
    if ends and _LIST_MARK.fullmatch(line, 0, ends[0] - 1):
        del ends[0]
    ends.append(len(line))
    return ends
