"""Every record that a service has passed was taken in exactly once, or is kept with a reason."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from uuid import UUID

from claimstream.lineage.history import Fact, History
from claimstream.verify.finding import Report
from schemas.envelope import EnvelopeError, decode
from services.chassis.record import Record

LOST = "nothing lost between topics and services"
KEPT = "every refused record is kept with its reason"
ONE_CONTENT = "one event id, one content"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What a service's database and consumer group say; offsets by topic and partition.

    ``set_aside`` holds the reason of the open dead letter of a key, or that it waits; ``dismissed``
    the letters that a person gave up; ``waiting`` the records that wait behind another, of which
    some may be refused when their turn comes.
    """

    service: str
    topics: frozenset[str]
    inbox: frozenset[UUID] = frozenset()
    letters: frozenset[UUID] = frozenset()
    dismissed: frozenset[UUID] = frozenset()
    set_aside: Mapping[str, str] = field(default_factory=dict)
    committed: Mapping[tuple[str, int], int] = field(default_factory=dict)
    outbox: int = 0
    waiting: frozenset[UUID] = frozenset()

    @property
    def parked(self) -> int:
        """How many records wait."""
        return len(self.waiting)

    def keeps(self, identity: UUID) -> bool:
        """Whether a record that is refused has its letter, or will have it in its turn."""
        return identity in self.letters or identity in self.waiting


def _own_id(record: Record) -> UUID | None:
    """What a service knows a record by that it took though the whole contract refuses it: it reads
    some of its fields, and those are sound.
    """
    try:
        return decode(record.headers).event_id
    except EnvelopeError:
        return None


@dataclass(slots=True)
class TakenIn:
    """Records below the committed offset are in the inbox; those that cannot be read are kept."""

    report: Report
    state: ServiceState
    _passed: int = 0
    _unread: int = 0

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more records; what the service does not read is passed over."""
        state = self.state
        for fact in facts:
            record, delivery = fact.record, fact.delivery
            if record.topic not in state.topics:
                continue
            taken = delivery.identity in state.inbox
            if not taken and delivery.refusal is not None and _own_id(record) in state.inbox:
                self._passed += 1
                continue
            if record.offset >= state.committed.get((record.topic, record.partition), 0):
                self._unread += not taken
                continue
            self._passed += 1
            where = f"{record.topic} {record.partition}:{record.offset}"
            if not taken:
                self.report.found(
                    LOST,
                    where,
                    f"{state.service} passed it and does not know it",
                    record.recorded_at,
                )
            elif delivery.refusal is not None and not state.keeps(delivery.identity):
                self.report.found(
                    KEPT, where, f"{state.service} kept no dead letter of it", record.recorded_at
                )

    def close(self) -> None:
        """Say how many there were, and what is on its way."""
        report, service = self.report, self.state.service
        report.looked_at(LOST, self._passed)
        report.looked_at(KEPT, len(self.state.letters))
        report.in_flight[f"{service}: not yet read"] = self._unread
        report.in_flight[f"{service}: not yet published"] = self.state.outbox
        report.in_flight[f"{service}: waiting behind another"] = self.state.parked


def check_taken_in(report: Report, history: History, state: ServiceState) -> None:
    """``TakenIn`` over all records at once."""
    taken = TakenIn(report, state)
    taken.take(history.facts)
    taken.close()


@dataclass(slots=True)
class Copies:
    """What was published again under one id is the same, to the byte.

    Of each id only a digest is kept.
    """

    report: Report
    count: int = 0
    _first: dict[tuple[str, UUID], bytes] = field(default_factory=dict)

    def sifted(self, facts: Iterable[Fact]) -> tuple[list[Fact], list[Fact]]:
        """Those that are not copies of what came before on their topic, and those that are."""
        fresh: list[Fact] = []
        again: list[Fact] = []
        for fact in facts:
            place = (fact.record.topic, fact.delivery.identity)
            said = _digest(fact)
            first = self._first.setdefault(place, said)
            if first is said:
                fresh.append(fact)
                continue
            self.count += 1
            again.append(fact)
            if first != said:
                self.report.found(
                    ONE_CONTENT,
                    str(place[1]),
                    f"{place[0]} holds two contents under it",
                    fact.record.recorded_at,
                )
        return fresh, again

    def close(self) -> None:
        """Say how many records there were."""
        self.report.looked_at(ONE_CONTENT, len(self._first) + self.count)


def _digest(fact: Fact) -> bytes:
    digest = blake2b(digest_size=16)
    for part in (fact.record.key, fact.record.value):
        digest.update(b"-" if part is None else b"%d:%b" % (len(part), part))
    return digest.digest()


def check_copies(report: Report, history: History) -> None:
    """``Copies`` over all records at once."""
    copies = Copies(report)
    copies.sifted((*history.facts, *history.copies))
    copies.close()
