"""What a fault has its hands on: the processes, servers, clock and files of one stack."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from time import monotonic, time
from typing import TypeVar

import asyncpg

from claimstream.chaos.fuse import Fuse
from claimstream.chaos.lives import LifeFile, member_name
from claimstream.chaos.place import Place
from claimstream.chaos.proxy import Proxy
from claimstream.chaos.waiting import PATIENCE_S, NeverCameError, until
from claimstream.stack.clock import clock_file, keep_clock
from claimstream.stack.control import Stack
from claimstream.stack.errors import StackNotRunningError
from claimstream.stack.health import ServiceStatus, answers, statuses
from claimstream.stack.processes import announced_port
from claimstream.stack.state import SERVICES, StackAddresses
from deploy.embedded.child import Child
from services.chassis.clock import ScaledClock

MEMBERS = (*SERVICES, "payer", "ehr")
T = TypeVar("T")
_STOP_WITHIN_S = 40
_LOOK_S = 0.2
_AWAY = (
    OSError,
    asyncpg.OperatorInterventionError,
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
)
"""A server that starts, stops or ends sessions, and connections that were ended."""


@dataclass(slots=True)
class Arena:
    """The stack under faults. ``environment`` is what a process of it is told.

    ``fuses`` is held by the fault that waits for one to burn: a process has only one.
    ``went_back``: how far its clock went back in all.
    """

    stack: Stack
    addresses: StackAddresses
    place: Place
    proxy: Proxy
    environment: Mapping[str, str]
    extra: dict[str, Child] = field(default_factory=dict)
    fuses: asyncio.Lock = field(default_factory=asyncio.Lock)
    went_back: timedelta = timedelta()

    def lives(self, member: str) -> LifeFile:
        """Where the keeper of ``member`` tells of it."""
        return LifeFile(self.place.own, member)

    def fuse(self, member: str) -> Fuse:
        """The fuse of a service's instance."""
        return Fuse(self.place.own, member)

    def number(self, member: str) -> int:
        """How many lives ``member`` has had; 0 before the first."""
        life = self.lives(member).read()
        return 0 if life is None else life.number

    def send(self, member: str, number: signal.Signals) -> int:
        """Send a signal to a member's present process; the number of that life, 0 for none."""
        life = self.lives(member).read()
        if life is None or life.process is None or not life.process.is_alive():
            return 0
        with suppress(ProcessLookupError):
            os.kill(life.process.pid, number)
            return life.number
        return 0

    async def kill(self, member: str) -> int:
        """End a member's process with no warning; the number of the life that ended."""
        struck = 0

        def strike() -> bool:
            nonlocal struck
            struck = self.send(member, signal.SIGKILL)
            return struck > 0

        await until(strike, f"{member} to kill")
        return struck

    async def next_life(self, member: str, after: int) -> None:
        """Return when ``member`` lives again after its life number ``after``, and is ready."""
        await until(lambda: self._lives_after(member, after), f"{member} starting again")
        await self.ready(member)

    def _lives_after(self, member: str, after: int) -> bool:
        life = self.lives(member).read()
        return life is not None and life.number > after and life.process is not None

    async def ready(self, member: str) -> None:
        """Return when ``member`` says that it is ready; the payer and the EHR, that they listen."""
        await until(lambda: asyncio.to_thread(self._is_ready, member), f"{member} being ready")

    def _is_ready(self, member: str) -> bool:
        if member == "payer":
            return self.place.payer_connection.exists()
        port = announced_port(self.stack.folder.run / f"{member}.port", member)
        return port is not None and (
            member == "ehr" or answers(f"http://127.0.0.1:{port}/health/ready", timeout_s=1)
        )

    def statuses(self) -> list[ServiceStatus]:
        """How the services are, asked at the ports of their present lives."""
        record = self.stack.record()
        if record is None:
            raise StackNotRunningError
        found = tuple(
            replace(each, port=announced_port(self.stack.folder.run / f"{each.name}.port"))
            if each.name in SERVICES
            else each
            for each in record.processes
        )
        return statuses(replace(record, processes=found))

    async def all_ready(self) -> None:
        """Return when everything is up again."""
        for member in MEMBERS:
            await self.ready(member)

    async def hold(self, members: Sequence[str], *, gently: bool) -> None:
        """Stop members, in order or with no warning, and start none again until ``release``."""
        told = signal.SIGTERM if gently else signal.SIGKILL
        for member in members:
            self.lives(member).hold()
            self.send(member, told)
        for member in members:
            await until(partial(self._is_down, member, told), f"{member} ending", _STOP_WITHIN_S)

    def release(self, members: Sequence[str]) -> None:
        """Let held members start."""
        for member in members:
            self.lives(member).release()

    def _is_down(self, member: str, told: signal.Signals) -> bool:
        life = self.lives(member).read()
        if life is None or life.process is None:
            return True
        # It may have started just before it was held, and heard nothing.
        self.send(member, told)
        return False

    def start_extra(self, service: str, instance: str, member: str) -> None:
        """Start another process of ``service``; its keeper stays for the next time."""
        if member not in self.extra:
            env = {
                **self.environment,
                "CLAIMSTREAM_INSTANCE": instance,
                "CLAIMSTREAM_PORT_FILE": str(self.stack.folder.run / f"{member}.port"),
            }
            self.extra[member] = self.child(service, member, env)
            self.extra[member].start()
        self.release([member])

    def child(self, name: str, member: str, env: Mapping[str, str], *arguments: str) -> Child:
        """A keeper of ``name``, not yet started."""
        return Child(
            argv=self.place.keeper(member, name, *arguments),
            log_path=self.stack.folder.log(member),
            env=env,
        )

    def second(self, service: str) -> str:
        """The member that is the second instance of ``service``."""
        return member_name(service, "2")

    def end_server(self, name: str, number: signal.Signals) -> None:
        """Send a signal to Kafka or PostgreSQL."""
        record = self.stack.record()
        for process in record.processes if record is not None else ():
            if process.name == name and process.identity is not None:
                with suppress(ProcessLookupError):
                    os.kill(process.identity.pid, number)

    async def server_back(self, name: str, restarts: int) -> None:
        """Return when a server that was ended was started again and is ready."""

        def is_back() -> bool:
            record = self.stack.record()
            return record is not None and any(
                each.name == name and each.restarts > restarts and each.state == "ready"
                for each in record.processes
            )

        await until(is_back, f"{name} starting again")

    def restarts(self, name: str) -> int:
        """How often a server was started again."""
        record = self.stack.record()
        found = record.processes if record is not None else ()
        return next((each.restarts for each in found if each.name == name), 0)

    def clock(self) -> tuple[datetime, int]:
        """What the stack's clock shows, and the seconds that pass on it in a second."""
        own = ScaledClock.parse(clock_file(self.stack.folder).read_text(encoding="utf-8").strip())
        return own.now(), own.rate

    def jump(self, ahead: timedelta) -> None:
        """Put the stack's clock forward, or back."""
        old = ScaledClock.parse(clock_file(self.stack.folder).read_text(encoding="utf-8").strip())
        seconds = int(time())
        keep_clock(self.stack.folder, ScaledClock(seconds, old.at(seconds) + ahead, old.rate))

    @asynccontextmanager
    async def database(self, service: str) -> AsyncIterator[asyncpg.Connection]:
        """A connection to a service's database, of the service's own role."""
        connection = await asyncpg.connect(self.addresses.database_urls[service], timeout=30)
        try:
            yield connection
        finally:
            await connection.close()

    async def on_database(
        self, service: str, work: Callable[[asyncpg.Connection], Awaitable[T]]
    ) -> T:
        """What ``work`` answers; it is begun again while the database is away.

        Another fault may restart the server or end this very connection meanwhile. Raises
        ``NeverCameError``.
        """
        deadline = monotonic() + PATIENCE_S
        while True:
            try:
                async with self.database(service) as connection:
                    return await work(connection)
            except _AWAY as error:
                if monotonic() > deadline:
                    raise NeverCameError(
                        f"the database of {service}: not within {PATIENCE_S} s"
                    ) from error
                await asyncio.sleep(_LOOK_S)

    async def end_connections(self, service: str) -> int:
        """End every connection of a service's database but our own; how many there were.

        PostgreSQL's own workers, which a service may not end, stay.
        """

        async def end(connection: asyncpg.Connection) -> int:
            ended: int = await connection.fetchval(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity "
                "where datname = current_database() and pid <> pg_backend_pid() "
                "and backend_type = 'client backend'"
            )
            return ended

        return await self.on_database(service, end)

    def stop_extra(self) -> None:
        """End what was started beside the stack."""
        for child in self.extra.values():
            child.ask_to_stop()
        for child in self.extra.values():
            child.wait_or_kill(_STOP_WITHIN_S)
