"""What the service's database says beside what it told: an event more or less is found."""

from datetime import timedelta

import pytest

from claimstream.verify.publication import FOUNDED, PUBLISHED
from schemas.event import Event
from schemas.patient_account import PatientPaymentReceived, StatementIssued, StatementSuppressed
from services.patient_statements.decisions import PlaceHold, RecordPayment, ReleaseHold
from tests.builders import make
from tests.integration.patient_statements.conftest import Running
from tests.support import NOON
from tests.told_events import Books, books
from tests.unit.patient_statements.examples import (
    balance_due,
    patient_registered,
    practice_registered,
)


async def story(running: Running) -> Books:
    """A1 is held on its day, freed, issued and paid; A2 is held before it is printed; A3 dies."""
    await running.hear(
        practice_registered(),
        *(patient_registered(patient_id=f"PT{n}", account_id=f"A{n}") for n in (1, 2, 3)),
        *(
            balance_due(5000, account_id=f"A{n}", patient_id=f"PT{n}", encounter_id=f"E{n}")
            for n in (1, 2, 3)
        ),
    )
    await running.hear(patient_registered(patient_id="PT3", account_id="A3", deceased=True))
    held = PlaceHold(
        practice_id="P1", account_id="A1", actor="ann", role="supervisor", reason="billing_dispute"
    )
    await running.act(held)
    await running.pass_days(3)
    await running.act(held.model_copy(update={"account_id": "A2"}))
    await running.print_statements()
    await running.act(
        ReleaseHold(
            practice_id="P1", account_id="A1", actor="ann", role="supervisor", reason="resolved"
        )
    )
    await running.pass_days(3)
    await running.print_statements()
    await running.act(
        RecordPayment(
            practice_id="P1",
            account_id="A1",
            actor="ann",
            role="cashier",
            payment_id="R1",
            amount_cents=6000,
            method="card",
        )
    )
    await running.pass_days(40)
    await running.print_statements()
    async with running.pool.acquire() as connection, connection.transaction():
        return await books(connection, "patient_statements")


async def test_what_was_told_is_what_the_database_says(running: Running) -> None:
    told = await story(running)
    assert told.findings() == []
    suppressed = [fact.event for fact in told.of(StatementSuppressed)]
    reasons = {(getattr(e, "account_id", ""), getattr(e, "reason", "")) for e in suppressed}
    assert {("A1", "hold"), ("A2", "hold"), ("A3", "deceased")} <= reasons


@pytest.mark.parametrize("kind", [StatementIssued, PatientPaymentReceived, StatementSuppressed])
async def test_each_single_event_that_never_came_to_its_topic_is_missed(
    running: Running, kind: type[Event]
) -> None:
    told = await story(running)
    events = told.of(kind)
    assert events
    for fact in events:
        assert [check for check, _ in told.findings(without=fact)] == [PUBLISHED]


@pytest.mark.parametrize(
    "lie",
    [
        make(StatementIssued, practice_id="P1", account_id="A1", statement_id="NONE"),
        make(PatientPaymentReceived, practice_id="P1", account_id="A1", payment_id="NONE"),
        make(
            StatementSuppressed,
            practice_id="P1",
            account_id="A1",
            reason="hold",
            decided_at=NOON + timedelta(days=1),
        ),
    ],
    ids=lambda event: event.TOPIC,
)
async def test_an_event_that_nobody_decided_is_found(running: Running, lie: Event) -> None:
    told = await story(running)
    assert [check for check, _ in told.findings(besides=lie)] == [FOUNDED]


async def test_a_suppression_for_another_reason_than_the_decisions_is_found(
    running: Running,
) -> None:
    told = await story(running)
    event = told.of(StatementSuppressed)[0].event
    assert isinstance(event, StatementSuppressed)
    other = event.model_copy(update={"reason": "qmb"})
    assert [check for check, _ in told.findings(besides=other)] == [FOUNDED]
