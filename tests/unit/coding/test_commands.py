"""The offline commands: one case in, one result out, and a sentence for what cannot be used."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.coding.codesets import commands as codesets
from services.coding.commands import app
from tests.unit.coding.examples import encounter

RUN = CliRunner()


def test_an_event_file_is_coded(tmp_path: Path) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(encounter().to_json())
    found = json.loads(RUN.invoke(app, ["code", str(path)]).stdout)
    assert [each["code"] for each in found["diagnoses"]] == ["J20.9"]
    assert [each["code"] for each in found["procedures"]] == ["99213"]
    assert found["route"] == "automatic"


def test_a_note_is_coded_and_what_it_lacks_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("ASSESSMENT\n1. Gout\n", encoding="utf-8")
    found = json.loads(RUN.invoke(app, ["code", "--note", str(path), "--on", "2026-03-02"]).stdout)
    assert [each["code"] for each in found["diagnoses"]] == ["M10.9"]
    assert [each["kind"] for each in found["queries"]] == ["missing_time_or_decision_making"]


def test_lines_that_are_no_events_keep_their_place_in_the_output(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    secret = b'{"practice_id": "P1", "chief_complaint": "Okafor"}'
    path.write_bytes(b"\n".join([b"\xff\x00", encounter().to_json(), secret]))
    result = RUN.invoke(app, ["code", "--jsonl", str(path)])
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert ["error" in each for each in found] == [True, False, True]
    assert "Okafor" not in result.stdout


def test_a_binary_note_of_a_megabyte_is_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "note.bin"
    path.write_bytes(bytes(range(256)) * 3_900)
    result = RUN.invoke(app, ["code", "--note", str(path), "--on", "2026-03-02"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["diagnoses"] == []


def test_a_date_without_a_release_names_the_dates_at_hand(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("ASSESSMENT\nGout\n")
    result = RUN.invoke(app, ["code", "--note", str(path), "--on", "1999-03-02"])
    assert json.loads(result.stdout)["error"]["reason"] == "no_code_set_release"
    refused = RUN.invoke(app, ["lookup", "gout", "--on", "1999-03-02"])
    assert refused.exit_code == 1
    assert "2025-10-01" in json.loads(refused.stdout)["error"]["message"]
    phrases = tmp_path / "phrases.jsonl"
    phrases.write_text('{"phrase": "gout"}\nno case\n{"phrase": "cough"}\n')
    many = RUN.invoke(app, ["lookup", "--jsonl", str(phrases), "--on", "1999-03-02"])
    reasons = [json.loads(line)["error"]["reason"] for line in many.stdout.splitlines()]
    assert reasons == ["no_code_set_release", "not_json", "no_code_set_release"]


@pytest.mark.parametrize(
    "arguments",
    [["code"], ["lookup"], ["code", "--note", "absent.txt", "--setting", "office", "x.json"]],
)
def test_arguments_that_do_not_fit_together_are_refused(arguments: list[str]) -> None:
    assert RUN.invoke(app, arguments).exit_code == 2


def test_a_phrase_is_looked_up() -> None:
    result = RUN.invoke(app, ["lookup", "acute bronchitis", "--on", "2026-03-02", "--top", "2"])
    found = json.loads(result.stdout)
    assert found["candidates"][0]["code"] == "J20.9"
    assert found["candidates"][0]["score"] == 1000
    assert len(found["candidates"]) == 2


def test_phrases_are_looked_up_line_by_line(tmp_path: Path) -> None:
    path = tmp_path / "phrases.jsonl"
    path.write_text('{"phrase": "gout"}\nnonsense\n{"phrase": ""}\n')
    result = RUN.invoke(app, ["lookup", "--jsonl", str(path), "--on", "2026-03-02"])
    found = [json.loads(line) for line in result.stdout.splitlines()]
    assert found[0]["candidates"][0]["code"] == "M10.9"
    assert "error" in found[1]
    assert found[2]["candidates"] == []


def test_a_code_is_shown_as_of_a_date() -> None:
    shown = json.loads(RUN.invoke(codesets.app, ["show", "e119", "--on", "2026-03-02"]).stdout)
    assert (shown["code"], shown["billable"], shown["stands_in"]) == ("E11.9", True, False)
    supply = json.loads(RUN.invoke(codesets.app, ["show", "J0696", "--on", "2026-03-02"]).stdout)
    assert (supply["dose"], supply["stands_in"]) == ("250", True)
    assert RUN.invoke(codesets.app, ["show", "QQQ", "--on", "2026-03-02"]).exit_code == 1


def test_the_releases_are_listed() -> None:
    listed = json.loads(RUN.invoke(codesets.app, ["list", "--json"]).stdout)
    assert {(each["code_set"], each["release"]) for each in listed} == {
        ("hcpcs", "2024-07"),
        ("icd10cm", "FY2026"),
    }
