"""``python -m tests.eval``: how good coding is, how sure it is of itself, and how fast."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from services.coding.app import library
from services.coding.domain.reading import wording
from services.coding.settings import CodingSettings
from tests.bench.coding_speed import measure_coding_speed
from tests.eval import calibration, claims, composed_notes, documentation
from tests.eval.cases import measure_cases
from tests.eval.meaning import NOT_AT_HAND
from tests.eval.phrases import BY_MEANING, measure_phrases
from tests.eval.report import show
from tests.eval.services import measure_services
from tests.shared_data import SHARED

PARTS = (
    *("phrases", "cases", "notes", "bundles", "calibration", "claims", "composed", "facts"),
    *("services", "speed"),
)
_NEED_DATA = ("phrases", "notes", "bundles", "calibration", "claims", "composed")
_RESULTS = Path("eval-results") / "eval.json"
_ABSENT = "the public sample data is not beside this checkout"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
_output = Console(width=None if sys.stdout.isatty() else 130)
_progress = Console(stderr=True)


@app.command()
def main(
    *,
    only: Annotated[
        str, typer.Option(help=f"Parts, with commas between: {', '.join(PARTS)}.")
    ] = "",
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Fit the curves of confidence again first.")
    ] = False,
    json_file: Annotated[
        Path, typer.Option("--json", help="Where every figure is written.")
    ] = _RESULTS,
) -> None:
    """Measure coding on labelled phrases, own cases, real notes and bundles."""
    chosen = [each.strip() for each in only.split(",") if each.strip()] or list(PARTS)
    if not set(chosen) <= set(PARTS):
        raise typer.BadParameter(f"any of {', '.join(PARTS)}", param_hint="--only")
    if calibrate:
        if SHARED is None:
            raise typer.BadParameter(_ABSENT, param_hint="--calibrate")
        calibration.fit()
        _output.print("the curves are fitted again; run once more to measure with them")
        return
    found = measured(chosen)
    show(found, _output)
    json_file.parent.mkdir(parents=True, exist_ok=True)
    json_file.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def measured(chosen: list[str]) -> dict[str, Any]:
    """The figures of the parts chosen; ``left_out`` names those that lack their data."""
    sets = library(CodingSettings())
    work: dict[str, Callable[[], Any]] = {
        "phrases": measure_phrases,
        "cases": measure_cases,
        "notes": lambda: documentation.measure_notes(sets),
        "bundles": lambda: documentation.measure_bundles(sets),
        "calibration": calibration.measure_calibration,
        "claims": lambda: claims.measure_claims(sets),
        "composed": lambda: composed_notes.measure_composed_notes(sets),
        "facts": lambda: composed_notes.measure_facts(sets),
        "services": measure_services,
        "speed": measure_coding_speed,
    }
    found: dict[str, Any] = {
        "releases": [manifest.name for manifest in sets.manifests],
        "wording_version": wording.VERSION,
    }
    left_out: dict[str, str] = {}
    for part in PARTS:
        if part not in chosen:
            continue
        if SHARED is None and part in _NEED_DATA:
            left_out[part] = _ABSENT
            continue
        _progress.print(part, highlight=False)
        found[part] = work[part]()
    if "phrases" in found and not any(BY_MEANING in name for name in found["phrases"]):
        left_out["phrases by meaning"] = NOT_AT_HAND
    if SHARED is None and "speed" in chosen:
        left_out["speed of notes"] = _ABSENT
    return found | {"left_out": left_out}


if __name__ == "__main__":
    app()
