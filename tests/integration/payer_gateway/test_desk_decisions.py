"""What people do about payers is audited; and no payer is asked the same twice within a minute."""

import asyncio
from datetime import date, timedelta

from services.chassis import audit
from services.payer_gateway.files.watch import Watch
from services.payer_gateway.questions import coverage, inquiry
from services.payer_gateway.questions.coverage import Whom
from services.payer_gateway.questions.coverage_checks import CoverageChecks
from services.payer_gateway.verification import transmission_findings
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references
from tests.integration.payer_gateway.test_commands import desk

_WHO = ("--practice", "P1", "--patient", "PT1", "--payer", "BLUERIVER", "--on", "2026-03-02")


async def _sent(gateway: Gateway, member_id: str = "SILENT-1", **terms: bool) -> None:
    gateway.agree("BLUERIVER", **terms)
    await gateway.hear(*references(member_id=member_id), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    await gateway.rows("update outbound_file set uploaded_at = uploaded_at - interval '1 hour'")


async def _a_minute_later(gateway: Gateway) -> None:
    """The question goes out; then a real minute passes."""
    await gateway.send()
    await gateway.rows("update question set stored_at = stored_at - interval '61 seconds'")
    await gateway.rows("update outbound_file set uploaded_at = uploaded_at - interval '61 seconds'")


async def _watch(gateway: Gateway) -> None:
    await Watch(gateway.partners, gateway.transports).step(gateway.runtime)


async def _questions(gateway: Gateway) -> int:
    (row,) = await gateway.rows("select count(*) as questions from question")
    return int(row["questions"])


async def _audited(gateway: Gateway) -> list[tuple[str, ...]]:
    rows = await gateway.rows(
        "select actor, role, action, subject, reason from delivery.audit order by seq"
    )
    async with gateway.pool.acquire() as connection:
        assert await audit.first_broken_link(connection) is None
    return [tuple(row) for row in rows]


async def test_a_claim_is_not_asked_about_twice_in_a_minute_however_fast_the_clock_runs(
    gateway: Gateway,
) -> None:
    await _sent(gateway, inquires=True)
    await gateway.rows("update outbound_file set state = 'accepted'")
    gateway.clock.advance(timedelta(days=4))
    await _watch(gateway)
    assert await _questions(gateway) == 1
    (question,) = await gateway.rows("select trace from question")
    await gateway.rows(
        "insert into inbound_file (sha256, payer_id, name, content, received_at, state) "
        "values ('S', 'BLUERIVER', 'a.277', '', $1, 'loaded')",
        gateway.clock.now(),
    )
    await gateway.rows(
        "insert into answer values ($1, 'S', 1, $2, 'pending', 'P1:20', '{}')",
        question["trace"],
        gateway.clock.now(),
    )
    for _ in range(3):
        gateway.clock.advance(timedelta(days=30))
        await _watch(gateway)
    assert await _questions(gateway) == 1
    (row,) = await gateway.rows("select action from silence")
    assert row["action"] == "inquired"
    await _a_minute_later(gateway)
    gateway.clock.advance(timedelta(days=1))
    await _watch(gateway)
    assert await _questions(gateway) == 2


async def test_a_payer_has_a_minute_to_answer_before_a_person_is_told_that_it_does_not(
    gateway: Gateway,
) -> None:
    await _sent(gateway, inquires=True)
    await gateway.rows("update outbound_file set state = 'accepted'")
    gateway.clock.advance(timedelta(days=4))
    await _watch(gateway)
    gateway.clock.advance(timedelta(days=4))
    await _watch(gateway)
    assert [row["action"] for row in await gateway.rows("select action from silence")] == [
        "inquired"
    ]
    await _a_minute_later(gateway)
    gateway.clock.advance(timedelta(days=4))
    await _watch(gateway)
    assert [row["action"] for row in await gateway.rows("select action from silence")] == [
        "alerted"
    ]


async def test_two_people_who_ask_at_once_ask_once(gateway: Gateway) -> None:
    await _sent(gateway)
    now = gateway.clock.now()

    async def ask() -> inquiry.Inquired:
        async with gateway.pool.acquire() as connection, connection.transaction():
            (known,) = await inquiry.claims_of(connection, "CLM1", None)
            assert known.sent is not None
            return await inquiry.ask(
                connection,
                gateway.partners["BLUERIVER"],
                known.sent,
                frozenset({"CLM1"}),
                now=now,
            )

    asked = await asyncio.gather(ask(), ask(), ask())
    assert sorted(len(each.now) for each in asked) == [0, 0, 1]
    assert sorted(len(each.before) for each in asked) == [0, 1, 1]
    assert await _questions(gateway) == 1
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []


async def test_what_waits_to_be_sent_is_not_asked_again_however_long_it_waits(
    gateway: Gateway,
) -> None:
    await _sent(gateway)
    folder = gateway.wire.incoming("BLUERIVER")
    folder.rename(folder.with_name("gone"))
    assert (await desk(gateway, "inquire", "CLM1")).exit_code == 0
    await _a_minute_later(gateway)
    again = await desk(gateway, "inquire", "CLM1")
    assert (again.exit_code, "waits to be sent" in again.output) == (1, True)
    folder.with_name("gone").rename(folder)
    await _a_minute_later(gateway)
    assert (await desk(gateway, "inquire", "CLM1")).exit_code == 0
    assert await _questions(gateway) == 2


async def test_two_who_ask_about_one_patient_and_day_share_the_question(gateway: Gateway) -> None:
    await gateway.hear(*references())
    partner = gateway.partners["BLUERIVER"]

    async def ask(day: int) -> str:
        async with gateway.pool.acquire() as connection, connection.transaction():
            whom = Whom("P1", "PT1", date(2026, 3, day))
            return await coverage.ask(connection, partner, whom, now=gateway.clock.now())

    traces = await asyncio.gather(ask(1), ask(1), ask(2))
    assert len(set(traces)) == 2
    assert await _questions(gateway) == 2


async def test_a_claim_waits_a_minute_for_word_on_coverage_however_fast_the_clock_runs(
    gateway: Gateway,
) -> None:
    gateway.agree("BLUERIVER", checks_eligibility=True)
    await gateway.hear(*references(), claim("CLM1"))
    checks = CoverageChecks(gateway.partners)
    await checks.step(gateway.runtime)
    assert await _questions(gateway) == 1
    gateway.clock.advance(timedelta(days=2))
    assert await checks.step(gateway.runtime) == 0
    await gateway.hear(claim("CLM2"))
    await checks.step(gateway.runtime)
    assert await _questions(gateway) == 1
    await _a_minute_later(gateway)
    gateway.clock.advance(timedelta(hours=5))
    assert await checks.step(gateway.runtime) == 2
    assert await _questions(gateway) == 1


async def test_who_asks_a_payer_and_why_stands_in_the_audit_log(gateway: Gateway) -> None:
    await _sent(gateway)
    because = ("--actor", "jo", "--role", "front_desk", "--reason", "patient calls")
    await desk(gateway, "inquire", "CLM1", *because)
    await desk(gateway, "eligibility", *_WHO, "--wait", "0", "--actor", "ann")
    assert await _audited(gateway) == [
        ("jo", "front_desk", "InquireClaim", "P1:CLM1", "patient calls"),
        ("ann", "biller", "AskCoverage", "P1:PT1", "on demand"),
    ]
    again = await desk(gateway, "inquire", "CLM1", *because)
    assert (again.exit_code, "less than a minute ago" in again.output) == (1, True)
    assert "claimstream payer status CLM1" in again.output
    assert len(await _audited(gateway)) == 2
    assert await _questions(gateway) == 2


async def test_a_question_that_cannot_be_asked_leaves_no_trace(gateway: Gateway) -> None:
    await desk(gateway, "eligibility", *_WHO, "--wait", "0")
    await desk(gateway, "inquire", "NOBODY")
    assert await _audited(gateway) == []
    assert await gateway.rows("select 1 from control_number") == []


async def _silent(gateway: Gateway) -> str:
    """A file that nobody acknowledged and that was sent again, as the desk lists it."""
    await _sent(gateway, "W-100200")
    gateway.clock.advance(timedelta(days=1))
    await _watch(gateway)
    await gateway.rows("update outbound_file set uploaded_at = uploaded_at - interval '1 hour'")
    gateway.clock.advance(timedelta(days=1))
    await _watch(gateway)
    (row,) = await gateway.rows("select name from outbound_file")
    assert row["name"] in (await desk(gateway, "silent")).output
    return str(row["name"])


async def test_what_a_person_takes_in_hand_is_listed_no_more_and_audited(gateway: Gateway) -> None:
    name = await _silent(gateway)
    because = ("--reason", "they have it, by phone", "--actor", "jo", "--role", "supervisor")
    settled = await desk(gateway, "settle", name, *because)
    assert settled.output == f"{name}: 1 in hand\n"
    assert (await desk(gateway, "silent")).output == "every answer came in its time\n"
    assert (
        "in the hands of jo: they have it, by phone"
        in (await desk(gateway, "silent", "--all")).output
    )
    assert await _audited(gateway) == [
        ("jo", "supervisor", "SettleSilence", f"P1:{name}", "they have it, by phone")
    ]
    gateway.clock.advance(timedelta(days=2))
    await _watch(gateway)
    assert (await desk(gateway, "silent")).output == "every answer came in its time\n"
    twice = await desk(gateway, "settle", name, *because)
    assert (twice.exit_code, twice.output) == (1, f"nothing of {name} is waited for in vain\n")


async def test_what_is_silent_anew_after_it_came_is_listed_anew(gateway: Gateway) -> None:
    name = await _silent(gateway)
    await desk(gateway, "settle", name, "--reason", "they have it")
    await gateway.rows("update silence set ended_at = now()")
    gateway.clock.advance(timedelta(days=2))
    await _watch(gateway)
    assert name in (await desk(gateway, "silent")).output


async def test_nothing_is_taken_in_hand_without_a_reason(gateway: Gateway) -> None:
    name = await _silent(gateway)
    refused = await desk(gateway, "settle", name, "--reason", "  ")
    assert (refused.exit_code, "reason_missing" in refused.output) == (1, True)
    assert await _audited(gateway) == []
    assert name in (await desk(gateway, "silent")).output


async def test_a_claim_of_several_practices_is_taken_in_hand_by_name(gateway: Gateway) -> None:
    name = await _silent(gateway)
    await gateway.rows(
        "insert into silence select file_id, 'remittance', subject, 'P2', payer_id, since, "
        "noticed_at, action, null, reason from silence"
    )
    several = await desk(gateway, "settle", name, "--reason", "x")
    assert (several.exit_code, "name one (P1, P2)" in several.output) == (1, True)
    one = await desk(gateway, "settle", name, "--reason", "x", "--practice", "P2")
    assert one.exit_code == 0, one.output
    assert name in (await desk(gateway, "silent")).output
