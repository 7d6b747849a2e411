"""SFTP by asyncssh: one connection kept open, the host key checked against the pinned one.

Requests go side by side on it; where it breaks, each of them is made again on the next one.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TypeVar

import asyncssh
from tenacity import AsyncRetrying, retry_if_exception_type, stop_after_attempt
from tenacity.wait import wait_random_exponential

from services.payer_gateway.transport.resting import Rest
from services.payer_gateway.transport.transport import (
    PIECE_BYTES,
    UNFINISHED,
    HostKeyError,
    RefusedError,
    SilentError,
    Stamp,
    TransportError,
)

T = TypeVar("T")

_ATTEMPTS = 3
_TIMEOUT_SECONDS = 20
_FAILS_SLOWLY_SECONDS = 2
"""A name or a host that is looked for so long in vain is as good as silent."""
_SLOWEST_BYTES_A_SECOND = 32_768
_ONE_READ_BYTES = 32_768
"""What every server gives in one answer (draft-ietf-secsh-filexfer-02, section 3)."""

_CIPHERS = "^aes128-gcm@openssh.com,aes256-gcm@openssh.com"
"""First what processors do themselves, then the library's own choice (RFC 5647)."""


def seconds_for(size: int) -> int:
    """How long moving that many bytes may take before the connection counts as broken."""
    return _TIMEOUT_SECONDS + size // _SLOWEST_BYTES_A_SECOND


def _what_to_do(error: asyncssh.SFTPError) -> str:
    """What a person does about a refusal of the server."""
    if isinstance(error, asyncssh.SFTPNoSuchFile | asyncssh.SFTPNoSuchPath):
        return "check folder and rights: there is no such folder for this login"
    if isinstance(error, asyncssh.SFTPPermissionDenied | asyncssh.SFTPWriteProtect):
        return "check folder and rights: ask the partner to let this login read and write there"
    if isinstance(error, asyncssh.SFTPNoSpaceOnFilesystem | asyncssh.SFTPQuotaExceeded):
        return "its disk or quota is full: tell the partner, the file is kept and sent again"
    return "check folder and rights, and whether its disk is full; the file is kept and tried again"


def _key(file: Path) -> asyncssh.SSHKey:
    try:
        return asyncssh.read_private_key(file)
    except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        raise TransportError(
            f"key_file cannot be used ({type(error).__name__}): it must be a private key without "
            "passphrase that this process may read"
        ) from error


async def _rename(client: asyncssh.SFTPClient, old: str, new: str) -> None:
    """Rename, also where a file of the new name is there and a server does not rename over it."""
    try:
        await client.posix_rename(old, new)
    except asyncssh.SFTPOpUnsupported:
        if await client.exists(old) and await client.exists(new):
            await client.remove(new)
        await client.rename(old, new)


@dataclass(frozen=True, slots=True)
class SftpAddress:
    """A server, the login there, and the one host key that is accepted."""

    host: str
    port: int
    user: str
    host_key: str
    password: str | None = None
    key_file: Path | None = None


class _UnreachableError(TransportError):
    """Worth another attempt: the connection broke or could not be made."""


