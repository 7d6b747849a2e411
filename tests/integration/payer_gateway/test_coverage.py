"""Whether a patient is covered, asked by 270 and answered by 271."""

import asyncio
import json
from collections.abc import Callable
from datetime import date, time, timedelta
from pathlib import Path

from services.payer_gateway.verification import transmission_findings
from services.payer_gateway.x12 import (
    Benefit,
    EligibilityInquiry,
    EligibilityRequest,
    EligibilityResponse,
    Envelope,
    Rejection,
    SourceEligibility,
    read_270,
    read_interchanges,
    write_271,
)
from services.payer_gateway.x12.checks.file_check import findings_of
from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.envelope import TradingPartner as Side
from services.payer_gateway.x12.inquiry_answers import Said, answer_eligibility
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import PRACTICE_NPI, coverage, policy, references
from tests.integration.payer_gateway.test_commands import desk
from tests.support import until

_WHO = ("--practice", "P1", "--patient", "PT1", "--payer", "BLUERIVER", "--on", "2026-03-02")
_ENVELOPE = Envelope(
    Side("ZZ", "BLUERIVER"),
    Side("ZZ", PRACTICE_NPI),
    900,
    900,
    date(2026, 3, 1),
    time(9, 30),
)
_ACTIVE = Benefit("1", service_types=("30",), plan="RIVER CHOICE")
_SHARES = (
    Benefit("B", service_types=("98",), period="27", amount_cents=2_500, in_network="Y"),
    Benefit("A", service_types=("30",), share_basis_points=2_000),
    Benefit("C", service_types=("30",), period="23", amount_cents=150_000),
)


def _asked(content: bytes) -> EligibilityInquiry:
    assert [each for each in findings_of(content) if each.finding.is_error] == []
    (transaction,) = [t for i in read_interchanges(content) for t in i.transactions]
    inquiry, findings = read_270(transaction)
    assert findings == []
    return inquiry


def answered(inquiry: EligibilityInquiry, say: Callable[[EligibilityRequest], Said]) -> bytes:
    return write_271(_ENVELOPE, [answer_eligibility(inquiry, say)])


async def take(gateway: Gateway) -> EligibilityInquiry:
    await gateway.send()
    (file,) = gateway.wire.incoming("BLUERIVER").glob("*.270")
    content = file.read_bytes()
    file.unlink()
    return _asked(content)


async def _ask(gateway: Gateway, *benefits: Benefit, reject: str = "") -> str:
    """Ask, have it answered, and read what the desk shows."""
    asked = await desk(gateway, "eligibility", *_WHO, "--wait", "0", "--actor", "jo")
    assert asked.exit_code == 0, asked.output
    assert "no answer yet" in asked.output
    inquiry = await take(gateway)
    rejections = (Rejection(reject, "C"),) if reject else ()
    content = answered(inquiry, lambda _: Said(benefits, rejections))
    (gateway.wire.outgoing("BLUERIVER") / "answer.271").write_bytes(content)
    await gateway.receive()
    return (await desk(gateway, "eligibility", *_WHO, "--answered")).output


async def test_who_is_not_known_or_not_insured_there_is_not_asked_about(gateway: Gateway) -> None:
    unknown = await desk(gateway, "eligibility", *_WHO, "--wait", "0")
    assert (unknown.exit_code, unknown.output) == (1, "no practice P1 is registered\n")
    await gateway.hear(*references("SUMMIT"))
    elsewhere = await desk(gateway, "eligibility", *_WHO, "--wait", "0")
    assert elsewhere.output == "patient PT1 has no coverage with BLUERIVER\n"
    await gateway.hear(coverage(policy("BLUERIVER", "M1", relationship="child")))
    of_another = await desk(gateway, "eligibility", *_WHO, "--wait", "0")
    assert "another person's" in of_another.output
    nobody = await desk(gateway, "eligibility", *_WHO[:-3], "NOBODY", "--wait", "0")
    assert nobody.exit_code == 2
    assert await gateway.rows("select 1 from control_number") == []


async def test_a_member_whom_the_payer_does_not_find_is_said_with_the_reason(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references())
    shown = await _ask(gateway, reject="75")
    assert "coverage on 2026-03-02: not told" in shown
    assert "subscriber not found: correct and send again" in shown


