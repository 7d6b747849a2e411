"""``claimstream up``, ``down``, ``status`` and ``logs``: the stack on this machine.

Exit codes: 0 done; 1 it could not be done, or ``status`` found something not ready; 130 ctrl-C.
"""

import contextlib
import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from claimstream.stack.control import Stack, tail
from claimstream.stack.display import a_console, headline, shown_steps, status_table
from claimstream.stack.errors import StackError
from claimstream.stack.state import SERVICES, StateFolder, state_folder
from deploy.embedded.errors import EmbeddedError

_FOLLOW_EVERY_S = 0.2
_INTERRUPTED = 130

StateDir = Annotated[
    Path | None,
    typer.Option(
        "--state-dir",
        help="The stack's state folder; else CLAIMSTREAM_STATE_DIR, else .state of the checkout.",
        show_default=False,
    ),
]


def make_stack(state_dir: Path | None) -> Stack:
    """The stack that a command is about."""
    return Stack(state_folder(state_dir))


@contextmanager
def _plain_failures() -> Iterator[None]:
    """A failure that a person can act on becomes one sentence and an exit code."""
    try:
        yield
    except (StackError, EmbeddedError) as error:
        Console(stderr=True).print(str(error), markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(1) from None


def up(
    detach: Annotated[
        bool, typer.Option("--detach", "-d", help="Return when everything is ready; leave it up.")
    ] = False,
    state_dir: StateDir = None,
) -> None:
    """Start Kafka, PostgreSQL and the services, with the data of the last run."""
    console, stack = a_console(), make_stack(state_dir)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with _plain_failures():
        before = stack.record()
        started = time.monotonic()
        try:
            with shown_steps(console) as on_step:
                stack.start(tethered=not detach, on_step=on_step)
        except KeyboardInterrupt:
            _stop_after_interrupt(console, stack)
        if before is not None:
            console.print("It already runs.")
        else:
            console.print(f"Up after {time.monotonic() - started:.1f} s.", highlight=False)
        _show(console, stack)
    if before is not None or detach:
        console.print("Stop it with `claimstream down`.")
        return
    console.print("Stop it with ctrl-C.")
    try:
        code = stack.wait()
    except KeyboardInterrupt:
        _stop_after_interrupt(console, stack)
    raise typer.Exit(code)


def down(
    wipe: Annotated[
        bool, typer.Option("--wipe", help="Remove the state folder with all its data too.")
    ] = False,
    state_dir: StateDir = None,
) -> None:
    """Stop everything in order; the data stay unless --wipe says otherwise."""
    console, stack = a_console(), make_stack(state_dir)
    with _plain_failures():
        with console.status("Draining and stopping") if console.is_terminal else _nothing():
            ran = stack.stop()
        console.print("Stopped." if ran else "Nothing was running.")
        if wipe:
            stack.wipe()
            console.print(f"Removed {stack.folder.path}.", highlight=False, soft_wrap=True)


def status(
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    state_dir: StateDir = None,
) -> None:
    """Show each service: alive, ready, lag in events and time, outbox, dead letters, parked."""
    console, stack = a_console(), make_stack(state_dir)
    record = stack.record()
    if record is None:
        if as_json:
            typer.echo(json.dumps({"running": False, "services": []}))
        else:
            console.print("Nothing is running: start it with `claimstream up`.")
        raise typer.Exit(1)
    found = stack.statuses()
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "running": True,
                    "phase": record.phase,
                    "state_dir": str(stack.folder.path),
                    "kafka_bootstrap": record.kafka_bootstrap,
                    "services": [asdict(one) for one in found],
                }
            )
        )
    else:
        _show(console, stack)
    if record.phase != "ready" or not all(one.alive and one.ready for one in found):
        raise typer.Exit(1)


def logs(
    service: Annotated[
        str, typer.Argument(help="A service, or kafka, postgres, payer, supervisor, topics.")
    ],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on as lines come.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", min=0, help="How many lines.")] = 50,
    state_dir: StateDir = None,
) -> None:
    """Print the end of a process's log."""
    folder = state_folder(state_dir)
    name = service.replace("-", "_")
    known = _logged(folder)
    with _plain_failures():
        if name not in known:
            raise StackError(f"There is no log of {service}; there are: {', '.join(known)}.")
        path = folder.log(name)
        if not follow and not path.exists():
            raise StackError(f"{service} has written no log yet: it never ran in {folder.path}.")
    last, position = tail(path, lines)
    for line in last:
        typer.echo(line)
    if not follow:
        return
    with contextlib.suppress(KeyboardInterrupt):
        for text in _growth(path, position):
            typer.echo(text, nl=False)


def register(app: typer.Typer) -> None:
    """Add the commands to the program."""
    app.command("up")(up)
    app.command("down")(down)
    app.command("status")(status)
    app.command("logs")(logs)


def _stop_after_interrupt(console: Console, stack: Stack) -> None:
    console.print("Draining and stopping.")
    stack.ask_to_stop()
    with contextlib.suppress(KeyboardInterrupt):
        stack.wait()
    stack.stop()
    raise typer.Exit(_INTERRUPTED)


def _show(console: Console, stack: Stack) -> None:
    record = stack.record()
    if record is None:
        return
    found = stack.statuses()
    console.print(status_table(found))
    text = headline(record, str(stack.folder.path), found)
    console.print(text, highlight=False, soft_wrap=True)


def _logged(folder: StateFolder) -> list[str]:
    own = {path.stem for path in folder.logs.glob("*.log")} if folder.logs.is_dir() else set()
    servers = {name for name in ("kafka", "postgres") if folder.log(name).exists()}
    return sorted(own | servers | set(SERVICES))


def _growth(path: Path, position: int) -> Iterator[str]:
    while True:
        try:
            if path.stat().st_size < position:
                position = 0
            with path.open("rb") as file:
                file.seek(position)
                data = file.read()
        except FileNotFoundError:
            data = b""
        position += len(data)
        if data:
            yield data.decode("utf-8", errors="replace")
        else:
            time.sleep(_FOLLOW_EVERY_S)


@contextmanager
def _nothing() -> Iterator[None]:
    yield
