"""Reads bytes into interchanges, groups and transaction sets. Never raises on content.

Whatever is wrong with an envelope is a finding on the smallest part it spoils: a wrong segment
count on its transaction set, a wrong group count on the group, a missing IEA on the interchange.
"""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import pairwise

from services.payer_gateway.x12.dates import parse_date, parse_time
from services.payer_gateway.x12.delimiters import (
    ISA_WIDTHS,
    DelimiterError,
    Delimiters,
    declared_by,
)
from services.payer_gateway.x12.envelope import (
    FUNCTIONAL_IDENTIFIERS,
    FunctionalGroup,
    Interchange,
    TradingPartner,
    Transaction,
)
from services.payer_gateway.x12.finding import Finding, Scope, error, warning
from services.payer_gateway.x12.segments import (
    LONGEST_SEGMENT_BYTES,
    Segment,
    at,
    chunks,
    decode,
    split,
)

NOT_X12 = error("envelope.not-x12", 1, Scope.FILE, "X12.5 3.2, ISA")
LEADING_DATA = error("envelope.leading-data", 1, Scope.INTERCHANGE, "X12.5 3.2")
ISA_WIDTH = warning("envelope.isa-width", 1, Scope.INTERCHANGE, "X12.5, ISA fixed length")
ENCODING = warning("envelope.encoding", 1, Scope.INTERCHANGE, "X12.6 3.3 character sets")
CONTROL_CHARACTER = error("envelope.control-character", 1, Scope.TRANSACTION, "X12.6 3.3")
ELEMENT_TOO_LONG = error(
    "envelope.element-too-long", 1, Scope.TRANSACTION, "X12.3, maximum lengths; IK403 5"
)
CONTROL_IN_ENVELOPE = error(
    "envelope.control-in-envelope", 1, Scope.INTERCHANGE, "X12.6 3.3, ISA, GS, TA1"
)
UNTERMINATED = error("envelope.unterminated-segment", 1, Scope.INTERCHANGE, "X12.6 3.5.2")
SEGMENT_TOO_LONG = error("envelope.segment-too-long", 1, Scope.INTERCHANGE, "X12.6 3.5.2")
NO_IEA = error("envelope.iea-missing", 1, Scope.INTERCHANGE, "X12.5, IEA")
IEA_COUNT = error("envelope.iea-count", 1, Scope.INTERCHANGE, "IEA01, TA105 021")
IEA_CONTROL = error("envelope.iea-control", 1, Scope.INTERCHANGE, "IEA02 = ISA13, TA105 001")
NO_GE = error("envelope.ge-missing", 1, Scope.GROUP, "X12.6, GE; AK905 3")
GE_COUNT = error("envelope.ge-count", 1, Scope.GROUP, "GE01; AK905 5")
GE_CONTROL = error("envelope.ge-control", 1, Scope.GROUP, "GE02 = GS06; AK905 4")
FUNCTIONAL_ID = error("envelope.functional-id", 1, Scope.TRANSACTION, "GS01 (479); IK502 6")
NO_SE = error("envelope.se-missing", 1, Scope.TRANSACTION, "X12.6, SE; IK502 2")
SE_COUNT = error("envelope.se-count", 1, Scope.TRANSACTION, "SE01; IK502 4")
SE_CONTROL = error("envelope.se-control", 1, Scope.TRANSACTION, "SE02 = ST02; IK502 3")
ST_REPEATED = error("envelope.st-repeated", 1, Scope.TRANSACTION, "ST02; IK502 23")
STRAY_SEGMENT = error("envelope.stray-segment", 1, Scope.INTERCHANGE, "X12.6 3.9 envelopes")

_ISA = re.compile(rb"ISA[^A-Za-z0-9\s]")
_NOBODY = TradingPartner("", "")
_HEADS = frozenset({"ST", "SE", "GS", "GE", "TA", "IE"})
_LONGEST_ISA = 1024
_MOST_REFUSED = 100
_LONGEST_ELEMENT = 300
"""Characters; no element of the sets that are read here has more than 264 (933, MSG01)."""

_BLANKS = b" \t\r\n\x00\xef\xbb\xbf"


