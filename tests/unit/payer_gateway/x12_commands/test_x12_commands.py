"""``claimstream x12``, as a person types it."""

import json
from pathlib import Path

import pytest
from pypdf import PdfReader
from typer.testing import CliRunner, Result

from services.payer_gateway.x12_commands import app
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES

_COUNT = SAMPLES["837P"].count("\nCLM*")
_COMMANDS = ("read", "check", "explain", "redact", "split")


def _say(*words: str | Path, given: bytes | None = None) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words], input=given)


@pytest.fixture
def claims(tmp_path: Path) -> Path:
    file = tmp_path / "claims.837"
    file.write_text(SAMPLES["837P"])
    return file


@pytest.fixture
def payment(tmp_path: Path) -> Path:
    file = tmp_path / "day.835"
    file.write_text(SAMPLES["835"])
    return file


@pytest.mark.parametrize("command", _COMMANDS)
@pytest.mark.parametrize("content", [b"", b"no X12", b"\x00\xff" * 300, b"ISA*00*"])
def test_what_is_no_x12_is_said_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command: str, content: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    file = tmp_path / "file"
    file.write_bytes(content)
    said = _say(command, file)
    assert said.exit_code == 1
    assert "Traceback" not in said.output
    assert said.output.strip()


@pytest.mark.parametrize("command", _COMMANDS)
def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path, command: str) -> None:
    said = _say(command, tmp_path / "nowhere.837")
    assert said.exit_code == 2
    assert "nowhere.837" in said.output


@pytest.mark.parametrize("command", [*_COMMANDS, "diff", "paper"])
def test_help_shows_an_example(command: str) -> None:
    assert f"claimstream x12 {command} " in _say(command, "--help").output


def test_a_sound_file_is_summed_up_and_passes(claims: Path) -> None:
    assert f"{_COUNT} claims, charged " in _say("read", claims).output
    said = _say("check", claims)
    assert said.exit_code == 0
    assert f"{_COUNT} of {_COUNT} claims accepted, 0 errors" in said.output


def test_an_error_is_found_at_its_place_and_fails_the_check(claims: Path) -> None:
    claims.write_text(SAMPLES["837P"].replace("*XX*1234567893\nN3", "*XX*1234567890\nN3"))
    said = _say("check", claims, "--json")
    assert said.exit_code == 1
    document = json.loads(said.output)
    assert document["files"][0]["errors"] == len(document["findings"])
    found = document["findings"][0]
    assert (found["rule"], found["snip_level"], found["severity"]) == ("code.npi", 5, "error")
    assert (found["path"], found["segment"], found["element"]) == ("2000A/2010AA/NM1", 8, "NM109")
    assert found["message"]


def test_several_files_and_folders_are_checked_in_one_go(claims: Path, payment: Path) -> None:
    document = json.loads(_say("check", claims.parent, "--json").output)
    assert [Path(each["file"]).name for each in document["files"]] == [claims.name, payment.name]


def test_a_missing_file_keeps_nobody_from_seeing_the_others(claims: Path) -> None:
    said = _say("check", claims, claims.with_name("gone.837"))
    assert said.exit_code == 2
    assert f"{_COUNT} of {_COUNT} claims accepted" in said.output
    assert "gone.837: there is no such file" in said.output


@pytest.mark.parametrize(
    ("old", "new"), [("IEA*1*000000007", "IEA*1*000000008"), ("GE*1*11", "GE*2*11")]
)
def test_no_claim_is_accepted_in_an_envelope_that_is_not(claims: Path, old: str, new: str) -> None:
    claims.write_text(SAMPLES["837P"].replace(old, new))
    assert f"0 of {_COUNT} claims accepted, 1 errors" in _say("check", claims).output


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("999", "group 11 partly accepted, at least one transaction set rejected, 1 of 2"),
        ("TA1", "TA1: interchange 000000007 accepted, note 000"),
        ("277CA", "2 claims, 1 accepted, 1 rejected"),
        ("276", "1 claims asked about"),
        ("277", "1 claims answered"),
        ("270", "1 members asked about"),
        ("271", "1 members answered"),
    ],
)
def test_an_answer_is_summed_up_by_what_it_answers(claims: Path, kind: str, told: str) -> None:
    claims.write_text(SAMPLES[kind])
    assert told in _say("read", claims).output


def test_a_provider_summary_is_read_with_its_group_and_its_segment(payment: Path) -> None:
    payment.write_text(
        payment.read_text().replace("\nCLP*", "\nTS3*1234567893*11*20261231*2*310\nCLP*", 1)
    )
    said = _say("read", payment, "--jsonl")
    assert said.exit_code == 0
    lines = [json.loads(line) for line in said.output.splitlines()]
    (found,) = (each for each in lines if each["event"] == "ProviderSummary")
    assert found == {
        "event": "ProviderSummary",
        "group_number": "1",
        "segment": ["TS3", "1234567893", "11", "20261231", "2", "310"],
    }


