"""The eval itself: it says what it left out, and counts what is wrong."""

import json
from pathlib import Path

import pytest
from msgspec.structs import replace
from rich.console import Console
from typer.testing import CliRunner

from services.coding.domain.coding_result import CodingResult, Diagnosis, EvidenceAt
from tests.eval import __main__ as command
from tests.eval.claims import confidence_of, figures
from tests.eval.documentation import faults, of_note
from tests.eval.report import show
from tests.unit.coding.examples import code, open_library

GOUT = "ASSESSMENT\nGout, stable\nNo diabetes\n"


def coded() -> CodingResult:
    return code(of_note(GOUT))


def with_evidence(start: int, end: int, section: int = 0) -> CodingResult:
    place = EvidenceAt("note", None, section, start, end)
    return replace(coded(), diagnoses=(Diagnosis("M10.9", (place,)),))


@pytest.mark.parametrize(
    ("result", "fault"),
    [
        (with_evidence(11, 900), "offset_out_of_bounds"),
        (with_evidence(11, 11), "offset_out_of_bounds"),
        (with_evidence(10, 15), "offset_not_on_words"),
        (with_evidence(11, 15, section=4), "no_such_section"),
        (with_evidence(GOUT.index("diab"), GOUT.index("diab") + 8), "coded_though_negated"),
    ],
)
def test_evidence_that_is_not_what_it_says_is_a_fault(result: CodingResult, fault: str) -> None:
    assert fault in set(faults(of_note(GOUT), result, open_library()))


def test_a_code_that_is_not_billable_is_a_fault() -> None:
    result = replace(coded(), diagnoses=(Diagnosis("E11"),))
    assert list(faults(of_note(GOUT), result, open_library())) == ["not_billable"]


def test_exact_evidence_is_no_fault() -> None:
    assert list(faults(of_note(GOUT), coded(), open_library())) == []


def test_what_waits_for_more_than_doubt_is_never_automatic() -> None:
    sure = replace(coded(), queries=(), reasons=(), confidence=990)
    assert confidence_of(sure) == 990
    assert confidence_of(replace(sure, reasons=("unsure:M10.9",))) == 990
    assert confidence_of(replace(sure, reasons=("unsure:M10.9", "nothing_to_bill"))) == 0


def test_the_automatic_share_is_told_also_where_there_is_none() -> None:
    found = figures([(900, False), (0, True)])
    assert found["at_95"] == {"automatic_permille": 0, "from_confidence": 1001}
    assert found["as_configured"]["right_permille"] == 0


def test_without_the_sample_data_the_rest_is_measured_and_the_gap_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "SHARED", None)
    out = tmp_path / "eval.json"
    result = CliRunner().invoke(command.app, ["--only", "phrases,claims,notes", "--json", str(out)])
    assert result.exit_code == 0
    left_out = json.loads(out.read_text(encoding="utf-8"))["left_out"]
    assert set(left_out) == {"phrases", "claims", "notes"}
    assert "left out: phrases" in result.stdout


def test_a_part_that_there_is_not_is_refused() -> None:
    assert CliRunner().invoke(command.app, ["--only", "luck"]).exit_code == 2


def test_a_table_is_shown_for_each_part(capsys: pytest.CaptureFixture[str]) -> None:
    claims = {"of one": figures([(960, True)] * 20)}
    phrases = {
        "inclusion": {
            "n": 3,
            "top1_permille": 750,
            "top5_permille": 905,
            "phrases_per_second": 700,
        }
    }
    show({"claims": claims, "phrases": phrases}, Console(width=160))
    printed = capsys.readouterr().out
    assert "100.0%" in printed
    assert "90.5%" in printed
