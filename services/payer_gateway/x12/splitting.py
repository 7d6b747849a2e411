"""Cuts a file into smaller ones, each with envelopes of its own that count right.

By transaction set any file can be cut. By claim an 837 can: the claims of a piece stand below
copies of the providers, subscribers and patients that they stood below, whose HL segments are
numbered anew. An 835 cannot: it is one payment, and its claims balance only together.

Control numbers stay as they are, ISA13, GS06 and ST02, so that answers to the whole can still be
found; a partner would take the pieces for repetitions, unless they are numbered anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.envelope_reader import (
    GroupStart,
    InterchangeStart,
    TransactionEnd,
    TransactionStart,
    TransactionText,
    read_envelopes,
)
from services.payer_gateway.x12.envelope_text import line, raw_line
from services.payer_gateway.x12.finding import Finding

MOST_CONTROL_NUMBER = 999_999_999
_OUTERMOST = "20"
"""HL03 of a billing provider, which stands below nobody."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A file of one transaction set: where it came from, and its text.

    ``number`` counts the pieces from 1. ``claims``: CLM01 of the claims in it, where it was cut by
    claims.
    """

    number: int
    interchange: str
    transaction: str
    set_id: str
    text: str
    claims: tuple[str, ...] = ()


class NotSplitError(ValueError):
    """A transaction set that cannot be cut as asked; the message says why and what to do."""


@dataclass(slots=True)
class _Envelopes:
    isa: tuple[str, ...]
    gs: tuple[str, ...]
    marks: Delimiters
    first_number: int | None
    made: int = 0

    def around(self, segments: Sequence[str], st: str) -> str:
        """A file of one transaction set, counted."""
        marks = self.marks
        isa, gs = list(self.isa), list(self.gs)
        if self.first_number is not None:
            number = (self.first_number + self.made - 1) % MOST_CONTROL_NUMBER + 1
            isa[13] = f"{number:09d}"
            if len(gs) > 6:
                gs[6] = str(number)
        st_elements = st.split(marks.element)
        control = st_elements[2] if len(st_elements) > 2 else ""
        within = [st, *segments, f"SE{marks.element}{len(segments) + 2}{marks.element}{control}"]
        text = line(isa, marks) + (line(gs, marks) if gs else "")
        text += "".join(raw_line(raw, marks) for raw in within)
        if gs:
            text += line(["GE", "1", gs[6] if len(gs) > 6 else ""], marks)
        self.made += 1
        return text + line(["IEA", "1", isa[13]], marks)


@dataclass(slots=True)
class _Open:
    start: TransactionStart | None = None
    texts: list[str] = field(default_factory=list)


def split(
    source: bytes | Iterable[bytes],
    *,
    claims: int = 0,
    first_number: int | None = None,
) -> Iterator[Piece | Finding]:
    """The pieces of a file, one transaction set each, or so many claims each.

    ``first_number`` numbers the pieces' interchanges and groups anew from there. What is wrong with
    the envelopes comes as findings. Raises ``NotSplitError`` where claims are asked for of what is
    no 837, or of one whose levels are not linked.
    """
    envelopes: _Envelopes | None = None
    control, number = "", 0
    open_set = _Open()
    for event in read_envelopes(source):
        if isinstance(event, Finding):
            yield event
        elif isinstance(event, InterchangeStart):
            made = envelopes.made if envelopes else 0
            control = event.control_number
            envelopes = _Envelopes(event.segment, (), event.delimiters, first_number, made)
        elif isinstance(event, GroupStart) and envelopes is not None:
            envelopes.gs = event.segment
        elif isinstance(event, TransactionStart):
            open_set = _Open(event)
        elif isinstance(event, TransactionText):
            open_set.texts.append(event.text)
        elif isinstance(event, TransactionEnd) and envelopes and open_set.start:
            start, marks = open_set.start, envelopes.marks
            segments = [raw for text in open_set.texts for raw in text.split(marks.segment)]
            parts = _by_claims(start, segments, claims) if claims else [((), segments)]
            for held, within in parts:
                number += 1
                text = envelopes.around(within, start.raw)
                yield Piece(number, control, start.control_number, start.set_id, text, held)


def _by_claims(
    start: TransactionStart, segments: Sequence[str], most: int
) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    if start.set_id != "837":
        why = "its claims are one payment" if start.set_id == "835" else "it holds no claims"
        raise NotSplitError(
            f"transaction set {start.set_id} cannot be cut by claims, as {why}: "
            "leave --claims out to cut by transaction set"
        )
    mark = start.delimiters.element
    head, levels = _hierarchy(segments, mark)
    piece = _Claims(head, mark)
    for chain, claim in levels:
        piece.add(chain, claim)
        if len(piece.claims) == most:
            yield piece.done()
            piece = _Claims(head, mark)
    if piece.claims or not levels:
        yield piece.done()


_Level = tuple[int, tuple[str, ...]]
"""A level of an 837: its place in the set, and its segments down to the first claim."""


def _hierarchy(
    segments: Sequence[str], mark: str
) -> tuple[list[str], list[tuple[list[_Level], list[str]]]]:
    """What stands before the first level, and each claim with the levels that it stands below.

    Raises ``NotSplitError`` where the levels are not linked.
    """
    head: list[str] = []
    levels: list[tuple[int | None, list[str]]] = []
    latest: dict[str, int] = {}
    claims: list[tuple[int, list[str]]] = []
    target = head
    for raw in segments:
        name = raw.partition(mark)[0]
        if name == "HL":
            _, number, parent, code, *_ = [*raw.split(mark), "", "", ""]
            above = latest.get(parent)
            if above is None and code != _OUTERMOST:
                raise NotSplitError(
                    "an HL segment names no level above it, so that nobody can tell whose the "
                    "claims below it are: correct HL02 (claimstream x12 check says where)"
                )
            latest[number] = len(levels)
            target = [raw]
            levels.append((None if code == _OUTERMOST else above, target))
        elif name == "CLM":
            target = [raw]
            claims.append((len(levels) - 1, target))
        else:
            target.append(raw)
    return head, [(_chain(levels, level), claim) for level, claim in claims]


def _chain(levels: Sequence[tuple[int | None, list[str]]], level: int) -> list[_Level]:
    """A level and those above it, the outermost first."""
    chain: list[_Level] = []
    at: int | None = level if level >= 0 else None
    while at is not None:
        above, segments = levels[at]
        chain.append((at, tuple(segments)))
        at = above
    return chain[::-1]


class _Claims:
    """Claims of one piece, each level above them written once and numbered anew."""

    def __init__(self, head: Sequence[str], mark: str) -> None:
        self._mark = mark
        self._segments = list(head)
        self._open: list[tuple[int, int, int]] = []
        self._levels = 0
        self.claims: list[str] = []

    def add(self, chain: Sequence[_Level], claim: Sequence[str]) -> None:
        """A claim, below the levels that are not open yet."""
        same = 0
        while same < min(len(self._open), len(chain)) and self._open[same][0] == chain[same][0]:
            same += 1
        del self._open[same:]
        for place, segments in chain[same:]:
            self._level(place, segments)
        self._segments += claim
        elements = claim[0].split(self._mark)
        self.claims.append(elements[1] if len(elements) > 1 else "")

    def _level(self, place: int, segments: Sequence[str]) -> None:
        self._levels += 1
        parent = ""
        if self._open:
            _, above, at = self._open[-1]
            parent = str(above)
            self._segments[at] = self._child_code(self._segments[at], "1")
        elements = [*segments[0].split(self._mark), "", "", "", ""][:5]
        elements[1:3] = [str(self._levels), parent]
        self._open.append((place, self._levels, len(self._segments)))
        self._segments.append(self._child_code(self._mark.join(elements), "0"))
        self._segments += segments[1:]

    def _child_code(self, hl: str, code: str) -> str:
        """HL04: whether another level stands below; a billing provider's always has one."""
        elements = hl.split(self._mark)
        elements[4:] = ["1" if elements[3] == _OUTERMOST else code]
        return self._mark.join(elements)

    def done(self) -> tuple[tuple[str, ...], list[str]]:
        """The claims' numbers, and the segments between ST and SE."""
        return tuple(self.claims), self._segments
