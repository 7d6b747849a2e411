"""What the service does with what it hears, in batches on a real database."""

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from schemas.patient_account import (
    PatientBalanceDue,
    PatientPaymentReceived,
    StatementIssued,
    StatementSuppressed,
)
from services.chassis.effects import Refused
from services.chassis.record import deliver
from services.patient_statements import store
from services.patient_statements.decisions import PlaceHold, RecordPayment, ReleaseHold
from services.patient_statements.verification_store import statement_findings
from tests.integration.patient_statements.conftest import Running
from tests.support import record
from tests.unit.patient_statements.examples import (
    balance_due,
    coverage_registered,
    patient_registered,
    policy,
    practice_registered,
)


def _pay(cents: int, payment_id: str = "R1", **said: Any) -> RecordPayment:
    values: dict[str, Any] = {
        "practice_id": "P1",
        "account_id": "A1",
        "actor": "ann",
        "role": "cashier",
        "payment_id": payment_id,
        "amount_cents": cents,
        "method": "card",
    }
    return RecordPayment(**(values | said))


async def _proven(running: Running) -> None:
    async with running.pool.acquire() as connection:
        assert await statement_findings(connection) == []


async def test_a_balance_that_does_not_add_up_is_set_aside_and_holds_back_only_its_account(
    running: Running,
) -> None:
    batch = await running.hear(
        practice_registered(),
        patient_registered(),
        patient_registered(patient_id="PT2", account_id="A2"),
        balance_due(5000, insurance_paid_cents=19_000),
        balance_due(5000, version=2),
        balance_due(800, account_id="A2", patient_id="PT2", encounter_id="E2"),
    )
    assert [refusal.reason for _, refusal in batch.letters] == ["balance_not_explained"]
    assert [delivery.lane for delivery in batch.to_park] == ["account_id|P1:A1"]
    rows = await running.rows("select account_id, due_cents from account")
    assert [tuple(row) for row in rows] == [("A2", 800)]


async def test_a_balance_waits_for_its_practice_and_then_for_its_patient(running: Running) -> None:
    await running.hear(balance_due(5000))
    for reference in (practice_registered(), patient_registered()):
        assert await running.rows("select * from account") == []
        await running.hear(reference)
        await running.processor.retry_parked()
    assert (await running.account())["state"] == "open"


async def test_a_redelivered_event_changes_nothing(running: Running) -> None:
    records = [
        record(each) for each in (practice_registered(), patient_registered(), balance_due(5000))
    ]
    await running.processor.process(records)
    before = await running.account()
    batch = await running.processor.process(records)
    assert batch.duplicates == 3
    assert await running.account() == before


async def test_a_stale_version_is_ignored_and_a_later_one_replaces(running: Running) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000, version=3))
    await running.hear(balance_due(9000, version=2))
    assert (await running.account())["encounters"][0]["reported_cents"] == 5000
    await running.hear(balance_due(4000, version=4))
    assert (await running.account())["encounters"][0]["reported_cents"] == 4000
    rows = await running.rows("select version from balance_report order by version")
    assert [row["version"] for row in rows] == [3, 4]


async def test_a_name_with_characters_that_nobody_prints_is_cleaned_and_stops_nothing(
    running: Running,
) -> None:
    batch = await running.hear(
        practice_registered(name="River\x01side"),
        patient_registered(family_name="Fox\x01\u202e"),
        balance_due(5000, payer_names=("Blue\x01", "\x01")),
    )
    assert batch.letters == []
    (encounter,) = (await running.account())["encounters"]
    assert encounter["payer_names"] == ["Blue"]


async def test_a_suppression_carries_its_reason_balance_and_stored_inputs(
    running: Running,
) -> None:
    await running.hear(
        practice_registered(),
        patient_registered(),
        coverage_registered(policy("medicaid")),
        balance_due(5000),
    )
    await running.pass_days(60)
    (suppressed,) = await running.said(StatementSuppressed)
    assert suppressed.reason == "medicaid"
    assert suppressed.balance_cents == 5000
    assert [item.encounter_id for item in suppressed.items] == ["E1"]
    (row,) = await running.rows("select inputs::text, decision::text from statement_decision")
    assert '"protection": "medicaid"' in row["inputs"]
    assert '"reason": "medicaid"' in row["decision"]
    assert await running.rows("select * from statement") == []


