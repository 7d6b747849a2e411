"""Rates, shares of the machine and recovery are reckoned and shown as the document says."""

import os
import subprocess
from collections import Counter
from datetime import UTC, datetime, timedelta
from io import StringIO
from typing import Any
from xml.etree import ElementTree

import psutil
import pytest
from aiokafka import ConsumerRecord
from rich.console import Console

from claimstream.stack.state import ProcessRecord, StackRecord
from deploy.embedded.child import Identity
from schemas.patient_account import PatientBalanceDue
from tests.bench import stories
from tests.bench.chart import chart
from tests.bench.latency import sent_per_second
from tests.bench.machine import BENCH, OTHERS, MachineUse, Reading, use_between
from tests.bench.pace import Pace, Sightings, pace
from tests.bench.processes import Cost, cost
from tests.bench.rates import Race
from tests.bench.recovery import Leg, Recovery, leg_of
from tests.bench.report import Results, document, show
from tests.bench.run import BALANCED, Contender, Measured
from tests.bench.sightings import Once, Sighting
from tests.support import record

START = datetime(2026, 3, 1, tzinfo=UTC)
CORES = 2


def after(*seconds: float) -> Sightings:
    return {f"P1:E{place}": [START + timedelta(seconds=each)] for place, each in enumerate(seconds)}


def test_a_process_costs_what_its_children_cost_too() -> None:
    ourselves = Identity.of(os.getpid())
    assert ourselves is not None
    with subprocess.Popen(["sh", "-c", "sleep 60 & wait"]) as parent:
        try:
            identity = Identity.of(parent.pid)
            alone = psutil.Process(parent.pid)
            entry = ProcessRecord("postgres", "ready", identity)
            found = StackRecord(ourselves, "run", "ready", processes=(entry,))
            children: list[psutil.Process] = []
            while [each.name() for each in children] != ["sleep"]:
                assert parent.poll() is None
                children = alone.children()
            family = (alone, *children)
            counted = cost(found).resident_kib["postgres"]
            assert counted == pytest.approx(
                sum(each.memory_info().rss for each in family) / 1024, rel=0.1
            )
        finally:
            for each in alone.children():
                each.kill()


def test_neither_the_first_tenth_nor_the_last_is_steady() -> None:
    slow_at_both_ends = [
        *range(50, 60),
        *(60 + each / 10 for each in range(1, 81)),
        *range(90, 100),
    ]
    found = pace(START, after(*slow_at_both_ends))
    assert (found.steady, found.steady_from, found.steady_until) == (80, 59_000, 68_000)
    assert found.steady_per_second == pytest.approx(80 / 9)
    assert found.per_second == pytest.approx(95 / 94)


def test_nothing_is_steady_where_everything_came_at_once() -> None:
    assert pace(START, after(*[3] * 50)).steady_per_second == 0
    assert pace(START, after(3)).steady_per_second == 0
    assert pace(START, {}).steady_per_second == 0


def test_what_ends_elsewhere_by_a_rule_was_sent_through_but_is_no_balance() -> None:
    leg = Pace(80, 76, 1_000, steady=64, steady_from=0, steady_until=500)
    assert leg.per_second == 76
    assert leg.sent_per_second(100) == 95
    assert leg.steady_sent_per_second(100) == 160
    assert Pace(0, 0, 0).sent_per_second(100) == 0


def test_the_live_payer_runs_first_and_no_oftener_than_asked() -> None:
    turns = list(Race(rounds=2, live_rounds=1).turns())
    assert turns == [
        *((0, each) for each in ("live", "ours", "usual", "bare")),
        *((1, each) for each in ("ours", "usual", "bare")),
    ]
    assert list(Race(["ours"], rounds=2).turns()) == [(0, "ours"), (1, "ours")]


def test_encounters_that_were_sent_in_time_are_counted_by_their_first_records() -> None:
    again = {"P1:E1": [START + timedelta(seconds=1), START + timedelta(seconds=60)]}
    assert sent_per_second({**after(0, 1, 2), **again}) == 1
    assert sent_per_second(after(0)) == 0
    assert sent_per_second({}) == 0


def kafka(
    topic: str, key: bytes, value: bytes, *, at: int = 0, event_id: bytes = b""
) -> ConsumerRecord[Any, Any]:
    milliseconds = int(START.timestamp()) * 1000 + at * 1000
    headers = (("ce_id", event_id),) if event_id else ()
    return ConsumerRecord(topic, 0, 0, milliseconds, 0, key, value, None, 0, 0, headers)


