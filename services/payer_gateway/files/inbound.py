"""Receiving: a partner's files are stored whole before they are removed there, then read once.

A file is known by its content, so that it is loaded once however often and under whatever name it
arrives. What cannot be used goes to quarantine, whole, with its reason.
"""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar

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
from services.payer_gateway.files.reading_attempt import READER_FAILED, ReadingAttempt
from services.payer_gateway.stores import answer_store, file_store
from services.payer_gateway.stores.file_store import InboundFile, ReceivedFile
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.transport.transport import (
    RefusedError,
    Stamp,
    Transport,
    TransportError,
)

_MOST_FILES = 50
_MOST_BYTES = 4_194_304
_MOST_LOOKS_LEFT_OUT = 3
_MOST_FILES_READ = 50
_SMALL_BYTES = 65_536
_MOST_AT_ONCE = 8
_READING_FAULTS = (ArithmeticError, LookupError, ValueError, TypeError, RecursionError)

T = TypeVar("T")

Read: TypeAlias = tuple[InboundFile, Sequence[str], Intake]
"""A file, the kinds of answers in it, and what follows from them."""


class Large(NamedTuple):
    """What came of a file that is kept in pieces: the number of its events, which are written."""

    read: Read
    events: int = 0


class _Folder:
    """A partner's inbound folder as it was last seen; one that stays empty is seen less often."""

    def __init__(self) -> None:
        self._listed: Mapping[str, Stamp] = {}
        self._staying: dict[str, Stamp] = {}
        self._empty = 0
        self._left_out = 0

    def is_resting(self) -> bool:
        """Whether this look is left out: none, then one, then three after each empty look."""
        if self._left_out >= min(2 ** max(self._empty - 1, 0) - 1, _MOST_LOOKS_LEFT_OUT):
            self._left_out = 0
            return False
        self._left_out += 1
        return True

    def settled(self, listed: Mapping[str, Stamp]) -> list[str]:
        """The files that are as they were at the look before: nobody writes them any more."""
        before, self._listed = self._listed, listed
        self._staying = {n: stamp for n, stamp in self._staying.items() if listed.get(n) == stamp}
        self._empty = 0 if listed else min(self._empty + 1, _MOST_LOOKS_LEFT_OUT)
        return [
            name
            for name, stamp in listed.items()
            if before.get(name) == stamp and name not in self._staying
        ]

    def stays(self, name: str) -> None:
        """The partner keeps a file that is stored here: it is known until it changes."""
        if name in self._listed:
            self._staying[name] = self._listed[name]


@dataclass(frozen=True, slots=True)
class _Box:
    """A partner's inbound folder and its files as they were listed."""

    partner: TradingPartner
    transport: Transport
    folder: _Folder
    listed: Mapping[str, Stamp]

    async def is_unchanged(self, name: str) -> bool:
        """Whether nobody has written over a file since it was listed; or it is gone."""
        now = await self.transport.listing(self.partner.inbound_folder)
        return now.get(name, self.listed[name]) == self.listed[name]


