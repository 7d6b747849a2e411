"""A payer's answer file of any size, in parts that are small enough to be decided one by one.

The file is read twice. What is refused is known from the first reading (``survey``), so that
nothing of a payment that does not balance at its end, or of an interchange that turns out to be
cut, has been published by then; ``answer_parts`` is the second.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from services.payer_gateway.domain.answer_file import (
    AnswerFile,
    AnswerInterchange,
    Unusable,
    nameless,
    read_transaction,
)
from services.payer_gateway.domain.quarantine import KeptFinding, kept
from services.payer_gateway.x12.acknowledgement import InterchangeAcknowledgement
from services.payer_gateway.x12.claim_status import (
    ClaimAcknowledgement,
    ClaimStatus,
    ProviderStatus,
    ReceiverStatus,
)
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.envelope_reader import (
    GroupEnd,
    InterchangeEnd,
    InterchangeStart,
    TransactionEnd,
    TransactionStart,
)
from services.payer_gateway.x12.finding import Finding, Scope
from services.payer_gateway.x12.parties import Name
from services.payer_gateway.x12.remittance import (
    ProviderAdjustment,
    Remittance,
    RemittanceClaim,
)
from services.payer_gateway.x12.stream import Event
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

MOST_CLAIMS = 500
"""Claims of one part."""

_MOST_FINDINGS = 100
_NOBODY = Name("")


@dataclass(slots=True)
class Survey:
    """What the first reading found: a byte for each interchange and transaction set, 1 refused.

    ``kinds`` are the kinds of answers in interchanges that are not refused, in a fixed order.
    """

    interchanges: bytearray = field(default_factory=bytearray)
    sets: bytearray = field(default_factory=bytearray)
    found: set[str] = field(default_factory=set)

    @property
    def kinds(self) -> list[str]:
        """TA1, 999, 277CA, 277, 271, 835, those that are there."""
        every = ("TA1", "999", "277CA", "277", "271", "835")
        return [kind for kind in every if kind in self.found]


@dataclass(frozen=True, slots=True)
class PaymentPart:
    """Some claims of a payment that balances.

    ``remittance`` holds no other claims; where ``is_last``, all provider adjustments, and the sums
    are those of the whole payment, in cents. ``findings`` are those of these claims.
    """

    interchange: AnswerInterchange
    remittance: Remittance
    findings: tuple[Finding, ...]
    is_last: bool = False
    claims: int = 0
    paid_cents: int = 0


@dataclass(frozen=True, slots=True)
class RefusedPayment:
    """A payment of which nothing is published: its trace, or else its ST02, and why."""

    subject: str
    findings: tuple[KeptFinding, ...]


AnswerPart = AnswerFile | PaymentPart | RefusedPayment


def survey(events: Iterable[Event]) -> Survey:
    """The first reading."""
    seen = Survey()
    of_interchange: set[str] = set()
    of_set: set[str] = set()
    for event in events:
        if isinstance(event, InterchangeStart):
            seen.interchanges.append(0)
            of_interchange = set()
        elif isinstance(event, GroupEnd | InterchangeEnd):
            seen.interchanges[-1] |= event.is_refused
            if isinstance(event, InterchangeEnd) and not seen.interchanges[-1]:
                seen.found |= of_interchange
        elif isinstance(event, TransactionStart):
            of_set = set()
        elif isinstance(event, TransactionEnd):
            seen.sets.append(event.is_refused)
            of_interchange |= of_set & {"835"} if event.is_refused else of_set
        elif isinstance(event, InterchangeAcknowledgement):
            of_interchange.add("TA1")
        elif isinstance(event, Remittance):
            of_set.add("835")
        elif isinstance(event, ClaimStatus):
            of_set.add("277CA")
        elif isinstance(event, Transaction) and event.set_id in {"999", "277", "271"}:
            of_set.add(event.set_id)
    return seen


def answer_parts(events: Iterable[Event], seen: Survey, name: str) -> Iterator[AnswerPart]:
    """The second reading; ``name`` is the file's."""
    parts = _Parts(seen, name)
    for event in events:
        yield from parts.take(event)


