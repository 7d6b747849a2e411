"""The payer as a process: takes files in, answers when the clock says so, survives a kill."""

import asyncio
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from services.chassis.clock import Clock
from simulators.payer.books import Books
from simulators.payer.contract import Contract
from simulators.payer.dispatch import Payer
from simulators.payer.intake import Arrival, take_in
from simulators.payer.payment_run import run_payments
from simulators.payer.server import (
    UNFINISHED,
    Login,
    Mailbox,
    deliver,
    mailboxes,
    password_file,
    port_of,
    public_host_key,
    start_server,
    wait_until_closed,
)

CONNECTION_NAME = "payer"
_PORT_FILE = "port"
_LOOK_SECONDS = 0.2

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class PayerOptions:
    """How the payer runs: its folder, its logins, where it listens, and its seed."""

    state: Path
    logins: tuple[str, ...] = ("claimstream",)
    host: str = "127.0.0.1"
    port: int = 0
    seed: int = 0


class PayerProcess:
    """One running payer. ``step`` does what is due; ``run`` repeats it beside the SFTP server."""

    def __init__(
        self, options: PayerOptions, contract: Contract, clock: Clock, say: Say = lambda _: None
    ) -> None:
        self.options = options
        self.contract = contract
        self.clock = clock
        self.say = say
        options.state.mkdir(parents=True, exist_ok=True)
        self.boxes = mailboxes(options.state, options.logins, sorted(contract.plans))
        self.books = Books(options.state / "books.sqlite")
        self._payer = Payer(self.books, contract, options.seed)
        self._taken = options.state / "taken"
        self._taken.mkdir(exist_ok=True)

    def step(self) -> int:
        """Take in what arrived, pay what is due, deliver what is due; how many things it did."""
        done = sum(self._take(box) for box in self.boxes) + self._take_again()
        with self.books.transaction():
            done += run_payments(self._payer, self.clock.now())
        return done + self._deliver()

    def _take(self, box: Mailbox) -> int:
        """Move arrived files out of reach of the submitter, each under a name of its own."""
        taken = 0
        for path in sorted(box.incoming.iterdir()):
            if path.name.endswith(UNFINISHED) or not path.is_file():
                continue
            stat = path.stat()
            own = f"{stat.st_mtime_ns}-{stat.st_ino}-{box.login}--{box.payer_id}--{path.name}"
            path.replace(self._taken / own)
            taken += 1
        return taken

    def _take_again(self) -> int:
        """Act on files moved away; after a kill, those already acted on are only removed."""
        taken = 0
        for path in sorted(self._taken.iterdir()):
            _, _, rest = path.name.split("-", 2)
            login, payer_id, name = rest.split("--", 2)
            with self.books.transaction():
                if self.books.take(path.name):
                    arrival = Arrival(login, payer_id, path.read_bytes(), self.clock.now())
                    for sentence in take_in(self._payer, arrival):
                        self.say(f"{payer_id} {name}: {sentence}")
                    taken += 1
            path.unlink()
        return taken

    def _deliver(self) -> int:
        boxes = {(box.login, box.payer_id): box for box in self.boxes}
        delivered = 0
        for answer in self.books.due_answers(self.clock.now()):
            box = boxes[answer.login, answer.payer_id]
            deliver(box.outgoing, answer.name, answer.content)
            with self.books.transaction():
                self.books.delivered(answer.id)
            self.say(f"{answer.payer_id} {answer.name}: delivered")
            delivered += 1
        return delivered

    async def run(self, stopping: asyncio.Event) -> None:
        """Serve until ``stopping`` is set; the connection's data lies in ``connection.json``."""
        arrived = asyncio.Event()
        logins = [Login(u, password_file(self.options.state, u)) for u in self.options.logins]
        former = self._former_port()
        self.connection_file.unlink(missing_ok=True)
        try:
            server = await self._listen(logins, former or self.options.port, arrived.set)
        except OSError:
            if not former:
                raise
            server = await self._listen(logins, self.options.port, arrived.set)
        (self.options.state / _PORT_FILE).write_text(str(port_of(server)), encoding="ascii")
        self.write_connection(port_of(server), logins[0])
        self.say(f"listening on {self.options.host}:{port_of(server)}")
        try:
            while not stopping.is_set():
                arrived.clear()
                if not await asyncio.to_thread(self.step):
                    await _first(_LOOK_SECONDS, arrived, stopping)
        finally:
            await wait_until_closed(server)
            self.connection_file.unlink(missing_ok=True)
            self.books.close()

    async def _listen(
        self, logins: list[Login], port: int, arrived: Callable[[], None]
    ) -> asyncssh.SSHAcceptor:
        state, host = self.options.state, self.options.host
        return await start_server(state, logins, host=host, port=port, arrived=arrived)

    def _former_port(self) -> int:
        """The port of the run before, so that submitters find the payer where it was."""
        if self.options.port:
            return 0
        try:
            return int((self.options.state / _PORT_FILE).read_text(encoding="ascii"))
        except (OSError, ValueError):
            return 0

    @property
    def connection_file(self) -> Path:
        """Where submitters read how to connect; it is there while the payer listens."""
        return self.options.state / "connection.json"

    def write_connection(self, port: int, login: Login) -> None:
        """What a submitter needs to connect, as the gateway's connections file has it."""
        content = {
            CONNECTION_NAME: {
                "host": self.options.host,
                "port": port,
                "user": login.user,
                "password": login.password,
                "host_key": public_host_key(self.options.state),
            }
        }
        path = self.connection_file
        unfinished = path.with_suffix(".tmp")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(content, file, indent=2)
        unfinished.replace(path)


async def _first(seconds: float, *events: asyncio.Event) -> None:
    """Return when one of the events is set, or after ``seconds``."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    _, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
