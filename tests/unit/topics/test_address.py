"""Where the commands look for Kafka."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from claimstream.commands.topics import app
from claimstream.topics.address import kafka_bootstrap


def test_without_any_address_one_sentence_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("CLAIMSTREAM_KAFKA_BOOTSTRAP", raising=False)
    monkeypatch.setenv("CLAIMSTREAM_STATE_DIR", str(tmp_path / "none"))
    result = CliRunner().invoke(app, ["list"])
    assert result.exit_code == 3
    assert "claimstream up" in result.output


def test_a_given_address_comes_before_the_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMSTREAM_KAFKA_BOOTSTRAP", "there:9092")
    assert kafka_bootstrap("here:9092") == "here:9092"
    assert kafka_bootstrap() == "there:9092"


def test_phi_is_refused_with_one_sentence_where_it_is_not_allowed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("CLAIMSTREAM_ALLOW_PHI", raising=False)
    result = CliRunner().invoke(
        app, ["tail", "ehr.patient-registered.v1", "--show-phi", "--bootstrap", "nowhere:1"]
    )
    assert result.exit_code == 1
    assert result.output.strip() == (
        "PHI is not shown here: set CLAIMSTREAM_ALLOW_PHI=1 where you are allowed to see it, or"
        " leave out --show-phi."
    )


def test_a_wrong_option_is_wrong_usage() -> None:
    assert CliRunner().invoke(app, ["apply", "--replication", "0"]).exit_code == 2
