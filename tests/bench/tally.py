"""What each service's batches may cost in statements; a change that raises one must say why."""

from collections.abc import Awaitable, Collection
from datetime import timedelta
from difflib import unified_diff
from typing import Any, TypeVar

from tests.bench.statements import CountedService

R = TypeVar("R")

SIZES = (2, 10, 200)
"""The first batch only lets the driver look up types, once a connection; it is not compared."""

MOST: dict[str, dict[str, int]] = {
    "coding": {
        "ehr.provider-registered.v1": 9,
        "ehr.patient-registered.v1": 10,
        "ehr.coverage-registered.v1": 10,
        "ehr.encounter-documented.v1": 13,
        "ehr.documentation-query-answered.v1": 13,
        "look_again": 14,
        "query_overdue": 13,
    },
    "billing": {
        "ehr.patient-registered.v1": 8,
        "ehr.coverage-registered.v1": 10,
        "coding.encounter-coded.v1": 14,
        "coding.encounter-state-changed.v1": 8,
        "payer.claim-acknowledged.v1": 9,
        "payer.claim-adjudicated.v1": 11,
        "payer.remittance-received.v1": 8,
        "patient.payment-received.v1": 12,
        "claim_silence, hold_ageing": 11,
        "claim_silence, filing_limit_near, work_item_due": 10,
    },
    "payer_gateway": {
        "ehr.practice-registered.v1": 8,
        "ehr.provider-registered.v1": 8,
        "ehr.patient-registered.v1": 8,
        "ehr.coverage-registered.v1": 8,
        "billing.claim-submitted.v1": 9,
        "a file goes out": 25,
        "each further file": 2,
        "forms go out": 26,
        "each further batch of forms": 4,
        "answers come in": 21,
        "a silent file is asked about": 20,
        "coverage is asked about": 14,
        "claims go on, or are given back": 9,
        "a received file is checked": 3,
    },
    "patient_statements": {
        "ehr.practice-registered.v1": 13,
        "ehr.patient-registered.v1": 13,
        "ehr.coverage-registered.v1": 12,
        "billing.patient-balance-due.v1": 14,
        "statement_day": 16,
        "statements are issued, withdrawn and put off": 13,
    },
    "till": {
        "keys go on": 16,
        "letters are redriven": 30,
        "each further letter": 7,
        "a round of the relay": 4,
        "a step of the sweep of inbox": 10,
        "a step of the sweep of dead_letter": 11,
    },
}
"""By service and topic: begin, inbox, blocked keys, what the service reads and writes, what the
chassis writes, commit, and the reset with which the connection goes back to its pool. Codes take
one more: the coverage is held first, so that coverage and codes cannot miss each other. So do
payments: patients' accounts are locked after the encounters, which tell which ones are needed.
Each COPY counts: so are billing's new accounts, claims and postings written, and every outbox.

Below the topics stands what runs beside the consumer, with the looks whether there is anything to
do. Deadlines that are due together are one batch of up to 500, whatever their kinds. Files are made
in one transaction, staged and finished in two for each 20; fetched and read in two for each 50.
Each further file takes two more statements, sent with the others': its row, and its claims' rows; a
batch of forms also what lies beside it, kept and later loaded. A file of more than 256 KiB is
loaded by itself when it is staged, an answer of more than 16 MiB is read in parts. A silent file is
looked at by itself, and a file that came checked by itself. Claims of one practice wait for a
payer's word together, 50 in a transaction. Letters are redriven together, and yet decided one after
the other, since what comes of one says which letter of its key is next, and each is answered for
itself: what its key waits for, what the service reads and writes, the outbox, and that it is
settled. The relay takes up to 32 packs of each shard in a round, a sweep 64 pages in a step."""


def names(size: int) -> list[str]:
    """Ids that no batch of another size has."""
    return [f"{size}X{number}" for number in range(size)]


class Tally:
    """Statements by what was done, and by how much of it, of one service."""

    def __init__(self, counted: CountedService) -> None:
        self.counted = counted
        self.by_kind: dict[str, list[list[str]]] = {}

    async def hear(self, events: list[Any]) -> None:
        """Take in one batch of one topic."""
        (topic,) = {event.TOPIC for event in events}
        self._note(topic, await self.counted.hear(events))

    async def count(self, kind: str, work: Awaitable[R]) -> R:
        """Do something beside the consumer; what it came to."""
        done, taken = await self.counted.during(work)
        self._note(kind, taken)
        return done

    async def deadlines(self, size: int, later: timedelta) -> None:
        """Act on whatever is due by then, as many of each kind or more, in one batch."""
        self.counted.clock.advance(later)
        due = await self.counted.pool.fetch(
            "select kind, count(*) from delivery.deadline where due_at <= $1 group by 1 order by 1",
            self.counted.clock.now(),
        )
        few = [row["kind"] for row in due if row["count"] < size]
        assert not few, f"too few of {few}"
        kinds = ", ".join(row["kind"] for row in due)
        await self.count(kinds, self.counted.processor.run_deadlines())

    def _note(self, kind: str, taken: list[str]) -> None:
        self.by_kind.setdefault(kind, []).append(taken)

    def check(self, kinds: Collection[str]) -> None:
        """Those kinds of work were done, few and many alike, within what is recorded."""
        assert set(self.by_kind) == set(kinds), f"{sorted(self.by_kind)} were done"
        for kind, (_, few, *more) in self.by_kind.items():
            assert more, f"{kind} was done only once"
            for many in more:
                assert many == few, f"{kind}: {'; '.join(unified_diff(few, many, n=0))}"
        self.check_counts({kind: len(taken[-1]) for kind, taken in self.by_kind.items()})

    def check_counts(self, counts: dict[str, int]) -> None:
        """No more statements than recorded."""
        most = MOST[self.counted.service.name]
        over = {kind: n for kind, n in counts.items() if n > most[kind]}
        assert not over, f"more than recorded: {over}"
