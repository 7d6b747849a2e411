"""Coroutines that stop before each thing they ask of the database or the broker.

An ``Operation`` runs as a task; its proxies stop at a gate before every statement, after every
commit and before every record sent. Whoever drives it decides at each gate whether it goes on,
stands still while others run, meets a fault, or is killed: then it does nothing more, its
transaction is rolled back and its session's locks are free, as when a process ends.
"""

import asyncio
from collections.abc import Awaitable, Coroutine
from contextvars import ContextVar
from inspect import iscoroutinefunction
from types import TracebackType
from typing import Any, TypeVar

import asyncpg

R = TypeVar("R")
_SESSION = "select 1 from pg_stat_activity where pid = $1"


class Killed(BaseException):
    """The process is gone; nothing may catch this."""


class Operation:
    """One coroutine of one instance, under the driver's hand."""

    def __init__(self, name: str, instance: str, fate: int, world: Any) -> None:
        self.name = name
        self.instance = instance
        self.fate = fate
        self.world = world
        self.dead = False
        self.interrupted = False
        self.passed = 0
        self.gates: list[tuple[str, asyncio.Future[None]]] = []
        self.in_database: list[asyncpg.Connection] = []
        self.connections: list[asyncpg.Connection] = []
        self.producers: list[Any] = []
        self.blocked = 0
        self.changed = asyncio.Event()
        self.task: asyncio.Task[Any]

    async def gate(self, place: str) -> None:
        """Stand still until the driver says go on; raises what the driver decides."""
        if self.dead:
            raise Killed
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.gates.append((place, future))
        self.changed.set()
        await future
        if self.dead:
            raise Killed

    async def ask(self, connection: asyncpg.Connection, answer: Awaitable[R]) -> R:
        """Wait for the database, which may make this operation wait for another's lock."""
        self.in_database.append(connection)
        try:
            return await answer
        except Exception:
            if self.dead:
                raise Killed from None
            raise
        finally:
            self.in_database.remove(connection)
            self.changed.set()

    @property
    def done(self) -> bool:
        """Whether it has come to an end, of any kind."""
        return self.task.done()

    @property
    def awaits_broker(self) -> bool:
        """Whether it waits for the broker to confirm what was sent."""
        return not self.gates and not self.in_database and any(each.sent for each in self.producers)

    @property
    def movable(self) -> bool:
        """Whether the driver can let it go on: it is not done and no lock is in its way."""
        return not self.done and (bool(self.gates) or self.awaits_broker)

    @property
    def stands_at(self) -> str:
        """What it is about to ask, or waits for."""
        if self.gates:
            return self.gates[0][0]
        return "the broker's confirmation" if self.awaits_broker else "a lock"

    def step(self) -> None:
        """Let it go on to its next gate."""
        if self.gates:
            _, future = self.gates.pop(0)
            future.set_result(None)
        else:
            for producer in self.producers:
                producer.confirm()
        self.passed += 1

    def refuse(self, error: BaseException) -> None:
        """Let what it is about to ask fail."""
        self.interrupted = True
        _, future = self.gates.pop(0)
        future.set_exception(error)
        self.passed += 1


CURRENT: ContextVar[Operation] = ContextVar("operation")


class TransactionProxy:
    """A transaction whose begin and end are gates; a dead process ends none."""

    def __init__(self, connection: asyncpg.Connection, real: Any, operation: Operation) -> None:
        self._connection = connection
        self._real = real
        self._operation = operation

    async def _do(self, name: str) -> None:
        await self._operation.gate(name)
        await self._operation.ask(self._connection, getattr(self._real, name)())

    async def start(self) -> None:
        """Begin."""
        await self._do("start")

    async def commit(self) -> None:
        """Commit; a process may die after the server knows and before it knows itself."""
        await self._do("commit")
        await self._operation.gate("committed")

    async def rollback(self) -> None:
        """Roll back."""
        await self._do("rollback")

    async def __aenter__(self) -> "TransactionProxy":
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        if kind is None:
            await self.commit()
        else:
            await self.rollback()