class _File:
    """Bytes still to be read: those of ``buffer`` from ``start`` on."""

    def __init__(self, source: bytes | Iterable[bytes]) -> None:
        self.pieces = chunks(source)
        self.buffer = b""
        self.start = 0

    def grow(self) -> bool:
        piece = next(self.pieces, None)
        if piece is None:
            return False
        self.buffer = self.buffer[self.start :] + piece
        self.start = 0
        return True

    def skip(self, count: int) -> None:
        self.start = min(self.start + count, len(self.buffer))

    def seek_isa(self) -> tuple[bool, bool]:
        """Moves to the next ISA: whether there is one, and whether data stood before it."""
        skipped = False
        while True:
            match = _ISA.search(self.buffer, self.start)
            end = match.start() if match else max(len(self.buffer) - 3, self.start)
            skipped = skipped or bool(self.buffer[self.start : end].strip(_BLANKS))
            self.start = end
            if match:
                return True, skipped
            if not self.grow():
                return False, skipped or bool(self.buffer[self.start :].strip(_BLANKS))

    def head(self) -> str:
        """Enough text to hold an ISA segment, one character a byte."""
        while len(self.buffer) - self.start < _LONGEST_ISA and self.grow():
            pass
        return self.buffer[self.start : self.start + _LONGEST_ISA].decode("latin-1")

    def body(self, delimiters: Delimiters, findings: list[Finding]) -> Iterator[list[str]]:
        """Blocks of raw segments up to the next ISA or the end; ``start`` is left at that ISA."""
        mark = delimiters.segment.encode("latin-1")
        here = re.compile(rb"\s*ISA[^A-Za-z0-9\s]")
        following = re.compile(re.escape(mark) + rb"\s*ISA[^A-Za-z0-9\s]")
        while True:
            if here.match(self.buffer, self.start):
                return
            match = following.search(self.buffer, self.start)
            cut = match.start() + 1 if match else self.buffer.rfind(mark, self.start) + 1
            if cut > self.start:
                yield self._segments(self.buffer[self.start : cut], delimiters, findings)
                self.start = cut
            if match:
                return
            if len(self.buffer) - self.start > LONGEST_SEGMENT_BYTES:
                findings.append(
                    SEGMENT_TOO_LONG.found(
                        "a segment has no terminator within one megabyte: ask for the file again"
                    )
                )
                self.buffer, self.start, self.pieces = b"", 0, iter(())
                return
            if not self.grow():
                break
        rest = self.buffer[self.start :].strip(_BLANKS)
        self.buffer, self.start = b"", 0
        if rest.startswith(b"IEA"):
            yield self._segments(rest, delimiters, findings)
        elif rest:
            findings.append(
                UNTERMINATED.found(
                    "the file ends inside a segment, which is left out: ask for the file again"
                )
            )

    @staticmethod
    def _segments(raw: bytes, delimiters: Delimiters, findings: list[Finding]) -> list[str]:
        text, is_utf8 = decode(raw)
        if not is_utf8 and not any(f.rule == ENCODING.id for f in findings):
            findings.append(
                ENCODING.found("bytes that are not UTF-8 were read as Latin-1: check names")
            )
        return split(text, delimiters)


def read_interchanges(source: bytes | Iterable[bytes]) -> Iterator[Interchange]:
    """The interchanges of a file, given whole or in pieces; one interchange is held at a time.

    An input in which no interchange can be found gives exactly one Interchange that is not
    ``readable`` and says why.
    """
    file = _File(source)
    first, refused = True, 0
    while refused < _MOST_REFUSED:
        found, skipped = file.seek_isa()
        if not found:
            if first:
                yield _unreadable("no ISA segment is in it: keep the file and ask the sender")
            return
        first = False
        try:
            delimiters, isa, length = declared_by(file.head())
        except DelimiterError as problem:
            refused += 1
            file.skip(3)
            yield _unreadable(f"{problem}: keep the file and ask the sender")
            continue
        findings: list[Finding] = []
        if skipped:
            findings.append(
                LEADING_DATA.found("data stands before the ISA segment: check what was cut off")
            )
        file.skip(length)
        yield _interchange(delimiters, isa, file.body(delimiters, findings), findings)


def _unreadable(reason: str) -> Interchange:
    return Interchange(
        sender=_NOBODY,
        receiver=_NOBODY,
        control_number="",
        created=None,
        created_at=None,
        version="",
        usage="",
        acknowledgement_requested=False,
        delimiters=Delimiters(),
        findings=(NOT_X12.found(f"this is not an X12 interchange: {reason}"),),
        readable=False,
    )


