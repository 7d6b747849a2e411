"""A partner's file that is too large to be held: fetched, kept and read piece by piece.

It goes over a temporary file on disk. Reading takes two passes over what was kept: the first finds
out what is refused, the second publishes the rest in parts, in one transaction, so that a crash
leaves all or nothing. Memory does not grow with the file.
"""

import asyncio
import errno
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import BinaryIO, cast
from uuid import UUID

import asyncpg

from schemas.envelope import OutgoingRecord
from schemas.event import Event
from schemas.event_id import caused_event_id
from services.chassis import outbox
from services.chassis.background import Runtime
from services.chassis.effects import Emission
from services.payer_gateway.domain.answer_file import AnswerFile
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.intake import Arrived, Intake, Known, decide_file, text_of_key
from services.payer_gateway.domain.interchange_end import END_BYTES, may_go_on
from services.payer_gateway.domain.large_answer import (
    AnswerPart,
    PaymentPart,
    RefusedPayment,
    answer_parts,
    survey,
)
from services.payer_gateway.domain.paper_remittance import entered_key
from services.payer_gateway.domain.quarantine import RemittanceKey, discriminator_of
from services.payer_gateway.domain.remittance_events import (
    PaymentSums,
    RemittanceContext,
    RemittanceOutcome,
    decide_claims,
    decide_payment,
    refused_payment,
    remittance_key,
)
from services.payer_gateway.stores import answer_store, piece_store
from services.payer_gateway.stores.file_store import InboundFile, shown_name
from services.payer_gateway.stores.piece_store import SpooledFile
from services.payer_gateway.transport.transport import Transport
from services.payer_gateway.x12.stream import stream

LARGE_BYTES = 1 << 24
"""A file of more bytes is never held whole."""

_PIECE_BYTES = 1 << 18
_MOST_ITEMS = 100


_NO_ROOM = (
    "there is no room for it among temporary files: make room, or set TMPDIR to where there is"
)
_DISK_FAULTS = frozenset(
    {errno.ENOENT, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EROFS}
)
"""ENOENT: no folder at all takes temporary files."""


class SpoolError(RuntimeError):
    """A large file does not go onto our own disk; the message says what to do."""


class _Spool:
    """A temporary file on disk that is written once, with its hash, and read as often as asked."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self._hash = sha256()

    def begin(self) -> Callable[[bytes], object]:
        """Empties it; what it gives takes the pieces."""
        self.file.seek(0)
        self.file.truncate()
        self._hash = sha256()
        return self._write

    def _write(self, piece: bytes) -> None:
        self._hash.update(piece)
        try:
            self.file.write(piece)
        except OSError as error:
            raise SpoolError(_NO_ROOM) from error

    @property
    def size(self) -> int:
        return self.file.seek(0, 2)

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()

    def ends(self) -> tuple[bytes, bytes]:
        """What it begins and ends with."""
        self.file.seek(0)
        head = self.file.read(END_BYTES)
        self.file.seek(max(self.size - END_BYTES, 0))
        return head, self.file.read(END_BYTES)

    def pieces(self) -> Iterator[bytes]:
        """All of it, from its beginning."""
        self.file.seek(0)
        while piece := self.file.read(_PIECE_BYTES):
            yield piece


@contextmanager
def _spool() -> Iterator[_Spool]:
    """Raises ``SpoolError`` where the disk takes no more."""
    try:
        with tempfile.TemporaryFile() as file:
            yield _Spool(cast("BinaryIO", file))
    except OSError as error:
        if error.errno in _DISK_FAULTS:
            raise SpoolError(_NO_ROOM) from error
        raise


async def fetch_large(
    runtime: Runtime,
    payer_id: str,
    transport: Transport,
    place: tuple[str, str],
    size: int,
    *,
    is_same: Callable[[], Awaitable[bool]],
    waits: Callable[[], bool],
) -> bool:
    """Store a partner's file of that folder and name; whether it was whole and may be removed.

    A file that is gone, or still changing (``is_same`` says no), is left for another look, and so
    is one that may go on while ``waits`` says so.
    """
    folder, name = place
    with _spool() as spool:
        if not await transport.fetch(folder, name, size, spool.begin) or spool.size != size:
            return False
        if not await is_same() or (may_go_on(*spool.ends()) and waits()):
            return False
        file = SpooledFile(payer_id, shown_name(name), spool.digest, spool.file)
        async with runtime.pool.acquire() as connection, connection.transaction():
            is_new = await piece_store.keep_large(connection, file, runtime.clock.now())
    runtime.log.info(
        "file received", file_name=name, payer_id=payer_id, state="new" if is_new else "known"
    )
    return True


async def read_large(
    runtime: Runtime, connection: asyncpg.Connection, file: InboundFile, arrived: Arrived
) -> tuple[Sequence[str], Intake, int]:
    """Read a file that is kept in pieces, in the caller's transaction.

    What follows is written by then, but for the state of the file. Gives the kinds of its answers,
    its state with the first of the items set aside, and how many events it caused.
    """
    with _spool() as spool:
        await piece_store.write_pieces(connection, file.sha256, spool.begin())
        seen = await asyncio.to_thread(lambda: survey(stream(spool.pieces())))
        reading = _Reading(runtime, connection, file, arrived)
        parts = answer_parts(stream(spool.pieces()), seen, file.name)
        while (part := await asyncio.to_thread(next, parts, None)) is not None:
            await reading.take(part)
    result = Intake(state=reading.state(), items=reading.total.items)
    return seen.kinds, result, reading.events


def outgoing(runtime: Runtime, file: InboundFile, events: Sequence[Event]) -> list[OutgoingRecord]:
    """Events that a file causes, as they are sent."""
    now, cause = runtime.clock.now(), str(file.cause)
    return [
        outbox.outgoing(
            Emission(event, discriminator_of(event)),
            service=runtime.service,
            cause_id=cause,
            now=now,
        )
        for event in events
    ]


@dataclass(slots=True)
class _Payment:
    """A payment while its claims are decided; what it wrote can be taken back."""

    cause: UUID
    savepoint: asyncpg.transaction.Transaction | None
    before: tuple[Intake, int, bool]
    set_aside: int = 0
    practices: set[str] = field(default_factory=set)


class _Reading:
    """The second pass: each part is decided and written before the next one is read.

    ``total`` is what came of all parts, but for events and claims: ``events`` counts those.
    """

    def __init__(
        self,
        runtime: Runtime,
        connection: asyncpg.Connection,
        file: InboundFile,
        arrived: Arrived,
    ) -> None:
        self.total = Intake()
        self.events = 0
        self._is_loaded = False
        self._runtime = runtime
        self._connection = connection
        self._file = file
        self._arrived = arrived
        self._parts = 0
        self._payment: _Payment | None = None
        self._keys: set[RemittanceKey] = set()

    async def take(self, part: AnswerPart) -> None:
        """Decide one part and write what follows."""
        self._parts += 1
        cause = caused_event_id(self._arrived.cause, "part", str(self._parts))
        if isinstance(part, PaymentPart):
            await self._paid(part)
        elif isinstance(part, RefusedPayment):
            context = self._context(cause, {}, ())
            await self._write(Intake(items=[refused_payment(part.subject, part.findings, context)]))
        else:
            known = await answer_store.known_of(self._connection, [part])
            intake = decide_file(part, known, replace(self._arrived, cause=cause))
            self._is_loaded |= intake.state == "loaded"
            await self._write(intake)

    def state(self) -> str:
        """What the file is now: loaded, duplicate or quarantined."""
        if self._is_loaded or self.events or self.total.loaded:
            return "loaded"
        if self.total.items:
            return "quarantined"
        return "duplicate" if self.total.repeated else "loaded"

    def _context(
        self,
        cause: UUID,
        claims: Mapping[str, Sequence[ClaimRecord]],
        practices: Sequence[str],
    ) -> RemittanceContext:
        arrived = self._arrived
        return RemittanceContext(
            payer_id=arrived.payer_id,
            claims=claims,
            practices=practices,
            received_at=arrived.received_at,
            file_sha256=arrived.sha256,
            cause=cause,
            payers=arrived.payers,
        )

    async def _paid(self, part: PaymentPart) -> None:
        remittance = part.remittance
        if self._payment is not None and self._payment.savepoint is None:
            self._repeated(part)
            return
        interchange = replace(part.interchange, remittances=[(remittance, list(part.findings))])
        known = await answer_store.known_of(
            self._connection, [AnswerFile(interchanges=[interchange])]
        )
        payment = self._payment or await self._open(remittance_key(remittance), known)
        self._payment = None if part.is_last else payment
        if payment.savepoint is None:
            self._repeated(part)
            return
        context = self._context(
            payment.cause, known.claims, known.practices.get(remittance.payee.identifier, ())
        )
        decided = decide_claims(remittance, part.findings, context)
        payment.set_aside += len(decided.items)
        payment.practices |= {record.practice_id for record in decided.claims}
        await self._write(_intake(decided))
        if not part.is_last:
            return
        sums = PaymentSums(
            part.paid_cents, part.claims, payment.set_aside, frozenset(payment.practices)
        )
        ended = decide_payment(remittance, sums, context)
        if isinstance(ended, RemittanceOutcome):
            await self._write(_intake(ended))
            await payment.savepoint.commit()
            return
        await payment.savepoint.rollback()
        self._keys.discard(remittance_key(remittance))
        self.total, self.events, self._is_loaded = payment.before
        item = refused_payment(remittance.trace_number, ended, context)
        await self._write(Intake(items=[item]))

    def _repeated(self, part: PaymentPart) -> None:
        """Nothing is written of a payment that was loaded before, nor is anything looked up."""
        self.total.repeated += part.is_last
        if part.is_last:
            self._payment = None

    async def _open(self, key: RemittanceKey, known: Known) -> _Payment:
        """A payment that begins; one that was loaded before has no savepoint and writes nothing."""
        cause = caused_event_id(self._arrived.cause, "remittance", text_of_key(key))
        total = replace(self.total, items=list(self.total.items))
        before = total, self.events, self._is_loaded
        if key in known.loaded or entered_key(key) in known.loaded or key in self._keys:
            return _Payment(cause, None, before)
        self._keys.add(key)
        savepoint = self._connection.transaction()
        await savepoint.start()
        return _Payment(cause, savepoint, before)

    async def _write(self, intake: Intake) -> None:
        await answer_store.apply_intake(self._connection, [(self._file, (), intake)])
        records = outgoing(self._runtime, self._file, intake.events)
        await outbox.append(self._connection, records)
        self.events += len(records)
        total = self.total
        total.items += intake.items[: max(_MOST_ITEMS - len(total.items), 0)]
        total.loaded += intake.loaded
        total.repeated += intake.repeated


def _intake(outcome: RemittanceOutcome) -> Intake:
    return Intake(
        events=outcome.events,
        claims={(record.practice_id, record.claim_id): record for record in outcome.claims},
        items=outcome.items,
        loaded=[] if outcome.loaded is None else [outcome.loaded],
    )
