"""Reads bytes into envelope events, one after the other, and holds nothing of what was given.

Whatever is wrong with an envelope is a finding on the smallest part it spoils: a wrong segment
count on its transaction set, a wrong group count on the group, a missing IEA on the interchange.
A finding comes before the end of the part that it is about.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import TypeAlias

from services.payer_gateway.x12 import envelope_rules as rules
from services.payer_gateway.x12.control_numbers import ControlNumbers
from services.payer_gateway.x12.dates import parse_date, parse_time
from services.payer_gateway.x12.delimiters import (
    ISA_WIDTHS,
    DelimiterError,
    Delimiters,
    declared_by,
)
from services.payer_gateway.x12.envelope import FUNCTIONAL_IDENTIFIERS, TradingPartner
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.segment_feed import SegmentFeed, clean
from services.payer_gateway.x12.segments import Segment, at
from services.payer_gateway.x12.unreadable_file import no_interchange

_MOST_REFUSED = 100
_LONGEST_ELEMENT = 300
"""Characters; no element of the sets that are read here has more than 264 (933, MSG01)."""


@dataclass(frozen=True, slots=True)
class InterchangeStart:
    """ISA. ``readable`` is False where no delimiters were found: keep the file whole.

    ``segment`` here and in the other events is the envelope's own segment, split; empty where
    there is none.
    """

    sender: TradingPartner
    receiver: TradingPartner
    control_number: str
    created: date | None
    created_at: time | None
    version: str
    usage: str
    acknowledgement_requested: bool
    delimiters: Delimiters
    readable: bool = True
    segment: tuple[str, ...] = ()
    is_refused: bool | None = None


@dataclass(frozen=True, slots=True)
class InterchangeEnd:
    """The end of an interchange, with the number of its groups, however it ended.

    ``is_refused``: ``stream`` says whether an error takes out the whole interchange.
    """

    groups: int
    segment: tuple[str, ...] = ()
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class GroupStart:
    """GS. ``control_number`` is GS06 and ``version`` GS08."""

    functional_id: str
    sender: str
    receiver: str
    created: date | None
    created_at: time | None
    control_number: str
    version: str
    segment: tuple[str, ...] = ()
    is_refused: bool | None = None


@dataclass(frozen=True, slots=True)
class GroupEnd:
    """The end of a group, with the number of its transaction sets, however it ended.

    ``is_refused``: ``stream`` says whether an error takes out the whole group.
    """

    transactions: int
    segment: tuple[str, ...] = ()
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class TransactionStart:
    """ST, raw. ``version`` is ST03, or GS08 where there is none; ``position`` counts from ISA."""

    set_id: str
    control_number: str
    version: str
    position: int
    delimiters: Delimiters
    raw: str
    is_refused: bool | None = None


@dataclass(frozen=True, slots=True)
class TransactionEnd:
    """The end of a transaction set of so many segments, ST and SE among them.

    ``raw`` is SE, empty where there is none. The rest is what ``stream`` adds up: claims read and
    not readable, what was charged and paid for them, what the provider adjustments take off, in
    cents; ``is_refused`` says whether an error takes out the whole transaction set.
    """

    segments: int
    raw: str
    claims: int = 0
    unreadable: int = 0
    charge_cents: int = 0
    paid_cents: int = 0
    withheld_cents: int = 0
    is_refused: bool = False


@dataclass(frozen=True, slots=True)
class TransactionText:
    """Whole segments between ST and SE, a terminator between each two and none at the end."""

    text: str
    segments: int


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A TA1 segment, split."""

    segment: Segment


EnvelopeEvent: TypeAlias = (
    InterchangeStart
    | InterchangeEnd
    | GroupStart
    | GroupEnd
    | TransactionStart
    | TransactionEnd
    | TransactionText
    | Acknowledged
    | Finding
)

_NOBODY = TradingPartner("", "")