class ConnectionProxy:
    """A connection of one operation; every statement is a gate."""

    def __init__(self, real: asyncpg.Connection, operation: Operation) -> None:
        self._real = real
        self._operation = operation

    def __getattr__(self, name: str) -> Any:
        real = getattr(self._real, name)
        if not iscoroutinefunction(real):
            return real

        async def gated(*arguments: Any, **named: Any) -> Any:
            await self._operation.gate(_asked(name, arguments))
            answer = await self._operation.ask(self._real, real(*arguments, **named))
            if not self._real.is_closed() and not self._real.is_in_transaction():
                await self._operation.gate("committed")
            return answer

        return gated

    def transaction(self, **options: Any) -> TransactionProxy:
        """A transaction with gates."""
        return TransactionProxy(self._real, self._real.transaction(**options), self._operation)

    async def close(self, *, timeout: int | None = None) -> None:
        """Given back when the operation ends."""

    def terminate(self) -> None:
        """Given back when the operation ends."""


class Connections:
    """The database's side: real connections, lent to operations and taken back clean."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._free: list[asyncpg.Connection] = []
        self.monitor: asyncpg.Connection

    async def open(self) -> None:
        """Connect the observer."""
        self.monitor = await self._connect()

    async def close(self) -> None:
        """Let every connection go."""
        for connection in (*self._free, self.monitor):
            await connection.close()

    async def _connect(self) -> asyncpg.Connection:
        return await asyncpg.connect(
            self._url,
            server_settings={"synchronous_commit": "off", "deadlock_timeout": "2ms"},
        )

    async def lend(self, operation: Operation) -> ConnectionProxy:
        """A connection for an operation, as a pool or a driver would open it."""
        if operation.dead:
            raise Killed
        real = self._free.pop() if self._free else await self._connect()
        operation.connections.append(real)
        return ConnectionProxy(real, operation)

    async def cut(self, connection: asyncpg.Connection) -> None:
        """End a session from the server's side and wait until its transaction is gone."""
        pid = connection.get_server_pid()
        await self.monitor.fetchval("select pg_terminate_backend($1)", pid)
        while await self.monitor.fetchval(_SESSION, pid):
            await _turns()
        connection.terminate()

    async def take_back(self, operation: Operation) -> None:
        """After an operation's end: what it left open is rolled back, its locks are free."""
        while operation.connections:
            connection = operation.connections.pop()
            if connection.is_closed():
                continue
            await connection.reset()
            self._free.append(connection)

    async def blockers(self, connection: asyncpg.Connection, others: list[int]) -> bool:
        """Whether the session waits for a lock that one of ``others`` holds, or waits for."""
        if connection.is_closed():
            return False
        return bool(
            await self.monitor.fetchval(
                "select pg_blocking_pids($1) && $2::int[]", connection.get_server_pid(), others
            )
        )


class _Lent:
    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def __await__(self) -> Any:
        return self._connections.lend(CURRENT.get()).__await__()

    async def __aenter__(self) -> ConnectionProxy:
        return await self._connections.lend(CURRENT.get())

    async def __aexit__(self, *_: object) -> None:
        return None