def test_an_encounter_is_seen_by_what_its_event_names_else_by_its_key() -> None:
    (due,) = stories.balances(["1"])
    made = record(due)
    sighting = Sighting([BALANCED], {"P1:E1", "P1:E2"})
    sighting.look(kafka(BALANCED, made.key or b"", made.value or b"", at=9))
    sighting.look(kafka(BALANCED, made.key or b"", made.value or b"", at=4))
    sighting.look(kafka(BALANCED, b"P1:E2", b"0000", at=5))
    sighting.look(kafka(BALANCED, b"P1:E3", b"0000", at=5))
    found = sighting.found()[BALANCED]
    assert set(found) == {"P1:E1", "P1:E2"}
    assert found["P1:E1"] == [START + timedelta(seconds=each) for each in (4, 9)]
    assert found["P1:E2"] == [START + timedelta(seconds=5)]


def test_what_was_published_again_is_read_once() -> None:
    once = Once()
    records = [
        kafka(PatientBalanceDue.TOPIC, b"k", b"", event_id=b"1"),
        kafka(PatientBalanceDue.TOPIC, b"k", b"", event_id=b"1"),
        kafka("elsewhere", b"k", b"", event_id=b"1"),
        kafka("elsewhere", b"k", b""),
        kafka("elsewhere", b"k", b""),
    ]
    assert [once.is_new(each) for each in records] == [True, False, True, True, True]


def reading(second: float, *, busy: int = 0, disk: int = 0, **processes: int) -> Reading:
    """The figures after ``second`` seconds of a machine of two cores."""
    idle = round(second * 1000) * CORES - busy - disk
    bench = processes.pop(BENCH, 0)
    at = START + timedelta(seconds=second)
    return Reading(at, busy, idle, disk, 0, bench, Cost(processes, {}))


def used(*readings: Reading) -> MachineUse:
    found = use_between(readings, readings[0].at, readings[-1].at)
    assert found is not None
    return found


def test_the_machines_time_is_shared_out_among_its_processes() -> None:
    use = used(
        reading(0), reading(10, busy=15_000, disk=1_000, coding=4_000, kafka=9_000, bench=500)
    )
    assert (use.busy, use.disk, use.idle, use.milliseconds) == (75, 5, 20, 10_000)
    assert use.by_process == {"coding": 40, "kafka": 90, BENCH: 5, OTHERS: 15}


def test_only_the_time_asked_for_is_looked_at() -> None:
    readings = [reading(0), reading(10, busy=20_000), reading(20, busy=22_000)]
    use = use_between(readings, START + timedelta(seconds=9), START + timedelta(seconds=22))
    assert use is not None
    assert (use.busy, use.milliseconds) == (10, 10_000)


def test_a_moment_without_two_readings_says_nothing() -> None:
    assert use_between([], START, START + timedelta(seconds=1)) is None
    assert use_between([reading(0), reading(60)], START, START + timedelta(seconds=2)) is None


def test_a_process_that_was_started_anew_counts_from_its_start() -> None:
    use = used(reading(0, coding=50_000), reading(10, busy=3_000, coding=2_000))
    assert use.by_process["coding"] == 20


@pytest.mark.parametrize(
    ("last", "limit"),
    [
        (reading(10, busy=19_000, coding=8_000, billing=10_500), "processors, 95% busy"),
        (reading(10, busy=12_000, coding=2_500, billing=9_000), "one core, of billing"),
        (reading(10, busy=12_000, coding=2_500, postgres=9_000), "waiting, 40% idle"),
        (reading(10, busy=5_000, disk=6_000, coding=5_000), "disk, 30%"),
        (reading(10, busy=19_000, coding=8_000), "other programs"),
    ],
)
def test_what_limits_is_what_was_used_up(last: Reading, limit: str) -> None:
    use = MachineUse(**{**vars_of(used(reading(0), last)), "cores": CORES})
    assert limit in use.limit()


def vars_of(use: MachineUse) -> dict[str, Any]:
    return {name: getattr(use, name) for name in MachineUse.__slots__}


