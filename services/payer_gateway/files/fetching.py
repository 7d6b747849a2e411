"""Fetching: a partner's files are stored whole, and only then removed there."""

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice
from typing import TypeVar

from services.chassis.background import Runtime
from services.payer_gateway.domain.interchange_end import END_BYTES, may_go_on
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.files import large_inbound
from services.payer_gateway.files.folder import Folder
from services.payer_gateway.stores import file_store
from services.payer_gateway.stores.file_store import ReceivedFile
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.transport.transport import (
    RefusedError,
    RestingError,
    Stamp,
    Transport,
    TransportError,
)

_MOST_FILES = 50
_MOST_BYTES = 4_194_304
_SMALL_BYTES = 65_536
_MOST_AT_ONCE = 8
_MOST_UNDER_WAY = 16
"""Connections that are slow at once: each of them holds what it fetched."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Box:
    """A partner's inbound folder and its files as they were listed."""

    partner: TradingPartner
    transport: Transport
    folder: Folder
    listed: Mapping[str, Stamp]

    async def is_unchanged(self, name: str) -> bool:
        """Whether nobody has written over a file since it was listed; or it is gone."""
        now = await self.transport.listing(self.partner.inbound_folder)
        return now.get(name, self.listed[name]) == self.listed[name]


class _Arrivals:
    """Files that were fetched over one connection and are not stored yet, by where they lie.

    ``is_cut`` says that the connection failed: nobody on it is asked again in this step.
    """

    def __init__(self) -> None:
        self.is_cut = False
        self._found: list[tuple[_Box, list[ReceivedFile]]] = []
        self._files = 0
        self._bytes = 0

    def add(self, box: _Box, files: list[ReceivedFile]) -> None:
        """They are to be stored."""
        self._found.append((box, files))
        self._files += len(files)
        self._bytes += sum(len(file.content) for file in files)

    @property
    def is_much(self) -> bool:
        """Whether it is enough for a transaction."""
        return self._files >= _MOST_FILES or self._bytes >= _MOST_BYTES

    def taken(self) -> list[tuple[_Box, list[ReceivedFile]]]:
        """All of them, which are no longer to be stored then."""
        found = [(box, files) for box, files in self._found if files]
        self._found, self._files, self._bytes = [], 0, 0
        return found


