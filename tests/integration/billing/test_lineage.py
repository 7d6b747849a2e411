"""Billing on a real database: what a batch writes, twice the same, and proven whole."""

from datetime import date

import asyncpg
import pytest
from pydantic import BaseModel

from schemas.claim import ClaimSubmitted, RemittanceReceived
from schemas.event import Event
from schemas.patient_account import PatientBalanceDue
from services.billing.decisions import DecideDenial, OverrideHold, Refund
from services.billing.verification import insurance_cash, ledger_findings, money_in_flight
from services.chassis.effects import Effects
from tests.altered_ledger import altering
from tests.integration.billing.conftest import Running
from tests.unit.billing.desk import Desk, decided, line, negated, policy


class Script(Desk):
    """A desk that also keeps what it was handed, to hand it to the service."""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.script: list[Event] = []

    def handed(self) -> list[Event]:
        return list(self.script)

    def take(self, event: BaseModel, *, topic: str = "") -> Effects:
        if isinstance(event, Event):
            self.script.append(event)
        return super().take(event, topic=topic)


def paid_and_taken_back() -> Script:
    """Charge, payment, patient payment, take-back and correction."""
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99214"))
    first = desk.adjudicate(decided(1, 40000, 24000, ("CO", "45", 10000), ("PR", "2", 6000)))
    desk.pay(6000)
    desk.take(negated(first, remittance_id="R2", trace_number="T2"))
    desk.adjudicate(
        decided(1, 40000, 22500, ("CO", "45", 15000), ("PR", "3", 2500)),
        remittance_id="R2",
        trace_number="T2",
        sequence=2,
        paid_on=date(2026, 4, 9),
    )
    return desk


async def test_an_encounter_waits_for_its_patient_and_then_becomes_a_claim(
    running: Running,
) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code()
    patient, coverage, coded = desk.handed()
    await running.hear(coded)
    assert not await running.said(ClaimSubmitted)
    await running.hear(patient)
    await running.processor.retry_parked()
    await running.hear(coverage)
    await running.processor.retry_parked()
    assert [claim.claim_id for claim in await running.said(ClaimSubmitted)] == [
        desk.claims[0].claim_id
    ]


async def test_one_batch_and_many_come_to_the_same_ledger(running: Running) -> None:
    desk = paid_and_taken_back()
    for event in desk.handed():
        await running.hear(event)
    assert await running.findings() == []
    rows = await running.rows("select postings, state from billing.encounter_account")
    assert rows[0]["postings"] == desk.account().ledger.postings
    assert desk.account().ledger.chain.encode() in bytes(rows[0]["state"])
    told = await running.said(PatientBalanceDue)
    assert told[-1].credit_cents == 3500


async def test_the_same_events_again_change_nothing(running: Running) -> None:
    desk = paid_and_taken_back()
    await running.hear(*desk.handed())
    before = await running.rows("select state from billing.encounter_account")
    outbox = await running.rows("select count(*) from delivery.outbox")
    await running.hear(*desk.handed())
    assert await running.rows("select state from billing.encounter_account") == before
    assert await running.rows("select count(*) from delivery.outbox") == outbox
    assert await running.findings() == []


async def test_money_in_flight_adds_up_to_the_charges(running: Running) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code()
    desk.code(line(1, "99214"), encounter_id="E2", service_date=date(2026, 2, 2))
    desk.adjudicate(
        decided(1, 40000, 0, ("CO", "197", 40000)), encounter_id="E2", remittance_id="R9"
    )
    desk.code(line(1, "99999"), encounter_id="E3", service_date=date(2026, 2, 3))
    await running.hear(*desk.handed())
    async with running.pool.acquire() as connection:
        money = await money_in_flight(connection)
        cash = await insurance_cash(connection)
    assert sum(money.values()) == 31000 + 40000
    assert money["claim:submitted"] == 31000
    assert money["claim:denied"] == 40000
    assert set(cash.values()) <= {0}


async def test_a_deposit_reconciles_with_its_claims(running: Running) -> None:
    desk = paid_and_taken_back()
    first = RemittanceReceived(
        practice_id="P1",
        remittance_id="R1",
        payer_id="BLUERIVER",
        trace_number="T1",
        paid_on=date(2026, 3, 20),
        payment_cents=24000,
        claims_paid_cents=24000,
        claim_count=1,
        received_at=desk.now,
    )
    second = first.model_copy(
        update={
            "remittance_id": "R2",
            "trace_number": "T2",
            "payment_cents": 0,
            "claims_paid_cents": -1500,
            "claim_count": 2,
            "provider_adjustments": ({"reason": "FB", "reference": "C1", "amount_cents": -1500},),
        }
    )
    second = RemittanceReceived.model_validate(second.model_dump(warnings=False))
    unbalanced = RemittanceReceived.model_validate(
        {**first.model_dump(), "remittance_id": "R3", "payment_cents": 1}
    )
    await running.hear(*desk.handed(), first, second)
    batch = await running.hear(unbalanced)
    assert [refusal.reason for _, refusal in batch.letters] == ["remittance_out_of_balance"]
    assert await running.findings() == []
    cash = await running.rows(
        "select remittance_id, sum(case when debit = 'CASH_INS' then amount_cents "
        "else -amount_cents end)::bigint cents from billing.posting "
        "where 'CASH_INS' in (debit, credit) group by 1 order by 1"
    )
    assert {row["remittance_id"]: row["cents"] for row in cash} == {"R1": 24000, "R2": 0}


async def test_the_proof_finds_each_thing_that_is_broken(running: Running) -> None:
    desk = paid_and_taken_back()
    await running.hear(*desk.handed())
    breaks = {
        "update billing.spread set amount_cents = amount_cents + 1 where number = 1": "I3",
        "update billing.spread set detail = 'CO-45' where debit = 'AR_PATIENT'": "I7",
        "delete from billing.spread where number = 3": "I5",
        "update billing.spread set source = 'coded:1', ordinal = 1 where number < 3": (
            "a cause was posted twice"
        ),
        "update billing.encounter_account set open_patient_cents = 1": "I3",
        "update billing.claim set open_cents = 7": "I3",
        "update billing.remittance_cash set claims_cents = 1": "I15",
        "update billing.spread set amount_cents = 1 where reverses > 0": "I11",
        "update billing.spread set amount_cents = 0 where number = 1": "I1",
        "update billing.spread set credit = debit where number = 1": "I1",
    }
    for sql, rule in breaks.items():
        async with running.pool.acquire() as connection:
            transaction = connection.transaction()
            await transaction.start()
            await connection.execute(altering(sql) if "billing.spread" in sql else sql)
            found = {
                word
                for each in await ledger_findings(connection)
                for word in (each.rule, each.message)
            }
            await transaction.rollback()
        assert rule in found, sql


async def test_the_ledger_cannot_be_edited(running: Running) -> None:
    await running.hear(*paid_and_taken_back().handed())
    for sql in (
        "update billing.journal set entries = '[]'",
        "delete from billing.journal",
        "truncate billing.journal",
    ):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await running.rows(sql)


async def test_a_persons_decision_is_audited_and_published(running: Running) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99213"))
    desk.code(line(1, "99213"), encounter_id="E2")
    await running.hear(*desk.handed())
    held = desk.account("E2").claims[0]
    assert held.edits == ("duplicate_claim",)
    await running.act(
        OverrideHold(
            practice_id="P1",
            encounter_id="E2",
            actor="ann",
            role="billing_manager",
            reason="two visits that day",
            claim_id=held.claim_id,
        )
    )
    assert len(await running.said(ClaimSubmitted)) == 2
    audit = await running.rows("select actor, role, action, reason from delivery.audit")
    assert [tuple(row) for row in audit] == [
        ("ann", "billing_manager", "OverrideHold", "two visits that day")
    ]


async def test_a_refund_empties_the_credit(running: Running) -> None:
    desk = paid_and_taken_back()
    await running.hear(*desk.handed())
    for step, actor in (("approve", "ann"), ("pay", "bob")):
        await running.act(
            Refund.model_validate(
                {
                    "practice_id": "P1",
                    "encounter_id": "E1",
                    "actor": actor,
                    "role": "finance",
                    "reason": "credit",
                    "step": step,
                    "amount_cents": 3500,
                }
            )
        )
    told = (await running.said(PatientBalanceDue))[-1]
    assert (told.balance_cents, told.credit_cents, told.patient_paid_cents) == (0, 0, 2500)
    assert await running.findings() == []


async def test_a_denial_that_is_written_off_settles_the_encounter(running: Running) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "36415"))
    desk.adjudicate(decided(1, 6000, 0, ("CO", "29", 6000), code="36415"))
    await running.hear(*desk.handed())
    item = (await running.rows("select item_id from billing.work_item where kind = 'denial'"))[0]
    await running.act(
        DecideDenial(
            practice_id="P1",
            encounter_id="E1",
            actor="ann",
            role="billing_manager",
            reason="no proof of filing",
            item_id=item["item_id"],
            action="write_off",
        )
    )
    told = (await running.said(PatientBalanceDue))[-1]
    assert told.balance_cents == 0
    assert told.adjusted_cents == 6000
    assert await running.findings() == []


async def test_silence_becomes_work_after_thirty_days(running: Running) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code()
    await running.hear(*desk.handed())
    await running.pass_days(29)
    assert not await running.rows("select 1 from billing.work_item where kind = 'status_inquiry'")
    await running.pass_days(2)
    assert len(await running.rows("select 1 from billing.work_item where closed_at is null")) == 1
    assert [row["state"] for row in await running.rows("select state from billing.claim")] == [
        "status_inquiry"
    ]
