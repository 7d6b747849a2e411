"""Reads files of any size, event by event: no more than one claim is held at a time.

``stream`` gives what comes as it comes::

    for event in stream(iter(lambda: file.read(65536), b"")):
        match event:
            case TransactionStart(set_id="835"): ...   # ISA and GS came as events before it
            case Remittance(): ...                     # its payment, without its claims
            case Finding(): ...                        # comes before what it is about
            case RemittanceClaim(): ...                # one claim; UnreadableClaim if it has none
            case ProviderAdjustment(): ...
            case TransactionEnd(): ...                 # sums, and whether it is refused

==========  =====================================================================================
set         events between ``TransactionStart`` and ``TransactionEnd``
==========  =====================================================================================
835         Remittance, then RemittanceClaim, UnreadableClaim, ProviderSummary, ProviderAdjustment
837P, 837I  BatchHeader, then Claim or InstitutionalClaim, UnreadableClaim
277CA       ReceiverStatus, ProviderStatus, ClaimStatus as they come; ClaimAcknowledgement at last
others      Transaction, whole, if it has no more than ``LARGEST_TRANSACTION`` characters
==========  =====================================================================================

A TA1 gives an InterchangeAcknowledgement. Findings are those of the envelopes, of reading and,
in an 835, of balancing; those of one claim come right before it.

Whether a payment balances is known at its end, and whether its interchange is whole later still.
Who must not act before, and cannot hold the file, keeps the file and reads it twice:
``stream_proven`` gives the same events with ``is_refused`` known at each start.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Protocol, TypeAlias

from services.payer_gateway.x12 import balance, envelope_rules
from services.payer_gateway.x12.acknowledgement import (
    InterchangeAcknowledgement,
    read_ta1_segment,
)
from services.payer_gateway.x12.claim_acknowledgement_feed import (
    AcknowledgementFeed,
    AcknowledgementPart,
)
from services.payer_gateway.x12.claim_hierarchy_reader import ClaimFeed
from services.payer_gateway.x12.claim_loop_reader import read_claim
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.envelope_reader import (
    Acknowledged,
    GroupEnd,
    GroupStart,
    InterchangeEnd,
    InterchangeStart,
    TransactionEnd,
    TransactionStart,
    TransactionText,
    read_envelopes,
)
from services.payer_gateway.x12.finding import Finding, Scope
from services.payer_gateway.x12.institutional_claim import InstitutionalClaim
from services.payer_gateway.x12.institutional_claim_reader import read_institutional_claim
from services.payer_gateway.x12.professional_claim import BatchHeader, Claim
from services.payer_gateway.x12.remittance import ProviderAdjustment, Remittance, RemittanceClaim
from services.payer_gateway.x12.remittance_feed import RemittanceFeed, RemittancePart
from services.payer_gateway.x12.remittance_reader import too_many, wrong_set
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

LARGEST_TRANSACTION = 1 << 22
"""Characters of a transaction set that is given whole, as no reader of its claims is here."""

Part: TypeAlias = (
    RemittancePart
    | AcknowledgementPart
    | BatchHeader
    | Claim
    | InstitutionalClaim
    | UnreadableClaim
    | Transaction
)
"""What comes out of a transaction set."""

Event: TypeAlias = (
    InterchangeStart
    | InterchangeEnd
    | GroupStart
    | GroupEnd
    | TransactionStart
    | TransactionEnd
    | InterchangeAcknowledgement
    | Part
    | Finding
)
"""What ``stream`` gives."""

_ENDS_OF_SCOPE = {
    Scope.FILE: InterchangeEnd,
    Scope.INTERCHANGE: InterchangeEnd,
    Scope.GROUP: GroupEnd,
    Scope.TRANSACTION: TransactionEnd,
}


def stream(source: bytes | Iterable[bytes]) -> Iterator[Event]:
    """The events of a file, given whole or in pieces; never raises on content.

    Memory does not grow with the file: some megabytes for the pieces and the claim at hand.
    """
    reader: _SetReader = _Whole()
    refused: set[type] = set()
    for event in read_envelopes(source):
        if isinstance(event, TransactionText):
            for each in reader.text(event.text):
                if type(each) is Finding:
                    _note(each, refused)
                yield each
        elif isinstance(event, Finding):
            _note(event, refused)
            yield event
        elif isinstance(event, TransactionStart):
            refused.discard(TransactionEnd)
            yield event
            reader = _reader_of(event)
        elif isinstance(event, TransactionEnd):
            for each in reader.close(event):
                if type(each) is Finding:
                    _note(each, refused)
                yield each
            yield replace(reader.sums(event), is_refused=TransactionEnd in refused)
        elif isinstance(event, Acknowledged):
            acknowledgement, findings = read_ta1_segment(event.segment)
            for finding in findings:
                _note(finding, refused)
            yield from findings
            yield acknowledgement
        elif isinstance(event, GroupEnd | InterchangeEnd):
            yield replace(event, is_refused=type(event) in refused)
        else:
            refused.discard(GroupEnd if isinstance(event, GroupStart) else InterchangeEnd)
            yield event


def _note(finding: Finding, refused: set[type]) -> None:
    """Remembers what an error beyond single claims takes out of use."""
    if finding.is_error and finding.scope is not Scope.CLAIM:
        refused.add(_ENDS_OF_SCOPE[finding.scope])


def stream_proven(reopen: Callable[[], Iterable[bytes]]) -> Iterator[Event]:
    """The events of a file that is read twice, each start with ``is_refused``.

    ``reopen`` gives the pieces of the file from its beginning, twice the same. Between the two
    readings one byte is held for each interchange, group and transaction set. A file that is
    longer the second time is refused from there on.
    """
    verdicts = {kind: bytearray() for kind in (InterchangeEnd, GroupEnd, TransactionEnd)}
    for event in stream(reopen()):
        if isinstance(event, InterchangeEnd | GroupEnd | TransactionEnd):
            verdicts[type(event)].append(event.is_refused)
    turns = {kind: iter(found) for kind, found in verdicts.items()}
    for event in stream(reopen()):
        if isinstance(event, InterchangeStart):
            yield replace(event, is_refused=bool(next(turns[InterchangeEnd], 1)))
        elif isinstance(event, GroupStart):
            yield replace(event, is_refused=bool(next(turns[GroupEnd], 1)))
        elif isinstance(event, TransactionStart):
            yield replace(event, is_refused=bool(next(turns[TransactionEnd], 1)))
        else:
            yield event


class _Feed(Protocol):
    """A ``LoopFeed`` of any parts."""

    findings: list[Finding]

    def feed(self, text: str) -> Iterator[Any]: ...

    def close(self) -> Iterator[Any]: ...


class _SetReader(Protocol):
    """Turns the text of one transaction set into events."""

    def text(self, text: str) -> Iterator[Part | Finding]: ...

    def close(self, end: TransactionEnd) -> Iterator[Part | Finding]: ...

    def sums(self, end: TransactionEnd) -> TransactionEnd: ...


def _reader_of(start: TransactionStart) -> _SetReader:
    guide = start.version[:10]
    marks = start.delimiters
    if start.set_id == "835":
        return _Remittances(start)
    if (start.set_id, guide) == ("837", "005010X222"):
        return _Claims(ClaimFeed(marks, [], read_claim))
    if (start.set_id, guide) == ("837", "005010X223"):
        return _Claims(ClaimFeed(marks, [], read_institutional_claim))
    if (start.set_id, guide) == ("277", "005010X214"):
        return _Claims(AcknowledgementFeed(marks, []))
    return _Whole(start)


class _Claims:
    """Claims or answers one by one, each after its findings."""

    def __init__(self, feed: _Feed) -> None:
        self.feed = feed
        self.findings = feed.findings
        self.claims = self.unreadable = self.charged = 0

    def text(self, text: str) -> Iterator[Part | Finding]:
        return self._events(self.feed.feed(text))

    def close(self, end: TransactionEnd) -> Iterator[Part | Finding]:
        del end
        return self._events(self.feed.close())

    def _events(self, parts: Iterator[Part]) -> Iterator[Part | Finding]:
        findings = self.findings
        for part in parts:
            if findings:
                yield from findings
                findings.clear()
            if isinstance(part, Claim | InstitutionalClaim):
                self.claims += 1
                self.charged += part.total_charge_cents
            elif type(part) is UnreadableClaim:
                self.unreadable += 1
            yield part
        yield from findings
        findings.clear()

    def sums(self, end: TransactionEnd) -> TransactionEnd:
        return replace(
            end, claims=self.claims, unreadable=self.unreadable, charge_cents=self.charged
        )


class _Remittances:
    """An 835, balanced while it is read: each claim as it comes, the payment at the end."""

    def __init__(self, start: TransactionStart) -> None:
        self.findings = wrong_set(start.set_id, start.version)
        self.feed = RemittanceFeed(start.delimiters, self.findings)
        self.header: Remittance | None = None
        self.claims = self.unreadable = self.charged = self.paid = self.withheld = 0

    def text(self, text: str) -> Iterator[Part | Finding]:
        return self._events(self.feed.feed(text))

    def _events(self, parts: Iterator[RemittancePart]) -> Iterator[Part | Finding]:
        findings = self.findings
        check_claim = balance.check_claim
        for part in parts:
            if type(part) is RemittanceClaim:
                findings += check_claim(part)
                self.claims += 1
                self.charged += part.charge_cents
                self.paid += part.paid_cents
            elif type(part) is ProviderAdjustment:
                self.withheld += part.amount_cents
            elif type(part) is UnreadableClaim:
                self.unreadable += 1
            elif isinstance(part, Remittance):
                self.header = part
            if findings:
                yield from findings
                findings.clear()
            yield part
        yield from findings
        findings.clear()

    def close(self, end: TransactionEnd) -> Iterator[Part | Finding]:
        del end
        yield from self._events(self.feed.close())
        yield from too_many(self.claims)
        if self.header is not None:
            yield from balance.check_payment(
                self.header, self.paid, self.withheld, is_complete=self.feed.is_complete
            )

    def sums(self, end: TransactionEnd) -> TransactionEnd:
        return replace(
            end,
            claims=self.claims,
            unreadable=self.unreadable,
            charge_cents=self.charged,
            paid_cents=self.paid,
            withheld_cents=self.withheld,
        )


class _Whole:
    """A transaction set that is given whole, if it is not too large."""

    def __init__(self, start: TransactionStart | None = None) -> None:
        self.start = start
        self.texts: list[str] = []
        self.length = 0

    def text(self, text: str) -> Iterator[Part | Finding]:
        self.length += len(text)
        if self.length > LARGEST_TRANSACTION:
            self.texts.clear()
        else:
            self.texts.append(text)
        return iter(())

    def close(self, end: TransactionEnd) -> Iterator[Part | Finding]:
        start = self.start
        if start is None:
            return
        if self.length > LARGEST_TRANSACTION:
            yield envelope_rules.TOO_LARGE.found(
                f"the transaction set has over {LARGEST_TRANSACTION} characters and was not read: "
                "ask for it in smaller ones"
            )
            return
        mark = start.delimiters.segment
        raw = [start.raw, *(each for text in self.texts for each in text.split(mark))]
        yield Transaction(
            set_id=start.set_id,
            control_number=start.control_number,
            version=start.version,
            raw=(*raw, end.raw) if end.raw else tuple(raw),
            delimiters=start.delimiters,
            position=start.position,
        )

    def sums(self, end: TransactionEnd) -> TransactionEnd:
        return end