def read_envelopes(source: bytes | Iterable[bytes]) -> Iterator[EnvelopeEvent]:
    """The events of a file, given whole or in pieces; never raises on content.

    An input in which no interchange can be found gives exactly one that is not ``readable``.
    """
    feed = SegmentFeed(source)
    first_bytes = feed.first_bytes()
    is_first, refused, is_refused = True, 0, False
    has_mark = first_bytes.startswith(BOM_UTF8)
    control_numbers: dict[tuple[str, ...], ControlNumbers] = {}
    while refused < _MOST_REFUSED:
        found, skipped = feed.seek_isa()
        if not found:
            if is_first:
                yield from _unreadable(no_interchange(first_bytes))
            return
        is_first = False
        try:
            delimiters, isa, length = declared_by(feed.head())
        except DelimiterError as problem:
            refused += 1
            is_refused = True
            feed.skip(3)
            yield from _unreadable(f"{problem}: keep the file and ask the sender")
            continue
        feed.skip(length)
        interchange = _Interchange(feed, delimiters, isa)
        yield interchange.start
        if has_mark:
            yield rules.BYTE_ORDER_MARK.found("a byte order mark stands before ISA: leave it out")
            has_mark = False
        if skipped and not is_refused:  # else it is what is left of one that was refused
            yield rules.LEADING_DATA.found(
                "data stands before the ISA segment: check what was cut off"
            )
        is_refused = False
        parties = (*isa[5:9],)
        numbers = control_numbers.setdefault(parties, ControlNumbers())
        if numbers.is_repeated(isa[13]):
            yield rules.ISA_REPEATED.found(
                "ISA13 came before in this file: ask whether the interchange is sent twice",
                element="ISA13",
            )
        yield from interchange.events()
        yield InterchangeEnd(interchange.groups, tuple(interchange.iea or ()))


def _unreadable(reason: str) -> Iterator[EnvelopeEvent]:
    yield InterchangeStart(
        _NOBODY, _NOBODY, "", None, None, "", "", False, Delimiters(), readable=False
    )
    yield rules.NOT_X12.found(f"this is not an X12 interchange: {reason}")
    yield InterchangeEnd(0)


@lru_cache(maxsize=32)
def _patterns(delimiters: Delimiters) -> "tuple[re.Pattern[str], re.Pattern[str]]":
    """What finds the envelope segments of a text, and a control character that is no delimiter."""
    mark, element = re.escape(delimiters.segment), re.escape(delimiters.element)
    heads = re.compile(rf"{mark}(ST|SE|GS|GE|TA1|IEA){element}")
    return heads, re.compile(rf"(?![{re.escape(delimiters.all)}])[\x00-\x1f\x7f]")


