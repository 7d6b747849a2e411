"""Stages, samples, flame graphs and the shape of the bare limit say what they claim to say."""

import time
from collections import Counter
from pathlib import Path
from threading import Event as Signal
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import pytest

from schemas.coding import EncounterCoded
from schemas.encounter import EncounterDocumented
from schemas.envelope import encode
from schemas.event import Event
from services.chassis.record import Record
from tests.bench import gauge, stories
from tests.bench.bare import Emitting
from tests.bench.capture import Captured, Sample
from tests.bench.flame_graph import flame_graph
from tests.bench.hops import Hop, Share, hops_of, keep_hops, read_hops
from tests.bench.hot_spots import stage_of
from tests.bench.sampling import Sampler, folded, heaviest, module_of, unfolded
from tests.bench.stage_clock import REST, StageClock
from tests.bench.stages import measured
from tests.support import NOON, record

STACKS = Counter({("m", "main", "a & <b>"): 3, ("m", "main"): 1, ("m", "main", "c", "price"): 4})


def spin(milliseconds: int) -> None:
    until = time.process_time_ns() + milliseconds * 1_000_000
    while time.process_time_ns() < until:
        pass


def test_time_in_a_nested_stage_counts_there_alone() -> None:
    stages = StageClock()
    with stages.running(), stages.stage("outer"):
        spin(5)
        stages.of_function("inner", spin)(20)
    assert stages.nanoseconds["inner"] >= 20_000_000
    assert 5_000_000 <= stages.nanoseconds["outer"] < 20_000_000


def test_what_happens_outside_of_a_run_counts_nowhere() -> None:
    stages = StageClock()
    stages.of_function("decide", spin)(5)
    spin(5)
    assert stages.nanoseconds.total() == 0
    with stages.running():
        spin(2)
    assert stages.nanoseconds[REST] >= 2_000_000


async def test_a_coroutine_is_counted_to_its_end_even_when_it_fails() -> None:
    async def fail() -> None:
        spin(3)
        raise LookupError

    stages = StageClock()
    with stages.running():
        with pytest.raises(LookupError):
            await stages.of_coroutine("load", fail)()
        spin(2)
    assert stages.nanoseconds["load"] >= 3_000_000
    assert stages.nanoseconds[REST] >= 2_000_000


@pytest.mark.parametrize("fine", [False, True])
def test_a_sampler_finds_the_function_that_burns_the_time(*, fine: bool) -> None:
    sampler = Sampler(fine=fine)
    with sampler.running():
        spin(300)
    spun = sum(spent for stack, spent in sampler.stacks.items() if stack[-1].endswith(":spin"))
    assert 150_000 < spun <= 400_000
    before = sampler.stacks.total()
    spin(50)
    assert sampler.stacks.total() == before


def test_a_process_that_waits_spends_no_time() -> None:
    sampler = Sampler(fine=True)
    waiting = Signal()
    with sampler.running():
        waiting.wait(0.2)
    assert sampler.stacks.total() < 100_000


def test_folded_stacks_read_back_as_they_were() -> None:
    assert unfolded(folded(STACKS)) == STACKS


def test_modules_are_named_by_where_they_lie() -> None:
    assert module_of(__file__) == "tests.bench.test_measuring"
    assert module_of("/usr/lib/site-packages/asyncpg/pool.py") == "asyncpg.pool"
    assert module_of("/usr/lib/python3.11/asyncio/runners.py") == "runners"


def test_the_heaviest_functions_are_listed_by_their_own_and_by_all_their_time() -> None:
    lines = heaviest(STACKS).splitlines()
    assert "  50.0%   50.0%  price" in lines
    assert "  12.5%  100.0%  main" in lines


def test_a_flame_graph_is_a_picture_with_every_function_and_its_share() -> None:
    drawn = flame_graph(STACKS, "coding")
    titles = [
        each.text
        for each in ElementTree.fromstring(drawn).iter()  # noqa: S314
        if each.tag.endswith("title")
    ]
    assert "a & <b>: 37.5%" in titles
    assert "c: 50.0%" in titles
    assert not any(title and title.startswith("m:") for title in titles)
    assert flame_graph(Counter(), "idle").endswith("</svg>\n")


@pytest.mark.parametrize(
    ("stack", "stage"),
    [
        (("services.chassis.relay:Relay.run", "asyncpg.pool:fetch"), "relay"),
        (("services.payer_gateway.files.inbound:step", "asyncpg.pool:fetch"), "files"),
        (("services.chassis.processor:process", "services.chassis.record:deliver"), "decode"),
        (("services.chassis.processor:process", "services.billing.handlers:on_coded"), "decide"),
        (("services.billing.store:load", "asyncpg.connection:fetch"), "database"),
        (("services.chassis.processor:process", "services.billing.store:save"), "database"),
        (("services.chassis.processor:_decide",), "chassis"),
        (("aiokafka.consumer.fetcher:_fetch",), "consume"),
        (("runners:run",), "event loop"),
    ],
)
def test_a_stack_belongs_to_one_stage(stack: tuple[str, ...], stage: str) -> None:
    assert stage_of(stack) == stage


