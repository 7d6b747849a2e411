"""Making files: waiting claims into files, which ``dispatch`` brings to partners.

A file is stored, numbered and named in one transaction before anything leaves.

A file is checked before it is stored, as one of somebody else would be (SNIP levels 1 to 5). With
an error in it there is no file: the claims concerned go back to billing with the reasons, and it
is made of the others.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from schemas.event_id import root_event_id
from services.chassis.background import Runtime
from services.chassis.logs import fault_of, place_of
from services.payer_gateway.domain.batching import WaitingClaims, ready_batches, together
from services.payer_gateway.domain.claim_events import given_back
from services.payer_gateway.domain.claim_file import write_file
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.control_number import file_name, usable
from services.payer_gateway.domain.sending_check import Reasons, unsendable
from services.payer_gateway.domain.trading_partner import (
    TradingPartner,
)
from services.payer_gateway.files.dispatch import OWN_FAULTS, Dispatch
from services.payer_gateway.paper.printing import print_batch
from services.payer_gateway.stores import file_store
from services.payer_gateway.stores.file_store import Batch, MadeFile
from services.payer_gateway.transport.connections import Transports

_MANY_CLAIMS = 200
"""More are checked in a thread: to check so many takes some ten milliseconds."""


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
        self._dispatch = Dispatch(partners, transports)
        self._largest_file = max(partner.claims_per_file for partner in partners.values())

    async def step(self, runtime: Runtime) -> int:
        """Close the batches that are ready and send what is not sent; how many files moved.

        A file that cannot be made holds up no other; what failed is raised at the end.
        """
        async with runtime.pool.acquire() as connection:
            if not await file_store.is_any_to_send(connection):
                return 0
            waiting = await file_store.waiting_claims(connection, self._largest_file)
        ready = ready_batches(waiting, self._partners, runtime.clock.now())
        made = 0
        failed: list[Exception] = []
        for batches in together(ready, lambda each: each.count):
            made += await self._make_files(runtime, batches, failed)
        moved = made + await self._dispatch.step(runtime)
        if failed:
            raise failed[0]
        return moved

    async def _make_files(
        self, runtime: Runtime, batches: Sequence[WaitingClaims], failed: list[Exception]
    ) -> int:
        """Make a file for each; where one cannot be made, each by itself, and why is ``failed``."""
        try:
            return await self._make_at_once(runtime, batches)
        except (*OWN_FAULTS, _UnsoundError) as error:
            if len(batches) == 1:
                failed.append(error)
                return 0
            runtime.log.warning(
                "files made one by one", fault=fault_of(error), where=place_of(error)
            )
        return sum([await self._make_files(runtime, [each], failed) for each in batches])

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
                await runtime.deliver(connection, [(file.file_id, effects)])
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
