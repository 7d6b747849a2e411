"""The proof names what is broken: each promise is broken on purpose."""

import asyncpg
import pytest

from services.payer_gateway.verification import transmission_findings
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references
from tests.support import record


async def _paid(gateway: Gateway) -> None:
    await gateway.hear(*references(), claim("CLM1"), claim("CLM2"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.exchange(16)


async def _rules(gateway: Gateway) -> set[str]:
    async with gateway.pool.acquire() as connection:
        return {each.rule for each in await transmission_findings(connection)}


async def test_nothing_is_found_where_nothing_is_broken(gateway: Gateway) -> None:
    await _paid(gateway)
    await gateway.hear(claim("CLM3"))
    assert await _rules(gateway) == set()


@pytest.mark.parametrize(
    ("broken", "rules"),
    [
        ("update control_number set last = last + 1", {"control_number_gap"}),
        ("delete from control_number", {"control_number_unknown"}),
        (
            "update outbound_file set interchange_control_number = 9",
            {"control_number_gap", "file_number"},
        ),
        (
            "update claim set file_id = null where claim_id = 'CLM1'",
            {"claim_in_no_file", "file_claims"},
        ),
        (
            "update claim set state = 'waiting' where claim_id = 'CLM1'",
            {"claim_in_file_too_early"},
        ),
        (
            "insert into claim select practice_id, 'CLM9', encounter_id, payer_id, state, '', "
            "file_id from claim where claim_id = 'CLM1'",
            {"file_claims"},
        ),
        (
            "update outbound_file set content = content || 'x'::bytea",
            {"file_altered"},
        ),
        ("update outbound_file set claim_count = 3", {"file_count"}),
        (
            "update remittance set claims_paid_cents = claims_paid_cents + 1",
            {"remittance_unbalanced"},
        ),
        (
            "update inbound_file set state = 'received', stored_at = now() - interval '2 minutes' "
            "where kinds = '835'",
            {"file_unread"},
        ),
    ],
)
async def test_what_is_broken_on_purpose_is_named(
    gateway: Gateway, broken: str, rules: set[str]
) -> None:
    await _paid(gateway)
    async with gateway.pool.acquire() as connection:
        await connection.execute(broken)
    assert await _rules(gateway) == rules


@pytest.mark.parametrize(("uploads", "rules"), [(1, {"file_sent_twice"}), (2, set())])
async def test_a_file_that_a_partner_has_more_often_than_it_was_sent_is_named(
    gateway: Gateway, uploads: int, rules: set[str]
) -> None:
    await _paid(gateway)
    (file,) = await gateway.rows("select name, content from outbound_file")
    (gateway.wire.incoming("BLUERIVER") / file["name"]).write_bytes(file["content"])
    await gateway.rows("update outbound_file set uploads = $1", uploads)
    await gateway.exchange(2)
    assert await gateway.rows("select 1 from inbound_file where kinds = 'TA1'")
    assert await _rules(gateway) == rules


async def test_a_file_that_is_read_at_this_moment_is_no_finding(gateway: Gateway) -> None:
    await _paid(gateway)
    async with gateway.pool.acquire() as connection:
        await connection.execute(
            "update inbound_file set state = 'received', stored_at = now() where kinds = '835'"
        )
    assert await _rules(gateway) == set()


async def _statements(gateway: Gateway, *claim_ids: str) -> int:
    """How many statements the service itself needs for a batch of these claims."""
    records = [record(claim(each)) for each in claim_ids]
    counted: list[str] = []
    own = ("reference", "claim", "quarantine", "remittance", "inbound_file")

    def note(query: asyncpg.connection.LoggedQuery) -> None:
        if "delivery." not in query.query and any(name in query.query for name in own):
            counted.append(query.query)

    async with gateway.pool.acquire() as connection:
        connection.add_query_logger(note)
    await gateway.processor.process(records)
    return len(counted)


async def test_a_batch_of_many_claims_takes_as_many_statements_as_one(gateway: Gateway) -> None:
    await gateway.hear(*references())
    pool = await asyncpg.create_pool(gateway.url, min_size=1, max_size=1)
    gateway.processor.pool = pool
    gateway.pool, before = pool, gateway.pool
    one = await _statements(gateway, "CLM0")
    many = await _statements(gateway, *(f"CLM{number}" for number in range(1, 60)))
    gateway.pool = before
    await pool.close()
    assert one == many == 3
