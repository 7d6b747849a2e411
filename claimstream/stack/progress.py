"""What a supervisor tells about its work, as lines of JSON that any process can follow."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

StepState = Literal["running", "done", "failed", "up", "stopped"]
_LOOK_EVERY_S = 0.05


@dataclass(frozen=True, slots=True)
class Step:
    """One report on one step. ``total`` above zero counts; ``up`` and ``stopped`` are of the whole
    stack; ``failed`` ends a start, with the sentence in ``text``."""

    name: str
    text: str
    state: StepState
    done: int = 0
    total: int = 0


class ProgressFile:
    """The writing end."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._path.write_bytes(b"")

    def tell(self, step: Step) -> None:
        """Append one line; whoever follows sees it at once."""
        with self._path.open("ab") as file:
            file.write(msgspec.json.encode(step) + b"\n")


def follow(path: Path, *, while_true: Callable[[], bool]) -> Iterator[Step]:
    """The steps as they are told, until one is final or ``while_true`` says that none will come."""
    position = 0
    while True:
        going_on = while_true()
        lines, position = _new_lines(path, position)
        for line in lines:
            step = msgspec.json.decode(line, type=Step)
            yield step
            if step.state in ("up", "failed", "stopped"):
                return
        if not going_on:
            return
        if not lines:
            time.sleep(_LOOK_EVERY_S)


def _new_lines(path: Path, position: int) -> tuple[list[bytes], int]:
    try:
        with path.open("rb") as file:
            file.seek(position)
            data = file.read()
    except FileNotFoundError:
        return [], position
    whole, newline, _rest = data.rpartition(b"\n")
    return (whole.split(b"\n") if newline else []), position + len(whole) + len(newline)
