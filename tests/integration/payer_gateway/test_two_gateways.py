"""Two gateways at one database and one payer: each claim goes once, each file is loaded once."""

import asyncio
from datetime import timedelta
from functools import partial

import asyncpg

from schemas.claim import ClaimAcknowledged, ClaimAdjudicated, ClaimTransmitted
from services.payer_gateway.domain.answer_file import AnswerFile
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.files.outbound import Sender
from services.payer_gateway.stores import answer_store, file_store
from services.payer_gateway.verification import transmission_findings
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references
from tests.support import until

CLAIMS = tuple(f"CLM{number}" for number in range(1, 13))
DAYS = 16


async def test_two_gateways_send_each_claim_once_and_load_each_file_once(gateway: Gateway) -> None:
    await gateway.hear(*references(), *(claim(each) for each in CLAIMS))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    object.__setattr__(gateway.partners["BLUERIVER"], "claims_per_file", 2)
    senders = [Sender(gateway.partners, gateway.transports) for _ in range(2)]
    receivers = [Receiver(gateway.partners, gateway.transports) for _ in range(2)]
    for _ in range(DAYS):
        for _ in range(3):
            await asyncio.gather(*(each.step(gateway.runtime) for each in senders))
        await asyncio.to_thread(gateway.wire.payer.step)
        for _ in range(4):
            await asyncio.gather(*(each.step(gateway.runtime) for each in receivers))
        gateway.clock.advance(timedelta(days=1))
    for said in (
        await gateway.said(ClaimTransmitted),
        await gateway.said(ClaimAdjudicated),
        await gateway.said(ClaimAcknowledged),
    ):
        assert sorted(each.claim_id for each in said) == sorted(CLAIMS)
    states = await gateway.rows("select distinct state from inbound_file")
    assert [row["state"] for row in states] == ["loaded"]
    assert await gateway.quarantined() == []
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []


class _Answer(AnswerFile):
    """Refuses one file and names one claim."""

    def __init__(self, number: tuple[str, str, int], claim_id: str) -> None:
        super().__init__()
        self._number, self._claim_id = number, claim_id

    def answered_numbers(self) -> set[tuple[str, str, int]]:
        return {self._number}

    def refused_numbers(self) -> set[tuple[str, str, int]]:
        return {self._number}

    def claim_ids(self) -> set[str]:
        return {self._claim_id}


async def test_a_gateway_waits_for_the_first_claim_before_it_holds_a_later_one(
    gateway: Gateway,
) -> None:
    object.__setattr__(gateway.partners["BLUERIVER"], "claims_per_file", 1)
    await gateway.hear(*references(), claim("CLM1"), claim("CLM2"))
    await gateway.send()
    (sent,) = await gateway.rows(
        "select sender_id, receiver_id, interchange_control_number from outbound_file "
        "where claim_ids = '{CLM1}'"
    )
    answer = _Answer((sent[0], sent[1], sent[2]), "CLM2")
    holder, reader = [await asyncpg.connect(gateway.url) for _ in range(2)]

    async def read() -> list[str]:
        async with reader.transaction():
            known = await answer_store.known_of(reader, [answer])
            return sorted(known.claims)

    async def waits() -> bool:
        (row,) = await gateway.rows(
            "select wait_event_type from pg_stat_activity where pid = $1", reader.get_server_pid()
        )
        return bool(row["wait_event_type"] == "Lock")

    try:
        async with holder.transaction():
            await holder.fetch("select from claim where claim_id = 'CLM1' for update")
            reading = asyncio.create_task(read())
            await until(waits, what="a gateway that waits for the first claim")
            free = await gateway.rows(
                "select claim_id from claim where claim_id = 'CLM2' for update nowait"
            )
            assert len(free) == 1
        assert await reading == ["CLM1", "CLM2"]
    finally:
        await holder.close()
        await reader.close()


async def test_every_answered_file_is_known_though_the_sending_of_one_is_noted_meanwhile(
    gateway: Gateway,
) -> None:
    object.__setattr__(gateway.partners["BLUERIVER"], "claims_per_file", 1)
    await gateway.hear(*references(), *(claim(each) for each in CLAIMS[:3]))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    for _ in range(3):
        await gateway.send()
    files = await gateway.rows(
        "select sender_id, receiver_id, interchange_control_number from outbound_file "
        "order by file_id"
    )
    numbers = [(row[0], row[1], row[2]) for row in files]
    answers = [_Answer(*each) for each in zip(numbers, CLAIMS, strict=False)]
    assert len(answers) == 3
    for changed in numbers:
        holder, reader = [await asyncpg.connect(gateway.url) for _ in range(2)]

        async def read(reader: asyncpg.Connection) -> set[tuple[str, str, int]]:
            async with reader.transaction():
                return set((await answer_store.known_of(reader, answers)).files)

        async def waits(reader: asyncpg.Connection) -> bool:
            (row,) = await gateway.rows(
                "select wait_event_type from pg_stat_activity where pid = $1",
                reader.get_server_pid(),
            )
            return bool(row["wait_event_type"] == "Lock")

        try:
            async with holder.transaction():
                await holder.execute(
                    "update outbound_file set sent_at = now() where sender_id = $1 "
                    "and receiver_id = $2 and interchange_control_number = $3",
                    *changed,
                )
                reading = asyncio.create_task(read(reader))
                await until(partial(waits, reader), what="a gateway that waits for the file")
            assert await reading == set(numbers)
        finally:
            await holder.close()
            await reader.close()


async def test_no_answer_to_a_claim_is_read_before_the_sending_of_its_file_is_noted(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references(), claim("CLM1"))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    await gateway.rows("update outbound_file set state = 'created', sent_at = null")
    await asyncio.to_thread(gateway.wire.payer.step)
    gateway.clock.advance(timedelta(days=1))
    await asyncio.to_thread(gateway.wire.payer.step)
    (folder,) = {path.parent for path in gateway.wire.outgoing("BLUERIVER").glob("*.277")}
    for path in folder.glob("*.999"):
        path.unlink()
    (file,) = await gateway.rows("select file_id from outbound_file")
    sender = await asyncpg.connect(gateway.url)

    async def waits() -> bool:
        rows = await gateway.rows(
            "select 1 from pg_stat_activity where wait_event_type = 'Lock' "
            "and datname = current_database()"
        )
        return bool(rows)

    try:
        async with sender.transaction():
            assert await file_store.lock_unsent(sender, [file["file_id"]])
            reading = asyncio.create_task(gateway.receive())
            await until(waits, what="a gateway that waits for the file")
            assert await gateway.said(ClaimAcknowledged) == []
            now = gateway.clock.now()
            await file_store.mark_files_sent(sender, [(file["file_id"], now)], now)
        await reading
    finally:
        await sender.close()
    assert [each.outcome for each in await gateway.said(ClaimAcknowledged)] == ["accepted"]