@pytest.mark.parametrize("set_id", SAMPLES)
def test_every_set_is_read_as_json(tmp_path: Path, set_id: str) -> None:
    file = tmp_path / "file"
    file.write_text(SAMPLES[set_id])
    said = _say("read", file, "--json")
    assert said.exit_code == 0
    assert all(each["event"] for each in json.loads(said.output)["events"])


def test_everything_is_read_as_lines_and_as_one_document(payment: Path) -> None:
    lines = [json.loads(line) for line in _say("read", payment, "--jsonl").output.splitlines()]
    assert json.loads(_say("read", payment, "--json").output)["events"] == lines
    kinds = [line["event"] for line in lines]
    assert kinds[:3] == ["InterchangeStart", "GroupStart", "TransactionStart"]
    assert "RemittanceClaim" in kinds
    (payment_line,) = [line for line in lines if line["event"] == "Remittance"]
    assert isinstance(payment_line["payment_cents"], int)


def test_standard_input_is_a_file_too() -> None:
    said = _say("check", "-", given=SAMPLES["835"].encode())
    assert said.exit_code == 0


def test_two_ways_of_telling_at_once_are_wrong_usage(claims: Path) -> None:
    assert _say("read", claims, "--json", "--jsonl").exit_code == 2


def test_each_segment_is_explained(claims: Path) -> None:
    said = _say("explain", claims).output
    assert "CLM claim [2300 claim]: number C1; charge 310" in said
    lines = _say("explain", claims, "--json").output.splitlines()
    assert json.loads(lines[0])["segment"] == "ISA"


def test_files_that_differ_exit_one_and_say_where(claims: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.837"
    other.write_text(SAMPLES["837P"].replace("81002*60*UN", "81002*65*UN", 1))
    assert _say("diff", claims, claims).exit_code == 0
    said = _say("diff", claims, other)
    assert said.exit_code == 1
    assert "claim C1" in said.output
    assert "SV102: 60 -> 65" in said.output
    (found,) = json.loads(_say("diff", claims, other, "--json").output)["differences"]
    assert (found["claim"], found["element"]) == ("C1", "SV102")


def test_a_redacted_file_is_written_whole_or_not_at_all(claims: Path, tmp_path: Path) -> None:
    out = tmp_path / "shown.837"
    assert _say("redact", claims, "--out", out).exit_code == 0
    assert "Quimby" not in out.read_text()
    assert _say("check", out).exit_code == 0
    missing = tmp_path / "nowhere" / "shown.837"
    assert _say("redact", claims, "--out", missing).exit_code == 2
    (tmp_path / "empty").write_bytes(b"")
    assert _say("redact", tmp_path / "empty", "--out", tmp_path / "none").exit_code == 1
    assert not (tmp_path / "none").exists()


def test_files_that_belong_together_keep_their_people_under_one_key(
    claims: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAIMSTREAM_X12_REDACTION_KEY", "kept apart")
    once = _say("redact", claims).output
    assert _say("redact", claims).output == once
    monkeypatch.delenv("CLAIMSTREAM_X12_REDACTION_KEY")
    assert _say("redact", claims).output != once


def test_pieces_are_named_and_each_is_sound(claims: Path, tmp_path: Path) -> None:
    said = _say("split", claims, "--claims", "2", "--into", tmp_path / "pieces")
    names = said.output.split()
    assert [Path(name).name for name in names] == ["claims-00001.837", "claims-00002.837"]
    assert _say("check", *names).exit_code == 0


def test_a_payment_is_not_cut_by_claims(payment: Path, tmp_path: Path) -> None:
    said = _say("split", payment, "--claims", "1", "--into", tmp_path / "pieces")
    assert said.exit_code == 1
    assert "one payment" in said.output


def test_claims_go_on_paper_with_a_list_on_top(claims: Path, tmp_path: Path) -> None:
    out, cover = tmp_path / "forms.pdf", tmp_path / "list.pdf"
    said = _say("paper", claims, "--out", out, "--cover", cover)
    assert said.exit_code == 0
    assert f"{_COUNT} claims on {_COUNT} forms" in said.output
    assert len(PdfReader(out).pages) == _COUNT
    assert len(PdfReader(cover).pages) == 1


def test_a_print_image_has_66_lines_a_form(claims: Path, tmp_path: Path) -> None:
    out = tmp_path / "forms.txt"
    assert _say("paper", claims, "--out", out, "--image").exit_code == 0
    forms = out.read_text().split("\f")
    assert [len(form.split("\n")) for form in forms] == [66] * _COUNT


def test_a_payment_has_no_claims_for_paper(payment: Path, tmp_path: Path) -> None:
    said = _say("paper", payment, "--out", tmp_path / "forms.pdf")
    assert said.exit_code == 1
    assert not (tmp_path / "forms.pdf").exists()
