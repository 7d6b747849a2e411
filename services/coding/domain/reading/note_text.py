"""Sections and sentences of a clinical note, each with exact character offsets.

A section that the EHR sends may hold several headings inside its text; they are found here.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from services.coding.domain.reading.headings import (
    SectionKind,
    is_bare_letter,
    kind_of,
    needs_colon,
)

_HEADING = re.compile(
    r"^[ \t]*(?:#{1,4}[ \t]*|\*{1,3}[ \t]*|={2,}[ \t]*|"
    r"(?P<listed>\(?(?:\d{1,2}|[IVX]{1,4})[.)][ \t]*))?"
    r"(?P<name>[A-Za-z][A-Za-z/&,()\u2019' -]{0,58}?)[ \t]*"
    r"(?P<colon>:?)[ \t]*(?:\*{1,3}|={2,}|-{2,}|#{1,4})?[ \t]*(?P<colon_after>:?)[ \t]*$"
)
_INLINE = re.compile(
    r"^[ \t]*(?:#{1,4}[ \t]*|\*{1,3}[ \t]*)?(?P<name>[A-Za-z][A-Za-z/&()\u2019' -]{0,48}?)"
    r"(?:[ \t]*\*{1,3}:|:[ \t]*\*{1,3}|[ \t]*:)[ \t]*(?=\S)"
)
_DASHED = re.compile(
    r"^[ \t]*(?P<name>(?:assessment|impression|diagnos[ei]s|a/p|assessment and plan|plan)"
    r"(?: and plan|/plan)?)[ \t]+[-\u2013\u2014][ \t]+(?=\S)",
    re.IGNORECASE,
)
_BEFORE_COLON = re.compile(r"[A-Za-z][A-Za-z/&'-]{0,24}(?: [A-Za-z/&'-]{1,24}){0,3}$")
_SENTENCE_END = re.compile(r"[.!?;](?<=[a-z0-9)%A-Z\]\"\u201d][.!?;])(?=\s+[A-Z(\u2022-]|\s*$)")
# "Asthma vs. COPD", "Dr. Diaz", "approx. 3 cm": their point ends nothing.
_SHORTENED = re.compile(
    r"(?<![a-z/])(?:vs|v|dr|mr|mrs|ms|st|approx|prof|e\.g|i\.e|incl|jr|ddx|dx|hx|s/p|h/o|[a-z])\.$",
    re.IGNORECASE,
)
_LIST_MARK = re.compile(r"\s*[-*\u2022#]?\s*(?:\d{1,2}|[A-Za-z])")
_ITEM = re.compile(r"(?:^|(?<=\s))\(?(?P<number>\d{1,2})[.)](?=\s+[A-Za-z(\"'])\s*")
_NUMBER_MARK = re.compile(r"\d[.)]\s")
_HASHED = re.compile(r"(?:^|(?<=\s))#(?=\s?[A-Za-z])")
_NUMBERED = re.compile(r"[ \t]*(?:#[ \t]*)?\(?(?P<number>\d{1,2})[.)][ \t]*(?=[A-Za-z(])")
_NUMBERED_KINDS = ("assessment", "plan", "present", "complaint", "family", "review")
# What a radiologist concludes is a result, where the provider's own assessment follows.
_READ_OF = re.compile(r"\W*(?:impression|conclusions?|diagnosis|findings)\W*(?::|$)", re.IGNORECASE)
LONGEST_SENTENCE = 2_000
_LONGEST_HEADING = 90
# No heading ends so, unless with a colon or a dash behind its name.
_ENDS_NO_HEADING = frozenset('.;!?%"0123456789')
_LONGEST_NAME = 60
_MOST_WITHIN = 200
# Lines so short are read once: many notes have them in common.
_LONGEST_KEPT = 300


class Section(Struct, frozen=True, gc=False):
    """A headed part of one note section: ``start`` and ``end`` point into that section's text."""

    index: int
    kind: SectionKind
    start: int
    end: int


class Sentence(Struct, frozen=True, gc=False):
    """A sentence or line; ``text`` equals the section's text from ``start`` to ``end``.

    ``line_start`` is also true of the items of a list that is written in one line.
    """

    section: int
    kind: SectionKind
    start: int
    end: int
    text: str
    line_start: bool
    indent: int = 0


class _Heading(NamedTuple):
    """A heading in a line: where it stands, where what follows it begins."""

    kind: SectionKind
    start: int
    end: int
    alone: bool


def sections(headings: Sequence[str], texts: Sequence[str]) -> Iterator[Section]:
    """The sections of a note, in order; headings inside a text open a new one."""
    for index, (heading, text) in enumerate(zip(headings, texts, strict=True)):
        yield from sections_of(index, kind_of(heading), text)


