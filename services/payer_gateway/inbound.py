"""Receiving: a partner's files are stored whole before they are removed there, then read once.

A file is known by its content, so that it is loaded once however often and under whatever name it
arrives. What cannot be used goes to quarantine, whole, with its reason.
"""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import asyncpg

from schemas.event_id import caused_event_id, root_event_id
from services.chassis.background import Runtime
from services.chassis.effects import Effects
from services.chassis.logs import fault_of, place_of
from services.payer_gateway import file_store
from services.payer_gateway.domain.answer_file import AnswerFile, read_answers
from services.payer_gateway.domain.intake import Arrived, Intake, decide_file
from services.payer_gateway.domain.quarantine import (
    Held,
    KeptFinding,
    QuarantineItem,
    discriminator_of,
)
from services.payer_gateway.domain.trading_partner import TradingPartner, payers_by_x12_id
from services.payer_gateway.file_store import InboundFile
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.transport.transport import TransportError


class Receiver:
    """Fetches and reads files; several instances of the service may run it at once."""

    def __init__(self, partners: Mapping[str, TradingPartner], transports: Transports) -> None:
        self._partners = partners
        self._payers = payers_by_x12_id(partners.values())
        self._transports = transports

    async def step(self, runtime: Runtime) -> int:
        """Fetch what partners left and read what was fetched; how many files moved."""
        fetched = await self._fetch(runtime)
        read = 0
        while not runtime.stopping.is_set() and await self._read_one(runtime):
            read += 1
        return fetched + read

    async def _fetch(self, runtime: Runtime) -> int:
        fetched = 0
        failed: set[str] = set()
        for partner in self._partners.values():
            if runtime.stopping.is_set() or partner.connection in failed:
                continue
            try:
                fetched += await self._fetch_from(runtime, partner)
            except TransportError as error:
                failed.add(partner.connection)
                runtime.log.warning(
                    "partner not reached", payer_id=partner.payer_id, reason=str(error)
                )
        return fetched

    async def _fetch_from(self, runtime: Runtime, partner: TradingPartner) -> int:
        transport = await self._transports.get(partner.connection)
        if transport is None:
            return 0
        fetched = 0
        for name in await transport.names(partner.inbound_folder):
            content = await transport.get(partner.inbound_folder, name)
            if content is None:
                continue
            async with runtime.pool.acquire() as connection, connection.transaction():
                new = await file_store.keep_received(
                    connection, partner.payer_id, name, content, runtime.clock.now()
                )
            await transport.remove(partner.inbound_folder, name)
            runtime.log.info(
                "file received",
                file_name=name,
                payer_id=partner.payer_id,
                state="new" if new else "known",
            )
            fetched += 1
        return fetched

    async def _read_one(self, runtime: Runtime) -> bool:
        async with runtime.pool.acquire() as connection, connection.transaction():
            file = await file_store.next_unread(connection)
            if file is None:
                return False
            answers, intake = await self._decide(runtime, connection, file)
            await file_store.apply_intake(connection, file, answers.kinds, intake)
            effects = Effects()
            for event in intake.events:
                effects.emit(event, discriminator_of(event))
            await runtime.deliver(connection, effects, cause_of(file))
        runtime.wake_relay()
        runtime.log.info(
            "file read",
            file_name=file.name,
            payer_id=file.payer_id,
            state=intake.state,
            count=len(intake.events),
            failed=len(intake.items),
        )
        return True

    async def _decide(
        self, runtime: Runtime, connection: asyncpg.Connection, file: InboundFile
    ) -> tuple[AnswerFile, Intake]:
        """Read and decide; a fault in our own reading quarantines the file and stops nothing."""
        cause = cause_of(file)
        arrived = Arrived(
            file.payer_id, file.name, file.sha256, file.received_at, cause, self._payers
        )
        try:
            answers = await asyncio.to_thread(read_answers, file.content, file.name)
            async with connection.transaction():
                known = await file_store.known_of(connection, answers)
            return answers, decide_file(answers, known, arrived)
        except (ArithmeticError, LookupError, ValueError, TypeError, RecursionError) as error:
            runtime.log.error(  # noqa: TRY400 - an exception's text is never logged
                "file not readable",
                file_name=file.name,
                fault=fault_of(error),
                where=place_of(error),
            )
            return AnswerFile(), _unreadable(file, cause)


def cause_of(file: InboundFile) -> UUID:
    """The id that everything a file causes is derived from."""
    return root_event_id(file.received_at, "inbound-file", file.sha256)


def _unreadable(file: InboundFile, cause: UUID) -> Intake:
    finding = KeptFinding(
        "gateway.reader-failed", "our reader failed on this file: keep it and report the rule"
    )
    item = QuarantineItem(
        item_id=caused_event_id(cause, "quarantine", "reader"),
        practice_id="unknown",
        payer_id=file.payer_id,
        kind="file",
        subject=file.name,
        reason=finding.rule,
        findings=(finding,),
        held=Held(read_again=True),
        file_sha256=file.sha256,
    )
    return Intake(state="quarantined", items=[item])
