"""Lines that somebody got wrong: each is answered in its place by an error that names the field."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.coding.commands import app
from tests.unit.coding.examples import encounter

RUN = CliRunner()
DAY = "2026-03-02"
NOTE = {"note": "Assessment: gout", "on": DAY}
EVENT: dict[str, Any] = json.loads(encounter().to_json())
EDIT = {"lines": [{"code": "99213"}], "date": DAY}
DOSE = {"code": "J0696", "dose": "600", "dose_unit": "mg", "container": "multi_dose"}


def answers(tmp_path: Path, command: str, *lines: str | dict[str, Any]) -> list[dict[str, Any]]:
    file = tmp_path / "cases.jsonl"
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("".join(f"{text}\n" for text in texts))
    said = RUN.invoke(app, [command, "--jsonl", str(file)])
    assert said.exit_code == 0
    return [json.loads(line) for line in said.stdout.splitlines()]


@pytest.mark.parametrize(
    ("command", "case", "reason", "named"),
    [
        ("lookup", {"phrase": "gout", "on": "2026-13-01"}, "date_unusable", "on"),
        ("lookup", {"phrase": "gout", "top": 0}, "top_unusable", "top"),
        ("lookup", {"phrase": "gout", "top": True}, "top_unusable", "top"),
        ("lookup", {"phrase": "x" * 10_001}, "phrase_too_long", "phrase"),
        ("lookup", '{"phrase": "gout", "phrase": "asthma"}', "field_twice", "phrase"),
        ("code", {**NOTE, "note": 5}, "note_unusable", "note"),
        ("code", {**NOTE, "note": None}, "note_unusable", "note"),
        ("code", {**EVENT, "taxonomy": 5}, "taxonomy_unusable", "taxonomy"),
        ("code", '{"note": "gout", "note": "asthma"}', "field_twice", "note"),
        ("review", {**NOTE, "note": ["gout"]}, "note_unusable", "note"),
        ("review", {**NOTE, "previous_note": 5}, "previous_note_unusable", "previous_note"),
        ("edits", {**EDIT, "sex": "Fmale"}, "sex_unusable", "sex"),
        ("edits", {**EDIT, "abn": "yes"}, "abn_unusable", "abn"),
        ("edits", {**EDIT, "claim": "dental"}, "claim_unusable", "claim"),
        ("edits", {**EDIT, "benefit_year": 2026}, "benefit_year_unusable", "benefit_year"),
        ("edits", {**EDIT, "age_months": "x"}, "age_months_unusable", "age_months"),
        ("edits", {**EDIT, "place_of_service": ["22"]}, "place_unusable", "place_of_service"),
        ("edits", '{"lines": [{"code": "99213", "code": "99214"}]}', "field_twice", "code"),
        ("units", {**DOSE, "dose": "1,5"}, "dose_unusable", "dose"),
        ("units", {**DOSE, "dose": "600 g"}, "dose_unusable", "dose"),
        (
            "units",
            {**DOSE, "containers": [{"size": "1 g", "unit": "mg"}]},
            "containers_unusable",
            "containers",
        ),
    ],
)
def test_what_cannot_be_meant_is_asked_for_and_not_guessed(
    tmp_path: Path, command: str, case: str | dict[str, Any], reason: str, named: str
) -> None:
    (found,) = answers(tmp_path, command, case)
    assert found["error"]["reason"] == reason
    assert found["error"]["message"].startswith(named)


def test_a_line_has_its_own_date_and_number_of_codes(tmp_path: Path) -> None:
    early, few, usual = answers(
        tmp_path,
        "lookup",
        {"phrase": "gout", "on": "1999-01-01"},
        {"phrase": "gout", "on": DAY, "top": 1},
        {"phrase": "gout", "on": None, "top": None},
    )
    assert early["error"]["reason"] == "no_code_set_release"
    assert [len(few["candidates"]), len(usual["candidates"])] == [1, 5]


def test_a_word_without_end_takes_no_longer_than_others(tmp_path: Path) -> None:
    (found,) = answers(tmp_path, "lookup", {"phrase": "x" * 10_000, "on": DAY})
    assert found["candidates"] == []


def test_an_event_whose_note_is_text_is_not_coded_as_a_note_alone(tmp_path: Path) -> None:
    (found,) = answers(tmp_path, "code", {**EVENT, "note": "Assessment: gout"})
    assert found["error"]["findings"] == [{"field": "note", "kind": "tuple_type"}]


def test_the_day_of_a_note_may_be_named_as_in_an_event(tmp_path: Path) -> None:
    (found,) = answers(tmp_path, "code", {"note": "Assessment: gout", "service_date": "1999-01-01"})
    assert found["error"]["reason"] == "no_code_set_release"


def test_a_field_named_twice_is_said_without_what_it_holds(tmp_path: Path) -> None:
    (found,) = answers(tmp_path, "code", '{"note": "x", "Okafor": 1, "Okafor": 2}')
    assert found["error"]["reason"] == "field_twice"
    assert "Okafor" not in json.dumps(found)


def test_words_that_look_like_fields_are_no_field_twice(tmp_path: Path) -> None:
    (found,) = answers(tmp_path, "code", {**NOTE, "note": 'Assessment: gout\n"a": 1, "a": 2'})
    assert [each["code"] for each in found["diagnoses"]][:1] == ["M10.9"]


def test_thousands_may_be_written_with_commas(tmp_path: Path) -> None:
    (found,) = answers(tmp_path, "units", {**DOSE, "dose": "1,000"})
    assert found["lines"][0]["units"] == 4