class Fetcher:
    """Fetches files; several instances of the service may run it at once."""

    def __init__(
        self,
        partners: Mapping[str, TradingPartner],
        transports: Transports,
        patience_seconds: float | None,
    ) -> None:
        self._patience_seconds = patience_seconds
        self._transports = transports
        self._folders = {payer_id: Folder() for payer_id in partners}
        self._by_connection = _by_connection(partners.values())
        self._under_way: dict[str, asyncio.Task[int]] = {}

    async def step(self, runtime: Runtime) -> int:
        """Fetch and store what lies ready; how many files.

        What came over one connection is stored together. One connection after the other is asked;
        one that takes long goes on beside them, in later steps too, and nobody waits for it. What
        failed on one is raised at the end.
        """
        done = self._done()
        for connection, partners in self._by_connection.items():
            if connection not in self._under_way:
                await self._begin(runtime, connection, partners)
                done += self._done()
        for each in done:
            if isinstance(each, BaseException):
                raise each
        return sum(each for each in done if not isinstance(each, BaseException))

    async def close(self) -> None:
        """Leave off what is under way: it lies at its partners still, or is known later on."""
        under_way = list(self._under_way.values())
        self._under_way.clear()
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)

    def _done(self) -> list[int | BaseException]:
        """How many files came over connections that were under way, or what failed there."""
        done = [connection for connection, task in self._under_way.items() if task.done()]
        ended = [self._under_way.pop(connection) for connection in done]
        return [task.exception() or task.result() for task in ended]

    async def _begin(
        self, runtime: Runtime, connection: str, partners: list[TradingPartner]
    ) -> None:
        """Fetch over a connection; it is waited for a while, to the end where many take long."""
        task = asyncio.create_task(self._fetch(runtime, partners))
        self._under_way[connection] = task
        is_one_too_many = len(self._under_way) > _MOST_UNDER_WAY
        await asyncio.wait([task], timeout=None if is_one_too_many else self._patience_seconds)

    async def _fetch(self, runtime: Runtime, partners: list[TradingPartner]) -> int:
        """Fetch and store what lies ready at partners on one connection."""
        fetched = 0
        arrivals = _Arrivals()
        for box in await self._boxes(runtime, partners):
            if runtime.stopping.is_set() or arrivals.is_cut:
                break
            try:
                fetched += await self._fetch_from(runtime, box, arrivals)
            except TransportError as error:
                self._not_reached(runtime, box.partner, arrivals, error)
        return fetched + await self._keep(runtime, arrivals)

    async def _boxes(self, runtime: Runtime, partners: list[TradingPartner]) -> list[_Box]:
        """The folders of partners on one connection, looked at side by side.

        One that cannot be looked at in time breaks the connection: whoever was not asked for that
        is the first to be asked in the next step.
        """
        looks = _Arrivals()
        found: list[_Box | None] = []
        asked: set[str] = set()
        due = (each for each in tuple(partners) if not self._folders[each.payer_id].is_resting())
        while not (runtime.stopping.is_set() or looks.is_cut):
            some = list(islice(due, _MOST_AT_ONCE))
            if not some:
                break
            try:
                transport = await self._transports.get(some[0].connection)
            except TransportError as error:
                self._not_reached(runtime, some[0], looks, error)
                break
            asked.update(each.payer_id for each in some)
            if transport is not None:
                found += await _all(
                    self._looked_at(runtime, each, transport, looks) for each in some
                )
        if looks.is_cut:
            partners.sort(key=lambda each: each.payer_id in asked)
        return [box for box in found if box is not None]

    async def _looked_at(
        self, runtime: Runtime, partner: TradingPartner, transport: Transport, looks: _Arrivals
    ) -> _Box | None:
        try:
            listed = await transport.listing(partner.inbound_folder)
        except TransportError as error:
            self._not_reached(runtime, partner, looks, error)
            return None
        return _Box(partner, transport, self._folders[partner.payer_id], listed)

    def _not_reached(
        self, runtime: Runtime, partner: TradingPartner, arrivals: _Arrivals, error: TransportError
    ) -> None:
        """Note what failed; of a connection that is cut it is said once."""
        if isinstance(error, RefusedError):
            self._folders[partner.payer_id].settled({})
        elif arrivals.is_cut:
            return
        else:
            arrivals.is_cut = True
            if isinstance(error, RestingError):
                return
        runtime.log.warning("partner not reached", payer_id=partner.payer_id, reason=str(error))

    async def _fetch_from(self, runtime: Runtime, box: _Box, arrivals: _Arrivals) -> int:
        """Add a partner's files to what arrived; how many of all that were stored meanwhile.

        What arrived waits for no large file.
        """
        fetched = 0
        for names in _together(box.folder.settled(box.listed), box.listed):
            if runtime.stopping.is_set() or arrivals.is_cut:
                break
            size = box.listed[names[0]].size
            if size is not None and size > large_inbound.LARGE_BYTES:
                fetched += await self._keep(runtime, arrivals)
                fetched += await self._fetch_large(runtime, box, names[0], size)
                continue
            arrivals.add(box, await self._contents(runtime, box, names))
            if arrivals.is_much:
                fetched += await self._keep(runtime, arrivals)
        return fetched

    async def _fetch_large(self, runtime: Runtime, box: _Box, name: str, size: int) -> bool:
        try:
            is_kept = await large_inbound.fetch_large(
                runtime,
                box.partner.payer_id,
                box.transport,
                (box.partner.inbound_folder, name),
                size,
                is_same=partial(box.is_unchanged, name),
                waits=partial(box.folder.waits_for, name),
            )
            if is_kept:
                await self._remove(runtime, box, name)
        except RefusedError as error:
            self._not_fetched(runtime, box.partner, name, error)
            return False
        except large_inbound.SpoolError as error:
            self._not_fetched(runtime, box.partner, name, error)
            box.folder.leave(name)
            return False
        return is_kept

    async def _contents(
        self, runtime: Runtime, box: _Box, names: Sequence[str]
    ) -> list[ReceivedFile]:
        """Small files, fetched side by side; without those that are not as they were listed.

        One that may go on is left for later looks.
        """
        contents = await _all(self._content(runtime, box, name) for name in names)
        return [
            ReceivedFile(name, content)
            for name, content in zip(names, contents, strict=True)
            if content is not None
            and box.listed[name].size in {None, len(content)}
            and not (
                may_go_on(content[:END_BYTES], content[-END_BYTES:]) and box.folder.waits_for(name)
            )
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
        runtime: Runtime, partner: TradingPartner, name: str, error: Exception
    ) -> None:
        runtime.log.warning(
            "file not fetched", payer_id=partner.payer_id, file_name=name, reason=str(error)
        )

    async def _keep(self, runtime: Runtime, arrivals: _Arrivals) -> int:
        """Store files in one transaction, then remove them at their partners; how many.

        One that was written over meanwhile is left there: the other bytes under its name are
        fetched at a later look.
        """
        found = arrivals.taken()
        if not found:
            return 0
        received = [(box.partner.payer_id, file) for box, files in found for file in files]
        async with runtime.pool.acquire() as connection, connection.transaction():
            new = await file_store.keep_received(connection, received, runtime.clock.now())
        for payer_id, file in received:
            runtime.log.info(
                "file received",
                file_name=file.name,
                payer_id=payer_id,
                state="new" if (payer_id, file.name) in new else "known",
            )
        lying = [(box, file.name) for box, files in found for file in files]
        for first in range(0, len(lying), _MOST_AT_ONCE):
            if not arrivals.is_cut:
                some = lying[first : first + _MOST_AT_ONCE]
                await _all(self._remove_stored(runtime, *each, arrivals) for each in some)
        return len(received)

    async def _remove_stored(
        self, runtime: Runtime, box: _Box, name: str, arrivals: _Arrivals
    ) -> None:
        """Remove a file; where the connection is cut it lies there still, and is known later on."""
        try:
            await self._remove(runtime, box, name)
        except TransportError as error:
            self._not_reached(runtime, box.partner, arrivals, error)

    @staticmethod
    async def _remove(runtime: Runtime, box: _Box, name: str) -> None:
        """Remove a file that is stored; one that the partner keeps is not fetched again.

        One that it says is removed and lists all the same is, after a while.
        """
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
        else:
            box.folder.leave(name)


def _by_connection(partners: Iterable[TradingPartner]) -> dict[str, list[TradingPartner]]:
    """Partners who leave files for us, by their connection."""
    found: dict[str, list[TradingPartner]] = {}
    for partner in partners:
        if partner.inbound_folder:
            found.setdefault(partner.connection, []).append(partner)
    return found


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
