"""Confidence fitted on one half of the labelled phrases and checked on the other.

``python -m tests.eval --calibrate`` writes the curves: as JSON with their manifest beside the code
sets, and as the module that the rules read.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from services.coding.codesets.library import DATA
from services.coding.domain import calibration_table
from services.coding.domain.confidence import (
    INDEX,
    MARGINS,
    RESIDUAL,
    SIMILARITY,
    WIDER,
    Curve,
    calibrated,
)
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.domain.diagnosis.specificity import complete
from services.coding.domain.reading import wording
from services.coding.domain.reading.naming import margin_of, source_of
from services.coding.domain.reading.narrowing import narrowed, told_apart
from tests.eval.isotonic import Outcome, calibration_error, fitted, reliability
from tests.eval.own_words import FOLDER, wordings
from tests.eval.phrases import held_out_release, labelled
from tests.shared_data import shared

FILE = DATA / "calibration.json"
TABLE = Path(calibration_table.__file__)
SETS = ("inclusion", "common_names")
OWN = FOLDER / "own_words.tsv"
_RANKED = 5


def is_for_fitting(text: str) -> bool:
    """Whether a case belongs to the half that curves are fitted on, by its words alone."""
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 0


def outcomes(*, fitting: bool) -> list[Outcome]:
    """What each phrase of one half was given first, and whether that was right."""
    codes = held_out_release()
    matcher = PhraseMatcher(codes)
    found: list[Outcome] = []
    for text, gold in _phrases():
        if is_for_fitting(text) != fitting:
            continue
        read = wording.read_problem(text)
        ranked = told_apart(
            codes,
            read.tokens,
            matcher.rank(read.tokens, _RANKED, read.sides, read.marks & {"other"}, read.denied),
            read.sides,
        )
        if not ranked:
            continue
        best = ranked[0]
        code = narrowed(codes, best.code, read.tokens, read.sides)
        given = complete(codes, code, read.sides).codes
        wanted = {code for each in gold for code in complete(codes, each, read.sides).codes}
        found.append(
            Outcome(
                source_of(codes, read.tokens, read.sides, code, exact=best.exact),
                best.score,
                margin_of(ranked),
                bool(wanted.intersection(given[:1])),
            )
        )
    return found


def _phrases() -> Iterator[tuple[str, tuple[str, ...]]]:
    """The labelled phrases of all sets, with the codes that are right."""
    for name in SETS:
        for row in labelled(name):
            yield row["text"], tuple(row["gold"])
    for words, codes in wordings():
        yield words, tuple(sorted(codes))


def fit() -> dict[str, tuple[Curve, ...]]:
    """Fit the curves and write both files."""
    cases = outcomes(fitting=True)
    curves = fitted(cases)
    manifest = {
        "wording_version": wording.VERSION,
        "sources": [
            {"name": f"{name}.jsonl", "sha256": _digest(shared("coding", f"{name}.jsonl"))}
            for name in SETS
        ]
        + [{"name": OWN.name, "sha256": _digest(OWN)}],
        "half": "phrases whose SHA-256 begins with an even byte",
        "cases": dict(sorted(Counter(each.source for each in cases).items())),
        "margins": list(MARGINS),
    }
    FILE.write_text(json.dumps({"manifest": manifest, "curves": curves}) + "\n", encoding="utf-8")
    TABLE.write_text(as_module(curves), encoding="utf-8")
    return curves


def as_module(curves: Mapping[str, Sequence[Curve]]) -> str:
    """The curves as the module that the rules read."""
    lines = [
        '"""Written by ``python -m tests.eval --calibrate`` from ``calibration.json``; see there.',
        "",
        "By source, then by bucket of margin: (least score, permille right), upwards.",
        '"""',
        "",
        "CURVES: dict[str, tuple[tuple[tuple[int, int], ...], ...]] = {",
    ]
    for source, by_margin in curves.items():
        lines.append(f'    "{source}": (')
        for curve in by_margin:
            steps = [f"({score}, {sure})," for score, sure in curve]
            if len(steps) == 1:
                lines.append(f"        ({steps[0]}),")
                continue
            lines.extend(["        (", *(f"            {step}" for step in steps), "        ),"])
        lines.append("    ),")
    return "\n".join([*lines, "}", ""])


def measure_calibration() -> dict[str, Any]:
    """Reliability on the half that the curves have not seen."""
    cases = outcomes(fitting=False)
    found: dict[str, Any] = {}
    for source in (INDEX, WIDER, RESIDUAL, SIMILARITY, "all"):
        mine = [each for each in cases if source in (each.source, "all")]
        bands = reliability(
            (calibrated(each.source, each.score, each.margin), each.right) for each in mine
        )
        found[source] = {
            "cases": len(mine),
            "error_permille": calibration_error(bands),
            "bands": [
                {
                    "from": band.least,
                    "below": band.below,
                    "cases": band.cases,
                    "promised_permille": band.promised_permille,
                    "right_permille": band.right_permille,
                }
                for band in bands
            ],
        }
    return found


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
