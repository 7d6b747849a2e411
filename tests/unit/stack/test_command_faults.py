"""A command whose stack is away says so in a sentence; any command takes the state folder."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest
import typer
from aiokafka.errors import KafkaConnectionError, KafkaError
from typer.testing import CliRunner

from claimstream.cli import build, take_state_dir
from claimstream.commands.faults import plain_faults
from claimstream.stack.clock import stack_clock
from claimstream.stack.errors import StackError
from claimstream.stack.state import KAFKA_VARIABLE, SERVICES, STATE_VARIABLE, database_variable
from services.chassis.clock import ENVIRONMENT_VARIABLE
from services.chassis.settings import SettingsError

FAULTS: list[Callable[[], Exception]] = [
    lambda: KafkaError("gone"),
    lambda: KafkaConnectionError("gone"),
    lambda: asyncpg.CannotConnectNowError("starting"),
    lambda: asyncpg.InterfaceError("closed"),
    lambda: asyncpg.UndefinedTableError("missing"),
    lambda: ConnectionRefusedError("refused"),
    TimeoutError,
    lambda: SettingsError("Set this."),
    lambda: StackError("No stack."),
]


@pytest.fixture
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Addresses at which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path))
    monkeypatch.setenv(KAFKA_VARIABLE, address)
    for service in SERVICES:
        monkeypatch.setenv(database_variable(service), f"postgresql://nobody@{address}/none")
    return address


@pytest.mark.parametrize("fault", FAULTS)
def test_any_fault_of_kafka_or_postgresql_is_one_sentence_and_code_3(
    fault: Callable[[], Exception], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended, plain_faults():
        raise fault()
    assert ended.value.exit_code == 3
    said = capsys.readouterr()
    assert said.out == ""
    assert len(said.err.splitlines()) == 1


def test_a_database_whose_service_never_ran_is_not_called_unreachable(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit), plain_faults():
        raise asyncpg.UndefinedTableError("delivery.inbox")
    assert "has no tables yet" in capsys.readouterr().err


def test_what_a_command_answers_itself_is_left_to_it() -> None:
    with pytest.raises(StackError), plain_faults(but=(StackError,)):
        raise StackError("mine")


def test_a_fault_of_our_own_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), plain_faults():
        raise ZeroDivisionError


@pytest.mark.parametrize(
    "words",
    [
        ("verify",),
        ("trace", "E1"),
        ("topics", "tail", "coding.encounter-coded.v1", "--follow"),
        ("dead-letters", "list"),
        ("dead-letters", "redrive", "00000000-0000-0000-0000-000000000001"),
        ("dead-letters", "dismiss", "00000000-0000-0000-0000-000000000001", "--reason", "x"),
    ],
    ids=" ".join,
)
def test_a_command_without_its_servers_ends_with_code_3(
    words: tuple[str, ...], nowhere: str
) -> None:
    done = CliRunner().invoke(build(words[0]), list(words))
    assert done.exit_code == 3, done.output
    assert "Traceback" not in done.output
    assert len(done.stderr.splitlines()) == 1


def test_dead_letters_of_a_service_that_is_not_there_name_those_that_are(nowhere: str) -> None:
    done = CliRunner().invoke(build("dead-letters"), ["dead-letters", "list", "--service", "nope"])
    assert done.exit_code == 2
    assert all(name in done.stderr for name in SERVICES)


def test_a_service_on_no_clock_says_so_and_does_not_start(
    nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "sundial")
    done = CliRunner().invoke(build("run"), ["run", "coding"])
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1
    assert ENVIRONMENT_VARIABLE in done.stderr


def test_a_command_on_no_clock_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, "sundial")
    with pytest.raises(StackError, match=ENVIRONMENT_VARIABLE):
        stack_clock()


@pytest.mark.parametrize(
    "words",
    [
        ["--state-dir", "there", "topics", "list", "--json"],
        ["topics", "--state-dir=there", "list", "--json"],
        ["topics", "list", "--json", "--state-dir", "there"],
    ],
)
def test_any_command_takes_the_state_folder_anywhere(
    words: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(STATE_VARIABLE, "elsewhere")
    assert take_state_dir(words) == ["topics", "list", "--json"]
    assert os.environ[STATE_VARIABLE] == str(tmp_path / "there")


@pytest.mark.parametrize(
    "words", [["up", "--state-dir"], ["trace", "--", "--state-dir", "there"], ["up"]]
)
def test_words_that_name_no_folder_are_left_as_they_are(
    words: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(STATE_VARIABLE, "elsewhere")
    assert take_state_dir(list(words)) == words
    assert os.environ[STATE_VARIABLE] == "elsewhere"


@pytest.mark.parametrize("fault", [*FAULTS[:6], lambda: asyncpg.InvalidPasswordError("secret")])
def test_a_service_that_cannot_start_says_so_in_a_sentence(
    fault: Callable[[], Exception], nowhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(*_: object) -> None:
        raise fault()

    monkeypatch.setattr("claimstream.commands.run.run_main", failing)
    done = CliRunner().invoke(build("run"), ["run", "coding"])
    assert done.exit_code == 1
    assert done.output.startswith(f"coding cannot start: {type(fault()).__name__}; check that")
    assert "secret" not in done.output


def test_a_clock_that_is_not_there_is_told_by_its_variable(
    nowhere: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, f"file:{tmp_path / 'none'}")
    done = CliRunner().invoke(build("run"), ["run", "coding"])
    assert done.exit_code == 1
    assert f"coding cannot start: {ENVIRONMENT_VARIABLE}: " in done.output


@pytest.mark.parametrize(
    ("words", "service"),
    [
        ("payer files list", "payer_gateway"),
        ("billing work", "billing"),
        ("coding queue list", "coding"),
        ("statements list", "patient_statements"),
    ],
)
def test_a_services_command_without_a_stack_says_how_to_start_or_name_one(
    words: str, service: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(database_variable(service), raising=False)
    done = CliRunner().invoke(build(words.partition(" ")[0]), words.split())
    assert done.exit_code == 1
    assert len(done.output.splitlines()) == 1
    for told in ("claimstream up", "--state-dir", database_variable(service)):
        assert told in done.output
