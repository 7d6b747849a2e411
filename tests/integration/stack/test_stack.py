"""The stack as a whole: real servers and real processes, with stand-ins for the services."""

import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import asyncpg
import psutil
import pytest

from claimstream.stack.control import Stack
from claimstream.stack.errors import StackError, StackNotRunningError
from claimstream.stack.progress import Step
from claimstream.stack.state import SERVICES, StackRecord, StateFolder, database_variable
from deploy.embedded.child import Identity
from tests.support import LONG_ENOUGH_S, wait_for

MODULE = "tests.fixtures.standin_stack"
CLI = [sys.executable, "-m", "tests.fixtures.standin_cli"]
NO_SERVERS = {
    "STANDIN_SERVERS": "0",
    "CLAIMSTREAM_KAFKA_BOOTSTRAP": "127.0.0.1:9",
    **{database_variable(name): f"postgresql://given/{name}" for name in SERVICES},
}


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[StateFolder]:
    """A state folder outside pytest's own, which another user may not pass through."""
    for name in ("CLAIMSTREAM_KAFKA_BOOTSTRAP", *map(database_variable, SERVICES)):
        monkeypatch.delenv(name, raising=False)
    with tempfile.TemporaryDirectory(prefix="claimstream-test-") as path:
        made = StateFolder(Path(path) / "state")
        yield made
        Stack(made).stop()


def stack(folder: StateFolder, **settings: str) -> Stack:
    return Stack(folder, settings=settings, module=MODULE)


def family(record: StackRecord) -> list[Identity]:
    """Every process of a stack with all their descendants."""
    pids = {child.pid for child in psutil.Process(record.supervisor.pid).children(recursive=True)}
    found = [Identity.of(pid) for pid in pids] + [record.supervisor]
    return [one for one in found if one is not None]


def running(record: StackRecord | None) -> StackRecord:
    assert record is not None
    return record


def get(url: str) -> Any:
    with urlopen(url, timeout=5) as response:  # noqa: S310
        return json.load(response)


def test_a_service_that_cannot_start_fails_the_start_with_one_sentence(
    folder: StateFolder,
) -> None:
    mine = stack(folder, **NO_SERVERS, STANDIN_FAIL="1")
    with pytest.raises(StackError) as caught:
        mine.start()
    assert "ended with code 1: see" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert not mine.is_running()
    with pytest.raises(StackNotRunningError):
        mine.addresses()


def test_a_state_folder_that_cannot_be_made_fails_with_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Exception, match="cannot be used") as caught:
        stack(StateFolder(tmp_path / "file" / "state"), **NO_SERVERS).start()
    assert "\n" not in str(caught.value)


async def test_a_killed_supervisor_leaves_no_process_and_its_data_start_again(
    folder: StateFolder,
) -> None:
    steps: list[Step] = []
    first = stack(folder)
    addresses = first.start(on_step=steps.append)
    assert {"kafka", "postgres", "topics", "services"} <= {s.name for s in steps}
    record = running(first.record())
    processes = family(record)
    assert len(processes) > 6

    async def keep() -> None:
        connection = await asyncpg.connect(addresses.database_urls["billing"])
        await connection.execute("CREATE TABLE kept AS SELECT 42 AS cents")
        await connection.close()

    async def kept() -> object:
        connection = await asyncpg.connect(addresses.database_urls["billing"])
        try:
            return await connection.fetchval("SELECT cents FROM kept")
        finally:
            await connection.close()

    await keep()
    os.kill(record.supervisor.pid, signal.SIGKILL)
    wait_for(lambda: not any(one.is_alive() for one in processes))
    assert not first.is_running()

    again = stack(folder)
    assert again.start().kafka_bootstrap == addresses.kafka_bootstrap
    assert await kept() == 42
    processes = family(running(again.record()))
    assert again.stop()
    assert not any(one.is_alive() for one in processes)


def test_a_killed_service_is_started_again_and_the_others_go_on(folder: StateFolder) -> None:
    mine = stack(folder, **NO_SERVERS)
    mine.start()
    before = {process.name: process for process in running(mine.record()).processes}
    billing = before["billing"].identity
    assert billing is not None
    os.kill(billing.pid, signal.SIGKILL)

    def back() -> bool:
        now = {process.name: process for process in running(mine.record()).processes}
        return now["billing"].state == "ready" and now["billing"].restarts == 1

    wait_for(back)
    after = {process.name: process for process in running(mine.record()).processes}
    assert after["coding"].identity == before["coding"].identity
    assert all(status.alive and status.ready for status in mine.statuses())


