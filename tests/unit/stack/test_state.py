"""The state folder, its record, and how the other commands find a stack."""

import os
from pathlib import Path

import pytest

from claimstream.stack.control import Stack
from claimstream.stack.errors import StackError, StackNotRunningError
from claimstream.stack.state import (
    SERVICES,
    ProcessRecord,
    StackRecord,
    StateFolder,
    database_variable,
    discover,
    require,
    state_folder,
)
from deploy.embedded.child import Identity


@pytest.fixture(autouse=True)
def no_given_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CLAIMSTREAM_KAFKA_BOOTSTRAP", raising=False)
    monkeypatch.delenv("CLAIMSTREAM_STATE_DIR", raising=False)
    for service in SERVICES:
        monkeypatch.delenv(database_variable(service), raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    made = StateFolder(tmp_path / "state")
    made.make()
    return made


def record(*, alive: bool = True) -> StackRecord:
    myself = Identity.of(os.getpid())
    assert myself is not None
    supervisor = myself if alive else Identity(myself.pid, myself.started - 60)
    return StackRecord(
        supervisor=supervisor,
        run="r1",
        phase="ready",
        kafka_bootstrap="127.0.0.1:9",
        database_urls={"coding": "postgresql://own/coding", "billing": "postgresql://own/billing"},
        extra={"payer.port": "22"},
        processes=(ProcessRecord("coding", "ready", myself, 8001), ProcessRecord("kafka", "ready")),
    )


def test_without_a_stack_or_addresses_nothing_is_discovered(folder: StateFolder) -> None:
    assert discover(folder.path) is None
    with pytest.raises(StackNotRunningError, match="claimstream up"):
        require(folder.path)


def test_a_record_whose_supervisor_ended_is_not_a_running_stack(folder: StateFolder) -> None:
    folder.write(record(alive=False))
    assert folder.read() is not None
    assert discover(folder.path) is None


def test_a_half_written_record_is_no_record(folder: StateFolder) -> None:
    folder.record_file.write_text('{"supervisor": {"pid": 1', encoding="utf-8")
    assert folder.read() is None


def test_a_running_stack_is_discovered_with_all_its_addresses(folder: StateFolder) -> None:
    folder.write(record())
    found = require(folder.path)
    assert found.kafka_bootstrap == "127.0.0.1:9"
    assert found.database_urls["billing"] == "postgresql://own/billing"
    assert found.http_urls == {"coding": "http://127.0.0.1:8001"}
    assert found.extra == {"payer.port": "22"}


def test_given_addresses_come_before_those_of_a_running_stack(
    folder: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder.write(record())
    monkeypatch.setenv("CLAIMSTREAM_KAFKA_BOOTSTRAP", "broker:9092")
    monkeypatch.setenv("CLAIMSTREAM_DATABASE_URL_CODING", "postgresql://given/coding")
    found = require(folder.path)
    assert found.kafka_bootstrap == "broker:9092"
    assert found.database_urls["coding"] == "postgresql://given/coding"
    assert found.database_urls["billing"] == "postgresql://own/billing"


def test_given_addresses_alone_are_enough(
    folder: StateFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAIMSTREAM_KAFKA_BOOTSTRAP", "broker:9092")
    monkeypatch.setenv("CLAIMSTREAM_DATABASE_URL_PAYER_GATEWAY", "postgresql://given/gateway")
    found = require(folder.path)
    assert found.database_urls == {"payer_gateway": "postgresql://given/gateway"}
    assert found.environment() == {
        "CLAIMSTREAM_KAFKA_BOOTSTRAP": "broker:9092",
        "CLAIMSTREAM_DATABASE_URL_PAYER_GATEWAY": "postgresql://given/gateway",
    }


def test_the_record_is_for_its_owner_alone(folder: StateFolder) -> None:
    folder.write(record())
    assert folder.record_file.stat().st_mode & 0o777 == 0o600
    folder.write(record())
    assert folder.read() == record()


def test_only_one_supervisor_has_a_state_folder(folder: StateFolder) -> None:
    with folder.lock() as first, folder.lock() as second:
        assert first
        assert not second
    with folder.lock() as again:
        assert again


def test_the_state_folder_is_the_given_one_before_the_environments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAIMSTREAM_STATE_DIR", str(tmp_path / "env"))
    assert state_folder(tmp_path / "given").path == tmp_path / "given"
    assert state_folder().path == tmp_path / "env"


def test_a_folder_that_is_not_ours_is_never_wiped(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("keep me", encoding="utf-8")
    with pytest.raises(StackError, match="nothing was removed"):
        Stack(StateFolder(tmp_path)).wipe()
    assert (tmp_path / "letter.txt").exists()


def test_a_running_stack_is_never_wiped(folder: StateFolder) -> None:
    folder.write(record())
    with pytest.raises(StackError, match="claimstream down"):
        Stack(folder).wipe()
    assert folder.record_file.exists()


def test_wiping_removes_a_stopped_stacks_folder(folder: StateFolder) -> None:
    Stack(folder).wipe()
    assert not folder.path.exists()