def sections_of(index: int, kind: SectionKind, text: str) -> Iterator[Section]:
    """The sections of the text that is number ``index`` of its note; ``kind``: by its heading."""
    start = position = 0
    lines = text.splitlines(keepends=True)
    if len(lines) == 1 and _has_no_heading(text):
        yield Section(index, kind, 0, len(text))
        return
    found = [
        _kept_headings(line) if len(line) <= _LONGEST_KEPT else _headings_in(line) for line in lines
    ]
    last_assessed = max(
        (n for n, each in enumerate(found) if any(h.kind == "assessment" for h in each)), default=-1
    )
    repeated = _repeated(found)
    number = 0
    resumes = False
    for place, (line, headings) in enumerate(zip(lines, found, strict=True)):
        began = kind
        for each in headings:
            opened = each.kind
            of_an_image = opened == "assessment" and kind in ("results", "procedure")
            if of_an_image and place < last_assessed and _READ_OF.match(line, each.start):
                continue
            if position + each.start > start:
                yield Section(index, kind, start, position + each.start)
            inline_below = not each.alone and kind in ("assessment", "plan", "decision")
            resumes = opened != "assessment" and inline_below and (resumes or kind == "assessment")
            if resumes and _NUMBERED.match(line, each.end):
                resumes = False
            kind, start = opened, position + each.end
        if not headings and resumes and kind != "assessment":
            numbered = _NUMBERED.match(line)
            goes_on = numbered is not None and int(numbered["number"]) == number + 1
            if goes_on or (kind in repeated and _may_name(line)):
                if position > start:
                    yield Section(index, kind, start, position)
                kind, start, resumes = "assessment", position, False
        if kind == "assessment" and (numbered := _NUMBERED.match(line)):
            number = int(numbered["number"])
        position += len(line)
        within = bool(headings) and headings[0].start > 0
        if within and began == "assessment" and kind != "assessment":
            if position > start:
                yield Section(index, kind, start, position)
            kind, start, resumes = "assessment", position, False
    if position > start:
        yield Section(index, kind, start, position)


def _repeated(found: Sequence[Sequence[_Heading]]) -> frozenset[SectionKind]:
    """Kinds that head several lines: "Plan:" below each problem, not one plan for all."""
    seen: set[SectionKind] = set()
    again: set[SectionKind] = set()
    for each in found:
        if each and not each[0].alone:
            (again if each[0].kind in seen else seen).add(each[0].kind)
    return frozenset(again - {"assessment"})


def _may_name(line: str) -> bool:
    """Whether a line looks like the name of a problem: short, no list of measures."""
    bare = line.strip()
    return 0 < len(bare) <= _LONGEST_HEADING and bare[0] not in "-*\u2022+" and bare[-1] != "."


def _headings_in(line: str) -> list[_Heading]:
    """The known headings in a line, in order."""
    bare = line.rstrip("\r\n")
    if _has_no_heading(bare):
        return []
    if len(bare) <= _LONGEST_HEADING:
        alone = _HEADING.match(bare)
        if alone is not None:
            name = alone["name"]
            kind = kind_of(name)
            has_colon = bool(alone["colon"] or alone["colon_after"])
            listed = alone["listed"] is not None and kind not in _NUMBERED_KINDS
            if kind != "other" and (has_colon or not (listed or needs_colon(name))):
                return [_Heading(kind, 0, len(line), alone=True)]
    found: list[_Heading] = []
    dashed = _DASHED.match(bare)
    if dashed is not None:
        found.append(_Heading(kind_of(dashed["name"]), 0, dashed.end(), alone=False))
    elif ":" not in bare:
        return found
    else:
        first = _INLINE.match(bare)
        if first is not None and (kind := kind_of(first["name"])) != "other":
            found.append(_Heading(kind, 0, first.end(), alone=False))
    begin = found[0].end if found else 0
    for _ in range(_MOST_WITHIN):
        colon = bare.find(":", begin)
        if colon < 0:
            break
        inside = _within(bare, colon, max(begin, colon - _LONGEST_NAME))
        if inside is not None and inside.start > 0:
            found.append(inside)
        begin = colon + 1
    return found


@lru_cache(maxsize=4_096)
def _kept_headings(line: str) -> tuple[_Heading, ...]:
    return tuple(_headings_in(line))


def _has_no_heading(line: str) -> bool:
    """A quick look: true only of a line in which no heading can stand."""
    return (
        ":" not in line
        and (len(line) > _LONGEST_HEADING + 2 or line[-1:] in _ENDS_NO_HEADING)
        and " -" not in line
        and line.isascii()
        and "\t" not in line
    )