async def test_coverage_that_ends_lets_a_suppressed_balance_be_billed(running: Running) -> None:
    await running.hear(
        practice_registered(),
        patient_registered(),
        coverage_registered(policy("medicaid")),
        balance_due(5000),
    )
    await running.pass_days(3)
    await running.hear(coverage_registered())
    await running.pass_days(3)
    assert await running.print_statements() == 1
    assert [each.total_cents for each in await running.said(StatementIssued)] == [5000]
    await _proven(running)


async def test_a_death_suppresses_the_account_at_once_and_a_correction_opens_it(
    running: Running,
) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    await running.hear(patient_registered(deceased=True))
    assert (await running.account())["state"] == "suppressed"
    await running.pass_days(3)
    assert [each.reason for each in await running.said(StatementSuppressed)] == ["deceased"]
    await running.hear(patient_registered(phone="2175550111"))
    assert (await running.account())["state"] == "open"
    await running.pass_days(3)
    assert await running.print_statements() == 1
    await _proven(running)


async def test_a_patient_who_moves_to_another_account_leaves_the_old_balance_where_it_is(
    running: Running,
) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    await running.hear(patient_registered(account_id="A9", billing_hold="bankruptcy"))
    assert (await running.account())["state"] == "suppressed"
    assert [tuple(row) for row in await running.rows("select account_id from account")] == [("A1",)]


async def test_a_payment_is_allocated_oldest_first_and_told_to_billing(running: Running) -> None:
    await running.hear(
        practice_registered(),
        patient_registered(),
        balance_due(5000, encounter_id="E1", service_date="2026-02-05"),
        balance_due(2500, encounter_id="E2", service_date="2026-02-01"),
    )
    await running.act(_pay(3000))
    (received,) = await running.said(PatientPaymentReceived)
    assert [(each.encounter_id, each.amount_cents) for each in received.allocations] == [
        ("E2", 2500),
        ("E1", 500),
    ]
    account = await running.account()
    assert account["state"] == "partial"
    await running.act(_pay(5000, "R2"))
    account = await running.account()
    assert (account["state"], account["unapplied_cents"]) == ("credit", 500)
    last = (await running.said(PatientPaymentReceived))[-1]
    assert sum(each.amount_cents for each in last.allocations) == 4500
    await _proven(running)


async def test_a_payment_recorded_twice_counts_once(running: Running) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    await running.act(_pay(2000))
    await running.act(_pay(2000))
    assert len(await running.said(PatientPaymentReceived)) == 1
    assert len(await running.rows("select * from payment")) == 1
    with pytest.raises(Refused) as refusal:
        await running.act(_pay(2001))
    assert refusal.value.reason == "payment_id_reused"


@pytest.mark.parametrize(
    ("command", "reason"),
    [
        (_pay(100, account_id="A9"), "account_unknown"),
        (_pay(0), "amount_not_positive"),
        (_pay(100, role="visitor"), "role_not_permitted"),
        (
            PlaceHold(
                practice_id="P1", account_id="A1", actor="a", role="supervisor", reason="because"
            ),
            "hold_reason_unknown",
        ),
        (
            PlaceHold(practice_id="P1", account_id="A1", actor="a", role="cashier", reason="legal"),
            "role_not_permitted",
        ),
        (
            ReleaseHold(practice_id="P1", account_id="A1", actor="a", role="supervisor"),
            "not_on_hold",
        ),
    ],
)
async def test_a_decision_that_a_rule_forbids_leaves_no_trace(
    running: Running, command: RecordPayment | PlaceHold | ReleaseHold, reason: str
) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    before = await running.account()
    with pytest.raises(Refused) as refusal:
        await running.act(command)
    assert refusal.value.reason == reason
    assert await running.account() == before
    assert await running.rows("select * from delivery.audit") == []
    assert await running.said(PatientPaymentReceived) == []


async def test_every_decision_of_a_person_is_in_the_audit_log(running: Running) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    await running.act(_pay(100))
    await running.act(
        PlaceHold(practice_id="P1", account_id="A1", actor="bo", role="compliance", reason="legal")
    )
    rows = await running.rows(
        "select action, actor, role, subject from delivery.audit order by seq"
    )
    assert [tuple(row) for row in rows] == [
        ("RecordPayment", "ann", "cashier", "P1:A1"),
        ("PlaceHold", "bo", "compliance", "P1:A1"),
    ]


