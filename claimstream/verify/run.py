"""Every check, over the topics and databases of a stack, as they are now."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from claimstream.lineage.history import History, read_history, topic_ends
from claimstream.verify import delivery, lineage, money, publication
from claimstream.verify.database import check_audit, connected_database, service_state
from claimstream.verify.finding import Report
from claimstream.verify.horizon import horizon_of
from claimstream.verify.repaired import Decided, repaired_facts, with_repairs

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


@dataclass(frozen=True, slots=True)
class Verified:
    """What the checks found, and what they read: events, and keys set aside with their reason."""

    report: Report
    history: History
    set_aside: Mapping[str, str]


async def verify(bootstrap: str, databases: Mapping[str, str]) -> Verified:
    """Run every check.

    Databases are read before the topics, so that nothing that a service has passed or published
    can be missing from what is read of the topics; where the topics of decisions ended is asked
    before that, so that nothing younger than the databases' state is held against them.
    """
    report = Report()
    spoken = [topic for _, topics in publication.SOURCES.values() for topic in topics]
    ends = await topic_ends(bootstrap, spoken)
    publications: list[publication.Publication] = []
    states: list[delivery.ServiceState] = []
    repairs: list[Decided] = []
    cash: dict[tuple[str, str], int] = {}
    for service, url in databases.items():
        async with connected_database(url) as connection:
            states.append(await service_state(connection, service, bootstrap))
            publications.append(await publication.read_publication(connection, service))
            await check_audit(report, connection, service)
            repairs += await repaired_facts(connection)
            own = OWN_CHECKS.get(service)
            if own is not None:
                module, function, title = own
                findings: list[Any] = await getattr(import_module(module), function)(connection)
                report.looked_at(title, 1)
                for finding in findings:
                    report.found(title, finding.subject, f"{finding.rule}: {finding.message}")
            if service == "billing":
                from services.billing.verification import insurance_cash

                cash = await insurance_cash(connection)
    history = await read_history(bootstrap)
    for state in states:
        delivery.check_taken_in(report, history, state)
    delivery.check_copies(report, history)
    horizon = horizon_of(history)
    for each in publications:
        publication.check_published(report, history, each, horizon)
        publication.check_founded(report, history, each, ends)
    decided = with_repairs(history, repairs)
    lineage.check_doubled(report, decided.facts)
    lineage.check_order(report, decided.facts)
    lineage.check_causes(report, decided.facts, horizon)
    money.check_balances(report, decided.facts)
    money.check_remittances(report, decided.facts, horizon)
    money.check_statements(report, decided.facts)
    waiting = sum(report.in_flight.values())
    set_aside = {key: reason for state in states for key, reason in state.set_aside.items()}
    lineage.check_explained(report, decided.facts, set_aside, waiting)
    money.check_cash(report, decided.facts, cash, waiting, horizon)
    return Verified(report, history, set_aside)
