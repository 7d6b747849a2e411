"""Every offline command shows in its help how it is used, and what it shows works."""

import json
import re
import shlex
import subprocess
import sys
from errno import ENOSPC
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from claimstream.cli import build
from services.coding.commands import app
from services.coding.commands.cases import written
from services.coding.domain.confidence import INDEX, calibrated
from tests.unit.coding.examples import encounter

RUN = CliRunner()
OFFLINE = ("lookup", "code", "edits", "units", "review")
_STEP = re.compile(r"^ {6,7}(\S.*)$")


@cache
def _whole() -> typer.Typer:
    return build(None)


def shown(command: str) -> list[str]:
    """The lines of a command's help that are examples, as they are printed."""
    text = RUN.invoke(_whole(), ["coding", command, "--help"], terminal_width=200).stdout
    return [found[1] for line in text.splitlines() if (found := _STEP.match(line))]


def case_shown(command: str) -> dict[str, Any]:
    """The case that the help shows, on one line or several."""
    lines = shown(command)
    begin = next(number for number, line in enumerate(lines) if line.startswith("{"))
    text = ""
    for line in lines[begin:]:
        text += line
        if text.count("{") == text.count("}"):
            break
    case: dict[str, Any] = json.loads(text)
    return case


@pytest.mark.parametrize("command", OFFLINE)
def test_the_help_shows_one_case_and_many(command: str) -> None:
    examples = [line for line in shown(command) if line.startswith("claimstream ")]
    assert any("--json" in shlex.split(line) for line in examples)
    assert any("--jsonl" in shlex.split(line) for line in examples)
    assert all(shlex.split(line)[1:3] == ["coding", command] for line in examples)


@pytest.mark.parametrize("command", OFFLINE)
def test_the_examples_are_answered(command: str, tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("Assessment: gout\n")
    (tmp_path / "event.json").write_bytes(encounter().to_json())
    case = json.dumps(case_shown(command))
    (tmp_path / "case.json").write_text(case)
    for name in ("cases", "phrases"):
        (tmp_path / f"{name}.jsonl").write_text(f"{case}\nno case\n{case}")
    for line in shown(command):
        if not line.startswith("claimstream "):
            continue
        words = shlex.split(line)[2:]
        words = [str(tmp_path / each) if (tmp_path / each).is_file() else each for each in words]
        result = RUN.invoke(app, words)
        assert result.exit_code == 0, result.output
        answers = [json.loads(each) for each in result.stdout.splitlines()]
        if "--jsonl" in words:
            assert ["error" in each for each in answers] == [False, True, False]
            assert answers[0] == answers[2]
        else:
            assert "error" not in answers[0]


@pytest.mark.parametrize("command", OFFLINE)
@pytest.mark.parametrize("end", [b"", b"\n"])
def test_each_line_is_answered_with_a_line_in_its_place(
    command: str, end: bytes, tmp_path: Path
) -> None:
    good = json.dumps(case_shown(command)).encode()
    bad = [b"", b"   ", b"null", b"[]", b'"x"', b"{", b"\xff\xfe", b'{"a": NaN}', b"[" * 900]
    odd = [b"{}", b'{"phrase": 7, "note": 7, "lines": 7, "dose": 7}', b'{"note": null}']
    lines = [good, *bad, good, *odd, good]
    path = tmp_path / "cases.jsonl"
    path.write_bytes(b"\n".join(lines) + end)
    result = RUN.invoke(app, [command, "--jsonl", str(path)])
    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert result.exit_code == 0
    assert len(answers) == len(lines)
    assert answers[0] == answers[len(bad) + 1] == answers[-1]
    assert "error" not in answers[0]
    for answer in (*answers[1 : len(bad) + 1], *answers[len(bad) + 2 : -1]):
        assert set(answer) == {"error"}
        assert {"reason", "message"} <= answer["error"].keys()


@pytest.mark.parametrize("command", OFFLINE)
def test_lines_are_read_from_standard_input_too(command: str) -> None:
    case = json.dumps(case_shown(command))
    result = RUN.invoke(app, [command, "--jsonl", "-"], input=f"{case}\n{case}\n")
    assert len(result.stdout.splitlines()) == 2


@pytest.mark.parametrize("command", OFFLINE)
@pytest.mark.parametrize("missing", ["absent.jsonl", "."])
def test_a_file_that_cannot_be_read_is_told_in_a_sentence(command: str, missing: str) -> None:
    result = RUN.invoke(app, [command, "--jsonl", missing])
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("cannot read the input")


def test_a_phrase_is_answered_by_the_names_that_programs_know() -> None:
    found = json.loads(RUN.invoke(app, ["lookup", "gout", "--on", "2026-03-02"]).stdout)
    assert found["phrase"] == "gout"
    assert found["candidates"][0].keys() == {"code", "score", "path"}


def test_a_coded_case_has_what_a_coder_asks_for() -> None:
    text = "Assessment: Gout. No pneumonia.\nPlan: allopurinol 100 mg daily. Total time 25 min."
    result = RUN.invoke(app, ["code", "--note", "-", "--on", "2026-03-02"], input=text)
    found = json.loads(result.stdout)
    assert {
        "diagnoses", "procedures", "evaluation_management", "queries", "confidence", "route",
        "alternatives", "releases", "rules_version", "reasons", "edits",
    } == found.keys()  # fmt: skip
    (gout,) = found["diagnoses"]
    assert (gout["code"], gout["confidence"]) == ("M10.9", calibrated(INDEX, 1000, 1000))
    place = gout["evidence"][0]
    assert text[place["start"] : place["end"]] == "Gout"
    assert {"code": "J18.9", "reason": "negated"}.items() <= found["alternatives"][0].items()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_note_is_read_in_the_encoding_that_it_was_written_in(
    encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes("Assessment: M\u00e9ni\u00e8re's disease, right ear".encode(encoding))
    result = RUN.invoke(app, ["code", "--note", str(path), "--on", "2026-03-02"])
    assert [each["code"] for each in json.loads(result.stdout)["diagnoses"]] == ["H81.01"]


def test_a_look_up_imports_nothing_of_the_queue() -> None:
    script = (
        "import sys; from services.coding.commands import app; import typer;"
        "typer.main.get_command(app).commands['lookup'];"
        "names = 'services.coding.handlers', 'services.coding.domain.engine';"
        "print(*(name in sys.modules for name in names))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["False", "False"]


def test_an_answer_that_cannot_be_written_is_told_in_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit) as ended, written():
        raise OSError(ENOSPC, "No space left on device")
    assert ended.value.exit_code == 1
    assert capsys.readouterr().err == "cannot write the answer: No space left on device\n"


def test_who_stops_reading_the_answers_is_told_nothing() -> None:
    with pytest.raises(BrokenPipeError), written():
        raise BrokenPipeError
