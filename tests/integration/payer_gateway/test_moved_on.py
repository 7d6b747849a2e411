"""A claim that the payer answered while it waited for its file is not sent a second time."""

import asyncio
from datetime import timedelta

from services.payer_gateway.x12 import interchange_reader, professional_claim_reader
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references


async def _answered_while_waiting(gateway: Gateway) -> None:
    """CLM1 was sent; then a database was restored in which it waits; now its 277CA comes in."""
    await gateway.hear(*references(), claim("CLM1"))
    await gateway.rows("create table restored as select * from waiting_claim")
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    await gateway.rows("delete from outbound_file")
    await gateway.rows("delete from control_number")
    await gateway.rows("update claim set state = 'waiting', file_id = null")
    await gateway.rows("insert into waiting_claim select * from restored")
    for _ in range(3):
        await asyncio.to_thread(gateway.wire.payer.step)
        gateway.clock.advance(timedelta(days=1))
    await gateway.receive()
    (answered,) = await gateway.rows("select state from claim")
    assert answered["state"] == "accepted"


async def test_no_file_is_made_and_no_number_is_spent_where_no_claim_waits_any_more(
    gateway: Gateway,
) -> None:
    await _answered_while_waiting(gateway)
    assert await gateway.send() == 0
    for table in ("outbound_file", "control_number", "waiting_claim"):
        assert await gateway.rows(f"select * from {table}") == []


async def test_a_claim_that_still_waits_is_sent_without_it(gateway: Gateway) -> None:
    await _answered_while_waiting(gateway)
    await gateway.hear(claim("CLM2"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    (file,) = await gateway.rows(
        "select content, claim_ids, interchange_control_number as number from outbound_file"
    )
    assert (file["claim_ids"], file["number"]) == (["CLM2"], 1)
    (interchange,) = interchange_reader.read_interchanges(file["content"])
    (transaction,) = interchange.transactions
    batch, _ = professional_claim_reader.read_837p(transaction)
    assert [each.claim_id for each in batch.claims] == ["CLM2"]
    states = await gateway.rows("select claim_id, state from claim order by claim_id")
    assert [tuple(row) for row in states] == [("CLM1", "accepted"), ("CLM2", "filed")]
