"""How far a simulated schedule has been published, kept over restarts."""

from pathlib import Path

import msgspec


class PositionFile:
    """A count in a file, replaced in one step. ``run`` names the schedule that is counted."""

    def __init__(self, file: Path | None, run: str) -> None:
        self._file = file
        self._run = run
        self._count = self._kept()

    @property
    def count(self) -> int:
        """How many events of this schedule were published; 0 for another schedule or no file."""
        return self._count

    def write(self, count: int) -> None:
        """Remember ``count``."""
        self._count = count
        if self._file is None:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        scratch = self._file.with_name(f"{self._file.name}.new")
        scratch.write_bytes(msgspec.json.encode({self._run: count}))
        scratch.replace(self._file)

    def _kept(self) -> int:
        if self._file is None:
            return 0
        try:
            kept = msgspec.json.decode(self._file.read_bytes(), type=dict[str, int])
        except (FileNotFoundError, msgspec.DecodeError):
            return 0
        return kept.get(self._run, 0)
