"""Every check, over the topics and databases of a stack, as they are now."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any
from uuid import UUID

from claimstream.lineage.history import Fact
from claimstream.topics.reader import TopicReader, topic_ends, topic_reader
from claimstream.verify import claim_moves, delivery, lineage, money, publication
from claimstream.verify.database import check_audit, connected_database, service_state
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Beginnings
from claimstream.verify.ledger_reading import read_ledger
from claimstream.verify.payer_books import compare_payer_books, held_of_remittances
from claimstream.verify.reference_ledger import LedgerState, ReferenceLedger
from claimstream.verify.reference_rules import ReferenceRules
from claimstream.verify.repaired import Decided, Mending, repaired_facts
from claimstream.verify.revisions import Revised
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.claim import ClaimStateChanged
from schemas.encounter import EncounterDocumented
from services.chassis.record import deliver

OWN_CHECKS: Mapping[str, tuple[str, str, str]] = {
    "billing": ("services.billing.verification", "ledger_findings", "the ledger's invariants"),
    "payer_gateway": (
        "services.payer_gateway.verification",
        "transmission_findings",
        "each claim in exactly one file, control numbers without gaps, remittances balanced",
    ),
    "patient_statements": (
        "services.patient_statements.verification_store",
        "statement_findings",
        "statements and payments add up",
    ),
}


Listener = Callable[[Sequence[Fact]], None]
"""Hears of the facts as they were decided, a batch at a time, each partition's in its order."""


@dataclass(frozen=True, slots=True)
class Verified:
    """What the checks found; ``copies``: how many events were published again."""

    report: Report
    copies: int
    set_aside: Mapping[str, str]


@dataclass(slots=True)
class _Databases:
    """What the services' databases say; ``ends``: where the topics ended before that.

    held: by remittance id, what was paid for its claims in quarantine. set_aside: claims
    of payments, by remittance id and position, that are or were in quarantine.
    """

    states: list[delivery.ServiceState] = field(default_factory=list)
    publications: list[publication.Publication] = field(default_factory=list)
    repairs: list[Decided] = field(default_factory=list)
    cash: dict[tuple[str, str], int] = field(default_factory=dict)
    unapplied: dict[tuple[str, str], int] = field(default_factory=dict)
    ledger: LedgerState = field(default_factory=lambda: LedgerState({}))
    held: dict[str, int | None] = field(default_factory=dict)
    set_aside: frozenset[tuple[str, int]] = frozenset()
    standing: claim_moves.StandingClaims = field(default_factory=claim_moves.StandingClaims)
    ends: Mapping[tuple[str, int], int] = field(default_factory=dict)


async def verify(
    bootstrap: str,
    databases: Mapping[str, str],
    listeners: Iterable[Listener] = (),
    went_back: timedelta = timedelta(),
    payer: Path | None = None,
) -> Verified:
    """Run every check; ``listeners`` hear of each fact on the way.

    ``payer``: the simulated payer's folder, whose books are compared where there are any.

    ``went_back``: how far the services' clock is known to have gone back, and so may their events'
    times.

    Databases are read before the topics, so that nothing that a service has passed or published
    can be missing from what is read of the topics; where the topics of decisions ended is asked
    before that, so that nothing younger than the databases' state is held against them. The topics
    are read once, a batch at a time; what is kept of an event is its identity and a few numbers.
    """
    report = Report()
    spoken = [topic for _, topics in publication.SOURCES.values() for topic in topics]
    spoken.append(ClaimStateChanged.TOPIC)
    ends = await topic_ends(bootstrap, spoken)
    told = await _read_databases(report, bootstrap, databases)
    told.ends = ends
    async with topic_reader(bootstrap, MODEL_OF_TOPIC) as reader:
        verified = await _check_topics(report, reader, told, tuple(listeners), went_back)
    if payer is not None:
        waiting = sum(report.in_flight.values()) - sum(state.parked for state in told.states)
        await compare_payer_books(report, payer, databases, is_moving=waiting > 0)
    return verified


