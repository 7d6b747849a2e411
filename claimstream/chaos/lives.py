"""Which process a member of the stack is just now, as its keeper tells it through a file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec

from deploy.embedded.child import Identity


def member_name(name: str, instance: str = "1") -> str:
    """What an instance of a process is called under faults."""
    return name if instance == "1" else f"{name}-{instance}"


@dataclass(frozen=True, slots=True)
class Life:
    """One life of a process: which it is, how many there were before, how the last one ended."""

    process: Identity | None
    number: int
    ended_with: int | None = None

    @classmethod
    def of(cls, pid: int, number: int) -> Self:
        """The life of the running process ``pid``."""
        return cls(Identity.of(pid), number)


@dataclass(frozen=True, slots=True)
class LifeFile:
    """What the keeper of ``member`` writes, and how it is told to hold on."""

    folder: Path
    member: str

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.member}.life"

    @property
    def _hold(self) -> Path:
        return self.folder / f"{self.member}.hold"

    def write(self, life: Life) -> None:
        """Tell which life it is now."""
        scratch = self._file.with_suffix(".life-new")
        scratch.write_bytes(msgspec.json.encode(life))
        scratch.replace(self._file)

    def read(self) -> Life | None:
        """The present life; None before the first."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=Life)
        except FileNotFoundError:
            return None

    def forget(self) -> None:
        """Say that there will be no other."""
        self._file.unlink(missing_ok=True)

    def hold(self) -> None:
        """Start no other life until ``release``."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._hold.touch()

    def release(self) -> None:
        """Go on."""
        self._hold.unlink(missing_ok=True)

    def is_held(self) -> bool:
        return self._hold.exists()
