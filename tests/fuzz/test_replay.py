"""What crashed once does not again, a few hundred new inputs crash nothing, and a crash is seen."""

import time
from random import Random

import pytest

from tests.fuzz.frame import framed, record_of
from tests.fuzz.run import Tally, fuzz, replay
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS, named
from tests.fuzz.watch import Answer, Check, Crash, on_watch, watched
from tests.poison.poison import corpus

INPUTS_EACH = 300
SEED = 20_260_302


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_what_crashed_once_is_answered(target: Target) -> None:
    tally = replay(target)
    assert [str(crash) for crash in tally.crashes] == []
    assert tally.inputs == len(target.kept())


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)
def test_a_few_hundred_inputs_crash_nothing_and_some_are_acted_on(target: Target) -> None:
    tally = fuzz(target, INPUTS_EACH, SEED)
    assert [str(crash) for crash in tally.crashes] == []
    assert tally.inputs == INPUTS_EACH
    assert tally.outcomes["decided"] > 0
    assert len(tally.outcomes) > 1 or target.name == "coding-note"


def _target(check: Check) -> Target:
    return Target(
        "broken",
        "a check that fails",
        1,
        lambda: [b"seed"],
        lambda: check,
        lambda draw, seeds: draw.choice(seeds),
    )


def _raises(data: bytes) -> str:
    raise KeyError(data)


def _runs_on(_data: bytes) -> str:
    while True:
        try:
            time.monotonic()
        except Exception:  # noqa: S112 - what swallows everything must still be interrupted
            continue


def _grows(data: bytes) -> str:
    return str(len(data * 300 * 1024 * 1024))


def test_an_exception_is_a_crash_and_the_next_input_is_fed() -> None:
    tally = fuzz(_target(_raises), 3, SEED)
    assert (tally.inputs, len(tally.crashes)) == (3, 3)
    assert {crash.fault for crash in tally.crashes} == {"KeyError"}
    assert tally.as_json()["outcomes"] == {"crash": 3}


def test_an_input_that_runs_on_is_interrupted_and_counted() -> None:
    with on_watch():
        crash = watched("broken", _runs_on, b"x")
        answer = watched("broken", lambda _: "fine", b"x")
    assert isinstance(crash, Crash)
    assert crash.fault == "TooSlow"
    assert isinstance(answer, Answer)


def test_an_input_that_takes_too_much_memory_is_counted_whatever_was_taken_before() -> None:
    _grows(b"x")
    with on_watch():
        crash = watched("broken", _grows, b"x")
    assert isinstance(crash, Crash)
    assert crash.fault == "TooMuchMemory"


def test_the_same_seed_gives_the_same_inputs() -> None:
    def inputs(seed: int) -> list[bytes]:
        seen: list[bytes] = []

        def check(data: bytes) -> str:
            seen.append(data)
            return "decided"

        fuzz(_target(check), 200, seed)
        return seen

    assert inputs(1) == inputs(1)
    assert inputs(1) != inputs(2)


def test_a_record_comes_back_from_its_frame() -> None:
    for poison in corpus():
        record = poison.record()
        if any(b"\n" in (raw or b"") for _, raw in record.headers) or b"\n" in (record.key or b""):
            continue
        again = record_of(framed(record), [record.topic])
        assert (again.topic, again.key, again.value) == (record.topic, record.key, record.value)
        assert list(again.headers) == list(record.headers)


def test_any_bytes_are_a_record() -> None:
    draw = Random(SEED)
    for _ in range(500):
        made = record_of(draw.randbytes(draw.randrange(80)), ["a.v1", "b.v1"])
        assert made.topic in {"a.v1", "b.v1"}


def test_a_target_that_is_not_there_is_named() -> None:
    with pytest.raises(LookupError, match="no such target: nothing; there are records-coding"):
        named(["nothing"])
    assert named([]) == list(TARGETS)


def test_a_tally_tells_crashes_by_place_and_nothing_of_what_they_held() -> None:
    tally = Tally("t")
    tally.take("bytes", Crash("t", "KeyError", "module:7", b"Jane Roe"))
    assert tally.as_json()["crashes_by_place"] == {"KeyError at module:7": 1}
    assert "Jane" not in str(tally.crashes[0])