class PoolProxy:
    """What a processor takes for its pool: it lends to whichever operation asks."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def acquire(self, **_options: object) -> _Lent:
        """A connection, with a gate before every statement."""
        return _Lent(self._connections)

    async def release(self, _connection: ConnectionProxy) -> None:
        """Given back when the operation ends."""


class Driver:
    """Runs operations one step at a time; several may be under way at once."""

    def __init__(self, connections: Connections) -> None:
        self.connections = connections
        self.under_way: list[Operation] = []
        self.ended: list[Operation] = []

    async def begin(self, operation: Operation, work: Coroutine[Any, Any, R]) -> None:
        """Start an operation; it stands at its first gate when this returns."""

        async def run() -> R:
            CURRENT.set(operation)
            return await work

        operation.task = asyncio.get_running_loop().create_task(run())
        self.under_way.append(operation)
        await self.settle()

    async def advance(self, operation: Operation, steps: int) -> None:
        """Let an operation pass that many gates, or fewer where it ends or meets a lock."""
        for _ in range(steps):
            if not operation.movable:
                return
            operation.step()
            await self.settle()

    async def fault(self, operation: Operation) -> None:
        """Cut an operation's connections, or the broker's: what it asks next fails."""
        if not operation.gates:
            for producer in operation.producers:
                producer.break_off()
            operation.interrupted = True
        elif operation.connections:
            for connection in operation.connections:
                if connection.is_closed():
                    continue
                await self.connections.cut(connection)
            operation.refuse(asyncpg.ConnectionDoesNotExistError("cut"))
        else:
            operation.refuse(OSError("cut"))
        await self.settle()

    async def kill(self, operation: Operation) -> None:
        """End an operation where it stands, as kill -9 does."""
        operation.dead = operation.interrupted = True
        for connection in list(operation.in_database):
            if not connection.is_closed():
                await self.connections.cut(connection)
        for _, future in operation.gates:
            future.set_exception(Killed())
        operation.gates.clear()
        for producer in operation.producers:
            producer.die()
        if operation.task.done() is False and not operation.in_database:
            await _turns()
        while not operation.task.done():
            operation.task.cancel()
            await _turns()
        await self.settle()

    async def settle(self) -> None:
        """Return when every operation stands at a gate, waits for a lock or the broker, or ended.

        What waits for a lock is known from the database, not from the time it takes. Where each
        waits for another, the database finds out and ends one.
        """
        waiting = {id(each): each.blocked > 0 for each in self.under_way}
        for operation in self.under_way:
            operation.blocked = 0
        while True:
            await _turns()
            busy = [
                each
                for each in self.under_way
                if not each.done and not each.movable and each.blocked < 2
            ]
            if not busy and not self._all_blocked():
                break
            if not busy:
                for operation in self.under_way:
                    operation.blocked = 1
                busy = list(self.under_way)
            if not any(waiting.get(id(each)) for each in busy):
                await self._any_change(busy)
            for operation in busy:
                known = waiting.pop(id(operation), False)
                for connection in list(operation.in_database):
                    if await self.connections.blockers(connection, self._sessions()):
                        operation.blocked += 2 if known else 1
                    else:
                        operation.blocked = 0
        ended = [each for each in self.under_way if each.done]
        for operation in ended:
            self.under_way.remove(operation)
            self.ended.append(operation)
            await self.connections.take_back(operation)
        if ended and any(each.blocked for each in self.under_way):
            await self.settle()

    def _sessions(self) -> list[int]:
        return [
            connection.get_server_pid()
            for operation in self.under_way
            for connection in operation.connections
            if not connection.is_closed()
        ]

    def _all_blocked(self) -> bool:
        return bool(self.under_way) and not any(
            each.done or each.movable for each in self.under_way
        )

    async def _any_change(self, busy: list[Operation]) -> None:
        for operation in busy:
            operation.changed.clear()
        waits = [asyncio.ensure_future(each.changed.wait()) for each in busy]
        await asyncio.wait(
            [*waits, *(each.task for each in busy)],
            timeout=0.004,
            return_when=asyncio.FIRST_COMPLETED,
        )
        for wait in waits:
            wait.cancel()


def _asked(name: str, arguments: tuple[Any, ...]) -> str:
    """A call by its name and the first words of its statement, or the table that it is about."""
    return " ".join([name, *str(arguments[0]).split()[:6]]) if arguments else name


async def _turns() -> None:
    for _ in range(6):
        await asyncio.sleep(0)
