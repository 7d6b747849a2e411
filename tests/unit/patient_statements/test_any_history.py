"""Whatever happens to an account, in whatever order, what is kept of it adds up."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import chain
from typing import Any
from uuid import UUID, uuid5

from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from schemas.event_id import root_event_id
from schemas.patient_account import StatementIssued
from services.chassis.effects import Deadline, Effects, Refused
from services.chassis.incoming import DeadlineDue, Incoming
from services.patient_statements import issuing
from services.patient_statements.decisions import PlaceHold, RecordPayment, ReleaseHold
from services.patient_statements.domain.verification import (
    KeptAccount,
    KeptDecision,
    KeptItem,
    KeptPayment,
    KeptReport,
    KeptStatement,
    findings,
    histories,
)
from services.patient_statements.handlers import Handlers
from services.patient_statements.rendering.document import Documents
from services.patient_statements.statement_store import ClaimedStatement
from services.patient_statements.workspace import StatementsWorkspace
from tests.unit.patient_statements.examples import (
    DAY,
    NOON,
    POLICY,
    balance_due,
    coverage_registered,
    patient_registered,
    policy,
    practice_registered,
)

NAMESPACE = UUID(int=7)


@dataclass
class Billing:
    """What billing knows of one encounter: the patient's share, and what it heard was paid."""

    share_cents: int
    version: int = 0
    heard_cents: int = 0
    paid_cents: int = 0


@dataclass
class History:
    """One account, driven in memory; everything it keeps stays in the workspace."""

    work: StatementsWorkspace = field(default_factory=StatementsWorkspace)
    handlers: Handlers = field(default_factory=lambda: Handlers(POLICY))
    now: datetime = NOON
    deadlines: list[Deadline] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    issued: list[StatementIssued] = field(default_factory=list)
    billing: dict[str, Billing] = field(default_factory=dict)
    steps: int = 0

    def take(self, event: BaseModel) -> Effects:
        self.steps += 1
        incoming: Incoming[Any] = Incoming(
            root_event_id(self.now, str(self.steps)), "", "P1:A1", event, self.now
        )
        handler = (
            self.handlers.by_deadline()[event.kind]
            if isinstance(event, DeadlineDue)
            else self.handlers.by_input()[type(event)]
        )
        try:
            with self.work.deciding():
                effects = handler(self.work, incoming, self.now)
        except Refused:
            return Effects()
        self.deadlines += effects.deadlines
        for emission in effects.emissions:
            for each in getattr(emission.event, "allocations", ()):
                self.billing[each.encounter_id].paid_cents += each.amount_cents
        return effects

    def report(self, encounter_id: str, share_cents: int, *, final: bool) -> None:
        known = self.billing.setdefault(encounter_id, Billing(share_cents))
        known.share_cents = share_cents
        known.version += 1
        known.heard_cents = known.paid_cents
        left = share_cents - known.heard_cents
        self.take(
            balance_due(
                max(0, left),
                encounter_id=encounter_id,
                version=known.version,
                service_date=date(2026, 1, 1 + int(encounter_id[1:])),
                patient_paid_cents=known.heard_cents,
                credit_cents=max(0, -left),
                insurance_final=final,
            )
        )

    def pass_days(self, days: int) -> None:
        self.now += days * DAY
        due = [each for each in self.deadlines if each.due_at <= self.now]
        self.deadlines = [each for each in self.deadlines if each.due_at > self.now]
        for each in due:
            self.take(
                DeadlineDue(
                    kind=each.kind,
                    practice_id=each.practice_id,
                    key=each.key,
                    due_at=each.due_at,
                    payload=each.payload,
                )
            )

    def print_statements(self) -> None:
        for each in self.work.statements.all():
            statement = each.statement
            if statement.statement_id in self.states:
                continue
            outcome = issuing.Outcome()
            issuing.settle(
                self.work,
                ClaimedStatement(statement, uuid5(NAMESPACE, statement.statement_id)),
                Documents(b"", b""),
                policy=POLICY,
                now=self.now,
                outcome=outcome,
            )
            self.deadlines += [deadline for _, deadline in outcome.planned]
            self.states[statement.statement_id] = "issued" if outcome.issued else "withdrawn"
            with self.work.deciding():
                self.work.decisions.extend(outcome.decisions)
            for _, effects in outcome.effects:
                self.issued += [
                    emission.event
                    for emission in effects.emissions
                    if isinstance(emission.event, StatementIssued)
                ]

    def kept(self) -> Iterator[Any]:
        work = self.work
        yield from findings(
            histories(
                accounts=[
                    KeptAccount(key, each.due_cents, each.unapplied_cents, each.statements)
                    for key, each in work.accounts.changed().items()
                ],
                reports=[
                    KeptReport(
                        each.account,
                        each.revision,
                        each.encounter.encounter_id,
                        each.encounter.version,
                        each.encounter.patient_paid_cents,
                        each.encounter.reported_cents,
                    )
                    for each in work.reports.all()
                ],
                payments=[
                    KeptPayment(
                        (each.practice_id, each.account_id),
                        each.revision,
                        each.payment_id,
                        each.amount_cents,
                        each.unapplied_cents,
                        {part.encounter_id: part.amount_cents for part in each.allocations},
                    )
                    for each in work.payments.changed().values()
                ],
                statements=[
                    KeptStatement(
                        ("P1", "A1"),
                        each.statement.statement_id,
                        each.statement.number,
                        each.statement.revision,
                        self.states.get(each.statement.statement_id, "to_render"),
                        each.statement.total_cents,
                        tuple(
                            KeptItem(part.encounter_id, part.version, part.balance_cents)
                            for part in each.statement.encounters
                        ),
                    )
                    for each in work.statements.all()
                ],
                decisions=[
                    KeptDecision(
                        each.account,
                        each.revision,
                        each.occasion,
                        each.statement_id,
                        each.inputs,
                        each.decision,
                    )
                    for each in work.decisions.all()
                ],
            )
        )