async def _read_databases(
    report: Report, bootstrap: str, databases: Mapping[str, str]
) -> _Databases:
    told = _Databases()
    for service, url in databases.items():
        async with connected_database(url) as connection:
            told.states.append(await service_state(connection, service, bootstrap))
            told.publications.append(await publication.read_publication(connection, service))
            await check_audit(report, connection, service)
            told.repairs += await repaired_facts(connection)
            own = OWN_CHECKS.get(service)
            if own is not None:
                module, function, title = own
                findings: list[Any] = await getattr(import_module(module), function)(connection)
                report.looked_at(title, 1)
                for finding in findings:
                    report.found(title, finding.subject, f"{finding.rule}: {finding.message}")
            if service == "payer_gateway":
                from services.payer_gateway.verification_published import set_aside_claims

                told.held = await held_of_remittances(connection)
                told.set_aside = await set_aside_claims(connection)
            if service == "billing":
                from services.billing.verification import insurance_cash, unapplied_cash

                told.cash = await insurance_cash(connection)
                told.unapplied = await unapplied_cash(connection)
                told.ledger = await read_ledger(connection)
                told.standing = await claim_moves.read_standing(connection)
    return told


async def _check_topics(
    report: Report,
    reader: TopicReader,
    told: _Databases,
    listeners: Sequence[Listener],
    went_back: timedelta,
) -> Verified:
    taken_in = [delivery.TakenIn(report, state) for state in told.states]
    published = [publication.Published(report, each, told.ends) for each in told.publications]
    moves = claim_moves.ClaimMoves(report, told.standing, told.ends)
    copies, beginnings = delivery.Copies(report), Beginnings()
    causes, remittances = lineage.Causes(report), money.Remittances(report)
    cash = money.Cash(report, told.ledger.undecided)
    documentation = EncounterDocumented.TOPIC
    explained = lineage.Explained(report, _dismissed(told.states, documentation))
    revised = Revised(report, [each for each in told.states if documentation in each.topics])
    reference = ReferenceLedger(report, ReferenceRules.read(), told.ledger)
    as_they_came: list[Listener] = [
        beginnings.take,
        *(each.take for each in taken_in),
        *(each.take for each in published),
        moves.take,
    ]
    as_decided: list[Listener] = [
        lineage.Doubled(report).take,
        lineage.Ordered(report, went_back, told.set_aside).take,
        revised.take,
        causes.take,
        lambda facts: money.check_balances(report, facts),
        remittances.take,
        lambda facts: money.check_statements(report, facts),
        explained.take,
        cash.take,
        reference.take,
        *listeners,
    ]
    mending = await _mending(reader, told.repairs)
    async for batch in reader.batches():
        facts, again = copies.sifted(Fact(deliver(record, MODEL_OF_TOPIC)) for record in batch)
        for look in as_they_came:
            look(facts)
        decided = [mending.as_decided(fact) for fact in facts]
        for look in as_decided:
            look(decided)
        explained.again(again)
    horizon = beginnings.horizon(reader.starts)
    for one in taken_in:
        one.close()
    copies.close()
    for each in published:
        each.close(horizon)
    moves.close(horizon)
    causes.close(horizon)
    revised.close(horizon)
    remittances.close(horizon, told.held)
    waiting = sum(report.in_flight.values()) - sum(state.parked for state in told.states)
    set_aside = {key: reason for state in told.states for key, reason in state.set_aside.items()}
    explained.close(set_aside, waiting)
    cash.close(told.cash, waiting, horizon, told.unapplied)
    if not horizon.since:
        reference.close(waiting)
    return Verified(report, copies.count, set_aside)


def _dismissed(states: Iterable[delivery.ServiceState], topic: str) -> frozenset[UUID]:
    """The letters that people gave up at the services that read ``topic``."""
    return frozenset().union(*(state.dismissed for state in states if topic in state.topics))


async def _mending(reader: TopicReader, repairs: Sequence[Decided]) -> Mending:
    """Where the repaired events lie; the topics are read once more only where there are any."""
    mending = Mending.of(repairs)
    if repairs:
        async for batch in reader.batches():
            mending.look_for(Fact(deliver(record, MODEL_OF_TOPIC)) for record in batch)
    return mending
