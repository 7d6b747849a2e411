"""The EHR's process with a schedule that was written down instead of one made at each start."""

from collections.abc import Iterator

from claimstream.chaos.written_schedule import KeptEvent, WrittenSchedule
from simulators.ehr import process


def install(schedule: WrittenSchedule) -> None:
    """Let this process's EHR read ``schedule``, whatever schedule its settings name."""

    def written(*_: object) -> Iterator[KeptEvent]:
        return schedule.read()

    setattr(process, "generate", written)  # noqa: B010
