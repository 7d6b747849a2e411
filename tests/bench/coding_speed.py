"""How fast coding is and what it holds: processor time of one core, in a process of its own.

python -m tests.bench.coding_speed
"""

import gc
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import psutil
from rich.table import Table
from typer.testing import CliRunner

from schemas.encounter import EncounterDocumented
from schemas.reference import CoverageRegistered, PatientRegistered
from services.coding.app import library
from services.coding.commands import app
from services.coding.domain.coding_result import PatientFacts, VisitHistory
from services.coding.domain.engine import code_encounter
from services.coding.settings import CodingSettings
from simulators.ehr.clinic.schedule import generate
from tests.eval.documentation import DAY, OF_ANY_SEX, notes, of_note
from tests.shared_data import SHARED

_ENCOUNTERS = 2_000
_LONG = 4
_MEGABYTE = 1_048_576
_COMMAND = (
    "import sys; from claimstream.cli import main; sys.argv[1:1] = ['coding']; sys.exit(main())"
)
_FIRST_DAY, _DAYS = date(2026, 1, 5), 26


def measure_coding_speed() -> dict[str, Any]:
    """As ``measured``, of a process that has done nothing else."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.coding_speed"],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def coding_speed_table(found: Mapping[str, Any]) -> Table:
    """What ``measure_coding_speed`` found."""
    table = Table("", "", title="coding alone: one core, and memory", title_justify="left")
    table.columns[1].justify = "right"
    for name, value in found.items():
        table.add_row(name.replace("_", " "), f"{value:,}")
    return table


def measured() -> dict[str, Any]:
    """Encounters and notes a second, the slowest of a hundred, memory, and a command's start.

    ``first``: what a process codes that has coded nothing; the others are told from these.
    """
    gc.disable()
    began = time.process_time_ns()
    sets = library(CodingSettings())
    sets.open_all()
    opened = time.process_time_ns() - began
    found: dict[str, Any] = {"open_ms": opened // 1_000_000}
    visits = _clinic()
    half = len(visits) // 2
    at_hand = sets.on(DAY)

    def coded(item: tuple[EncounterDocumented, PatientFacts]) -> None:
        code_encounter(*item, VisitHistory(), at_hand)

    found["first_structured_per_second"] = _per_second(_spent(visits[:half], coded))
    structured = sorted(_spent(visits[half:], coded))
    found["structured_per_second"] = _per_second(structured)
    found["structured_p50_us"] = structured[len(structured) // 2] // 1_000
    found["structured_p99_us"] = structured[len(structured) * 99 // 100] // 1_000
    without = [(each.model_copy(update={"note": ()}), facts) for each, facts in visits]
    found["without_note_per_second"] = _per_second(_spent(without, coded))
    with tempfile.TemporaryDirectory() as scratch:
        found["jsonl_per_second"] = _jsonl([each for each, _ in visits[half:]], Path(scratch))
    if SHARED is not None:
        found |= _of_notes(
            lambda text: code_encounter(of_note(text), OF_ANY_SEX, VisitHistory(), at_hand)
        )
    found["resident_mb"] = psutil.Process().memory_info().rss // _MEGABYTE
    found["lookup_start_ms"] = _start("lookup", "gout")
    found["code_start_ms"] = _start("code", "--note", "-")
    return found


def _start(*words: str) -> int:
    """Milliseconds of a process that answers one case of ``claimstream coding``."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(
        [sys.executable, "-c", _COMMAND, *words],
        input=b"Assessment: gout\n",
        capture_output=True,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return round(1_000 * spent)


def _of_notes(coded: Callable[[str], object]) -> dict[str, Any]:
    texts = notes()
    half = len(texts) // 2
    _spent(texts[:half], coded)
    new = _spent(texts[half:], coded)
    long = ["\n\n".join(texts[at : at + _LONG]) for at in range(len(texts) - _LONG)]
    varied = [f"{text}\n\nNote {number}." for number, text in enumerate([*long, *long])]
    slowest = sorted(_spent(varied, coded))
    return {
        "notes_per_second": _per_second(new),
        "long_note_characters": sum(map(len, varied)) // len(varied),
        "long_note_p50_us": slowest[len(slowest) // 2] // 1_000,
        "long_note_p99_us": slowest[len(slowest) * 99 // 100] // 1_000,
    }


def _clinic() -> list[tuple[EncounterDocumented, PatientFacts]]:
    """Encounters of the simulated practices, with their patients."""
    facts: dict[tuple[str, str], PatientFacts] = {}
    programmes: dict[tuple[str, str], str] = {}
    found: list[EncounterDocumented] = []
    for item in generate(_ENCOUNTERS, 7, _FIRST_DAY, _DAYS):
        event = item.event
        if isinstance(event, PatientRegistered):
            facts[event.practice_id, event.patient_id] = PatientFacts(event.birth_date, event.sex)
        elif isinstance(event, CoverageRegistered):
            first = min(event.policies, key=lambda each: each.rank, default=None)
            key = (event.practice_id, event.patient_id)
            programmes[key] = "" if first is None else first.programme
        elif isinstance(event, EncounterDocumented):
            found.append(event)
    return [
        (
            each,
            PatientFacts(
                facts[each.practice_id, each.patient_id].birth_date,
                facts[each.practice_id, each.patient_id].sex,
                programmes.get((each.practice_id, each.patient_id), ""),
            ),
        )
        for each in found
    ]


def _jsonl(encounters: Sequence[EncounterDocumented], scratch: Path) -> int:
    """Lines a second of ``claimstream coding code --jsonl``, parsing and printing included."""
    path = scratch / "cases.jsonl"
    path.write_bytes(b"\n".join(each.to_json() for each in encounters))
    began = time.process_time_ns()
    result = CliRunner().invoke(app, ["code", "--jsonl", str(path)])
    spent = time.process_time_ns() - began
    lines = result.stdout.count("\n")
    if result.exit_code or lines != len(encounters):
        raise RuntimeError(f"{lines} of {len(encounters)} lines were answered")
    return lines * 1_000_000_000 // spent


def _spent(items: Sequence[Any], work: Callable[[Any], object]) -> list[int]:
    """Nanoseconds of processor time for each item."""
    found: list[int] = []
    for item in items:
        began = time.process_time_ns()
        work(item)
        found.append(time.process_time_ns() - began)
    return found


def _per_second(spent: Sequence[int]) -> int:
    return len(spent) * 1_000_000_000 // max(sum(spent), 1)


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured()))
