"""How fast X12 is read and written, and in how much memory, beside what there is: one core each."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from rich.console import Group
from rich.table import Table

from tests.bench.traffic import Say
from tests.bench.x12_contenders import CONTENDERS
from tests.unit.payer_gateway.x12.large_file import large_835, large_837p

_LARGE = ("835-stream", "837-stream")


class X12Error(RuntimeError):
    """A contender failed; the message names it and its own last word."""


@dataclass(frozen=True, slots=True)
class X12Speed:
    """What one contender did: processor time of the fastest round, and peak memory."""

    name: str
    task: str
    title: str
    claims: int
    bytes: int
    nanoseconds: int
    peak_kilobytes: int

    @property
    def kilobytes_per_second(self) -> int:
        """Thousands of bytes of the file for each second of processor time."""
        return self.bytes * 1_000_000 // max(self.nanoseconds, 1)

    @property
    def claims_per_second(self) -> int:
        """Claims for each second of processor time."""
        return self.claims * 1_000_000_000 // max(self.nanoseconds, 1)


def measure_x12(
    megabytes: int, large_megabytes: int, rounds: int, say: Say, names: Sequence[str] = ()
) -> list[X12Speed]:
    """Every contender on files of so many megabytes, each in a process of its own.

    What streams is measured once more on a file of ``large_megabytes``, for its memory. A slow
    contender gets a part of the file. Raises X12Error where one of them fails.
    """
    if unknown := set(names) - set(CONTENDERS):
        raise X12Error(f"no such contender: {', '.join(sorted(unknown))}")
    found: list[X12Speed] = []
    with tempfile.TemporaryDirectory() as folder:
        files = _Files(Path(folder))
        for name, contender in CONTENDERS.items():
            if names and name not in names:
                continue
            say(f"{contender.task}: {contender.title}")
            path = files.of(name, megabytes * 1_000_000 // contender.share)
            found.append(
                _measured(name, contender.title, path, rounds if contender.share < 2 else 1)
            )
            if name in _LARGE and large_megabytes:
                title = f"{contender.title}, {large_megabytes} MB"
                say(f"{contender.task}: {title}")
                path = files.of(name, large_megabytes * 1_000_000)
                found.append(_measured(name, title, path, 1))
                path.unlink()
    return found


class _Files:
    """Files of both kinds, each size made once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def of(self, name: str, size: int) -> Path:
        """The file for a contender."""
        make: Callable[[int], Iterator[bytes]] = large_835 if name.startswith("835") else large_837p
        path = self._folder / f"{make.__name__}-{size}"
        if not path.exists():
            with path.open("wb") as file:
                file.writelines(make(size))
        return path


def _measured(name: str, title: str, path: Path, rounds: int) -> X12Speed:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.x12_contenders", name, str(path), str(rounds)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise X12Error(f"{name}: {done.stderr.strip().splitlines()[-1]}")
    figures: dict[str, int] = json.loads(done.stdout)
    return X12Speed(name=name, task=CONTENDERS[name].task, title=title, **figures)


def x12_tables(found: Sequence[X12Speed]) -> Group:
    """A table a task; the first of each is what the others are set against."""
    return Group(
        *(
            _table(task, list(of_task))
            for task, of_task in groupby(found, key=lambda each: each.task)
        )
    )


def _table(task: str, found: Sequence[X12Speed]) -> Table:
    table = Table(title=f"{task}: one core, files of many claims", title_justify="left")
    for column in ("", "MB/s", "claims/s", "times the first's time", "peak MB"):
        table.add_column(column, justify="right" if column else "left")
    first = found[0].kilobytes_per_second
    for each in found:
        rate = each.kilobytes_per_second
        table.add_row(
            each.title,
            f"{rate / 1000:.1f}",
            f"{each.claims_per_second:,}",
            f"{first / max(rate, 1):.1f}",
            f"{each.peak_kilobytes / 1000:.0f}",
        )
    return table


def x12_document(found: Sequence[X12Speed]) -> Mapping[str, Any]:
    """Every figure, by task and contender."""
    return {
        task: {
            each.title: {
                **asdict(each),
                "kilobytes_per_second": each.kilobytes_per_second,
                "claims_per_second": each.claims_per_second,
            }
            for each in of_task
        }
        for task, of_task in groupby(found, key=lambda each: each.task)
    }