def caused(event: Event, cause: UUID | None, service: str) -> Record:
    made = encode(
        event,
        event_id=uuid4(),
        source=f"urn:claimstream:{service}",
        occurred_at=NOON,
        causation_id=str(cause) if cause else "",
    )
    return Record(made.topic, 0, 0, NOON, made.key, made.headers, made.value)


SUBSCRIBED = {"coding": [EncounterDocumented.TOPIC], "billing": [EncounterCoded.TOPIC]}


def test_the_bare_limit_emits_for_each_input_what_a_real_run_emitted() -> None:
    ids = [uuid4() for _ in range(4)]
    read = [
        record(event, event_id=event_id)
        for event, event_id in zip(stories.documented("abcd", signed=True), ids, strict=True)
    ]
    coded = [
        caused(event, cause, "coding")
        for event, cause in zip(stories.coded("abc"), [*ids[:2], None], strict=True)
    ]
    hops = hops_of([*read, *coded], SUBSCRIBED)
    (hop,) = hops["coding"][EncounterDocumented.TOPIC]
    assert (hop.topic, hop.per_thousand) == (EncounterCoded.TOPIC, 750)
    assert hop.value_bytes == sum(len(each.value or b"") for each in coded) // 3
    assert ("ce_type", EncounterCoded.TOPIC) in hop.headers
    assert hops["billing"] == {}


def test_the_shape_of_the_bare_limit_survives_its_file(tmp_path: Path) -> None:
    hops = {"coding": {"in": (Hop("out", 1500, 10, (("ce_type", "out"),)),)}}
    keep_hops(hops, tmp_path / "hops.json")
    assert read_hops(tmp_path / "hops.json") == hops


def test_shares_are_handed_out_evenly_and_in_full() -> None:
    share = Share(1500)
    assert [share.next() for _ in range(4)] == [1, 2, 1, 2]
    assert sum(Share(250).next() for _ in range(3)) == 0


def test_the_same_input_makes_the_same_ids_in_the_bare_limit() -> None:
    hops = {"in": (Hop("out", 2000, 3, ()),)}
    event_id = uuid4()
    first, again = (Emitting(hops).of("in", b"P1:E1", event_id) for _ in range(2))
    assert first == again
    assert len({each.event_id for each in first}) == 2
    assert [(each.topic, each.key, each.value) for each in first] == [("out", b"P1:E1", b"000")] * 2
    assert Emitting(hops).of("elsewhere", b"P1:E1", event_id) == []


def test_a_stage_run_decides_every_record_and_counts_what_that_took() -> None:
    names = [str(number) for number in range(30)]
    captured = Captured(
        Sample.whole(30, 7),
        tuple(
            record(each)
            for each in (
                *stories.providers(["1"]),
                *stories.patients(names),
                *stories.coverages(names),
            )
        ),
        tuple(record(each) for each in stories.documented(names, signed=True)),
        (),
    )
    cost = measured("coding", captured, batch_records=10)
    assert (cost.records, cost.batches, cost.decided, cost.emitted) == (30, 3, 30, 30)
    assert (cost.set_aside, cost.parked) == ({}, 0)
    stages = {"decode", "inbox", "load", "decide", "save", "encode", "outbox"}
    assert stages <= set(cost.nanoseconds)
    assert cost.server.wal_bytes > 0
    assert cost.statements_a_batch >= 5


def test_a_stage_run_of_the_gateway_sends_its_claims_and_reads_the_answers() -> None:
    names = [str(number) for number in range(12)]
    captured = Captured(
        Sample.whole(12, 7),
        tuple(
            record(each)
            for each in (
                stories.practice(),
                *stories.providers(["1"]),
                *stories.patients(names),
                *stories.coverages(names),
            )
        ),
        tuple(record(each) for each in stories.submitted(names)),
        (),
    )
    cost = measured("payer_gateway", captured, batch_records=6)
    assert (cost.decided, cost.set_aside, cost.parked) == (12, {}, 0)
    assert {"files out", "files in"} <= set(cost.nanoseconds)
    assert cost.emitted > 24


def test_a_payer_that_still_decides_has_something_left_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    used, now = [10.0], [100.0]
    monkeypatch.setattr(gauge, "time", SimpleNamespace(monotonic=lambda: now[0]))
    times = SimpleNamespace(cpu_times=lambda: SimpleNamespace(user=used[0], system=0.0))
    monkeypatch.setattr(gauge, "process_of", lambda *_: times)
    nothing: Any = None
    seen = gauge.Gauge(nothing, nothing, nothing, ())
    seen._payer_works()
    now[0], used[0] = 101.0, 10.01
    assert not seen._payer_works()
    now[0], used[0] = 102.0, 10.9
    assert seen._payer_works()
