"""``claimstream billing``: what a person sees and may do."""

import asyncio
from collections.abc import Callable
from datetime import date

import pytest
from typer.testing import CliRunner, Result

from services.billing.commands import app
from services.chassis.clock import ENVIRONMENT_VARIABLE, RealClock, ScaledClock
from tests.altered_ledger import altering
from tests.integration.billing.conftest import Running
from tests.integration.billing.test_lineage import Script, paid_and_taken_back
from tests.unit.billing.desk import NOON, decided, line, policy

Run = Callable[..., Result]


@pytest.fixture
async def run(billing_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    clock = ScaledClock(int(RealClock().now().timestamp()), NOON, 1)
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, str(clock))

    def call(*words: str) -> Result:
        return CliRunner().invoke(app, [*words, "--database-url", billing_url])

    return call


async def told(run: Run, *words: str) -> str:
    result = await asyncio.to_thread(run, *words)
    assert result.exit_code == 0, result.output
    return result.output


async def refused(run: Run, *words: str) -> str:
    result = await asyncio.to_thread(run, *words)
    assert result.exit_code == 1
    return result.output


async def test_a_hold_is_listed_shown_fixed_and_gone(running: Running, run: Run) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99999"))
    await running.hear(*desk.handed())
    claim = desk.account().claims[0].claim_id
    assert "no_charge:1" in await told(run, "holds", "list")
    assert "held by no_charge:1" in await told(run, "holds", "show", claim)
    decision = ("--role", "biller", "--reason", "price set")
    assert "is not LINE=VALUE" in await refused(
        run, "holds", "fix", claim, "--charge", "12300", *decision
    )
    assert "not a whole number" in await refused(
        run, "holds", "fix", claim, "--charge", "1=12.3", *decision
    )
    assert "refused (role_not_allowed)" in await refused(run, "holds", "override", claim, *decision)
    assert f"claim {claim}  submitted" in await told(
        run, "holds", "fix", claim, "--charge", "1=12300", *decision
    )
    assert "nothing open" in await told(run, "holds", "list")
    audit = await running.rows("select action, reason from delivery.audit")
    assert [tuple(row) for row in audit] == [("FixHold", "price set")]


async def test_the_ledger_is_printed_and_proven(running: Running, run: Run) -> None:
    desk = paid_and_taken_back()
    await running.hear(*desk.handed())
    text = await told(run, "ledger", "E1")
    assert "line 1: 400.00 = 225.00 + 150.00 + 25.00 + 0.00 + 0.00  ok" in text
    assert "every invariant holds" in text
    assert desk.claims[0].claim_id in text
    assert "Rivera" not in text
    async with running.pool.acquire() as connection:
        await connection.execute(
            altering("update billing.spread set amount_cents = 1 where number = 1")
        )
    assert "BROKEN" in await refused(run, "ledger", "E1")


async def test_a_denial_is_listed_and_decided(running: Running, run: Run) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "36415"))
    desk.adjudicate(decided(1, 6000, 0, ("CO", "29", 6000), code="36415"))
    await running.hear(*desk.handed())
    item = desk.items("denial")[0].item_id
    assert "CO-29  60.00" in await told(run, "denials", "list")
    assert item in await told(run, "denials", "show", "E1")
    assert "refused (beyond_authority)" in await refused(
        run, "denials", "decide", item, "write_off", "--role", "biller", "--reason", "none"
    )
    await told(
        run, "denials", "decide", item, "write_off", "--role", "billing_manager", "--reason", "late"
    )
    assert "nothing open" in await told(run, "denials", "list")
    assert "there is no open work item" in await refused(
        run, "denials", "decide", item, "write_off", "--role", "biller", "--reason", "again"
    )


async def test_who_approves_a_refund_does_not_pay_it(running: Running, run: Run) -> None:
    await running.hear(*paid_and_taken_back().handed())
    decision = ("--amount-cents", "3500", "--role", "finance", "--reason", "credit")
    await told(run, "refunds", "approve", "E1", *decision, "--actor", "ann")
    assert "maker_is_checker" in await refused(
        run, "refunds", "pay", "E1", *decision, "--actor", "ann"
    )
    await told(run, "refunds", "pay", "E1", *decision, "--actor", "bob")
    assert await running.findings() == []


async def test_the_money_adds_up_to_the_charges(running: Running, run: Run) -> None:
    desk = paid_and_taken_back()
    desk.code(line(1, "99213"), encounter_id="E2", service_date=date(2026, 2, 2))
    await running.hear(*desk.handed())
    text = await told(run, "money")
    assert text.splitlines()[-1].split() == ["charges", "650.00"]
    assert "claim:submitted                        250.00" in text


async def test_what_nobody_knows_is_said_in_one_sentence(running: Running, run: Run) -> None:
    assert "billing knows no encounter or claim E9" in await refused(run, "ledger", "E9")