class Receiver:
    """Fetches and reads files; several instances of the service may run it at once."""

    def __init__(self, partners: Mapping[str, TradingPartner], transports: Transports) -> None:
        self._partners = partners
        self._payers = payers_by_x12_id(partners.values())
        self._transports = transports
        self._folders = {payer_id: _Folder() for payer_id in partners}
        self._singly = 0

    async def step(self, runtime: Runtime) -> int:
        """Fetch what partners left and read what was fetched; how many files moved.

        A file is fetched once two looks at its folder, in two steps, found it the same.
        """
        fetched = await self._fetch(runtime)
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

    async def _fetch(self, runtime: Runtime) -> int:
        fetched = 0
        failed: set[str] = set()
        for partner in self._partners.values():
            if runtime.stopping.is_set() or partner.connection in failed:
                continue
            if not partner.inbound_folder:
                continue
            if self._folders[partner.payer_id].is_resting():
                continue
            try:
                fetched += await self._fetch_from(runtime, partner)
            except TransportError as error:
                if isinstance(error, RefusedError):
                    self._folders[partner.payer_id].settled({})
                else:
                    failed.add(partner.connection)
                runtime.log.warning(
                    "partner not reached", payer_id=partner.payer_id, reason=str(error)
                )
        return fetched

    async def _fetch_from(self, runtime: Runtime, partner: TradingPartner) -> int:
        transport = await self._transports.get(partner.connection)
        if transport is None:
            return 0
        folder = self._folders[partner.payer_id]
        listed = await transport.listing(partner.inbound_folder)
        fetched = 0
        batch: list[ReceivedFile] = []
        box = _Box(partner, transport, folder, listed)
        for names in _together(folder.settled(listed), listed):
            if runtime.stopping.is_set():
                break
            size = listed[names[0]].size
            if size is not None and size > large_inbound.LARGE_BYTES:
                fetched += await self._fetch_large(runtime, box, names[0], size)
                continue
            batch += await self._contents(runtime, box, names)
            if len(batch) >= _MOST_FILES or sum(len(f.content) for f in batch) >= _MOST_BYTES:
                fetched += await self._keep(runtime, box, batch)
                batch = []
        return fetched + await self._keep(runtime, box, batch)

    async def _fetch_large(self, runtime: Runtime, box: _Box, name: str, size: int) -> bool:
        try:
            is_kept = await large_inbound.fetch_large(
                runtime,
                box.partner.payer_id,
                box.transport,
                (box.partner.inbound_folder, name),
                size,
                is_same=partial(box.is_unchanged, name),
            )
            if is_kept:
                await self._remove(runtime, box, name)
        except RefusedError as error:
            self._not_fetched(runtime, box.partner, name, error)
            return False
        return is_kept

    async def _contents(
        self, runtime: Runtime, box: _Box, names: Sequence[str]
    ) -> list[ReceivedFile]:
        """Small files, fetched side by side; without those that are not as they were listed."""
        contents = await _all(self._content(runtime, box, name) for name in names)
        return [
            ReceivedFile(name, content)
            for name, content in zip(names, contents, strict=True)
            if content is not None and box.listed[name].size in {None, len(content)}
        ]

    async def _content(self, runtime: Runtime, box: _Box, name: str) -> bytes | None:
        folder, size = box.partner.inbound_folder, box.listed[name].size
        try:
            return await box.transport.get(folder, name, size or 0)
        except RefusedError as error:
            self._not_fetched(runtime, box.partner, name, error)
            return None

    @staticmethod
    def _not_fetched(
        runtime: Runtime, partner: TradingPartner, name: str, error: RefusedError
    ) -> None:
        runtime.log.warning(
            "file not fetched", payer_id=partner.payer_id, file_name=name, reason=str(error)
        )

    async def _keep(self, runtime: Runtime, box: _Box, files: Sequence[ReceivedFile]) -> int:
        """Store files in one transaction, then remove them at the partner; how many.

        One that was written over meanwhile is left there: the other bytes under its name are
        fetched at a later look.
        """
        if not files:
            return 0
        partner = box.partner
        async with runtime.pool.acquire() as connection, connection.transaction():
            new = await file_store.keep_received(
                connection, partner.payer_id, files, runtime.clock.now()
            )
        for first in range(0, len(files), _MOST_AT_ONCE):
            some = files[first : first + _MOST_AT_ONCE]
            await _all(self._remove(runtime, box, file.name) for file in some)
        for file in files:
            runtime.log.info(
                "file received",
                file_name=file.name,
                payer_id=partner.payer_id,
                state="new" if file.name in new else "known",
            )
        return len(files)

    @staticmethod
    async def _remove(runtime: Runtime, box: _Box, name: str) -> None:
        """Remove a file that is stored; one that the partner keeps is not fetched again."""
        try:
            await box.transport.remove(box.partner.inbound_folder, name, box.listed[name])
        except RefusedError as error:
            box.folder.stays(name)
            runtime.log.warning(
                "file not removed",
                payer_id=box.partner.payer_id,
                file_name=name,
                reason=str(error),
            )

    async def _read(self, runtime: Runtime) -> int:
        """Read files; how many.

        Where one of several is at fault, each of them is read by itself, and that one is set aside.
        """
        if self._singly:
            self._singly -= 1
            return await self._read_one(runtime)
        try:
            return await self._read_some(runtime)
        except (*_READING_FAULTS, *STORAGE_FAULTS) as error:
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
            files = await file_store.next_unread(connection, most, _MOST_BYTES)
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
        except _READING_FAULTS as error:
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
        except _READING_FAULTS as error:
            self._not_readable(runtime, file, error)
            return Large(_set_aside(file, READER_FAILED))
        return Large((file, kinds, intake), events)

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


def _together(names: Sequence[str], listed: Mapping[str, Stamp]) -> Iterator[list[str]]:
    """Names of files that are fetched side by side; one that is not small, or may not be, alone."""
    together: list[str] = []
    for name in names:
        size = listed[name].size
        if size is None or size > _SMALL_BYTES:
            yield [name]
            continue
        together.append(name)
        if len(together) == _MOST_AT_ONCE:
            yield together
            together = []
    if together:
        yield together


async def _all(tasks: Iterable[Coroutine[None, None, T]]) -> list[T]:
    """What each of them gives. Raises the first one's error once all of them are done."""
    done = await asyncio.gather(*tasks, return_exceptions=True)
    for each in done:
        if isinstance(each, BaseException):
            raise each
    return [each for each in done if not isinstance(each, BaseException)]


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
