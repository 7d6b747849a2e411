"""Reads bytes into interchanges, groups and transaction sets. Never raises on content.

An interchange is held whole here: ``stream`` is for files of any size.
"""

from collections.abc import Iterable, Iterator

from services.payer_gateway.x12.envelope import FunctionalGroup, Interchange, Transaction
from services.payer_gateway.x12.envelope_reader import (
    Acknowledged,
    EnvelopeEvent,
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
from services.payer_gateway.x12.segments import Segment


def read_interchanges(source: bytes | Iterable[bytes]) -> Iterator[Interchange]:
    """The interchanges of a file, given whole or in pieces; one interchange is held at a time.

    An input in which no interchange can be found gives exactly one Interchange that is not
    ``readable`` and says why.
    """
    held = _Held()
    for event in read_envelopes(source):
        interchange = held.take(event)
        if interchange is not None:
            yield interchange
            held = _Held()


class _Held:
    """The parts of one interchange that came so far."""

    def __init__(self) -> None:
        self.start: InterchangeStart | None = None
        self.groups: list[FunctionalGroup] = []
        self.acknowledgements: list[Segment] = []
        self.findings: list[Finding] = []
        self.group: GroupStart | None = None
        self.group_findings: list[Finding] = []
        self.transactions: list[Transaction] = []
        self.transaction: TransactionStart | None = None
        self.transaction_findings: list[Finding] = []
        self.texts: list[str] = []

    def take(self, event: EnvelopeEvent) -> Interchange | None:
        """The interchange, when ``event`` is its end."""
        match event:
            case TransactionText():
                self.texts.append(event.text)
            case Finding():
                self._found(event)
            case TransactionStart():
                self.transaction, self.texts, self.transaction_findings = event, [], []
            case TransactionEnd():
                self._transaction(event)
            case GroupStart():
                self.group, self.transactions, self.group_findings = event, [], []
            case GroupEnd():
                self._group()
            case Acknowledged():
                self.acknowledgements.append(event.segment)
            case InterchangeStart():
                self.start = event
            case InterchangeEnd():
                return self._interchange()
        return None

    def _found(self, finding: Finding) -> None:
        by_scope = {Scope.TRANSACTION: self.transaction_findings, Scope.GROUP: self.group_findings}
        by_scope.get(finding.scope, self.findings).append(finding)

    def _transaction(self, end: TransactionEnd) -> None:
        start = self.transaction
        if start is None:
            return
        mark = start.delimiters.segment
        raw = [start.raw]
        for text in self.texts:
            raw += text.split(mark)
        if end.raw:
            raw.append(end.raw)
        self.transactions.append(
            Transaction(
                set_id=start.set_id,
                control_number=start.control_number,
                version=start.version,
                raw=tuple(raw),
                delimiters=start.delimiters,
                position=start.position,
                findings=tuple(self.transaction_findings),
            )
        )
        self.transaction = None

    def _group(self) -> None:
        start = self.group
        if start is None:
            return
        self.groups.append(
            FunctionalGroup(
                functional_id=start.functional_id,
                sender=start.sender,
                receiver=start.receiver,
                created=start.created,
                created_at=start.created_at,
                control_number=start.control_number,
                version=start.version,
                transactions=tuple(self.transactions),
                findings=tuple(self.group_findings),
            )
        )
        self.group = None

    def _interchange(self) -> Interchange | None:
        start = self.start
        if start is None:
            return None
        return Interchange(
            sender=start.sender,
            receiver=start.receiver,
            control_number=start.control_number,
            created=start.created,
            created_at=start.created_at,
            version=start.version,
            usage=start.usage,
            acknowledgement_requested=start.acknowledgement_requested,
            delimiters=start.delimiters,
            groups=tuple(self.groups),
            acknowledgements=tuple(self.acknowledgements),
            findings=tuple(self.findings),
            readable=start.readable,
        )
