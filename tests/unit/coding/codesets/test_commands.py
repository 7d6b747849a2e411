"""``claimstream codesets``: import, list, show and diff, as typed."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.coding.codesets.commands import app
from services.coding.codesets.comparison import differences
from tests.unit.coding.codesets.published import pair_file

RUN = CliRunner()
ROW = "11042 | 97597 |  | 20200101 | * | 1 | Why"


@pytest.fixture(autouse=True)
def own_sets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setenv("CLAIMSTREAM_CODING_CODE_SETS", str(folder))
    return folder


def run(*arguments: str, code: int = 0) -> str:
    result = RUN.invoke(app, list(arguments))
    assert result.exit_code == code, result.output
    return result.stdout if code == 0 else result.stderr


def shown(*arguments: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run("show", *arguments, "--json"))
    return found


def test_an_import_is_told_listed_and_used(tmp_path: Path) -> None:
    path = pair_file(tmp_path / "p.txt", ROW)
    told = run("import", "ncci-ptp", str(path), "--release", "2024Q3")
    assert told.startswith("imported: ncci-ptp  2024Q3  2024-07-01 to 2024-09-30  1 rows")
    again = json.loads(run("import", "ncci-ptp", str(path), "--release", "2024Q3", "--json"))
    assert (again["fresh"], again["releases"][0]["rows"]) == (False, 1)
    assert "ncci-ptp  2024Q3" in run("list")


def test_a_release_whose_name_says_no_dates_needs_them(tmp_path: Path) -> None:
    path = str(pair_file(tmp_path / "p.txt", ROW))
    assert "--from and --to" in run("import", "ncci-ptp", path, "--release", "v30", code=2)
    dated = ["--release", "v30", "--from", "2024-07-01", "--to", "2024-07-31"]
    assert "2024-07-01 to 2024-07-31" in run("import", "ncci-ptp", path, *dated)


def test_a_refused_import_says_where_and_what_to_do(tmp_path: Path) -> None:
    path = pair_file(tmp_path / "p.txt", "11042 | 975 |  | 20200101 | * | 1 | Why")
    told = run("import", "ncci-ptp", str(path), "--release", "2024Q3", code=1)
    assert told.startswith("p.txt, line 6: not two procedure codes; give the file as CMS")


def test_a_folder_that_is_not_there_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMSTREAM_CODING_CODE_SETS", "/nowhere/at/all")
    assert "names no folder" in run("list", code=1)


def test_a_diagnosis_is_shown_with_the_notes_that_hold_for_it() -> None:
    found = shown("S82.51XA", "--on", "2026-03-02")
    assert (found["code"], found["billable"], found["seventh_characters"][:1]) == (
        "S82.51XA",
        True,
        "A",
    )
    kinds = {(note["at"], note["kind"]) for note in found["notes"]}
    assert {("S82", "seventh_characters"), ("S82", "excludes1")} <= kinds


def test_a_category_is_shown_with_what_is_below_it() -> None:
    found = shown("E11", "--on", "2026-03-02")
    assert found["billable"] is False
    assert "E11.9" in found["children"]
    assert {"includes", "use_additional", "excludes1"} <= {each["kind"] for each in found["notes"]}


def test_a_procedure_is_shown_with_its_tables_and_what_is_missing(tmp_path: Path) -> None:
    limits = tmp_path / "m.csv"
    limits.write_text("hcpcs_code,Practitioner Services MUE Values,mue_mai\n20610,2,3\n11042,1,2\n")
    run("import", "ncci-mue", str(limits), "--release", "2024Q3")
    found = shown("20610", "--on", "2024-08-01")
    assert (found["wording"] != "", found["unit_limit"]["units"]) == (True, 2)
    assert found["fee_indicators"] == {"no_data": "pfs", "at_hand": []}
    unworded = shown("11042", "--on", "2024-08-01")
    assert (unworded["wording"], unworded["unit_limit"]["mai"]) == ("", 2)
    later = shown("20610", "--on", "2024-10-01")
    assert later["unit_limit"]["at_hand"] == ["2024Q3: 2024-07-01 to 2024-09-30"]


def test_a_place_of_service_is_shown() -> None:
    found = shown("21", "--on", "2024-08-01")
    assert (found["code_set"], found["facility"]) == ("pos", True)


def test_a_quarter_imported_without_places_hides_none_of_them(tmp_path: Path) -> None:
    path = tmp_path / "h.csv"
    path.write_text("HCPC,LONG DESCRIPTION,ADD DT,TERM DT\nA4206,Syringe,19940101,\n")
    run("import", "hcpcs", str(path), "--release", "2026-01")
    found = shown("11", "--on", "2026-03-02")
    assert (found["title"], found["facility"], found["stands_in"]) == ("Office", False, True)
    assert shown("A4206", "--on", "2026-03-02")["release"] == "2026-01"


def test_own_wording_of_a_licensed_list_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text("code,wording\n99499,Unlisted visit\n")
    run("import", "cpt", str(path), "--release", "2024")
    assert shown("99499", "--on", "2024-08-01")["wording"] == "Unlisted visit"


def test_a_date_that_no_release_covers_is_refused_with_the_dates_at_hand() -> None:
    told = run("show", "E11.9", "--on", "2026-10-01", code=1)
    assert "no release of icd10cm covers 2026-10-01" in told
    assert "FY2026: 2025-10-01 to 2026-09-30" in told


def test_two_releases_are_compared(tmp_path: Path) -> None:
    for release, rows in (
        ("2024Q3", [ROW, "11042 | 97598 |  | 20200101 | * | 1 | Why"]),
        ("2024Q4", [ROW.replace("| 1 |", "| 0 |"), "11042 | 97602 |  | 20241001 | * | 1 | Why"]),
    ):
        path = pair_file(tmp_path / f"{release}.txt", *rows)
        run("import", "ncci-ptp", str(path), "--release", release)
    found = json.loads(run("diff", "ncci-ptp-2024Q3", "ncci-ptp-2024Q4", "--json"))
    assert [each["code"] for each in found["added"]] == ["11042 97602"]
    assert [each["code"] for each in found["removed"]] == ["11042 97598"]
    assert found["changed"] == [
        {"code": "11042 97597", "edit": ["1 2020-01-01..", "0 2020-01-01.."]}
    ]
    told = run("diff", "ncci-ptp-2024Q3", "ncci-ptp-2024Q4", "--most", "0")
    assert told.splitlines()[0].endswith("1 added, 1 removed, 1 changed")
    assert "... and 1 more changed" in told


def test_what_cannot_be_compared_is_refused() -> None:
    assert "there is no hcpcs-1999" in run("diff", "hcpcs-1999", "hcpcs-2024-07", code=1)
    assert "different code sets" in run("diff", "hcpcs-2024-07", "icd10cm-FY2026", code=2)


def test_a_release_differs_from_itself_in_nothing() -> None:
    told = run("diff", "icd10cm-FY2026", "icd10cm-FY2026")
    assert told.strip().endswith("0 added, 0 removed, 0 changed")


def test_a_difference_is_added_removed_or_changed() -> None:
    before = [("A", {"t": "1"}), ("B", {"t": "1"}), ("D", {"t": "1"})]
    after = [("B", {"t": "2"}), ("C", {"t": "1"}), ("D", {"t": "1"}), ("E", {"t": "1"})]
    assert [(each.kind, each.key) for each in differences(before, after)] == [
        ("removed", "A"),
        ("changed", "B"),
        ("added", "C"),
        ("added", "E"),
    ]
