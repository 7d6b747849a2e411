"""Sending: waiting claims into files, files to partners.

A file is stored, numbered and named in one transaction before anything leaves. It is written whole
under an unfinished name, which is noted; then it gets its name, which is noted with what it causes.
After a crash at any point the same bytes go on from there: an unfinished file is written again, one
that was noted and is gone has its name already. The partner sees a file once, and each is sent.
Forms for a payer that takes paper are laid into its outbox the same way; they are sent once a
person says that they were mailed.

A file is checked before it is stored, as one of somebody else would be (SNIP levels 1 to 5). With
an error in it there is no file: the claims concerned go back to billing with the reasons, and it
is made of the others.
"""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import NamedTuple
from uuid import UUID

import asyncpg

from schemas.event_id import root_event_id
from services.chassis.background import Runtime
from services.payer_gateway.domain.batching import WaitingClaims, ready_batches
from services.payer_gateway.domain.claim_events import given_back, transmitted
from services.payer_gateway.domain.claim_file import write_file
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.control_number import file_name, usable
from services.payer_gateway.domain.sending_check import Reasons, unsendable
from services.payer_gateway.domain.silence import first_look
from services.payer_gateway.domain.trading_partner import (
    MOST_CLAIMS_A_FILE,
    PAPER,
    TradingPartner,
)
from services.payer_gateway.paper.printing import print_batch
from services.payer_gateway.stores import file_store, paper_store
from services.payer_gateway.stores.file_store import Batch, MadeFile, OutboundFile
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.transport.transport import (
    RefusedError,
    TransportError,
    staging_place,
)

_OTHER_TRANSPORT = (
    "it was made while the partner's profile had another transport: set that back until it is sent"
)
_MANY_CLAIMS = 200
"""More are checked in a thread: to check so many takes some ten milliseconds."""


class _NotSentError(Exception):
    """A file did not go out; raised through its transaction, so that nothing of it stays."""

    def __init__(self, file: OutboundFile, connection: str, error: TransportError) -> None:
        super().__init__(str(error))
        self.file = file
        self.connection = connection
        self.error = error


class _UnsoundFile(NamedTuple):
    """A file that must not be sent, with the reasons by claim."""

    file: MadeFile
    reasons: Mapping[str, Reasons]


class _UnsoundError(Exception):
    """Files must not be sent; raised through their transaction, so that no number is spent."""

    def __init__(self, files: Sequence[_UnsoundFile]) -> None:
        super().__init__(f"{len(files)} files would break the rules of their guide")
        self.files = files


