"""What two processes decide at once about a claim or a payment that neither of them found."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.payer_gateway.app import service
from services.payer_gateway.files import inbound
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.stores import file_store
from services.payer_gateway.stores.file_store import ReceivedFile
from services.payer_gateway.verification import transmission_findings
from tests.delivery.protocol.crossing import Work, crossing, hearing
from tests.fixtures.postgres import DatabaseServer
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references


async def test_a_claim_that_is_submitted_twice_at_once_waits_for_its_file_once(
    gateway: Gateway, postgres_server: DatabaseServer
) -> None:
    desk = service(GatewaySettings())
    await gateway.hear(*references())

    async def scene(number: int) -> tuple[Work, Work]:
        first = claim(f"CLM{number}")
        again = first.model_copy(update={"encounter_id": f"OTHER{number}"})
        return hearing(desk, gateway.clock, first), hearing(desk, gateway.clock, again)

    async with crossing(postgres_server, gateway.pool) as crossed:
        scenes, waited = await crossed.at_every_await(scene)
    assert waited > 0
    for table in ("claim", "waiting_claim"):
        rows = await gateway.rows(f"select distinct claim_id from {table}")
        assert len(rows) == scenes
    rows = await gateway.rows("select reason from delivery.dead_letter")
    assert [row["reason"] for row in rows] == ["claim_submitted_before"] * scenes


async def test_a_payment_that_two_files_bring_at_once_is_loaded_once(
    gateway: Gateway, postgres_server: DatabaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inbound, "_MOST_FILES_READ", 1)
    await gateway.hear(*references(), claim("CLM1"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    for _ in range(16):
        await asyncio.to_thread(gateway.wire.payer.step)
        gateway.clock.advance(timedelta(days=1))
    (paid,) = gateway.wire.outgoing("BLUERIVER").glob("*.835")
    content = paid.read_bytes()
    states: list[list[str]] = []

    def reading() -> Work:
        async def work(pool: Any) -> None:
            receiver = Receiver(gateway.partners, gateway.transports)
            await receiver._read(replace(gateway.runtime, pool=pool))

        return work

    async def scene(number: int) -> tuple[Work, Work]:
        async with gateway.pool.acquire() as connection:
            if number:
                rows = await connection.fetch("select state from inbound_file order by state")
                states.append([row["state"] for row in rows])
            await connection.execute("truncate inbound_file, remittance, quarantine, answer")
            files = [ReceivedFile("1.835", content), ReceivedFile("2.835", content + b"\n")]
            received = [("BLUERIVER", file) for file in files]
            await file_store.keep_received(connection, received, gateway.clock.now())
        return reading(), reading()

    async with crossing(postgres_server, gateway.pool) as crossed:
        scenes, waited = await crossed.at_every_await(scene)
    assert waited > 0
    assert states == [["duplicate", "loaded"]] * (scenes - 1)
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []
