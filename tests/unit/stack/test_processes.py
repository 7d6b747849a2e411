"""How one process of the stack is started, watched and started again."""

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from claimstream.stack.health import answers
from claimstream.stack.processes import (
    ManagedProcess,
    ProcessSpec,
    announced_port,
    announcement,
    announcing_process,
)
from deploy.embedded.child import Child


def standin(tmp_path: Path, env: dict[str, str] | None = None, restarts: int = 5) -> ProcessSpec:
    return announcing_process(
        "billing",
        [sys.executable, "-m", "tests.fixtures.standin_service", "billing"],
        lambda: env or {},
        log=tmp_path / "billing.log",
        port_file=tmp_path / "billing.port",
        restarts=restarts,
    )


def ticking(process: ManagedProcess, until: Callable[[], bool], within_s: int = 30) -> None:
    deadline = time.monotonic() + within_s
    while not until():
        process.tick()
        assert time.monotonic() < deadline, process.message
        time.sleep(0.02)


def get(process: ManagedProcess, path: str) -> None:
    url = f"http://127.0.0.1:{process.spec.port()}{path}"
    try:
        urlopen(url, timeout=5).close()
    except (URLError, OSError):
        return


def test_a_crashed_process_is_started_again(tmp_path: Path) -> None:
    process = ManagedProcess(standin(tmp_path))
    process.start()
    try:
        ticking(process, lambda: process.state == "ready")
        get(process, "/crash")
        ticking(process, lambda: process.state == "restarting")
        assert "ended with code 13" in process.message
        ticking(process, lambda: process.state == "ready")
        assert process.restarts == 1
    finally:
        process.ask_to_stop()
        process.wait_stopped()
    assert process.state == "stopped"


def test_a_process_that_keeps_crashing_is_shown_as_failed_with_a_sentence(tmp_path: Path) -> None:
    process = ManagedProcess(standin(tmp_path, {"STANDIN_FAIL": "1"}, restarts=1))
    process.start()
    ticking(process, lambda: process.state == "failed")
    assert process.message == f"billing ended with code 1: see {tmp_path / 'billing.log'}."
    assert not process.tick()


def test_a_process_that_failed_comes_back_by_itself_once_its_cause_is_mended(
    tmp_path: Path,
) -> None:
    environment = {"STANDIN_FAIL": "1"}
    spec = replace(standin(tmp_path, environment, restarts=0), longest_pause_s=0.05)
    process = ManagedProcess(spec)
    process.start()
    try:
        ticking(process, lambda: process.restarts == 2)
        environment["STANDIN_FAIL"] = ""
        ticking(process, lambda: process.state == "ready")
    finally:
        process.ask_to_stop()
        process.wait_stopped()


def test_a_process_that_never_becomes_ready_is_killed_and_tried_again(tmp_path: Path) -> None:
    def make() -> Child:
        return Child([sys.executable, "-c", "import time; time.sleep(600)"], tmp_path / "log")

    spec = ProcessSpec("slow", make, lambda _child: False, start_within_s=0, restarts=0)
    process = ManagedProcess(spec)
    process.start()
    ticking(process, lambda: process.state == "failed")
    assert "was not ready within 0 s" in process.message
    assert process.child is not None
    assert not process.child.is_running()


def test_a_process_asked_to_stop_is_not_started_again(tmp_path: Path) -> None:
    process = ManagedProcess(standin(tmp_path))
    process.start()
    ticking(process, lambda: process.state == "ready")
    process.ask_to_stop()
    process.wait_stopped()
    process.tick()
    assert (process.state, process.restarts) == ("stopped", 0)
    assert "billing drained" in (tmp_path / "billing.log").read_text(encoding="utf-8")


def test_a_stuck_process_is_not_alive_and_ready_again_after_a_restart(tmp_path: Path) -> None:
    process = ManagedProcess(standin(tmp_path))
    process.start()
    try:
        ticking(process, lambda: process.state == "ready")
        get(process, "/stick")
        url = process.spec.alive_url()
        assert url is not None
        assert not answers(url)
        process.restart()
        ticking(process, lambda: process.state == "ready")
        fresh = process.spec.alive_url()
        assert fresh is not None
        assert answers(fresh)
    finally:
        process.ask_to_stop()
        process.wait_stopped()


@pytest.mark.parametrize("written", ["", "{", '{"host_key": "x"}', "null", '"22"'])
def test_what_is_no_whole_announcement_is_none_yet(tmp_path: Path, written: str) -> None:
    file = tmp_path / "payer.port"
    file.write_text(written, encoding="utf-8")
    assert announced_port(file) is None


def test_an_announcement_may_carry_more_than_a_port(tmp_path: Path) -> None:
    file = tmp_path / "payer.port"
    file.write_text(json.dumps({"port": 2222, "host_key": "ssh-ed25519 AAAA"}), encoding="utf-8")
    assert announced_port(file) == 2222
    assert announcement(file)["host_key"] == "ssh-ed25519 AAAA"


def test_an_announcement_may_lie_under_the_process_name(tmp_path: Path) -> None:
    file = tmp_path / "connection.json"
    file.write_text(json.dumps({"payer": {"host": "127.0.0.1", "port": 2222}}), encoding="utf-8")
    assert announced_port(file, "payer") == 2222
    assert announced_port(file, "other") is None


def test_a_stale_port_file_is_not_taken_for_the_new_process(tmp_path: Path) -> None:
    (tmp_path / "billing.port").write_text("1", encoding="utf-8")
    spec = standin(tmp_path)
    spec.make()
    assert spec.port() is None