class _Open:
    """The envelopes open at one moment, and what they gathered."""

    def __init__(self, delimiters: Delimiters, findings: list[Finding]) -> None:
        self.delimiters = delimiters
        self.findings = findings
        self.groups: list[FunctionalGroup] = []
        self.gs: Segment | None = None
        self.group_findings: list[Finding] = []
        self.transactions: list[Transaction] = []
        self.control_numbers: set[str] = set()
        self.raw: list[str] | None = None
        self.position = 0
        marks = re.escape(delimiters.all)
        controls = re.compile(rf"(?![{marks}])[\x00-\x1f\x7f]")
        self.control = controls.search
        self.shown = partial(controls.sub, "?")

    def open_group(self, gs: Segment) -> None:
        self.gs = gs
        self.group_findings = []
        self.transactions = []
        self.control_numbers = set()

    def open_transaction(self, st: str, position: int) -> None:
        self._close_transaction(complete=False)
        if self.gs is None:
            self.open_group(["GS"])
            self.group_findings.append(NO_GE.found("ST stands outside a group (GS to GE)"))
        self.raw, self.position = [st], position

    def end_transaction(self, se: str) -> bool:
        """Closes the open transaction set; False where none is open."""
        if self.raw is None:
            return False
        self.raw.append(se)
        self._close_transaction(complete=True)
        return True

    def close_group(self, ge: Segment | None) -> bool:
        """Closes the open group with what it holds; False where none is open."""
        self._close_transaction(complete=False)
        gs = self.gs
        if gs is None:
            return False
        found = self.group_findings
        if ge is None:
            found.append(NO_GE.found("the group has no GE segment: ask for the file again"))
        else:
            if at(ge, 1).lstrip("0") != str(len(self.transactions)).lstrip("0"):
                found.append(
                    GE_COUNT.found(
                        f"GE01 must count the transaction sets: {len(self.transactions)} are here",
                        element="GE01",
                    )
                )
            if at(ge, 2) != at(gs, 6):
                found.append(GE_CONTROL.found("GE02 must equal GS06", element="GE02"))
        self.groups.append(
            FunctionalGroup(
                functional_id=at(gs, 1),
                sender=at(gs, 2),
                receiver=at(gs, 3),
                created=parse_date(at(gs, 4)),
                created_at=parse_time(at(gs, 5)),
                control_number=at(gs, 6),
                version=at(gs, 8),
                transactions=tuple(self.transactions),
                findings=tuple(found),
            )
        )
        self.gs = None
        return True

    def _close_transaction(self, *, complete: bool) -> None:
        raw, self.raw = self.raw, None
        if raw is None:
            return
        mark = self.delimiters.element
        st, se = raw[0].split(mark), raw[-1].split(mark)
        found: list[Finding] = []
        if not complete:
            found.append(
                NO_SE.found("the transaction set has no SE segment: ask for the file again")
            )
        else:
            if at(se, 1).lstrip("0") != str(len(raw)):
                found.append(
                    SE_COUNT.found(
                        f"SE01 must count the segments ST to SE: {len(raw)} are here",
                        segment=len(raw),
                        element="SE01",
                    )
                )
            if at(se, 2) != at(st, 2):
                found.append(
                    SE_CONTROL.found("SE02 must equal ST02", segment=len(raw), element="SE02")
                )
        if at(st, 2) in self.control_numbers:
            found.append(
                ST_REPEATED.found("ST02 must be unique in its group", segment=1, element="ST02")
            )
        self.control_numbers.add(at(st, 2))
        functional_id = at(self.gs, 1) if self.gs else ""
        if FUNCTIONAL_IDENTIFIERS.get(at(st, 1), functional_id) != functional_id:
            found.append(
                FUNCTIONAL_ID.found(
                    "the group's GS01 does not fit this transaction set", segment=1, element="ST01"
                )
            )
        if not "".join(raw).isprintable():
            found += self._control_characters(raw)
        if any(len(segment) > _LONGEST_ELEMENT for segment in raw):
            found += self._long_elements(raw)
        self.transactions.append(
            Transaction(
                set_id=self.shown(at(st, 1)),
                control_number=self.shown(at(st, 2)),
                version=at(st, 3) or (at(self.gs, 8) if self.gs else ""),
                raw=tuple(raw),
                delimiters=self.delimiters,
                position=self.position,
                findings=tuple(found),
            )
        )

    def _control_characters(self, raw: list[str]) -> Iterator[Finding]:
        for number, segment in enumerate(raw, 1):
            if self.control(segment):
                yield CONTROL_CHARACTER.found(
                    "a control character stands in the data: ask for the file again",
                    segment=number,
                )

    def _long_elements(self, raw: list[str]) -> Iterator[Finding]:
        for number, segment in enumerate(raw, 1):
            if any(len(each) > _LONGEST_ELEMENT for each in segment.split(self.delimiters.element)):
                yield ELEMENT_TOO_LONG.found(
                    f"an element has over {_LONGEST_ELEMENT} characters: ask for the file again",
                    segment=number,
                )


