"""What a service may take on at once is bounded, on a real broker and database."""

import asyncio
from collections.abc import Sequence

import asyncpg
import pytest

from services.chassis.processor import Batch, Processor
from services.chassis.record import Record
from services.chassis.relay import _LOCK_SPACE
from services.chassis.settings import ChassisSettings, SettingsError
from services.chassis.watermark import Watermark
from tests.delivery.test_traps import Bench, _is, bench
from tests.delivery.till import running
from tests.support import until

__all__ = ["bench"]


class Watched:
    """Notes the size of each batch; those larger than ``most`` never end."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, most: int = 1_000_000) -> None:
        self.records: list[int] = []
        self.bytes: list[int] = []
        whole = Processor.process

        async def process(processor: Processor, records: Sequence[Record]) -> Batch:
            self.records.append(len(records))
            self.bytes.append(sum(len(record.value or b"") for record in records))
            if len(records) > most:
                await asyncio.Event().wait()
            return await whole(processor, records)

        monkeypatch.setattr(Processor, "process", process)


async def test_a_batch_that_takes_too_long_is_tried_again_in_halves(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 41):
        await bench.send("A", number)
    watched = Watched(monkeypatch, most=10)
    async with running(
        bench.topics,
        bench.bootstrap,
        bench.url,
        name=bench.name,
        slowest_batch_seconds=1,
        statement_timeout_seconds=1,
    ):
        await until(lambda: _is(bench.total("A"), 4000))
    assert max(watched.records) > 10
    assert await bench.counted("A") == list(range(1, 41))


async def test_a_batch_holds_no_more_bytes_than_it_may_and_order_is_kept(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1, 21):
        await bench.send("A", number)
        await bench.send("B", number, value=b" " * 300_000)
    watched = Watched(monkeypatch)
    most = 1_048_576
    async with running(bench.topics, bench.bootstrap, bench.url, name=bench.name, batch_bytes=most):
        await until(lambda: _is(bench.total("A"), 2000))
        await until(
            lambda: _is(
                bench.fetchval(
                    "select (select count(*) from delivery.dead_letter)"
                    " + (select count(*) from delivery.parked)"
                ),
                20,
            )
        )
    assert max(watched.bytes) <= most
    assert await bench.counted("A") == list(range(1, 21))


async def test_a_service_whose_outbox_is_full_decides_nothing_until_it_is_published(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_back = asyncio.Event()
    whole = Watermark._say

    def say(watermark: Watermark, *, held_back: bool) -> None:
        whole(watermark, held_back=held_back)
        seen[held_back].set()

    seen = {True: held_back, False: asyncio.Event()}
    monkeypatch.setattr(Watermark, "_say", say)
    watched = Watched(monkeypatch)
    another = await asyncpg.connect(bench.url)
    try:
        await another.execute("select pg_advisory_lock($1, 0)", _LOCK_SPACE)
        await another.execute(
            "insert into delivery.outbox (shard, events, pack) values (0, 2000, '\\x90')"
        )
        await bench.send("A", 1)
        async with running(
            bench.topics, bench.bootstrap, bench.url, name=bench.name, outbox_watermark=1_000
        ):
            await held_back.wait()
            assert watched.records == []
            await another.execute(
                "insert into delivery.redrive (run, letter_id, is_rehearsal, actor, role) "
                "select gen_random_uuid(), gen_random_uuid(), tried, 'ana', 'operator' "
                "from unnest(array[false, true]) tried"
            )
            answered = "select answer is not null from delivery.redrive where is_rehearsal = "
            await until(lambda: _is(bench.fetchval(f"{answered} true"), True))
            assert not await bench.fetchval(f"{answered} false"), "it adds to the outbox"
            await another.execute("select pg_advisory_unlock($1, 0)", _LOCK_SPACE)
            await until(lambda: _is(bench.total("A"), 100))
    finally:
        await another.close()
    assert seen[False].is_set()


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("CLAIMSTREAM_SLOWEST_BATCH_SECONDS", "101"),
        ("CLAIMSTREAM_OUTBOX_PATIENCE_SECONDS", "200"),
        ("CLAIMSTREAM_STATEMENT_TIMEOUT_SECONDS", "61"),
    ],
)
def test_a_batch_that_cannot_end_in_time_is_refused_by_arithmetic(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    monkeypatch.setenv("CLAIMSTREAM_KAFKA_BOOTSTRAP", "localhost:1")
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        ChassisSettings.read()