def _within(line: str, colon: int, least: int) -> _Heading | None:
    """A heading in the middle of a line ("... clear. A: bronchitis. P: rest")."""
    end = colon + 1
    while end < len(line) and line[end] in " \t":
        end += 1
    found = _BEFORE_COLON.search(line, least, colon)
    if found is None or end == colon + 1 or end == len(line):
        return None
    at = found.start()
    words = found.group().split(" ")
    for skipped, word in enumerate(words):
        name = " ".join(words[skipped:])
        kind = kind_of(name) if name[0].isupper() else "other"
        if kind != "other":
            after_stop = line[max(0, at - 3) : at].rstrip().endswith((".", ";", "!", "?", "|"))
            if after_stop or _is_plain_heading(name, kind):
                return _Heading(kind, at, end, alone=False)
        at += len(word) + 1
    return None


def _is_plain_heading(name: str, kind: SectionKind) -> bool:
    """Names that head a part of a note even without a full stop before them."""
    if is_bare_letter(name):
        return False
    main = kind in ("assessment", "present", "complaint", "plan", "history", "review", "family")
    return main and (name.isupper() or len(name) >= len("plan")) and name.lower() not in (
        "diagnosis", "dx", "time", "history", "medical", "surgical", "treatment", "goals",
        "education", "follow-up", "follow up", "management", "family", "signature", "a", "imp",
    )  # fmt: skip


def sentences(section: Section, text: str) -> list[Sentence]:
    """Sentences of a section; a line break ends one, an abbreviation's point does not."""
    found: list[Sentence] = []
    index, kind, position = section.index, section.kind, section.start
    for line in text[section.start : section.end].splitlines(keepends=True):
        indent, places = _kept_cut(line) if len(line) <= _LONGEST_KEPT else _cut(line)
        for begin, end, line_start in places:
            start, stop = position + begin, position + end
            found.append(Sentence(index, kind, start, stop, text[start:stop], line_start, indent))
        position += len(line)
    return found


def _cut(line: str) -> tuple[int, tuple[tuple[int, int, bool], ...]]:
    """How far a line is indented; where its sentences are, and whether each begins a line."""
    body = line.rstrip("\r\n")
    indent = len(body) - len(body.lstrip())
    starts = _item_starts(body)
    places: list[tuple[int, int, bool]] = []
    line_start = True
    begin = 0
    for end in _ends(body, starts):
        piece = body[begin:end]
        stripped = piece.strip()
        if begin in starts:
            line_start = True
        if stripped:
            start = begin + len(piece) - len(piece.lstrip())
            stop = start + min(len(stripped), LONGEST_SENTENCE)
            places.append((start, stop, line_start))
            line_start = False
        begin = end
    return indent, tuple(places)


_kept_cut = lru_cache(maxsize=4_096)(_cut)


def _item_starts(line: str) -> frozenset[int]:
    """Where the items of a list begin that is written in one line ("1. Asthma 2. Gout")."""
    if "#" in line:
        hashes = [match.start() for match in _HASHED.finditer(line)]
        if len(hashes) > 1:
            return frozenset(hashes)
    if len(_NUMBER_MARK.findall(line)) < 2:
        return frozenset()
    starts: list[int] = []
    expected = 0
    for match in _ITEM.finditer(line):
        number = int(match["number"])
        if not starts and (number == 1 or not line[: match.start()].strip()):
            expected = number
        if starts or expected:
            if number != expected:
                continue
            starts.append(match.start())
            expected += 1
    return frozenset(starts) if len(starts) > 1 else frozenset()


@lru_cache(maxsize=8_192)
def _is_shortened(ending: str) -> bool:
    """Whether a line's last characters up to a point are an abbreviation with its point."""
    return _SHORTENED.search(ending) is not None


def _ends(line: str, starts: frozenset[int]) -> list[int]:
    """Where sentences of a line end; the point behind a list's number or letter ends none."""
    ends: list[int] = []
    begin = 0
    for match in _SENTENCE_END.finditer(line):
        if (
            match.end() < len(line)
            and match.group() == "."
            and _is_shortened(line[max(0, match.end() - 8) : match.end()])
        ):
            continue
        ends.append(match.end())
    if starts:
        ends = sorted({*ends, *(each for each in starts if each > 0)})
    kept: list[int] = []
    for end in ends:
        in_a_word = end - begin >= 4 and line[end - 4 : end - 1].isalnum()
        if not in_a_word and _LIST_MARK.fullmatch(line, begin, end - 1):
            continue
        kept.append(end)
        begin = end
    kept.append(len(line))
    return kept