def _interchange(
    delimiters: Delimiters, isa: Segment, body: Iterator[list[str]], findings: list[Finding]
) -> Interchange:
    mark = delimiters.element
    marks = tuple(f"{name}{mark}" for name in ("ST", "SE", "GS", "GE", "TA1", "IEA"))
    st, se, gs, ge, ta1, _ = marks
    state = _Open(delimiters, findings)
    acknowledgements: list[Segment] = []
    trailer: Segment | None = None
    strays = 0
    position = 1
    spoiled = any(map(state.control, isa))
    for block in body:
        turns = [n for n, raw in enumerate(block) if raw[:2] in _HEADS and raw.startswith(marks)]
        for here, following in pairwise([-1, *turns, len(block)]):
            if here >= 0:
                raw = block[here]
                if raw.startswith(st):
                    state.open_transaction(raw, position + here + 1)
                elif raw.startswith(se):
                    strays += not state.end_transaction(raw)
                elif raw.startswith(gs):
                    spoiled = spoiled or bool(state.control(raw))
                    state.close_group(None)
                    state.open_group(raw.split(mark))
                elif raw.startswith(ge):
                    strays += not state.close_group(raw.split(mark))
                elif raw.startswith(ta1):
                    spoiled = spoiled or bool(state.control(raw))
                    acknowledgements.append(raw.split(mark))
                else:
                    state.close_group(None)
                    strays += trailer is not None
                    trailer = trailer or raw.split(mark)
            if state.raw is None:
                strays += following - here - 1
            else:
                state.raw += block[here + 1 : following]
        position += len(block)
    state.close_group(None)
    if spoiled:
        findings.append(
            CONTROL_IN_ENVELOPE.found(
                "a control character stands in the envelope: ask for the file again"
            )
        )
    findings += _interchange_findings(isa, trailer, len(state.groups), strays)
    return Interchange(
        sender=TradingPartner(isa[5].strip(), isa[6].strip()),
        receiver=TradingPartner(isa[7].strip(), isa[8].strip()),
        control_number=isa[13],
        created=parse_date(isa[9]),
        created_at=parse_time(isa[10]),
        version=isa[12],
        usage=isa[15],
        acknowledgement_requested=isa[14] == "1",
        delimiters=delimiters,
        groups=tuple(state.groups),
        acknowledgements=tuple(acknowledgements),
        findings=tuple(findings),
    )


def _interchange_findings(
    isa: Segment, iea: Segment | None, groups: int, strays: int
) -> Iterator[Finding]:
    for number, width in enumerate(ISA_WIDTHS, 1):
        if len(isa[number]) != width:
            yield ISA_WIDTH.found(
                f"ISA{number:02d} must be {width} characters wide",
                segment=1,
                element=f"ISA{number:02d}",
            )
    if strays:
        yield STRAY_SEGMENT.found(
            f"{strays} segments stand outside any transaction set and were not read"
        )
    if iea is None:
        yield NO_IEA.found("the interchange has no IEA segment: ask for the file again")
        return
    if at(iea, 1).lstrip("0") != str(groups).lstrip("0"):
        yield IEA_COUNT.found(
            f"IEA01 must count the functional groups: {groups} are here", element="IEA01"
        )
    if at(iea, 2) != isa[13]:
        yield IEA_CONTROL.found("IEA02 must equal ISA13", element="IEA02")
