"""Watching: files that partners have, and what was expected of them by now."""

from collections.abc import Awaitable, Mapping
from contextlib import suppress
from enum import Enum
from typing import TypeVar

import asyncpg

from services.chassis.background import Runtime
from services.payer_gateway.domain.question import QUIET_SECONDS
from services.payer_gateway.domain.silence import look
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.questions import inquiry
from services.payer_gateway.stores import file_store, silence_store
from services.payer_gateway.stores.silence_store import WatchedFile
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.transport.transport import (
    UNFINISHED,
    RefusedError,
    RestingError,
    TransportError,
    staging_place,
)

T = TypeVar("T")


class Watch:
    """Looks after what was sent; several instances of the service may do so at once."""

    def __init__(
        self,
        partners: Mapping[str, TradingPartner],
        transports: Transports,
        *,
        quiet_seconds: int = QUIET_SECONDS,
    ) -> None:
        self._partners = partners
        self._transports = transports
        self._quiet_seconds = quiet_seconds

    async def step(self, runtime: Runtime) -> int:
        """Look at every file whose time has come; how many."""
        now = runtime.clock.now()
        async with runtime.pool.acquire() as connection:
            if not await silence_store.is_any_to_look_at(connection, now):
                return 0
        away: set[str] = set()
        unknown: set[str] = set()
        looked_at = 0
        while not runtime.stopping.is_set():
            is_done = await self._one(runtime, away, unknown)
            if is_done is None:
                break
            looked_at += is_done
        return looked_at

    async def _one(self, runtime: Runtime, away: set[str], unknown: set[str]) -> bool | None:
        """Look at one file; whether that is done, ``None`` where none is left to look at.

        A payer that cannot be reached is ``away`` for the rest of the step, and asked for nothing:
        what it owes is told all the same. One that is not set up here is ``unknown``.
        """
        now = runtime.clock.now()
        async with runtime.pool.acquire() as connection, connection.transaction():
            watched = await silence_store.next_to_look_at(
                connection, now, self._quiet_seconds, away, unknown
            )
            if watched is None:
                return None
            partner = self._partners.get(watched.payer_id)
            if partner is None:
                unknown.add(watched.payer_id)
                return False
            found = look(partner, watched.file, now)
            if watched.is_to_resend(found):
                resending = self._resend(connection, partner, watched)
                resent = await _reached(runtime, watched, resending)
                if resent in {None, _Resent.NOT}:
                    away.add(watched.payer_id)
                if resent is not _Resent.WHOLE:
                    return False
            elif not await _reached(runtime, watched, self._take_back(partner, watched)):
                away.add(watched.payer_id)
                return False
            if found.to_ask:
                sent = inquiry.SentClaims(
                    watched.file_id, watched.practice_id, watched.sender_id, watched.content
                )
                asked = await inquiry.ask(
                    connection,
                    partner,
                    sent,
                    found.to_ask,
                    now=now,
                    quiet_seconds=self._quiet_seconds,
                )
                found = found.unasked(found.to_ask - asked.now - asked.before, asked.unsound)
            await silence_store.keep_look(connection, watched, found, now)
        for kind in sorted({each.kind for each in found.silences}):
            of_kind = [each for each in found.silences if each.kind is kind]
            runtime.log.warning(
                "payer silent",
                payer_id=watched.payer_id,
                file_name=watched.file.name,
                reason=kind.value,
                state=of_kind[0].action.value,
                count=len(of_kind),
            )
        return True

    async def _resend(
        self, connection: asyncpg.Connection, partner: TradingPartner, watched: WatchedFile
    ) -> "_Resent":
        """Send the same bytes under the same name, one step of it, as a file is sent first."""
        transport = await self._transports.get(partner.connection)
        if transport is None:
            return _Resent.NOT
        folder, name = partner.outbound_folder, watched.file.name
        place = staging_place(transport, folder, name)
        if watched.staged_place != place:
            await transport.write(folder, name, watched.content)
            await file_store.mark_files_staged(connection, [(watched.file_id, place)])
            return _Resent.STAGED
        await transport.finish(folder, name)
        return _Resent.WHOLE

    async def _take_back(self, partner: TradingPartner, watched: WatchedFile) -> bool:
        """Remove what lies there whole to be sent again, where an answer came before its name.

        Whether that is settled: a partner that lets nobody remove it keeps it, under a name that
        nobody reads.
        """
        if not watched.staged_place:
            return True
        transport = await self._transports.get(partner.connection)
        if transport is None:
            return False
        folder, name = partner.outbound_folder, watched.file.name
        if watched.staged_place == staging_place(transport, folder, name):
            with suppress(RefusedError):
                await transport.remove(folder, f"{name}{UNFINISHED}")
        return True


async def _reached(runtime: Runtime, watched: WatchedFile, act: Awaitable[T]) -> T | None:
    """What ``act`` gives; nothing where the partner fails or refuses it, which is said."""
    try:
        return await act
    except RestingError:
        return None
    except TransportError as error:
        runtime.log.warning(
            "partner not reached",
            payer_id=watched.payer_id,
            file_name=watched.file.name,
            reason=str(error),
        )
        return None


class _Resent(Enum):
    """How far a file came that is sent again."""

    NOT = "not"
    STAGED = "staged"
    WHOLE = "whole"
