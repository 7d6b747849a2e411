"""Receiving: files that ``fetching`` stored are read once.

A file is known by its content, so that it is loaded once however often and under whatever name it
arrives. What cannot be used goes to quarantine, whole, with its reason.
"""

import asyncio
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import NamedTuple, TypeAlias

import asyncpg

from schemas.envelope import OutgoingRecord
from schemas.event_id import caused_event_id
from services.chassis import outbox
from services.chassis.background import Runtime
from services.chassis.dead_letters import STORAGE_FAULTS
from services.chassis.logs import fault_of, place_of
from services.payer_gateway.domain.acknowledgement_match import NOBODY
from services.payer_gateway.domain.answer_file import AnswerFile, read_answers
from services.payer_gateway.domain.intake import Arrived, Intake, decide_file
from services.payer_gateway.domain.quarantine import (
    Held,
    KeptFinding,
    QuarantineItem,
)
from services.payer_gateway.domain.trading_partner import TradingPartner, payers_by_x12_id
from services.payer_gateway.files import large_inbound
from services.payer_gateway.files.fetching import Fetcher
from services.payer_gateway.files.reading_attempt import (
    READER_FAILED,
    READING_FAULTS,
    ReadingAttempt,
)
from services.payer_gateway.stores import answer_store, file_store
from services.payer_gateway.stores.file_store import InboundFile
from services.payer_gateway.transport.connections import Transports

_MOST_BYTES = 4_194_304
_MOST_FILES_READ = 50
_SMALL_BYTES = 65_536
_PATIENCE_SECONDS = 3
_PUT_OFF_SECONDS = 60

Read: TypeAlias = tuple[InboundFile, Sequence[str], Intake]
"""A file, the kinds of answers in it, and what follows from them."""


class Large(NamedTuple):
    """What came of a file that is kept in pieces: the number of its events, which are written."""

    read: Read
    events: int = 0