async def test_a_payer_that_cannot_answer_at_all_is_said_to_be_asked_again(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references())
    await desk(gateway, "eligibility", *_WHO, "--wait", "0")
    inquiry = await take(gateway)
    source = SourceEligibility(inquiry.requests[0].source, (Rejection("42", "R", is_valid=True),))
    response = EligibilityResponse(inquiry.reference, date(2026, 3, 1), time(9, 30), (source,))
    (gateway.wire.outgoing("BLUERIVER") / "answer.271").write_bytes(
        write_271(_ENVELOPE, [response])
    )
    await gateway.receive()
    shown = (await desk(gateway, "eligibility", *_WHO, "--answered")).output
    assert "cannot answer now: may be sent again" in shown
    assert await gateway.quarantined() == []


async def test_coverage_that_ended_before_the_day_is_not_in_force(gateway: Gateway) -> None:
    await gateway.hear(*references())
    ended = Benefit("1", dates=(QualifiedDate("347", date(2026, 2, 28)),))
    assert "coverage on 2026-03-02: not in force" in await _ask(gateway, ended)


async def test_coverage_in_force_is_shown_with_plan_and_the_patients_shares(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references())
    shown = await _ask(gateway, _ACTIVE, *_SHARES)
    assert shown.splitlines()[1:] == [
        "coverage on 2026-03-02: in force",
        "  plan: RIVER CHOICE",
        "  copayment 25.00 (visit) for service types 98 in network",
        "  coinsurance 20% for service types 30",
        "  deductible 1500.00 (calendar year) for service types 30",
    ]
    assert "Quillfeather" not in shown
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []


async def test_an_answer_about_someone_else_is_set_aside(gateway: Gateway) -> None:
    await gateway.hear(*references())
    await _ask(gateway, _ACTIVE)
    async with gateway.pool.acquire() as connection:
        await connection.execute("delete from answer")
        await connection.execute("delete from question")
    await gateway.rows("update inbound_file set state = 'received' where kinds = '271'")
    await gateway.receive()
    ((kind, _, reason),) = await gateway.quarantined()
    assert (kind, reason) == ("271", "gateway.question-unknown")


async def test_a_dependents_coverage_is_asked_under_the_policy_holder(gateway: Gateway) -> None:
    await gateway.hear(*references())
    holder = {
        "family_name": "Holder",
        "given_name": "Kim",
        "birth_date": "1980-05-17",
        "sex": "M",
        "address": {"line1": "1 A St", "city": "Lima", "state": "OH", "postal_code": "45801"},
    }
    child = policy("BLUERIVER", "M7", relationship="child", subscriber=holder)
    await gateway.hear(coverage(child))
    await desk(gateway, "eligibility", *_WHO, "--wait", "0")
    (request,) = (await take(gateway)).requests
    assert (request.subscriber.name.last, request.subscriber.identifier) == ("HOLDER", "M7")
    assert request.dependent is not None
    assert (request.dependent.name.last, request.dependent.relationship) == ("QUILLFEATHER", "19")


async def test_the_command_itself_carries_question_and_answer_where_no_gateway_runs(
    gateway: Gateway, tmp_path: Path
) -> None:
    await gateway.hear(*references())
    folder = gateway.wire.incoming("BLUERIVER")

    async def payer() -> None:
        async def asked() -> bool:
            return any(folder.glob("*.270"))

        await until(asked, what="the question")
        (file,) = folder.glob("*.270")
        inquiry = _asked(file.read_bytes())
        part = tmp_path / "answer.271"
        part.write_bytes(answered(inquiry, lambda _: Said((_ACTIVE,))))
        part.rename(gateway.wire.outgoing("BLUERIVER") / "answer.271")

    result, _ = await asyncio.wait_for(
        asyncio.gather(desk(gateway, "eligibility", *_WHO, "--json", "--wait", "60"), payer()),
        timedelta(seconds=90).total_seconds(),
    )
    assert result.exit_code == 0, result.output
    (asked,) = json.loads(result.output)
    (answer,) = asked["answers"]
    assert (answer["coverage"], answer["plan"]) == ("active", "RIVER CHOICE")