class Sender:
    """Makes and sends files; several instances of the service may run it at once."""

    def __init__(self, partners: Mapping[str, TradingPartner], transports: Transports) -> None:
        self._partners = partners
        self._transports = transports
        self._largest_file = max(partner.claims_per_file for partner in partners.values())

    async def step(self, runtime: Runtime) -> int:
        """Close the batches that are ready and send what is not sent; how many files moved."""
        async with runtime.pool.acquire() as connection:
            if not await file_store.is_any_to_send(connection):
                return 0
            waiting = await file_store.waiting_claims(connection, self._largest_file)
        made = 0
        for batches in _together(ready_batches(waiting, self._partners, runtime.clock.now())):
            made += await self._make_files(runtime, batches)
        return made + await self._send_files(runtime)

    async def _make_files(self, runtime: Runtime, batches: Sequence[WaitingClaims]) -> int:
        """Make a file for each; where one cannot be made, each before it by itself."""
        try:
            return await self._make_at_once(runtime, batches)
        except ValueError:
            if len(batches) == 1:
                raise
        return sum([await self._make_at_once(runtime, [each]) for each in batches])

    async def _make_at_once(self, runtime: Runtime, batches: Sequence[WaitingClaims]) -> int:
        wanted = [
            (each, partner.numbered_as, partner.claims_per_file)
            for each in batches
            for partner in (self._partners[each.payer_id],)
        ]
        try:
            async with runtime.pool.acquire() as connection, connection.transaction():
                now = runtime.clock.now()
                files = [
                    await self._made(batch, now)
                    for batch in await file_store.take_batches(connection, wanted)
                ]
                if unsound := await _unsound(files):
                    raise _UnsoundError(unsound)
                if files:
                    await file_store.keep_files(connection, files)
        except _UnsoundError as error:
            if not await self._give_back(runtime, error.files):
                raise
            return await self._make_at_once(runtime, batches)
        for file in files:
            runtime.log.info(
                "file made",
                file_name=file.name,
                payer_id=file.batch.waiting.payer_id,
                count=len(file.batch.claim_ids),
            )
        return len(files)

    @staticmethod
    async def _give_back(runtime: Runtime, files: Sequence[_UnsoundFile]) -> int:
        """Give billing the claims that would make files unsound, with the reasons; how many."""
        count = 0
        for file, reasons in files:
            waiting = file.batch.waiting
            async with runtime.pool.acquire() as connection, connection.transaction():
                refused = await file_store.refuse_claims(
                    connection, waiting.practice_id, list(reasons)
                )
                practice_id, payer_id = waiting.practice_id, waiting.payer_id
                back = [
                    (ClaimRecord(practice_id, own, encounter_id, payer_id, "refused"), reasons[own])
                    for own, encounter_id in refused
                ]
                effects = given_back(back, file.created_at)
                await runtime.deliver(connection, effects, file.file_id)
            runtime.wake_relay()
            count += len(refused)
            runtime.log.warning(
                "file unsound, not made",
                file_name=file.name,
                payer_id=waiting.payer_id,
                count=len(refused),
                reason=", ".join(sorted({each.code for told in reasons.values() for each in told})),
            )
        return count

    async def _made(self, batch: Batch, now: datetime) -> MadeFile:
        partner = self._partners[batch.waiting.payer_id]
        number = usable(batch.number)
        if partner.is_paper:
            return await self._made_of_paper(batch, partner, now)
        name = file_name(batch.waiting.sender_id, batch.receiver_id, number)
        content = write_file(batch.claims, batch.practice, partner, number, now)
        return MadeFile(root_event_id(now, "outbound-file", name), batch, name, content, now)

    @staticmethod
    async def _made_of_paper(batch: Batch, partner: TradingPartner, now: datetime) -> MadeFile:
        name = file_name(batch.waiting.sender_id, batch.receiver_id, batch.number, "pdf")
        printed = await asyncio.to_thread(
            print_batch,
            batch.claims,
            batch.practice,
            partner,
            name=name,
            number=batch.number,
            made_at=now,
        )
        file_id = root_event_id(now, "outbound-file", name)
        return MadeFile(file_id, batch, name, printed.forms, now, printed)

    async def _send_files(self, runtime: Runtime) -> int:
        async with runtime.pool.acquire() as connection:
            unsent = await file_store.unsent_files(connection)
        sent = 0
        away = _Away(set(), set())
        for file_id in unsent:
            await runtime.room()
            if runtime.stopping.is_set():
                break
            if await self._go_on(runtime, file_id, away) is _Step.STAGED:
                sent += await self._go_on(runtime, file_id, away) is _Step.SENT
        return sent

    async def _go_on(self, runtime: Runtime, file_id: UUID, away: "_Away") -> "_Step":
        """One step further with a file, noted: written whole first, then given its name."""
        try:
            async with runtime.pool.acquire() as connection, connection.transaction():
                file = await file_store.lock_unsent(connection, file_id)
                partner = self._partners.get(file.payer_id) if file else None
                if file is None or partner is None or away.is_away(partner, file):
                    return _Step.NONE
                step = await self._step_of(runtime, connection, file, partner)
        except _NotSentError as not_sent:
            file = not_sent.file
            away.note(not_sent)
            runtime.log.warning(
                "partner not reached",
                payer_id=file.payer_id,
                file_name=file.name,
                reason=str(not_sent.error),
            )
            return _Step.NONE
        if step is _Step.SENT:
            runtime.wake_relay()
            runtime.log.info("file sent", file_name=file.name, payer_id=file.payer_id)
        return step

    async def _step_of(
        self,
        runtime: Runtime,
        connection: asyncpg.Connection,
        file: OutboundFile,
        partner: TradingPartner,
    ) -> "_Step":
        folder = partner.outbound_folder
        try:
            if (file.kind == PAPER) is not partner.is_paper:
                raise RefusedError(_OTHER_TRANSPORT)
            transport = await self._transports.get(partner.connection)
            if transport is None:
                return _Step.NONE
            place = staging_place(transport, folder, file.name)
            if file.staged_place != place:
                content = await file_store.content_of(connection, file.file_id)
                await transport.write(folder, file.name, content)
                if file.kind == PAPER:
                    name, cover = await paper_store.cover_of(connection, file.file_id)
                    await transport.write(folder, name, cover)
                await file_store.mark_file_staged(connection, file.file_id, place)
                return _Step.STAGED
            await transport.finish(folder, file.name)
            if file.kind == PAPER:
                cover_name = await paper_store.cover_name_of(connection, file.file_id)
                await transport.finish(folder, cover_name)
        except TransportError as error:
            raise _NotSentError(file, partner.connection, error) from error
        await self._note_sent(runtime, connection, file, partner)
        return _Step.SENT

    @staticmethod
    async def _note_sent(
        runtime: Runtime,
        connection: asyncpg.Connection,
        file: OutboundFile,
        partner: TradingPartner,
    ) -> None:
        now = runtime.clock.now()
        watch_at = first_look(partner, now) if file.claims else None
        if file.kind == PAPER:
            await paper_store.note_laid_out(connection, file.file_id, watch_at)
            return
        await file_store.mark_file_sent(connection, file.file_id, now, watch_at)
        effects = transmitted(
            file.practice_id,
            file.payer_id,
            file.claims,
            name=file.name,
            number=file.number,
            at=now,
        )
        await runtime.deliver(connection, effects, file.file_id)


