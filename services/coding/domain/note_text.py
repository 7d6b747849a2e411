"""Sections and sentences of a clinical note, each with exact character offsets.

A section that the EHR sends may hold several headings inside its text; they are found here.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

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
_SENTENCE_END = re.compile(r"(?<=[a-z0-9)%])[.!?;](?=\s+[A-Z(\u2022-]|\s*$)")
_LIST_MARK = re.compile(r"\s*[-*\u2022]?\s*(?:\d{1,2}|[A-Za-z])")
_LONGEST_SENTENCE = 2_000


@dataclass(frozen=True, slots=True)
class Section:
    """A headed part of one note section: ``start`` and ``end`` point into that section's text."""

    index: int
    kind: SectionKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Sentence:
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
        kind = kind_of(heading)
        start = position = 0
        for line in text.splitlines(keepends=True):
            bare = line.rstrip("\r\n")
            found: re.Match[str] | None = None
            if len(bare) <= 70:
                found = _HEADING.match(bare)
                if found is not None and not _is_heading(bare, found):
                    found = None
            inner = position + len(line)
            if found is None:
                inline = _INLINE.match(bare)
                if inline is not None and kind_of(inline["name"]) != "other":
                    found = inline
                    inner = position + inline.end()
            if found is not None:
                if position > start:
                    yield Section(index, kind, start, position)
                kind = kind_of(found["name"])
                start = inner
            position += len(line)
        if position > start:
            yield Section(index, kind, start, position)


def sentences(section: Section, text: str) -> Iterator[Sentence]:
    """Sentences of a section; a line break ends one, an abbreviation's point does not."""
    position = section.start
    for line in text[section.start : section.end].splitlines(keepends=True):
        body = line.rstrip("\r\n")
        begin = 0
        first = True
        ends = (
            match.end()
            for match in _SENTENCE_END.finditer(body)
            if not _LIST_MARK.fullmatch(body, 0, match.start())
        )
        for end in [*ends, len(body)]:
            piece = body[begin:end]
            lead = len(piece) - len(piece.lstrip())
            stripped = piece.strip()
            if stripped:
                start = position + begin + lead
                stop = min(start + len(stripped), start + _LONGEST_SENTENCE)
                yield Sentence(section.index, section.kind, start, stop, text[start:stop], first)
                first = False
            begin = end
        position += len(line)
