"""``coding review``: an event, notes, or lines of either; flags and questions out."""

import json
from pathlib import Path

from typer.testing import CliRunner

from services.coding.commands import app
from tests.unit.coding.examples import encounter, problems

RUN = CliRunner()
WORDS = " ".join(f"word{number}" for number in range(300))


def test_an_event_gives_flags_and_the_questions_they_open(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(encounter(signature=None, problems=problems("Sprain of ankle")).to_json())
    found = json.loads(RUN.invoke(app, ["review", str(path)]).stdout)
    assert {flag["kind"] for flag in found["flags"]} == {"missing_signature", "missing_laterality"}
    assert [query["kind"] for query in found["queries"]] == [
        "missing_signature",
        "missing_laterality",
    ]
    assert {flag["blocks"] for flag in found["flags"]} == {"claim", "diagnosis"}
    assert all(flag["source"] and flag["question"] for flag in found["flags"])


def test_a_date_without_a_release_is_still_reviewed_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    old = encounter(signature=None).to_json().replace(b"2026-03-02", b"2019-03-02")
    path.write_bytes(old)
    found = json.loads(RUN.invoke(app, ["review", str(path)]).stdout)
    assert [flag["kind"] for flag in found["flags"]] == ["missing_signature"]
    assert found["not_looked_at"]["reason"] == "no_code_set_release"


def test_notes_of_one_patient_are_compared_in_order(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("first.txt", "second.txt")]
    for path in paths:
        path.write_text(f"HPI: {WORDS}\nAssessment: Gout\n")
    arguments = ["review", "--on", "2026-03-02"]
    for path in paths:
        arguments += ["--note", str(path)]
    lines = [json.loads(line) for line in RUN.invoke(app, arguments).stdout.splitlines()]
    kinds = [{flag["kind"] for flag in line["flags"]} for line in lines]
    assert "cloned_text" not in kinds[0]
    assert "cloned_text" in kinds[1]


def test_lines_keep_their_order_and_bad_ones_their_reason(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    case = {"note": f"HPI: {WORDS}", "previous_note": f"HPI: {WORDS}", "on": "2026-03-02"}
    path.write_bytes(
        b"\n".join([b"\xff", encounter().to_json(), json.dumps(case).encode(), b'{"note": 7}'])
    )
    result = RUN.invoke(app, ["review", "--jsonl", str(path)])
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert ["error" in line for line in found] == [True, False, False, True]
    assert "cloned_text" in {query["kind"] for query in found[2]["queries"]}


def test_the_patients_sex_comes_from_the_case(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    note = "HPI: A 45-year-old man here for cough."
    path.write_text(
        "\n".join(json.dumps({"note": note, "sex": sex, "on": "2026-03-02"}) for sex in "FM")
    )
    found = [
        json.loads(line)
        for line in RUN.invoke(app, ["review", "--jsonl", str(path)]).stdout.splitlines()
    ]
    asked = ["sex_differs" in {query["kind"] for query in line["queries"]} for line in found]
    assert asked == [True, False]


def test_one_source_of_cases_is_needed() -> None:
    assert RUN.invoke(app, ["review"]).exit_code == 2
    assert RUN.invoke(app, ["review", "x.json", "--jsonl", "y.jsonl"]).exit_code == 2
    assert RUN.invoke(app, ["review", "--note", "absent.txt"]).exit_code == 1
