"""A fuse: one named moment at which a process ends itself, as ``kill -9`` would end it there.

The file ``<process>.fuse`` says which moment, and at which passing of it. The process that burns
it renames the file, so that a fuse burns once and whoever lit it can see that it did.
"""

import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import msgspec

_LIT, _BURNT = ".fuse", ".burnt"


@dataclass(frozen=True, slots=True)
class Lit:
    """What is lit: the moment's name, and how many passings of it are survived."""

    moment: str
    survived: int = 0


@dataclass(slots=True)
class Fuse:
    """The fuse of the process ``name`` in ``folder``."""

    folder: Path
    name: str
    _passed: dict[tuple[str, int], int] = field(default_factory=dict)

    @property
    def _file(self) -> Path:
        return self.folder / f"{self.name}{_LIT}"

    def light(self, lit: Lit) -> None:
        """Light it, in place of whatever was lit before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file.with_suffix(_BURNT).unlink(missing_ok=True)
        scratch = self._file.with_suffix(".new")
        scratch.write_bytes(msgspec.json.encode(lit))
        scratch.replace(self._file)

    def put_out(self) -> None:
        """Let nothing end by it any more."""
        self._file.unlink(missing_ok=True)

    def has_burnt(self) -> bool:
        """Whether a process ended by what was lit last."""
        return self._file.with_suffix(_BURNT).exists()

    def is_due(self, moment: str) -> bool:
        """Whether the process that passes ``moment`` now ends here."""
        try:
            with self._file.open("rb") as file:
                lit = msgspec.json.decode(file.read(), type=Lit)
                stamp = os.fstat(file.fileno()).st_mtime_ns
        except FileNotFoundError:
            return False
        if lit.moment != moment:
            return False
        passed = self._passed[moment, stamp] = self._passed.get((moment, stamp), 0) + 1
        return passed > lit.survived

    def burn(self) -> NoReturn:
        """End this process at once, with no warning to anything in it."""
        self._file.replace(self._file.with_suffix(_BURNT))
        os.kill(os.getpid(), signal.SIGKILL)
        raise SystemExit(1)

    def pass_by(self, moment: str) -> None:
        """Pass ``moment``: go on, or end here."""
        if self.is_due(moment):
            self.burn()