reports = st.tuples(
    st.just("report"),
    st.sampled_from(["E1", "E2", "E3"]),
    st.one_of(st.integers(600, 20_000), st.integers(0, 600)),
    st.sampled_from([True, True, True, False]),
)
days = st.tuples(st.just("days"), st.sampled_from([1, 3, 4, 30, 31]))
prints = st.tuples(st.just("print"))
people = st.one_of(
    st.tuples(st.just("pay"), st.one_of(st.integers(0, 5_000), st.integers(0, 30_000))),
    st.tuples(st.just("hold")),
    st.tuples(st.just("release")),
    st.tuples(st.just("patient"), st.booleans(), st.sampled_from([None, "bankruptcy", "legal"])),
    st.tuples(st.just("patient"), st.just(False), st.none()),
    st.tuples(st.just("coverage"), st.booleans()),
)
months = st.tuples(
    st.lists(st.one_of(reports, people), max_size=2), days, st.lists(people, max_size=1), prints
).map(lambda month: [*month[0], month[1], *month[2], month[3]])
steps = st.tuples(reports, st.lists(months, max_size=6)).map(
    lambda lived: [lived[0], *chain.from_iterable(lived[1])]
)


def _lived(taken: list[tuple[Any, ...]]) -> History:
    history = History()
    history.take(practice_registered())
    history.take(patient_registered())
    who: dict[str, Any] = {"practice_id": "P1", "account_id": "A1", "actor": "a"}
    for number, (kind, *said) in enumerate(taken):
        match kind:
            case "report":
                history.report(said[0], said[1], final=said[2])
            case "pay":
                history.take(
                    RecordPayment(
                        **who,
                        role="cashier",
                        payment_id=f"R{number}",
                        amount_cents=said[0],
                        method="cash",
                    )
                )
            case "days":
                history.pass_days(said[0])
            case "print":
                history.print_statements()
            case "hold":
                history.take(PlaceHold(**who, role="supervisor", reason="legal"))
            case "release":
                history.take(ReleaseHold(**who, role="supervisor"))
            case "patient":
                history.take(patient_registered(deceased=said[0], billing_hold=said[1]))
            case _:
                history.take(coverage_registered(*([policy("medicaid")] if said[0] else [])))
    return history


@settings(max_examples=100, deadline=None)
@given(steps)
def test_what_is_kept_is_proven_after_any_history(taken: list[tuple[Any, ...]]) -> None:
    history = _lived(taken)
    assert list(history.kept()) == []


@settings(max_examples=60, deadline=None)
@given(steps)
def test_once_billing_has_heard_of_every_payment_both_agree_to_the_cent(
    taken: list[tuple[Any, ...]],
) -> None:
    history = _lived(taken)
    for encounter_id, known in list(history.billing.items()):
        history.report(encounter_id, known.share_cents, final=True)
    account = history.work.accounts.get(("P1", "A1"))
    if account is None:
        assert history.billing == {}
        return
    for each in account.encounters:
        known = history.billing[each.encounter_id]
        assert each.due_cents == max(0, known.share_cents - known.paid_cents)
        assert each.pending_cents == 0


@settings(max_examples=60, deadline=None)
@given(steps)
def test_a_balance_that_may_be_billed_always_has_a_statement_day_ahead(
    taken: list[tuple[Any, ...]],
) -> None:
    history = _lived(taken)
    account = history.work.accounts.get(("P1", "A1"))
    if account is None:
        return
    assert not account.needs_statement_day
    if account.cycle.next_at is not None:
        assert any(
            each.due_at == account.cycle.next_at
            and each.payload["sequence"] == account.cycle.sequence
            for each in history.deadlines
        )
    numbers = [each.number for each in history.issued]
    assert numbers == sorted(set(numbers))
