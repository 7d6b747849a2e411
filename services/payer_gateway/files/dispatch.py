"""Sending: files that were made go to their partners, a few in one transaction.

Each is written whole under an unfinished name, which is noted; then it gets its name, which is
noted with what it causes. After a crash at any point the same bytes go on from there: an unfinished
file is written again, one that was noted and is gone has its name already. The partner sees a file
once, and each is sent. Forms for a payer that takes paper are laid into its outbox the same way;
they are sent once a person says that they were mailed.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias
from uuid import UUID

import asyncpg

from schemas.envelope import OutgoingRecord
from services.chassis import outbox
from services.chassis.background import Runtime
from services.chassis.dead_letters import STORAGE_FAULTS
from services.chassis.logs import fault_of, place_of
from services.payer_gateway.domain.batching import together
from services.payer_gateway.domain.claim_events import transmitted
from services.payer_gateway.domain.silence import first_look
from services.payer_gateway.domain.trading_partner import PAPER, TradingPartner
from services.payer_gateway.stores import file_store, paper_store
from services.payer_gateway.stores.file_store import OutboundFile, Unsent
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.transport.transport import (
    RefusedError,
    RestingError,
    Transport,
    TransportError,
    staging_place,
)

_OTHER_TRANSPORT = (
    "it was made while the partner's profile had another transport: set that back until it is sent"
)
_MOST_TOGETHER = 20
_LONGEST_SECONDS = 30
"""How long files are held before a transaction is ended; the others follow in the next one."""

_Act: TypeAlias = Callable[[OutboundFile, TradingPartner, Transport], Awaitable[None]]
OWN_FAULTS = (*STORAGE_FAULTS, LookupError)
"""What fails for one file of several and may not for the others."""


@dataclass(frozen=True, slots=True)
class _Round:
    """One look at everything unsent.

    Connections that failed and payers that refused are not asked again in it.
    """

    runtime: Runtime
    connections: set[str] = field(default_factory=set)
    payers: set[str] = field(default_factory=set)
    sent: set[UUID] = field(default_factory=set)

    def is_away(self, partner: TradingPartner) -> bool:
        return partner.connection in self.connections or partner.payer_id in self.payers

    @contextmanager
    def noting(self, partner: TradingPartner, file: OutboundFile) -> Iterator[None]:
        """What the partner fails or refuses in the block is noted and said once, and not raised."""
        try:
            yield
        except TransportError as error:
            if isinstance(error, RefusedError):
                self.payers.add(partner.payer_id)
            else:
                self.connections.add(partner.connection)
            if isinstance(error, RestingError):
                return
            self.runtime.log.warning(
                "partner not reached",
                payer_id=file.payer_id,
                file_name=file.name,
                reason=str(error),
            )


class Dispatch:
    """Brings files to partners; several instances of the service may do so at once."""

    def __init__(self, partners: Mapping[str, TradingPartner], transports: Transports) -> None:
        self._partners = partners
        self._transports = transports

    async def step(self, runtime: Runtime) -> int:
        """Send what is not sent, the oldest first; how many files arrived.

        Where something of ours fails on one of several, they go one by one, so that it holds up
        no other; what failed is raised at the end.
        """
        async with runtime.pool.acquire() as connection:
            unsent: Sequence[Unsent] = await file_store.unsent_files(connection)
        this = _Round(runtime)
        most = _MOST_TOGETHER
        failed: list[Exception] = []
        while unsent:
            await runtime.room()
            if runtime.stopping.is_set():
                break
            some = [each.file_id for each in next(together(unsent[:most], _claims))]
            try:
                some = some[: await self._stage(this, some)]
                done = await self._finish(this, some)
            except OWN_FAULTS as error:
                if most > 1:
                    most, done = 1, 0
                    runtime.log.warning(
                        "files sent one by one", fault=fault_of(error), where=place_of(error)
                    )
                else:
                    done = 1
                    failed.append(error)
            unsent = self._still_asked(this, unsent[done:])
        if failed:
            raise failed[0]
        return len(this.sent)

    def _still_asked(self, this: _Round, unsent: Sequence[Unsent]) -> Sequence[Unsent]:
        """Without those of partners that are away: what may be weeks of files is not read for them.

        Others' files would wait behind it.
        """
        if not (this.connections or this.payers):
            return unsent
        return [
            each
            for each in unsent
            if (partner := self._partners.get(each.payer_id)) and not this.is_away(partner)
        ]

    async def _stage(self, this: _Round, file_ids: Sequence[UUID]) -> int:
        """Write files whole and note where, in one transaction; how many were looked at."""
        staged: list[tuple[UUID, str]] = []
        async with this.runtime.pool.acquire() as connection, connection.transaction():

            async def write(
                file: OutboundFile, partner: TradingPartner, transport: Transport
            ) -> None:
                place = staging_place(transport, partner.outbound_folder, file.name)
                if file.staged_place != place:
                    await _write(connection, transport, partner.outbound_folder, file)
                    staged.append((file.file_id, place))

            looked_at = await self._with_each(this, connection, file_ids, write)
            await file_store.mark_files_staged(connection, staged)
        return looked_at

    async def _finish(self, this: _Round, file_ids: Sequence[UUID]) -> int:
        """Give files that were written whole their names, and note that with what it causes.

        How many were looked at.
        """
        named: list[tuple[OutboundFile, TradingPartner]] = []
        async with this.runtime.pool.acquire() as connection, connection.transaction():

            async def name(
                file: OutboundFile, partner: TradingPartner, transport: Transport
            ) -> None:
                folder = partner.outbound_folder
                if file.staged_place != staging_place(transport, folder, file.name):
                    return
                await transport.finish(folder, file.name)
                if file.kind == PAPER:
                    await transport.finish(folder, file.cover_name)
                named.append((file, partner))

            looked_at = await self._with_each(this, connection, file_ids, name)
            await self._note(this.runtime, connection, named)
        if named:
            this.runtime.wake_relay()
        for file, _ in named:
            this.sent.add(file.file_id)
            this.runtime.log.info("file sent", file_name=file.name, payer_id=file.payer_id)
        return looked_at

    async def _with_each(
        self, this: _Round, connection: asyncpg.Connection, file_ids: Sequence[UUID], do: _Act
    ) -> int:
        """``do`` with each file that nobody else sends and whose partner is reached.

        How many were looked at: fewer than all where they would be held for too long.
        """
        looked_at = 0
        files = await file_store.lock_unsent(connection, file_ids)
        for file_id in _in_time(this.runtime, file_ids):
            looked_at += 1
            file = files.get(file_id)
            partner = self._partners.get(file.payer_id) if file else None
            if file is None or partner is None or this.is_away(partner):
                continue
            with this.noting(partner, file):
                transport = await self._transport(partner, file)
                if transport is not None:
                    await do(file, partner, transport)
        return looked_at

    async def _transport(self, partner: TradingPartner, file: OutboundFile) -> Transport | None:
        if (file.kind == PAPER) is not partner.is_paper:
            raise RefusedError(_OTHER_TRANSPORT)
        return await self._transports.get(partner.connection)

    @staticmethod
    async def _note(
        runtime: Runtime,
        connection: asyncpg.Connection,
        named: Sequence[tuple[OutboundFile, TradingPartner]],
    ) -> None:
        now = runtime.clock.now()
        sent: list[tuple[UUID, datetime | None]] = []
        laid_out: list[tuple[UUID, datetime | None]] = []
        events: list[OutgoingRecord] = []
        for file, partner in named:
            watch_at = first_look(partner, now) if file.claims else None
            if file.kind == PAPER:
                laid_out.append((file.file_id, watch_at))
                continue
            sent.append((file.file_id, watch_at))
            events += _transmitted(runtime, file, now)
        await paper_store.note_laid_out(connection, laid_out)
        await file_store.mark_files_sent(connection, sent, now)
        await outbox.append(connection, events)


async def _write(
    connection: asyncpg.Connection, transport: Transport, folder: str, file: OutboundFile
) -> None:
    content = file.content
    if content is None:
        content = await file_store.content_of(connection, file.file_id)
    await transport.write(folder, file.name, content)
    if file.kind == PAPER:
        await transport.write(
            folder, file.cover_name, await paper_store.cover_of(connection, file.file_id)
        )


def _transmitted(runtime: Runtime, file: OutboundFile, now: datetime) -> list[OutgoingRecord]:
    effects = transmitted(
        file.practice_id, file.payer_id, file.claims, name=file.name, number=file.number, at=now
    )
    return [
        outbox.outgoing(emission, service=runtime.service, cause_id=file.file_id, now=now)
        for emission in effects.emissions
    ]


def _claims(unsent: Unsent) -> int:
    return unsent.claims


def _in_time(runtime: Runtime, file_ids: Sequence[UUID]) -> Iterator[UUID]:
    """The first, and others as long as they are held for a short time only and nobody stops us."""
    clock = asyncio.get_running_loop().time
    until = clock() + _LONGEST_SECONDS
    for place, file_id in enumerate(file_ids):
        if place and (clock() > until or runtime.stopping.is_set()):
            return
        yield file_id