async def test_billings_echo_of_a_payment_does_not_count_it_twice(running: Running) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    await running.act(_pay(2000))
    await running.hear(balance_due(3000, version=2, patient_paid_cents=2000))
    await running.pass_days(3)
    await running.print_statements()
    (issued,) = await running.said(StatementIssued)
    assert issued.total_cents == 3000
    await _proven(running)


async def test_two_practices_with_the_same_ids_share_nothing(running: Running) -> None:
    await running.hear(practice_registered(), patient_registered(), balance_due(5000))
    await running.hear(
        practice_registered(practice_id="P2", name="Lakeside"),
        patient_registered(practice_id="P2", deceased=True),
        balance_due(900, practice_id="P2"),
    )
    await running.pass_days(3)
    await running.print_statements()
    issued = await running.said(StatementIssued)
    assert [(each.practice_id, each.total_cents) for each in issued] == [("P1", 5000)]
    suppressed = await running.said(StatementSuppressed)
    assert [(each.practice_id, each.reason) for each in suppressed] == [("P2", "deceased")]


def _many(count: int) -> list[Any]:
    events: list[Any] = [practice_registered()]
    for number in range(count):
        ids = {"patient_id": f"PT{number}", "account_id": f"A{number}"}
        events += [
            patient_registered(**ids),
            coverage_registered(patient_id=f"PT{number}"),
            balance_due(5000, encounter_id=f"E{number}", **ids),
        ]
    return events


async def _statements_of(running: Running, connection: asyncpg.Connection, count: int) -> int:
    seen: list[str] = []

    def note(query: Any) -> None:
        seen.append(query.query)

    service = running.processor.service
    read = [
        deliver(record(event), service.subscriptions, service.views).incoming
        for event in _many(count)
    ]
    incoming = [each for each in read if each is not None]
    transaction = connection.transaction()
    await transaction.start()
    connection.add_query_logger(note)
    work = await store.load(connection, incoming)
    for each in incoming:
        with work.deciding():
            service.handlers[type(each.event)](work, each, running.clock.now())
    await store.save(connection, work)
    connection.remove_query_logger(note)
    await transaction.rollback()
    return len(seen)


async def test_the_number_of_database_statements_does_not_depend_on_the_batch(
    running: Running,
) -> None:
    async with running.pool.acquire() as connection:
        await _statements_of(running, connection, 1)  # the driver looks types up once
        counts = [await _statements_of(running, connection, count) for count in (1, 40)]
    assert counts == [9, 9]  # beside the reports' COPY, of which no listener is told


async def test_each_thing_broken_on_purpose_is_found(running: Running) -> None:
    await running.hear(
        practice_registered(),
        patient_registered(),
        balance_due(5000),
        balance_due(700, encounter_id="E2"),
    )
    await running.act(_pay(1000))
    await running.pass_days(3)
    await running.print_statements()
    await _proven(running)
    broken = {
        "update statement set total_cents = total_cents + 1": "statement_total",
        "update balance_report set balance_cents = 4999 where encounter_id = 'E1'": (
            "statement_as_of"
        ),
        "update payment set unapplied_cents = 1": "payment_allocation",
        "update account set due_cents = 1": "account_balance",
        "update statement set pdf = 'x'": "document_digest",
        "delete from statement_decision": "decision_missing",
        "update statement_decision set inputs = jsonb_set(inputs, '{hold}', 'true')": (
            "issued_while_suppressed"
        ),
        "delete from statement": "statement_numbers",
        "delete from account": "account_missing",
    }
    async with running.pool.acquire() as connection:
        for damage, rule in broken.items():
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(damage)
            found = {each.rule for each in await statement_findings(connection)}
            await transaction.rollback()
            assert rule in found, damage


async def test_the_event_that_a_report_came_from_is_read_as_the_contract_says() -> None:
    event = balance_due(5000)
    assert PatientBalanceDue.from_json(event.to_json()) == event
    assert event.as_of.utcoffset() == timedelta(0)