class Receiver:
    """Fetches and reads files; several instances of the service may run it at once.

    patience_seconds: how long others wait for a partner who takes long; None: to the end.
    """

    def __init__(
        self,
        partners: Mapping[str, TradingPartner],
        transports: Transports,
        *,
        patience_seconds: float | None = _PATIENCE_SECONDS,
    ) -> None:
        self._payers = payers_by_x12_id(partners.values())
        self._fetcher = Fetcher(partners, transports, patience_seconds)
        self._singly = 0
        self._put_off: dict[str, float] = {}

    async def close(self) -> None:
        """Leave off what is fetched from partners that take long."""
        await self._fetcher.close()

    async def step(self, runtime: Runtime) -> int:
        """Fetch what partners left and read what was fetched; how many files moved.

        A file is fetched once two looks at its folder, in two steps, found it the same.
        """
        fetched = await self._fetcher.step(runtime)
        read = 0
        is_more = fetched > 0 or await self._is_any_unread(runtime)
        while is_more and not runtime.stopping.is_set():
            some = await self._read(runtime)
            read += some
            await runtime.room()
            is_more = some > 0 and await self._is_any_unread(runtime)
        return fetched + read

    async def _is_any_unread(self, runtime: Runtime) -> bool:
        async with runtime.pool.acquire() as connection:
            is_any = await file_store.is_any_unread(connection)
        if not is_any:
            self._singly = 0
        return is_any

    async def _read(self, runtime: Runtime) -> int:
        """Read files; how many. One for which our disk has no room is put off.

        Where one of several is at fault, each of them is read by itself, and that one is set aside.
        """
        try:
            return await self._read_in_turn(runtime)
        except large_inbound.SpoolError:
            return 1

    async def _read_in_turn(self, runtime: Runtime) -> int:
        if self._singly:
            self._singly -= 1
            return await self._read_one(runtime)
        try:
            return await self._read_some(runtime)
        except (*READING_FAULTS, *STORAGE_FAULTS) as error:
            runtime.log.warning(
                "files read one by one", fault=fault_of(error), where=place_of(error)
            )
            self._singly = _MOST_FILES_READ - 1
            return await self._read_one(runtime)

    async def _read_one(self, runtime: Runtime) -> int:
        """Read one file; one that cannot be stored twice is set aside.

        Raises what is not the file's fault.
        """
        attempt = ReadingAttempt()
        while True:
            try:
                return await self._read_at_once(runtime, 1, attempt)
            except STORAGE_FAULTS as error:
                if not attempt.failed(error):
                    raise
                runtime.log.warning("file not stored", fault=fault_of(error), where=place_of(error))

    async def _read_some(self, runtime: Runtime) -> int:
        """Read files in one transaction; how many.

        Where another instance loads the same payment at that moment, they are read once more: now
        it is known that the payment is loaded.
        """
        try:
            return await self._read_at_once(runtime, _MOST_FILES_READ)
        except asyncpg.UniqueViolationError:
            return await self._read_at_once(runtime, _MOST_FILES_READ)

    async def _read_at_once(
        self, runtime: Runtime, most: int, attempt: ReadingAttempt | None = None
    ) -> int:
        async with runtime.pool.acquire() as connection, connection.transaction():
            files = await file_store.next_unread(
                connection, most, _MOST_BYTES, self._still_put_off()
            )
            if not files:
                self._singly = 0
                return 0
            refused = attempt.on(files[0]) if attempt else None
            large: Large | None = None
            if refused:
                read = [_set_aside(files[0], refused)]
            elif files[0].piece_bytes:
                large = await self._read_large(runtime, connection, files[0])
                read = [large.read]
            else:
                read = await self._decide(runtime, connection, files)
            await answer_store.apply_intake(connection, read)
            await outbox.append(connection, _outgoing(runtime, read))
        runtime.wake_relay()
        for file, _, intake in read:
            runtime.log.info(
                "file read",
                file_name=file.name,
                payer_id=file.payer_id,
                state=intake.state,
                count=large.events if large else len(intake.events),
                failed=len(intake.items),
            )
        return len(read)

    async def _decide(
        self, runtime: Runtime, connection: asyncpg.Connection, files: Sequence[InboundFile]
    ) -> list[Read]:
        """Read and decide; a fault in our own reading quarantines the file and stops nothing.

        Raises such a fault where there are several files: nobody knows then which is at fault.
        """
        try:
            answers = [await self._answers(file) for file in files]
            async with connection.transaction():
                known = await answer_store.known_of(connection, answers)
            read: list[Read] = []
            for file, answer in zip(files, answers, strict=True):
                intake = decide_file(answer, known, self._arrived(file))
                known = known.after(intake)
                read.append((file, answer.kinds, intake))
        except READING_FAULTS as error:
            if len(files) > 1:
                raise
            self._not_readable(runtime, files[0], error)
            return [_set_aside(files[0], READER_FAILED)]
        return read

    async def _read_large(
        self, runtime: Runtime, connection: asyncpg.Connection, file: InboundFile
    ) -> "Large":
        """A file that is kept in pieces; a fault in our own reading quarantines it."""
        try:
            async with connection.transaction():
                kinds, intake, events = await large_inbound.read_large(
                    runtime, connection, file, self._arrived(file)
                )
        except large_inbound.SpoolError as error:
            self._put_off[file.sha256] = monotonic() + _PUT_OFF_SECONDS
            runtime.log.warning(
                "file not read", payer_id=file.payer_id, file_name=file.name, reason=str(error)
            )
            raise
        except READING_FAULTS as error:
            self._not_readable(runtime, file, error)
            return Large(_set_aside(file, READER_FAILED))
        return Large((file, kinds, intake), events)

    def _still_put_off(self) -> list[str]:
        """Files that wait for room on our own disk; others are read meanwhile."""
        now = monotonic()
        self._put_off = {sha256: until for sha256, until in self._put_off.items() if now < until}
        return list(self._put_off)

    @staticmethod
    def _not_readable(runtime: Runtime, file: InboundFile, error: Exception) -> None:
        runtime.log.error(
            "file not readable",
            file_name=file.name,
            fault=fault_of(error),
            where=place_of(error),
        )

    async def _answers(self, file: InboundFile) -> AnswerFile:
        if len(file.content) > _SMALL_BYTES:
            return await asyncio.to_thread(read_answers, file.content, file.name)
        return read_answers(file.content, file.name)

    def _arrived(self, file: InboundFile) -> Arrived:
        return Arrived(
            file.payer_id,
            file.name,
            file.sha256,
            file.received_at,
            file.cause,
            self._payers,
        )


def _outgoing(runtime: Runtime, read: Sequence[Read]) -> list[OutgoingRecord]:
    """The events of several files, each file's derived from its own cause."""
    return [
        record
        for file, _, intake in read
        for record in large_inbound.outgoing(runtime, file, intake.events)
    ]


def _set_aside(file: InboundFile, finding: KeptFinding) -> Read:
    item = QuarantineItem(
        item_id=caused_event_id(file.cause, "quarantine", finding.rule),
        practice_id=NOBODY,
        payer_id=file.payer_id,
        kind="file",
        subject=file.name,
        reason=finding.rule,
        findings=(finding,),
        held=Held(read_again=True),
        file_sha256=file.sha256,
    )
    return file, (), Intake(state="quarantined", items=[item])
