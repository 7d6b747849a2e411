"""Kafka and PostgreSQL that end, or refuse."""

import signal
from typing import ClassVar

import asyncpg

from claimstream.chaos.arena import Arena
from claimstream.chaos.faults.base import Fault, one_or_all
from claimstream.stack.state import SERVICES


class KillKafka(Fault):
    """The broker ends with no warning; it holds what it has acknowledged."""

    name = "kafka-kill"
    about = "kill -9 of Kafka"
    weight = 1
    server: ClassVar[str] = "kafka"
    sent: ClassVar[signal.Signals] = signal.SIGKILL

    async def strike(self, arena: Arena) -> None:
        self._restarts = arena.restarts(self.server)
        arena.end_server(self.server, self.sent)

    async def heal(self, arena: Arena) -> None:
        await arena.server_back(self.server, self._restarts)
        await arena.all_ready()


class RestartKafka(KillKafka):
    """The broker stops in order and starts again."""

    name = "kafka-restart"
    about = "restart of Kafka in order"
    sent = signal.SIGTERM


class KillPostgres(KillKafka):
    """The database server ends with no warning and recovers from its log."""

    name = "postgres-kill"
    about = "kill -9 of PostgreSQL"
    server = "postgres"


class RestartPostgres(KillKafka):
    """The database server stops, ends every session, and starts again."""

    name = "postgres-restart"
    about = "restart of PostgreSQL in order"
    server = "postgres"
    sent = signal.SIGINT


class TerminateBackends(Fault):
    """Every session of a service's database ends at once, now and then of all databases."""

    name = "postgres-terminate"
    about = "pg_terminate_backend on all connections of a service, or of all services"
    weight = 5

    async def strike(self, arena: Arena) -> None:
        services = one_or_all(self.rng)
        ended = [await arena.end_connections(service) for service in services]
        self.detail = f"{', '.join(services)}, {sum(ended)} connections"


_REFUSE = """
create or replace function public.chaos_refuse() returns trigger language plpgsql as $$
begin
    raise exception using errcode = 'disk_full', message = 'no space is left';
end
$$
"""


class RefusedWrite(Fault):
    """The disk is full for one table of the delivery protocol, as under a quota."""

    name = "disk-full"
    about = "writes to outbox or inbox refused with disk_full for some seconds"
    weight = 3
    tables: ClassVar[tuple[str, ...]] = ("outbox", "inbox")

    async def strike(self, arena: Arena) -> None:
        self._service = self.rng.choice(SERVICES)
        self._table = self.rng.choice(self.tables)
        self.detail = f"{self._service}, {self._table}"
        await arena.on_database(self._service, self._refuse)
        await self.wait(500, 4000)

    async def heal(self, arena: Arena) -> None:
        await arena.on_database(self._service, self._take)
        await arena.ready(self._service)

    async def _refuse(self, connection: asyncpg.Connection) -> None:
        await connection.execute(_REFUSE)
        await connection.execute(
            f"create or replace trigger chaos_refuse before insert on delivery.{self._table} "
            "for each statement execute function public.chaos_refuse()"
        )

    async def _take(self, connection: asyncpg.Connection) -> None:
        await connection.execute(f"drop trigger if exists chaos_refuse on delivery.{self._table}")
        await connection.execute("drop function if exists public.chaos_refuse()")


class ReadOnly(Fault):
    """A database takes no writes at all, as after a failover to a standby."""

    name = "read-only"
    about = "a database that is read only for some seconds"
    weight = 2

    async def strike(self, arena: Arena) -> None:
        self._service = self.rng.choice(SERVICES)
        self.detail = self._service
        await self._set(arena, "on")
        await self.wait(500, 4000)

    async def heal(self, arena: Arena) -> None:
        await self._set(arena, "off")
        await arena.ready(self._service)

    async def _set(self, arena: Arena, value: str) -> None:
        async def set_it(connection: asyncpg.Connection) -> None:
            name = await connection.fetchval("select quote_ident(current_database())")
            await connection.execute("set session characteristics as transaction read write")
            await connection.execute(
                f"alter database {name} set default_transaction_read_only = {value}"
            )

        await arena.on_database(self._service, set_it)
        await arena.end_connections(self._service)