def run(contender: Contender, rate: int, **changes: Any) -> Measured:
    """A hundred encounters of which 80 reached a balance, so many a second."""
    leg = Pace(80, 76, 76_000 // rate, steady=64, steady_from=0, steady_until=32_000 // rate)
    values: dict[str, Any] = {
        "contender": contender,
        "published": 100,
        "submitted": leg,
        "balanced": leg,
        "cpu_milliseconds": {"coding": 250 * rate, "kafka": 50},
        "resident_kib": {"coding": 100 * 1024},
        "dead_letters": 0,
        "parked": 0,
        "wall_milliseconds": 1,
        "complete": True,
        "machine": MachineUse(1_000, CORES, 93.0, 7.0, 0.0, 0.0, {"coding": 90.0, OTHERS: 1.0}),
    }
    return Measured(**(values | changes))


def text_of(results: Results) -> str:
    console = Console(width=140, record=True, file=StringIO())
    show(results, console)
    return console.export_text()


RUNS = [*(run("ours", rate) for rate in (10, 40, 20)), run("bare", 80), run("usual", 2)]


def test_the_strict_count_comes_first_and_both_are_named() -> None:
    text = text_of(Results(7, RUNS))
    lines = [line.split("│")[1].strip() for line in text.splitlines() if "│" in line]
    strict, wide = lines.index("balances due"), lines.index("encounters sent through")
    assert strict < wide
    figures = document(Results(7, RUNS))["encounters_per_second"]
    assert figures["balanced"]["ours"] == {"least": 10, "median": 20, "most": 40}
    assert figures["balanced_steady"]["ours"]["median"] == 40
    assert figures["sent_through"]["ours"]["median"] == 25
    assert figures["sent_through_steady"]["ours"]["median"] == 50


def test_what_an_encounter_costs_is_the_median_of_the_runs() -> None:
    row = next(line for line in text_of(Results(7, RUNS)).splitlines() if " coding  " in line)
    assert "50.00" in row


def test_what_limits_is_printed() -> None:
    assert "processors, 93% busy" in text_of(Results(7, [run("ours", 10)]))
    assert "other programs took" not in text_of(Results(7, [run("ours", 10)]))


def test_a_run_beside_other_programs_is_named() -> None:
    disturbed = MachineUse(1_000, CORES, 93.0, 7.0, 0.0, 0.0, {"coding": 90.0, OTHERS: 60.0})
    text = text_of(Results(7, [run("ours", 10, machine=disturbed)] * 2))
    assert text.count("claimstream: other programs took a tenth") == 1


def test_a_run_too_short_for_two_readings_has_no_share_of_the_machine() -> None:
    results = Results(7, [run("ours", 10, machine=None)])
    assert document(results)["runs"][0]["machine"] is None
    assert "what limits" in text_of(results)


def test_the_chart_draws_medians_with_a_line_from_least_to_most() -> None:
    picture = ElementTree.fromstring(chart(RUNS))  # noqa: S314
    words = Counter(picture.itertext())
    assert words["20 (10 to 40)"] == 1
    assert words["40 (20 to 80)"] == 1
    assert words["4"] == 1
    lines = [each for each in picture.iter() if each.tag.endswith("path")]
    assert len(lines) == 3 * 5


def test_a_single_run_has_no_line() -> None:
    picture = ElementTree.fromstring(chart([run("ours", 10)]))  # noqa: S314
    assert not [each for each in picture.iter() if each.tag.endswith("path")]


def test_a_recovery_is_timed_to_claims_and_to_balances() -> None:
    assert leg_of(START, after(*range(1, 101))) == Leg(100, 95_000, 100_000)
    assert leg_of(START, {}) == Leg(0, 0, 0)
    recovery = Recovery(
        backlog_events=1_000,
        encounters=900,
        down_milliseconds=2_500,
        read_milliseconds=10_000,
        claims=Leg(800, 12_000, 16_000),
        balances=Leg(760, 20_000, 38_000),
        drained_milliseconds=40_000,
        complete=False,
        machine=RUNS[0].machine,
    )
    text = text_of(Results(7, recovery=recovery))
    row = next(line for line in text.splitlines() if "balances due, all" in line)
    assert [cell.strip() for cell in row.split("│")[2:5]] == ["760", "38.0", "20"]
    assert "down for 2.5 s" in text
    assert "did not drain in time" in text
    assert (
        document(Results(7, recovery=recovery))["recovery"]["claims"]["all_milliseconds"] == 16_000
    )