class _Parts:
    """What came of the interchange and the transaction set at hand and is not given yet."""

    def __init__(self, seen: Survey, name: str) -> None:
        self._interchanges = iter(seen.interchanges)
        self._sets = iter(seen.sets)
        self._name = name
        self._interchange = AnswerInterchange("", "", "")
        self._is_refused = True
        self._start: TransactionStart | None = None
        self._is_set_refused = True
        self._is_known = False
        self._header: Remittance | None = None
        self._claims: list[RemittanceClaim] = []
        self._unreadable: list[UnreadableClaim] = []
        self._provider_adjustments: list[ProviderAdjustment] = []
        self._statuses: list[ClaimStatus] = []
        self._findings: list[Finding] = []
        self._of_interchange: list[Finding] = []

    def take(self, event: Event) -> Iterator[AnswerPart]:
        """The parts that are whole with this event."""
        if isinstance(event, Finding):
            self._found(event)
        elif isinstance(event, InterchangeStart):
            self._is_refused = bool(next(self._interchanges, 1))
            self._of_interchange = []
            self._interchange = AnswerInterchange(
                event.sender.identifier, event.receiver.identifier, event.control_number
            )
        elif isinstance(event, InterchangeEnd):
            if self._is_refused:
                found = tuple(kept(finding) for finding in self._of_interchange)
                yield AnswerFile(unusable=[Unusable("file", self._name, found)])
        elif isinstance(event, TransactionStart):
            self._open(event)
        elif isinstance(event, TransactionEnd):
            yield from self._close(event)
        elif not self._is_refused:
            yield from self._part(event)

    def _found(self, finding: Finding) -> None:
        if finding.scope in {Scope.CLAIM, Scope.TRANSACTION}:
            # Of a refused set only what refuses it is told, of another what its claims need.
            is_told = finding.scope is Scope.TRANSACTION and len(self._findings) < _MOST_FINDINGS
            if finding.is_error and (is_told if self._is_set_refused else True):
                self._findings.append(finding)
        elif finding.is_error and len(self._of_interchange) < _MOST_FINDINGS:
            self._of_interchange.append(finding)

    def _open(self, start: TransactionStart) -> None:
        self._start, self._header, self._is_known = start, None, False
        self._is_set_refused = bool(next(self._sets, 1))
        for held in (self._claims, self._unreadable, self._statuses, self._findings):
            held.clear()
        self._provider_adjustments.clear()

    def _part(self, event: Event) -> Iterator[AnswerPart]:
        if isinstance(event, InterchangeAcknowledgement):
            yield self._answers(replace(self._interchange, interchanges=[event]))
        elif isinstance(event, Transaction):
            self._is_known = True
            if not self._is_set_refused:
                yield read_transaction(event, self._interchange)
        elif isinstance(event, Remittance):
            self._header, self._is_known = event, True
        elif isinstance(event, ReceiverStatus | ProviderStatus | ClaimAcknowledgement):
            self._is_known = True
        elif self._is_set_refused:
            return
        elif isinstance(event, RemittanceClaim):
            self._claims.append(event)
            if len(self._claims) >= MOST_CLAIMS and self._header is not None:
                yield self._payment(self._header)
        elif isinstance(event, UnreadableClaim):
            self._unreadable.append(event)
        elif isinstance(event, ProviderAdjustment):
            self._provider_adjustments.append(event)
        elif isinstance(event, ClaimStatus):
            self._statuses.append(event)
            if len(self._statuses) >= MOST_CLAIMS:
                yield self._statuses_given()

    def _payment(self, header: Remittance, end: TransactionEnd | None = None) -> PaymentPart:
        remittance = replace(header, claims=tuple(self._claims), unreadable=tuple(self._unreadable))
        findings = tuple(self._findings)
        self._claims.clear()
        self._unreadable.clear()
        self._findings.clear()
        if end is None:
            return PaymentPart(self._interchange, remittance, findings)
        remittance = replace(remittance, provider_adjustments=tuple(self._provider_adjustments))
        return PaymentPart(
            self._interchange, remittance, findings, True, end.claims, end.paid_cents
        )

    def _statuses_given(self) -> AnswerFile:
        subject = self._start.control_number if self._start else ""
        unusable = nameless(subject, self._findings, self._statuses)
        self._findings.clear()
        provider = ProviderStatus(_NOBODY, "", claims=tuple(self._statuses))
        self._statuses.clear()
        receiver = ReceiverStatus(_NOBODY, "", "", (), providers=(provider,))
        answers = self._answers(replace(self._interchange, claims=[_acknowledgement(receiver)]))
        answers.unusable += unusable
        return answers

    def _close(self, end: TransactionEnd) -> Iterator[AnswerPart]:
        start = self._start
        if self._is_refused or start is None:
            self._start = None
            return
        header = self._header
        if self._is_set_refused:
            found = tuple(kept(finding) for finding in self._findings[:_MOST_FINDINGS])
            if header is not None:
                yield RefusedPayment(header.trace_number or start.control_number, found)
            else:
                yield AnswerFile(unusable=[Unusable(start.set_id, start.control_number, found)])
        elif header is not None:
            yield self._payment(header, end)
        elif self._statuses or self._findings:
            yield self._statuses_given()
        elif not self._is_known:
            yield read_transaction(_empty(start), self._interchange)
        self._start = None

    @staticmethod
    def _answers(interchange: AnswerInterchange) -> AnswerFile:
        return AnswerFile(interchanges=[interchange])


def _acknowledgement(receiver: ReceiverStatus) -> ClaimAcknowledgement:
    return ClaimAcknowledgement("", None, None, _NOBODY, "", "", None, None, (receiver,))


def _empty(start: TransactionStart) -> Transaction:
    """A set that the gateway does not act on, to be named as such."""
    return Transaction(
        start.set_id, start.control_number, start.version, (start.raw,), start.delimiters
    )