class _Step(Enum):
    """How far one more step brought a file."""

    NONE = "none"
    STAGED = "staged"
    SENT = "sent"


@dataclass(frozen=True, slots=True)
class _Away:
    """Connections that failed and payers that refused: not asked again in the same round."""

    connections: set[str]
    payers: set[str]

    def is_away(self, partner: TradingPartner, file: OutboundFile) -> bool:
        return partner.connection in self.connections or file.payer_id in self.payers

    def note(self, not_sent: _NotSentError) -> None:
        if isinstance(not_sent.error, RefusedError):
            self.payers.add(not_sent.file.payer_id)
        else:
            self.connections.add(not_sent.connection)


async def _unsound(files: Sequence[MadeFile]) -> list[_UnsoundFile]:
    """The files of segments that are not as they should be, each with its claims at fault."""
    found: list[_UnsoundFile] = []
    for file in files:
        if file.printed is None:
            claim_ids = file.batch.claim_ids
            if len(claim_ids) > _MANY_CLAIMS:
                reasons = await asyncio.to_thread(unsendable, file.content, claim_ids)
            else:
                reasons = unsendable(file.content, claim_ids)
            if reasons:
                found.append(_UnsoundFile(file, reasons))
    return found


def _together(batches: Sequence[WaitingClaims]) -> Iterator[list[WaitingClaims]]:
    """Batches whose files are made in one transaction: no more claims than a large file holds."""
    together: list[WaitingClaims] = []
    claims = 0
    for batch in batches:
        if together and claims + batch.count > MOST_CLAIMS_A_FILE:
            yield together
            together, claims = [], 0
        together.append(batch)
        claims += batch.count
    if together:
        yield together
