"""The rate at which an EHR publishes, and the place where it remembers how far it is."""

from pathlib import Path
from time import monotonic

from simulators.ehr.position import PositionFile
from simulators.ehr.publisher import Pace


async def test_no_more_than_the_rate_pass_in_a_second() -> None:
    begun = monotonic()
    pace = Pace(100)
    for _ in range(31):
        await pace.wait()
    assert monotonic() - begun >= 0.29


async def test_without_a_rate_nothing_waits() -> None:
    begun = monotonic()
    pace = Pace(0)
    for _ in range(10_000):
        await pace.wait()
    assert monotonic() - begun < 5


def test_a_position_is_remembered_for_its_own_schedule_only(tmp_path: Path) -> None:
    file = tmp_path / "below" / "position.json"
    PositionFile(file, "AAAA").write(12)
    assert PositionFile(file, "AAAA").count == 12
    assert PositionFile(file, "BBBB").count == 0


def test_a_position_file_that_is_damaged_starts_again(tmp_path: Path) -> None:
    file = tmp_path / "position.json"
    file.write_bytes(b"\xff{")
    assert PositionFile(file, "AAAA").count == 0


def test_without_a_file_a_position_lives_as_long_as_its_process() -> None:
    position = PositionFile(None, "AAAA")
    position.write(3)
    assert position.count == 3
