"""How often a phrase finds its code, on phrases that the index was compiled without.

The inclusion terms are taken out of the tabular list before anything is compiled from it, so that
neither the index nor what is derived from it knows them. A phrase is right when one of the codes it
is given is what its code stands for once it is complete (side of the phrase, seventh character,
default leaf).
"""

import hashlib
import json
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from services.coding.codesets import build
from services.coding.codesets.artefact import Manifest
from services.coding.codesets.diagnosis_release import DiagnosisRelease
from services.coding.domain.diagnosis.alike_candidates import AlikeCode
from services.coding.domain.diagnosis.phrase_candidates import NamedCode, PhraseCandidates
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.domain.diagnosis.specificity import complete
from services.coding.domain.reading import wording
from tests.eval.meaning import by_meaning
from tests.shared_data import SHARED

BY_MEANING = ", by meaning too"
_SETS = ("inclusion", "common_names")
_EVERYDAY = Path(__file__).parent / "everyday_phrases.tsv"
_TERMS = ("inclusionTerm", "includes")
_RELEASE = "FY2026"


@dataclass(frozen=True, slots=True)
class Asked:
    """A phrase, the codes that are right for it, and the codes and scores it was given."""

    text: str
    right: frozenset[str]
    given: tuple[tuple[str, int], ...]

    def right_within(self, top: int) -> bool:
        """Whether a right code is among the first ``top``."""
        return any(code in self.right for code, _ in self.given[:top])


def measure_phrases() -> dict[str, dict[str, int]]:
    """By set: ``n``, ``top1_permille``, ``top5_permille``, ``phrases_per_second`` of one core.

    Where the second ranker is at hand, each set once more with it. Empty without the shared data.
    """
    if SHARED is None:
        return {}
    codes = held_out_release()
    sets = {name: labelled(name) for name in _SETS} | {"everyday": everyday()}
    found = {name: _measured(codes, rows) for name, rows in sets.items()}
    further = by_meaning(codes, _RELEASE)
    if further is None:
        return found
    return found | {
        f"{name}{BY_MEANING}": _measured(codes, rows, further) for name, rows in sets.items()
    }


class Candidates(Protocol):
    """Ranks codes for a phrase, with or without meaning."""

    def named(self, text: str, top: int) -> Sequence[NamedCode | AlikeCode]: ...


def ask(
    codes: DiagnosisRelease, rows: Sequence[dict[str, Any]], further: Candidates | None = None
) -> tuple[list[Asked], int]:
    """What ``codes`` gives each phrase, and the nanoseconds of processor time it all took."""
    candidates = further or PhraseCandidates(codes, PhraseMatcher(codes))
    wording.read.cache_clear()
    wording.read_problem.cache_clear()
    wording.fold.cache_clear()
    begun = time.process_time_ns()
    given = [candidates.named(row["text"], 5) for row in rows]
    spent = time.process_time_ns() - begun
    return [
        Asked(
            row["text"],
            _right(codes, row),
            tuple((each.code, each.score) for each in answers),
        )
        for row, answers in zip(rows, given, strict=True)
    ], spent


def labelled(name: str) -> list[dict[str, Any]]:
    """The lines of a set of phrases with their codes."""
    assert SHARED is not None
    text = (SHARED / "data" / "coding" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def everyday() -> list[dict[str, Any]]:
    """Phrases of everyday notes in words of our own, which the rules were written with in view."""
    lines = _EVERYDAY.read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return [{"text": text, "gold": codes.split()} for text, codes in rows]


def _measured(
    codes: DiagnosisRelease, rows: Sequence[dict[str, Any]], further: Candidates | None = None
) -> dict[str, int]:
    asked, spent = ask(codes, rows, further)
    return {
        "n": len(asked),
        "top1_permille": 1000 * sum(each.right_within(1) for each in asked) // len(asked),
        "top5_permille": 1000 * sum(each.right_within(5) for each in asked) // len(asked),
        "phrases_per_second": len(asked) * 1_000_000_000 // spent,
    }


def _right(codes: DiagnosisRelease, row: dict[str, Any]) -> frozenset[str]:
    sides = wording.read_problem(row["text"]).sides
    return frozenset(code for gold in row["gold"] for code in complete(codes, gold, sides).codes)


def held_out_release() -> DiagnosisRelease:
    """ICD-10-CM compiled without the inclusion terms that are asked; kept in a temporary folder."""
    assert SHARED is not None
    data = SHARED / "data" / "coding"
    folder = Path(tempfile.gettempdir()) / "claimstream-eval"
    kept = folder / f"held-out-{_fingerprint(data)}.sqlite"
    if not kept.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            compiled = Path(scratch) / "diagnoses.sqlite"
            _compile(data, Path(scratch), compiled)
            compiled.replace(kept)
    manifest = Manifest("icd10cm", _RELEASE, "2025-10-01", "2026-09-30", wording.VERSION, (), "", 0)
    return DiagnosisRelease(kept, manifest)


def _compile(data: Path, scratch: Path, out: Path) -> None:
    texts = {" ".join(row["text"].split()) for row in labelled("inclusion")}
    tabular, code_list = build.package_files()
    tree = ET.parse(tabular)  # noqa: S314 - an official file of an installed package
    for diagnosis in tree.getroot().iter("diag"):
        for element in (each for tag in _TERMS for each in diagnosis.findall(tag)):
            for note in element.findall("note"):
                if " ".join("".join(note.itertext()).split()) in texts:
                    element.remove(note)
    without = scratch / tabular.name
    tree.write(without)
    tables = data / "icd10cm_fy2026_tables"
    files = build.DiagnosisFiles(
        without,
        data / "icd10cm_fy2025_index" / "ICD10CM_2025_Index.csv",
        code_list,
        next(tables.glob("icd10cm-neoplasm-*.xml")),
        next(tables.glob("icd10cm-drug-*.xml")),
        next(tables.glob("icd10cm-eindex-*.xml")),
    )
    held_out = frozenset(wording.key(wording.read(text).tokens) for text in texts)
    build.write_diagnoses(files, out, held_out)


def _fingerprint(data: Path) -> str:
    """Of the modules that compile the file, and of what is held out."""
    coding = Path(build.__file__).parents[1]
    digest = hashlib.sha256((data / "inclusion.jsonl").read_bytes())
    for folder in ("codesets", "domain/reading", "domain/diagnosis"):
        for module in sorted((coding / folder).glob("*.py")):
            digest.update(module.read_bytes())
    return digest.hexdigest()[:16]