def test_a_service_gets_its_own_database_and_no_other(folder: StateFolder) -> None:
    addresses = stack(folder, **NO_SERVERS).start()
    known = get(f"{addresses.http_urls['billing']}/environment")
    assert known["CLAIMSTREAM_DATABASE_URL_BILLING"] == "postgresql://given/billing"
    assert not [name for name in known if name.startswith("CLAIMSTREAM_DATABASE_URL_C")]
    assert known["CLAIMSTREAM_KAFKA_BOOTSTRAP"] == "127.0.0.1:9"
    assert addresses.extra["payer.port"].isdigit()


def test_two_starts_at_once_make_one_stack(folder: StateFolder) -> None:
    env = {**os.environ, **NO_SERVERS}
    command = [*CLI, "up", "--detach", "--state-dir", str(folder.path)]
    both = [
        subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    try:
        said = [process.communicate(timeout=LONG_ENOUGH_S)[0] for process in both]
    finally:
        for process in both:
            process.kill()
            process.communicate()
    assert [process.returncode for process in both] == [0, 0], said
    names = [process.name for process in running(Stack(folder).record()).processes]
    assert names == ["payer", "coding", "billing"]


def command(folder: StateFolder, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*CLI, *arguments, "--state-dir", str(folder.path)],
        env={**os.environ, **NO_SERVERS},
        capture_output=True,
        text=True,
        check=False,
        timeout=LONG_ENOUGH_S,
    )


def test_up_status_logs_and_down_say_what_a_person_needs(folder: StateFolder) -> None:
    nothing = command(folder, "status")
    assert (nothing.returncode, "claimstream up" in nothing.stdout) == (1, True)
    assert json.loads(command(folder, "status", "--json").stdout)["running"] is False

    up = command(folder, "up", "--detach")
    assert up.returncode == 0, up.stderr
    assert "Starting services" in up.stdout
    second = command(folder, "up")
    assert (second.returncode, "already runs" in second.stdout) == (0, True)

    shown = command(folder, "status")
    assert shown.returncode == 0
    row = next(line for line in shown.stdout.splitlines() if line.startswith("billing"))
    assert row.split()[1:10] == ["yes", "yes", "3", "61", "s", "2", "1", "s", "1"]
    (billing,) = [
        one
        for one in json.loads(command(folder, "status", "--json").stdout)["services"]
        if one["service"] == "billing"
    ]
    assert (billing["lag_events"], billing["lag_seconds"], billing["parked_events"]) == (3, 61, 4)

    assert command(folder, "logs", "billing", "-n", "1").stdout == "billing starts\n"
    unknown = command(folder, "logs", "nobody")
    assert (unknown.returncode, "billing" in unknown.stderr) == (1, True)

    down = command(folder, "down")
    assert (down.returncode, down.stdout) == (0, "Stopped.\n")
    assert "billing drained" in command(folder, "logs", "billing").stdout
    assert command(folder, "down").stdout == "Nothing was running.\n"
    assert command(folder, "down", "--wipe").returncode == 0
    assert not folder.path.exists()


@pytest.fixture
def interruptible() -> Iterator[None]:
    """What is started heeds Ctrl-C, even where the tests run in the background and ignore it."""
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, former)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_process_stays_when_up_in_the_foreground_ends(
    folder: StateFolder, how: signal.Signals
) -> None:
    with subprocess.Popen(
        [*CLI, "up", "--state-dir", str(folder.path)],
        env={**os.environ, **NO_SERVERS},
        stdout=subprocess.DEVNULL,
    ) as process:
        mine = Stack(folder)
        wait_for(lambda: (r := mine.record()) is not None and r.phase == "ready")
        processes = family(running(mine.record()))
        process.send_signal(how)
        process.wait(30)
    wait_for(lambda: not any(one.is_alive() for one in processes))
    assert "billing drained" in folder.log("billing").read_text(encoding="utf-8")


@pytest.mark.usefixtures("interruptible")
def test_following_a_log_shows_what_comes_later(folder: StateFolder) -> None:
    folder.make()
    log = folder.log("billing")
    log.write_text("old\nnewer\n", encoding="utf-8")
    with subprocess.Popen(
        [*CLI, "logs", "billing", "-f", "-n", "1", "--state-dir", str(folder.path)],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "newer\n"
        with log.open("a", encoding="utf-8") as file:
            file.write("later\n")
        assert process.stdout.readline() == "later\n"
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_a_log_that_starts_over_is_followed_from_its_start(folder: StateFolder) -> None:
    from claimstream.commands.stack import _growth

    folder.make()
    log = folder.log("billing")
    log.write_text("a long first line\n", encoding="utf-8")
    growth = _growth(log, log.stat().st_size)
    log.write_text("anew\n", encoding="utf-8")
    assert next(growth) == "anew\n"
