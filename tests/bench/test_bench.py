"""The bench compares like with like, and computes its figures as it says."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import asyncpg
import pytest
from rich.console import Console

from claimstream.stack.state import ProcessRecord, StackRecord
from deploy.embedded.child import Identity
from schemas.coding import EncounterCoded
from schemas.envelope import OutgoingRecord
from schemas.event import Event
from services.chassis.migrate import migrate
from services.chassis.processor import Processor
from services.chassis.record import deliver
from services.coding.app import service
from services.coding.settings import CodingSettings
from simulators.payer.contract import default_contract, parse_contract
from tests.bench import stories
from tests.bench.bench_stack import prompt_contract
from tests.bench.chart import chart
from tests.bench.pace import Pace, pace, percentile, took
from tests.bench.processes import start_milliseconds
from tests.bench.report import Results, document, show
from tests.bench.run import Contender, Measured, ratio, spread
from tests.bench.traffic import traffic
from tests.bench.usual import Handling
from tests.fixtures.postgres import MakeDatabase
from tests.support import ManualClock, record

START = datetime(2026, 3, 1, tzinfo=UTC)
NAMES = ["1", "2"]


def seconds(*numbers: int) -> dict[str, list[datetime]]:
    return {f"E{place}": [START + timedelta(seconds=n)] for place, n in enumerate(numbers)}


def test_a_leg_through_which_nothing_came_has_no_pace() -> None:
    assert pace(START, {}).per_second == 0


def test_the_slowest_five_percent_do_not_count() -> None:
    found = pace(START, seconds(*range(1, 96), *[1_000] * 5))
    assert (found.arrived, found.counted, found.milliseconds) == (100, 95, 95_000)
    assert found.per_second == 1


def test_a_single_arrival_is_counted() -> None:
    assert pace(START, seconds(2)).per_second == 0.5


def test_only_the_first_arrival_of_an_encounter_counts() -> None:
    (once,) = seconds(2).values()
    assert pace(START, {"E0": [*once, START + timedelta(hours=1)]}).milliseconds == 2_000


def test_an_encounter_is_timed_from_the_last_record_that_it_waited_for() -> None:
    first, addendum, claim = (START + timedelta(seconds=n) for n in (0, 7, 8))
    late = START + timedelta(seconds=9)
    assert took({"E1": [first, addendum, late]}, {"E1": [claim], "E2": [claim]}) == [1_000]


def test_a_percentile_is_a_time_that_was_measured() -> None:
    times = list(range(1, 1_001))
    assert percentile(times, 500) == 500
    assert percentile(times, 999) == 999
    assert percentile([5], 999) == 5
    assert percentile([], 500) == 0


def test_ways_are_compared_by_their_medians() -> None:
    assert spread([9.0, 1.0, 5.0]) == (1.0, 5.0, 9.0)
    assert spread([4.0, 2.0]) == (2.0, 3.0, 4.0)
    assert ratio([10.0, 30.0, 20.0], [4.0]) == 5
    assert ratio([1.0], [0.0]) == float("inf")


def test_the_shorter_run_has_the_first_encounters_of_the_longer() -> None:
    longer, shorter = traffic(40, 7), traffic(40, 7, taken=15)
    assert len(longer.keys) == 40
    assert len(shorter.keys) == 15
    assert shorter.keys < longer.keys
    wanted = [each for each in longer.encounters if each.key.decode() in shorter.keys]
    assert list(shorter.encounters) == wanted
    assert {each.value for each in shorter.references} <= {each.value for each in longer.references}
    assert max(longer.ends, shorter.ends) == longer.ends


def test_the_prompt_payer_differs_from_the_usual_one_in_its_delays_alone() -> None:
    prompt, shipped = parse_contract(prompt_contract()), default_contract()
    assert prompt.plans == shipped.plans
    delays = prompt.delays
    assert (delays.claim_acknowledgement, delays.payment_first, delays.payment_last) == (0, 0, 0)


def measured(contender: Contender, seconds_taken: int, **changes: Any) -> Measured:
    leg = Pace(100, 95, seconds_taken * 1_000)
    values: dict[str, Any] = {
        "contender": contender,
        "published": 100,
        "submitted": leg,
        "balanced": leg,
        "cpu_milliseconds": {"coding": 250, "kafka": 50},
        "resident_kib": {"coding": 100 * 1024},
        "dead_letters": 0,
        "parked": 0,
        "wall_milliseconds": 1,
        "complete": True,
    }
    return Measured(**(values | changes))


def shown(*runs: Measured) -> str:
    console = Console(width=120, record=True, file=StringIO())
    show(Results(7, runs), console)
    return console.export_text()


def test_a_run_that_never_came_to_rest_is_named() -> None:
    assert "claimstream: a run did not come to rest" in shown(measured("ours", 1, complete=False))
    assert "rest" not in shown(measured("ours", 1))


def test_a_service_over_its_memory_is_named() -> None:
    heavy = {"coding": 201 * 1024, "kafka": 900 * 1024}
    assert "over 200 MiB: coding." in shown(measured("ours", 1, resident_kib=heavy))


def test_premade_answers_that_do_not_fit_are_named() -> None:
    few = measured("ours", 1, balanced=Pace(40, 38, 1_000))
    assert "do not fit" in shown(measured("live", 1), few)
    assert "do not fit" not in shown(measured("live", 1), measured("ours", 1))


def test_rates_are_compared_with_both_the_usual_way_and_the_bare_limit() -> None:
    runs = [
        *(measured("ours", taken) for taken in (4, 5, 9)),
        measured("usual", 50),
        measured("bare", 2),
    ]
    figures = document(Results(7, runs))
    assert figures["encounters_per_second"]["balanced"]["ours"]["median"] == 19.0
    assert figures["ratios"]["times the usual way"]["ours"] == 10
    assert figures["ratios"]["of the bare limit"]["ours"] == 0.4
    assert "10.00" in shown(*runs)
    assert figures["runs"][0]["cpu_milliseconds_per_1000_encounters"] == {
        "coding": 2500,
        "kafka": 500,
    }


def test_the_chart_is_a_picture_of_every_contender() -> None:
    drawn = chart([measured("ours", 4), measured("bare", 1)])
    picture = ElementTree.fromstring(drawn)  # noqa: S314
    words = "".join(picture.itertext())
    assert "claimstream" in words
    assert "bare" in words
    assert "usual" not in words


def test_a_services_start_lasts_until_its_own_log_says_so(tmp_path: Path) -> None:
    born = START.timestamp()
    lines = [
        {"event": "started", "timestamp": (START - timedelta(hours=1)).isoformat()},
        {"event": "listening", "timestamp": (START + timedelta(seconds=1)).isoformat()},
        {"event": "started", "timestamp": (START + timedelta(milliseconds=2_500)).isoformat()},
    ]
    text = "".join(f"{json.dumps(line)}\n" for line in lines)
    (tmp_path / "coding.log").write_text(text, encoding="utf-8")
    processes = tuple(
        ProcessRecord(name, "ready", Identity(1, born)) for name in ("coding", "billing", "kafka")
    )
    record = StackRecord(Identity(1, born), "run", "ready", processes=processes)
    assert start_milliseconds(record, tmp_path) == {"coding": 2_500}


@pytest.fixture
async def pools(make_database: MakeDatabase) -> AsyncIterator[list[asyncpg.Pool]]:
    """Two databases of the coding service."""
    made = []
    for _ in range(2):
        pool = await asyncpg.create_pool(await make_database(), min_size=1, max_size=2)
        async with pool.acquire() as connection:
            await migrate(connection, service(CodingSettings()).migrations)
        made.append(pool)
    yield made
    for pool in made:
        await pool.close()


class Usual:
    """The usual handler on one database, with what it published."""

    def __init__(self, pool: asyncpg.Pool, clock: ManualClock) -> None:
        self.published: list[OutgoingRecord] = []
        self.service = service(CodingSettings())
        self.clock = clock
        self._handling = Handling(self.service, pool, clock, self._publish)

    async def _publish(self, outgoing: OutgoingRecord) -> None:
        self.published.append(outgoing)

    async def hear(self, events: Sequence[Event]) -> None:
        for event in events:
            read = record(event, occurred_at=self.clock.now())
            incoming = deliver(read, self.service.subscriptions).incoming
            assert incoming is not None
            await self._handling.handle(incoming)


def _content(records: Sequence[OutgoingRecord]) -> list[tuple[str, bytes, bytes]]:
    return sorted((each.topic, each.key, each.value) for each in records)


async def test_both_ways_publish_the_same_events_under_the_same_ids(
    pools: list[asyncpg.Pool],
) -> None:
    clock = ManualClock()
    events = [
        *stories.providers(["1"]),
        *stories.patients(NAMES),
        *stories.coverages(NAMES),
        *stories.documented(NAMES, signed=True),
    ]
    processor = Processor(service(CodingSettings()), pools[0], clock)
    batch = await processor.process([record(each, occurred_at=clock.now()) for each in events])
    usual = Usual(pools[1], clock)
    await usual.hear(events)
    assert _content(usual.published) == _content(batch.outgoing)
    ids = [dict(each.headers)["ce_id"] for each in batch.outgoing]
    assert sorted(dict(each.headers)["ce_id"] for each in usual.published) == sorted(ids)
    assert {each.topic for each in usual.published} == {EncounterCoded.TOPIC}


async def test_the_usual_way_waits_in_place_for_a_reference_and_loses_nothing(
    pools: list[asyncpg.Pool],
) -> None:
    usual = Usual(pools[0], ManualClock())
    waiting = asyncio.create_task(usual.hear(stories.documented(NAMES[:1], signed=True)))
    await asyncio.wait([waiting], timeout=0.1)
    assert not waiting.done()
    assert usual.published == []
    await usual.hear(stories.providers(["1"]))
    await usual.hear(stories.patients(NAMES))
    await usual.hear(stories.coverages(NAMES))
    await waiting
    assert [each.topic for each in usual.published] == [EncounterCoded.TOPIC]


async def test_the_usual_way_sets_aside_what_a_rule_refuses(pools: list[asyncpg.Pool]) -> None:
    usual = Usual(pools[0], ManualClock())
    await usual.hear(
        [*stories.providers(["1"]), *stories.patients(NAMES), *stories.coverages(NAMES)]
    )
    (fresh,) = stories.documented(NAMES[:1], signed=True)
    await usual.hear([fresh.model_copy(update={"revision": 3})])
    await usual.hear([fresh])
    assert [each.topic for each in usual.published] == [
        EncounterCoded.TOPIC,
        "ehr.encounter-documented.v1.coding.dlq",
    ]