class SftpTransport:
    """Folders of one login on one server."""

    def __init__(self, address: SftpAddress) -> None:
        self._address = address
        self._connecting = asyncio.Lock()
        self._failure: TransportError | None = None
        self._rest = Rest()
        self._moving: dict[asyncio.Timeout, int] = {}
        self._connection: asyncssh.SSHClientConnection | None = None
        self._client: asyncssh.SFTPClient | None = None

    @property
    def address(self) -> str:
        """Login and server, as a URL."""
        address = self._address
        return f"sftp://{address.user}@{address.host}:{address.port}"

    async def write(self, folder: str, name: str, content: bytes) -> None:
        """Write under an unfinished name, and see that all of it is there."""
        unfinished = f"{folder}/{name}{UNFINISHED}"

        async def write(client: asyncssh.SFTPClient) -> None:
            async with client.open(unfinished, "wb") as file:
                await file.write(content)
            written = await client.getsize(unfinished)
            if written != len(content):
                raise _UnreachableError(
                    "the partner's server kept less than was sent; it is sent again"
                )

        await self._with_client(write, len(content))

    async def finish(self, folder: str, name: str) -> bool:
        """Rename it over the final name; False when no unfinished file is in the folder."""
        unfinished, final = f"{folder}/{name}{UNFINISHED}", f"{folder}/{name}"

        async def rename(client: asyncssh.SFTPClient) -> bool:
            try:
                await _rename(client, unfinished, final)
            except asyncssh.SFTPError:
                if not await client.exists(unfinished) and await client.isdir(folder):
                    return False
                raise
            return True

        return await self._with_client(rename)

    async def names(self, folder: str) -> list[str]:
        """Finished files, by name."""
        return list(await self.listing(folder))

    async def listing(self, folder: str) -> dict[str, Stamp]:
        """Finished files, by name."""

        async def read(client: asyncssh.SFTPClient) -> dict[str, Stamp]:
            found = {}
            for entry in await client.readdir(folder):
                name = entry.filename if isinstance(entry.filename, str) else ""
                is_file = entry.attrs.type in {
                    asyncssh.FILEXFER_TYPE_REGULAR,
                    asyncssh.FILEXFER_TYPE_UNKNOWN,
                }
                if name not in {"", ".", ".."} and is_file and not name.endswith(UNFINISHED):
                    found[name] = Stamp(entry.attrs.size, entry.attrs.mtime)
            return dict(sorted(found.items()))

        return await self._with_client(read)

    async def get(self, folder: str, name: str, size: int = 0) -> bytes | None:
        """The content, ``None`` when it is gone; one byte more than ``size`` of what grew."""

        at_once = 0 < size < _ONE_READ_BYTES

        async def read(client: asyncssh.SFTPClient) -> bytes | None:
            block_size = 0 if at_once else -1
            try:
                async with client.open(f"{folder}/{name}", "rb", block_size=block_size) as file:
                    content: bytes = await file.read(size + 1 if size else -1)
            except asyncssh.SFTPNoSuchFile:
                return None
            return content

        return await self._with_client(read, size)

    async def fetch(
        self, folder: str, name: str, size: int, begin: Callable[[], Callable[[bytes], object]]
    ) -> bool:
        """The content piece by piece, False when it is gone."""

        async def read(client: asyncssh.SFTPClient) -> bool:
            write = begin()
            try:
                async with client.open(f"{folder}/{name}", "rb") as file:
                    piece: bytes = await file.read(PIECE_BYTES)
                    while piece:
                        write(piece)
                        piece = await file.read(PIECE_BYTES)
            except asyncssh.SFTPNoSuchFile:
                return False
            return True

        return await self._with_client(read, size)

    async def remove(self, folder: str, name: str, stamp: Stamp | None = None) -> None:
        """Remove it, if it is there and as it was."""

        async def remove(client: asyncssh.SFTPClient) -> None:
            try:
                if stamp is not None:
                    now = await client.stat(f"{folder}/{name}")
                    if Stamp(now.size, now.mtime) != stamp:
                        return
                await client.remove(f"{folder}/{name}")
            except asyncssh.SFTPNoSuchFile:
                return

        await self._with_client(remove)

    async def close(self) -> None:
        """Close the connection, if one is open."""
        connection, self._connection, self._client = self._connection, None, None
        if connection is not None:
            connection.close()
            await connection.wait_closed()

    async def _with_client(
        self, act: Callable[[asyncssh.SFTPClient], Awaitable[T]], size: int = 0
    ) -> T:
        """What ``act`` gives; made again twice, after a pause each, where the connection breaks."""
        try:
            return await self._once(act, size)
        except _UnreachableError as error:
            failure: _UnreachableError | None = error
        async for attempt in AsyncRetrying(
            stop=stop_after_attempt(_ATTEMPTS),
            wait=wait_random_exponential(multiplier=0.2, max=3),
            retry=retry_if_exception_type(_UnreachableError),
            reraise=True,
        ):
            with attempt:
                if failure is not None:
                    first, failure = failure, None
                    raise first
                return await self._once(act, size)
        raise TransportError("the partner's server was not asked")

    async def _once(self, act: Callable[[asyncssh.SFTPClient], Awaitable[T]], size: int) -> T:
        with self._rest.between_silences():
            return await self._asked(act, size)

    async def _asked(self, act: Callable[[asyncssh.SFTPClient], Awaitable[T]], size: int) -> T:
        client = await self._shared()
        try:
            return await self._acted(client, act, size)
        except (asyncssh.SFTPConnectionLost, asyncssh.SFTPNoConnection) as error:
            await self._let_go(client)
            raise _UnreachableError("the connection to the partner's server broke") from error
        except asyncssh.SFTPError as error:
            raise RefusedError(
                f"the partner's server refuses: {type(error).__name__}; {_what_to_do(error)}"
            ) from error
        except TimeoutError as error:
            await self._let_go(client)
            raise SilentError("the partner's server does not answer") from error
        except (OSError, asyncssh.Error) as error:
            await self._let_go(client)
            raise _UnreachableError("the connection to the partner's server broke") from error

    async def _acted(
        self,
        client: asyncssh.SFTPClient,
        act: Callable[[asyncssh.SFTPClient], Awaitable[T]],
        size: int,
    ) -> T:
        """What ``act`` gives.

        Where that takes too long, or nobody wants it any more, its connection is cut first: to
        close what it has open, it would wait for the same server once more.
        """
        acting = asyncio.ensure_future(act(client))
        try:
            async with self._in_time(size):
                await asyncio.wait([acting])
        finally:
            if not acting.done():
                await self._let_go(client)
                acting.cancel()
                await asyncio.gather(acting, return_exceptions=True)
        return acting.result()

    async def _shared(self) -> asyncssh.SFTPClient:
        """The connection of all requests. Those that waited while it failed share the failure."""
        before = self._failure
        async with self._connecting:
            if self._failure is not before and self._failure is not None:
                raise type(self._failure)(str(self._failure))
            try:
                return await self._connected()
            except TransportError as error:
                self._failure = error
                raise

    @asynccontextmanager
    async def _in_time(self, size: int) -> AsyncIterator[None]:
        """``seconds_for`` all that is moved meanwhile: requests share the line."""
        others = sum(self._moving.values())
        if size:
            for each in self._moving:
                until = each.when()
                if until is not None and not each.expired():
                    each.reschedule(until + size / _SLOWEST_BYTES_A_SECOND)
        async with asyncio.timeout(seconds_for(size + others)) as limit:
            self._moving[limit] = size
            try:
                yield
            finally:
                del self._moving[limit]

    async def _let_go(self, client: asyncssh.SFTPClient) -> None:
        """Close the connection that broke, unless another request has done so already."""
        if self._client is client:
            await self.close()

    async def _connected(self) -> asyncssh.SFTPClient:
        if self._client is not None and self._connection is not None:
            if not self._connection.is_closed():
                return self._client
            await self.close()
        address = self._address
        known = asyncssh.import_known_hosts(f"* {address.host_key}\n")
        keys = [_key(address.key_file)] if address.key_file else []
        began = monotonic()
        try:
            async with asyncio.timeout(_TIMEOUT_SECONDS):
                self._connection = await asyncssh.connect(
                    address.host,
                    address.port,
                    username=address.user,
                    password=address.password,
                    client_keys=keys,
                    known_hosts=known,
                    agent_path=None,
                    config=[],
                    encryption_algs=_CIPHERS,
                    keepalive_interval=30,
                )
                self._client = await self._connection.start_sftp_client(
                    path_errors="surrogateescape"
                )
        except asyncssh.HostKeyNotVerifiable as error:
            raise HostKeyError(
                f"the server at {address.host}:{address.port} shows another host key than the "
                "pinned one: nothing was sent; ask the partner before you change host_key"
            ) from error
        except asyncssh.PermissionDenied as error:
            raise TransportError(
                f"the server at {address.host}:{address.port} refuses the login: check user, "
                "password and key_file"
            ) from error
        except TimeoutError as error:
            await self.close()
            raise SilentError(
                f"the server at {address.host}:{address.port} does not answer"
            ) from error
        except (OSError, asyncssh.Error) as error:
            await self.close()
            is_slow = monotonic() - began >= _FAILS_SLOWLY_SECONDS
            raise (SilentError if is_slow else _UnreachableError)(
                f"the server at {address.host}:{address.port} cannot be reached"
            ) from error
        return self._client