class _Interchange:
    """One interchange while it is read: what is open at one moment, and the counts."""

    def __init__(self, feed: SegmentFeed, delimiters: Delimiters, isa: Segment) -> None:
        self.feed = feed
        self.delimiters = delimiters
        self.isa = isa
        self.heads, self.control = _patterns(delimiters)
        self.start = InterchangeStart(
            sender=TradingPartner(isa[5].strip(), isa[6].strip()),
            receiver=TradingPartner(isa[7].strip(), isa[8].strip()),
            control_number=isa[13],
            created=parse_date(isa[9]),
            created_at=parse_time(isa[10]),
            version=isa[12],
            usage=isa[15],
            acknowledgement_requested=isa[14] == "1",
            delimiters=delimiters,
            segment=tuple(isa),
        )
        self.groups = 0
        self.gs: Segment | None = None
        self.transactions = 0
        self.st: Segment | None = None
        self.segments = 0
        self.iea: Segment | None = None
        self.strays = 0
        self.first_stray = ""
        self.position = 1
        self.spoiled = any(map(self.control.search, isa))
        self.group_numbers = ControlNumbers()
        self.transaction_numbers = ControlNumbers()

    def events(self) -> Iterator[EnvelopeEvent]:
        """Everything from ISA to IEA."""
        said_encoding = False
        for raw in self.feed.blocks(self.delimiters):
            text, is_utf8, is_spoiled = clean(raw, self.delimiters)
            if not (is_utf8 or said_encoding):
                said_encoding = True
                yield rules.ENCODING.found(
                    "bytes that are not UTF-8 were read as Latin-1: check names"
                )
            if text:
                yield from self._block(text, is_spoiled=is_spoiled)
            if self.iea is not None:
                break
        yield from self._close_group(None)
        yield from self._after()

    def _block(self, text: str, *, is_spoiled: bool) -> Iterator[EnvelopeEvent]:
        mark, element = self.delimiters.segment, self.delimiters.element
        within = mark + text
        end = len(within)
        heads = [(match.start() + 1, match[1]) for match in self.heads.finditer(within)]
        first = heads[0][0] if heads else end + 1
        yield from self._text(within[1 : first - 1], is_spoiled=is_spoiled)
        for number, (start, name) in enumerate(heads):
            stop = within.find(mark, start)
            stop = end if stop < 0 else stop
            head = within[start:stop]
            self.position += 1
            if name == "ST":
                yield from self._open_transaction(head)
            elif name == "SE":
                if self.st is None:
                    self.strays += 1
                else:
                    yield from self._close_transaction(head)
            elif name == "GS":
                self.spoiled = self.spoiled or bool(self.control.search(head))
                yield from self._close_group(None)
                yield from self._open_group(head.split(element))
            elif name == "GE":
                if self.gs is None:
                    self.strays += 1
                else:
                    yield from self._close_group(head.split(element))
            elif name == "TA1":
                self.spoiled = self.spoiled or bool(self.control.search(head))
                yield Acknowledged(head.split(element))
            else:
                yield from self._close_group(None)
                self.iea = head.split(element)
                rest = within[stop + 1 :]
                self.strays += rest.count(mark) + 1 if rest else 0
                return
            following = heads[number + 1][0] if number + 1 < len(heads) else end + 1
            yield from self._text(within[stop + 1 : following - 1], is_spoiled=is_spoiled)

    def _text(self, text: str, *, is_spoiled: bool) -> Iterator[EnvelopeEvent]:
        """Segments that are no envelope's."""
        if not text:
            return
        count = text.count(self.delimiters.segment) + 1
        self.position += count
        if self.st is None:
            self.strays += count
            self.first_stray = self.first_stray or text.partition(self.delimiters.element)[0]
            return
        before, self.segments = self.segments, self.segments + count
        if is_spoiled:
            yield from self._control_characters(text.split(self.delimiters.segment), before)
        if len(text) > _LONGEST_ELEMENT and _has_long_segment(text, self.delimiters.segment):
            yield from self._long_elements(text.split(self.delimiters.segment), before)
        yield TransactionText(text, count)

    def _control_characters(self, segments: list[str], before: int) -> Iterator[Finding]:
        for number, segment in enumerate(segments, before + 1):
            if self.control.search(segment):
                yield rules.CONTROL_CHARACTER.found(
                    "a control character stands in the data: ask for the file again",
                    segment=number,
                )

    def _long_elements(self, segments: list[str], before: int) -> Iterator[Finding]:
        for number, segment in enumerate(segments, before + 1):
            if max(map(len, segment.split(self.delimiters.element))) > _LONGEST_ELEMENT:
                yield rules.ELEMENT_TOO_LONG.found(
                    f"an element has over {_LONGEST_ELEMENT} characters: ask for the file again",
                    segment=number,
                )

    def _open_group(self, gs: Segment) -> Iterator[EnvelopeEvent]:
        self.gs = gs
        self.groups += 1
        self.transactions = 0
        self.transaction_numbers = ControlNumbers()
        yield GroupStart(
            functional_id=at(gs, 1),
            sender=at(gs, 2),
            receiver=at(gs, 3),
            created=parse_date(at(gs, 4)),
            created_at=parse_time(at(gs, 5)),
            control_number=at(gs, 6),
            version=at(gs, 8),
            segment=tuple(gs),
        )
        if at(gs, 6) and self.group_numbers.is_repeated(at(gs, 6)):
            yield rules.GS_REPEATED.found(
                "GS06 must be unique in its interchange: ask whether the group is sent twice",
                element="GS06",
            )

    def _close_group(self, ge: Segment | None) -> Iterator[EnvelopeEvent]:
        yield from self._close_transaction("")
        gs, self.gs = self.gs, None
        if gs is None:
            return
        is_opened = len(gs) > 1
        if ge is None and is_opened:
            yield rules.NO_GE.found("the group has no GE segment: ask for the file again")
        elif ge is not None:
            if at(ge, 1).lstrip("0") != str(self.transactions).lstrip("0"):
                yield rules.GE_COUNT.found(
                    f"GE01 must count the transaction sets: {self.transactions} are here",
                    element="GE01",
                )
            if is_opened and at(ge, 2) != at(gs, 6):
                yield rules.GE_CONTROL.found("GE02 must equal GS06", element="GE02")
        yield GroupEnd(self.transactions, tuple(ge or ()))

    def _open_transaction(self, raw: str) -> Iterator[EnvelopeEvent]:
        yield from self._close_transaction("")
        if self.gs is None:
            yield from self._open_group(["GS"])
            yield rules.NO_GE.found("no GS opens the group: add it before ST", path="GS")
        gs = self.gs or ["GS"]
        self.st = st = raw.split(self.delimiters.element)
        self.transactions += 1
        self.segments = 1
        set_id, number, guide = at(st, 1), at(st, 2), at(st, 3)
        yield TransactionStart(
            set_id=self.control.sub("?", set_id),
            control_number=self.control.sub("?", number),
            version=guide or at(gs, 8),
            position=self.position,
            delimiters=self.delimiters,
            raw=raw,
        )
        yield from self._control_characters([raw], 0)
        yield from self._long_elements([raw], 0)
        if self.transaction_numbers.is_repeated(number):
            yield rules.ST_REPEATED.found(
                "ST02 must be unique in its group", segment=1, element="ST02"
            )
        functional_id = at(gs, 1)
        if functional_id and FUNCTIONAL_IDENTIFIERS.get(set_id, functional_id) != functional_id:
            yield rules.FUNCTIONAL_ID.found(
                "the group's GS01 does not fit this transaction set", segment=1, element="ST01"
            )
        if guide and at(gs, 8) and guide != at(gs, 8):
            yield rules.VERSION.found(
                "ST03 and the group's GS08 must name one guide", segment=1, element="ST03"
            )

    def _close_transaction(self, raw: str) -> Iterator[EnvelopeEvent]:
        st, self.st = self.st, None
        if st is None:
            return
        if raw:
            se = raw.split(self.delimiters.element)
            self.segments += 1
            yield from self._control_characters([raw], self.segments - 1)
            yield from self._long_elements([raw], self.segments - 1)
            if at(se, 1).lstrip("0") != str(self.segments):
                yield rules.SE_COUNT.found(
                    f"SE01 must count the segments ST to SE: {self.segments} are here",
                    segment=self.segments,
                    element="SE01",
                )
            if at(se, 2) != at(st, 2):
                yield rules.SE_CONTROL.found(
                    "SE02 must equal ST02", segment=self.segments, element="SE02"
                )
        else:
            yield rules.NO_SE.found("the transaction set has no SE segment: ask for the file again")
        yield TransactionEnd(self.segments, raw)

    def _after(self) -> Iterator[Finding]:
        """What is wrong with the interchange as a whole."""
        feed = self.feed
        if self.iea is not None:
            _, is_followed = feed.seek_isa()
            self.strays += is_followed
        if feed.is_endless:
            yield rules.SEGMENT_TOO_LONG.found(
                "a segment has no terminator within one megabyte: ask for the file again"
            )
        if feed.is_cut:
            yield rules.UNTERMINATED.found(
                "the file ends inside a segment, which is left out: ask for the file again"
            )
        if feed.is_unended:
            yield rules.UNENDED.found(
                "the file ends without a segment terminator after IEA: was something cut off?"
            )
        if self.spoiled:
            yield rules.CONTROL_IN_ENVELOPE.found(
                "a control character stands in the envelope: ask for the file again"
            )
        for number, width in enumerate(ISA_WIDTHS, 1):
            if len(self.isa[number]) != width:
                yield rules.ISA_WIDTH.found(
                    f"ISA{number:02d} must be {width} characters wide",
                    element=f"ISA{number:02d}",
                )
        if self.strays:
            yield rules.STRAY_SEGMENT.found(
                f"{self.strays} segments stand outside any transaction set and were not read",
                path=shown_id(self.first_stray),
            )
        iea = self.iea
        if iea is None:
            yield rules.NO_IEA.found("the interchange has no IEA segment: ask for the file again")
            return
        if at(iea, 1).lstrip("0") != str(self.groups).lstrip("0"):
            yield rules.IEA_COUNT.found(
                f"IEA01 must count the functional groups: {self.groups} are here", element="IEA01"
            )
        if at(iea, 2) != self.isa[13]:
            yield rules.IEA_CONTROL.found("IEA02 must equal ISA13", element="IEA02")


def shown_id(name: str) -> str:
    """A segment id that may be shown, whatever stands in the file; empty where it is none."""
    fits = 2 <= len(name) <= 3 and name.isascii() and name.isalnum()
    return name if fits else ""


def _has_long_segment(text: str, mark: str) -> bool:
    """Whether a segment is longer than the longest element may be; looks at few characters."""
    start, end = 0, len(text)
    while end - start > _LONGEST_ELEMENT:
        stop = text.rfind(mark, start, start + _LONGEST_ELEMENT + 1)
        if stop < 0:
            return True
        start = stop + 1
    return False
