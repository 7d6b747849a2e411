"""``claimstream ehr publish`` as a person meets it, without a broker."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from claimstream.commands.ehr import NO_KAFKA, UNREADABLE, app
from tests.unit.ehr.bundles import encounter, saved, visit

USAGE = 2


def run(*words: str, text: str = "") -> tuple[int, str]:
    found = CliRunner().invoke(app, ["publish", *words], input=text, env={"COLUMNS": "200"})
    return found.exit_code, found.output


def test_nothing_to_publish_is_wrong_usage() -> None:
    assert run()[0] == USAGE


@pytest.mark.parametrize(
    "words",
    [
        ("--simulate", "-1"),
        ("--simulate", "1", "--days", "0"),
        ("--simulate", "1", "--start", "2026-13-01"),
        ("--simulate", "1", "--shift-dates", "soon"),
        ("--simulate", "1", "--payers", "no-such-file.toml"),
        ("--events", "no-such-file.jsonl", "--dry-run"),
        ("bundle.json",),
    ],
)
def test_an_option_that_makes_no_sense_is_wrong_usage(words: tuple[str, ...]) -> None:
    code, said = run(*words)
    assert code == USAGE
    assert "Traceback" not in said


def test_a_broker_that_does_not_answer_is_said_in_one_sentence() -> None:
    code, said = run("--simulate", "1", "--bootstrap", "127.0.0.1:1")
    assert code == NO_KAFKA
    assert "no Kafka broker answers at 127.0.0.1:1" in said


def test_what_could_not_be_read_is_counted_and_makes_the_exit_code_1(tmp_path: Path) -> None:
    saved(tmp_path, visit(encounter(id="enc-2", participant=[])), "good-and-bad.json")
    (tmp_path / "broken.json").write_text("{")
    code, said = run("--fhir", str(tmp_path), "--dry-run")
    assert code == UNREADABLE
    assert "not_json" in said
    assert "Bundle.entry[4].resource.participant" in said
    assert "ehr.encounter-documented.v1" in said


def test_what_is_left_out_on_purpose_is_counted_and_is_no_error(tmp_path: Path) -> None:
    name = saved(tmp_path, visit(status="in-progress"))
    code, said = run("--fhir", name, "--dry-run")
    assert code == 0
    assert "encounter_not_finished" in said


def test_several_bundles_follow_one_option(tmp_path: Path) -> None:
    one = saved(tmp_path, visit(), "one.json")
    two = saved(tmp_path, visit(id="enc-9"), "two.json")
    code, said = run("--fhir", one, two, "--dry-run")
    assert code == 0
    assert any("encounter-documented" in row and " 2 " in row for row in said.splitlines())


def test_events_are_read_from_standard_input() -> None:
    event = {
        "type": "ehr.coverage-registered.v1",
        "data": {"practice_id": "ELM", "patient_id": "P-1"},
    }
    code, said = run("--events", "-", "--dry-run", text=json.dumps(event) + "\n{}\n")
    assert code == UNREADABLE
    assert "stdin: line 2: type" in said


def test_the_list_of_broken_things_is_as_long_as_asked(tmp_path: Path) -> None:
    for number in range(5):
        (tmp_path / f"broken-{number}.json").write_text("{")
    _, said = run("--fhir", str(tmp_path), "--dry-run", "--show", "2")
    assert said.count("[not_json]") == 2
    assert "and 3 more" in said


def test_a_simulation_counts_what_it_would_publish() -> None:
    code, said = run("--simulate", "20", "--seed", "5", "--dry-run")
    assert code == 0
    assert "Would be published" in said
    assert any("practice-registered" in row and " 3 " in row for row in said.splitlines())
