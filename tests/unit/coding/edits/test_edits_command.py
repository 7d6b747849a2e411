"""``claimstream coding edits``: one case in, verdicts and lines out."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from services.coding.commands import app
from services.coding.commands.cases import CaseError
from services.coding.commands.edit_cases import read_case
from services.coding.commands.edits import judged
from tests.unit.coding.examples import open_library

RUN = CliRunner()
CASE: dict[str, Any] = {
    "lines": [
        {"code": "80053", "units": 1, "pointers": [1]},
        {"code": "80048", "units": 1, "pointers": [1]},
    ],
    "diagnoses": ["E11.9"],
    "place_of_service": "11",
    "date": "2026-03-02",
    "age": 60,
    "sex": "F",
    "programme": "medicare",
}


def test_a_case_gives_verdicts_lines_and_releases(tmp_path: Path) -> None:
    path = tmp_path / "case.json"
    path.write_text(json.dumps(CASE))
    found = json.loads(RUN.invoke(app, ["edits", str(path)]).stdout)
    denied = next(each for each in found["verdicts"] if each["status"] == "deny")
    assert (denied["rule"], denied["lines"]) == ("panel-component", [2])
    assert {"source", "release", "looked_up", "message"} <= denied.keys()
    assert found["report_instead"] == [
        {"code": "80053", "modifiers": [], "units": 1, "pointers": [1]}
    ]
    assert "ICD-10-CM FY2026" in found["releases"]


def test_standard_input_and_lines_are_answered_in_order(tmp_path: Path) -> None:
    alone = RUN.invoke(app, ["edits", "-"], input=json.dumps(CASE))
    assert "report_instead" in json.loads(alone.stdout)
    path = tmp_path / "cases.jsonl"
    path.write_text("\n".join([json.dumps(CASE), "nonsense", "[]", json.dumps({"lines": 3})]))
    results = [
        json.loads(each)
        for each in RUN.invoke(app, ["edits", "--jsonl", str(path)]).stdout.splitlines()
    ]
    assert ["error" in each for each in results] == [False, True, True, True]


def test_spellings_that_people_use_mean_the_same() -> None:
    other = {
        "procedures": [
            {"cpt": "80053", "quantity": "1", "dx_pointers": "A"},
            {"cpt": "80048", "pointers": ["E119"]},
        ],
        "dx": "E119",
        "pos": 11,
        "dos": "2026-03-02",
        "patient": {"gender": "female", "dob": "1966-01-01"},
        "program": "Medicare",
    }
    library = open_library()
    one, two = judged(read_case(CASE), library), judged(read_case(other), library)
    assert one["report_instead"] == two["report_instead"]
    assert [each["rule"] for each in one["verdicts"]] == [each["rule"] for each in two["verdicts"]]


@pytest.mark.parametrize(
    ("said", "age", "days"),
    [
        ({"age": 1}, 1, None),
        ({"age_days": 8}, 0, 8),
        ({"age_months": 18}, 1, 547),
        ({"birth_date": "2026-02-22"}, 0, 8),
        ({"patient": {"age": 7}, "age": None}, 7, None),
        ({"age": None}, None, None),
    ],
)
def test_an_age_is_said_in_years_months_days_or_by_birth_date(
    said: dict[str, Any], age: int | None, days: int | None
) -> None:
    context = read_case({**CASE, **said}).context
    assert (context.age, context.age_days) == (age, days)


@pytest.mark.parametrize("said", ["medicare", "Medicare Part B", "MEDICARE_ADVANTAGE"])
def test_every_part_of_medicare_is_medicare(said: str) -> None:
    assert read_case({**CASE, "programme": said}).context.programme == "medicare"


def test_a_date_without_a_diagnosis_release_still_has_its_other_verdicts() -> None:
    found = judged(read_case({**CASE, "date": "2024-08-01"}), open_library())
    by_rule = {each["rule"]: each for each in found["verdicts"]}
    assert by_rule["icd10cm"]["status"] == "no_data"
    assert "2025-10-01" in by_rule["icd10cm"]["message"]
    assert by_rule["panel-component"]["status"] == "deny"


def test_own_fields_of_a_line_come_back_with_it() -> None:
    lines = [{"code": "99213", "pointers": [1], "provider_id": "D7", "date": "2026-03-03"}]
    found = judged(read_case({**CASE, "lines": lines}), open_library())
    assert found["report_instead"][0]["provider_id"] == "D7"
    assert found["report_instead"][0]["date"] == "2026-03-03"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"date": None}, "date_missing"),
        ({"date": "yesterday"}, "date_unusable"),
        ({"lines": {}}, "lines_unusable"),
        ({"lines": [{"units": 1}]}, "code_unusable"),
        ({"lines": [{"code": "99213; DROP"}]}, "code_unusable"),
        ({"lines": [{"code": "99213", "units": 1.5}]}, "units_unusable"),
        ({"lines": [{"code": "99213", "units": -1}]}, "units_unusable"),
        ({"lines": [{"code": "99213", "modifiers": ["2"]}]}, "modifiers_unusable"),
        ({"lines": [{"code": "99213", "modifiers": {"25": 1}}]}, "modifiers_unusable"),
        ({"lines": [{"code": "99213", "pointers": ["J20.9"]}]}, "pointers_unusable"),
        ({"diagnoses": [{"x": 1}]}, "diagnosis_unusable"),
        ({"diagnoses": 7}, "diagnoses_unusable"),
        ({"age": -1}, "age_unusable"),
        ({"age": True}, "age_unusable"),
        ({"birth_date": "2030-01-01"}, "birth_date_unusable"),
        ({"place_of_service": "office"}, "place_unusable"),
        ({"history": [{"code": "27447"}]}, "date_missing"),
    ],
)
def test_what_cannot_be_used_is_said(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(CaseError) as refused:
        read_case({**CASE, **change})
    assert refused.value.result["error"]["reason"] == reason


def test_arguments_that_do_not_fit_together_are_refused() -> None:
    assert RUN.invoke(app, ["edits"]).exit_code == 2


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 10**9) | st.text(max_size=12) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["code", "units", "modifiers", "pointers", "date", "documented"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*CASE, "history", "patient", "abn"]), JSON, max_size=6))
def test_no_case_is_a_crash(change: dict[str, Any]) -> None:
    with suppress(CaseError):
        assert "verdicts" in judged(read_case({**CASE, **change}), open_library())
