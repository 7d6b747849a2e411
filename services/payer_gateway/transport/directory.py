"""A watched directory: the partner, or a tool of theirs, carries the files."""

import asyncio
import errno
import os
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

from services.payer_gateway.transport.resting import Rest
from services.payer_gateway.transport.sftp import seconds_for
from services.payer_gateway.transport.threads import Threads
from services.payer_gateway.transport.transport import (
    PIECE_BYTES,
    UNFINISHED,
    RefusedError,
    SilentError,
    Stamp,
)

T = TypeVar("T")

_MOST_AT_ONCE = 8
"""A share that does not answer holds so many threads of its own, and nobody else's."""


def _refused(what: str, error: OSError) -> RefusedError:
    """What the operating system says, and what a person does about it."""
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        remedy = "look at the rights of this process there"
    elif error.errno in {errno.ENOSPC, errno.EDQUOT}:
        remedy = "make room; the file is kept and tried again"
    else:
        remedy = "look at the folder; the file is kept and tried again"
    return RefusedError(f"the directory {what}: {error.strerror}; {remedy}")


_NO_SYNC = frozenset({errno.EACCES, errno.EPERM, errno.EINVAL, errno.ENOTSUP, errno.EBADF})
"""A folder that may be written into and not read, or on a file system that syncs no folders."""


def _keep_names(folder: Path) -> None:
    """Bring the names in a folder to the disk, as its files are, where that can be asked for."""
    try:
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
    except OSError as error:
        if error.errno not in _NO_SYNC:
            raise


class DirectoryTransport:
    """Folders below one root on this machine, which may lie on a share that stops to answer."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._threads = Threads(_MOST_AT_ONCE)
        self._rest = Rest()

    async def _in_time(self, act: Callable[[], T], size: int = 0) -> T:
        """What ``act`` gives in a thread; nobody waits longer for it than for a server."""
        with self._rest.between_silences():
            try:
                async with asyncio.timeout(seconds_for(size)):
                    return await asyncio.wrap_future(self._threads.submit(act))
            except TimeoutError as error:
                raise SilentError(
                    "the partner's directory does not answer; look at the share that it lies on"
                ) from error

    def _folder(self, folder: str) -> Path:
        path = self._root / folder
        if not path.is_dir():
            raise RefusedError(f"the folder {folder!r} of the partner's directory does not exist")
        return path

    @property
    def address(self) -> str:
        """The root, as a URL."""
        return self._root.absolute().as_uri()

    async def write(self, folder: str, name: str, content: bytes) -> None:
        """Write whole, to the disk, under an unfinished name."""
        await self._in_time(partial(self._write, folder, name, content), len(content))

    def _write(self, within: str, name: str, content: bytes) -> None:
        """Over what lies there already: a write that was given up may come late, and shorten it."""
        folder = self._folder(within)
        try:
            unfinished = folder / f"{name}{UNFINISHED}"
            unfinished.touch()
            with unfinished.open("r+b") as file:
                file.write(content)
                file.truncate()
                file.flush()
                os.fsync(file.fileno())
            _keep_names(folder)
        except OSError as error:
            raise _refused("refuses a file", error) from error

    async def finish(self, folder: str, name: str) -> bool:
        """Rename it, to the disk; False when no unfinished file is there."""
        return await self._in_time(partial(self._finish, folder, name))

    def _finish(self, within: str, name: str) -> bool:
        folder = self._folder(within)
        try:
            (folder / f"{name}{UNFINISHED}").replace(folder / name)
            _keep_names(folder)
        except FileNotFoundError:
            if not folder.is_dir():
                raise RefusedError("the folder of the partner's directory is gone") from None
            return False
        except OSError as error:
            raise _refused("refuses a file", error) from error
        return True

    async def names(self, folder: str) -> list[str]:
        """Finished files, by name."""
        return list(await self.listing(folder))

    async def listing(self, folder: str) -> dict[str, Stamp]:
        """Finished files, by name."""
        return await self._in_time(partial(self._listing, folder))

    def _listing(self, within: str) -> dict[str, Stamp]:
        folder = self._folder(within)
        found: dict[str, Stamp] = {}
        try:
            for path in sorted(folder.iterdir()):
                if path.is_file() and not path.name.endswith(UNFINISHED):
                    with suppress(FileNotFoundError):
                        stat = path.stat()
                        found[path.name] = Stamp(stat.st_size, stat.st_mtime_ns)
        except OSError as error:
            raise _refused("refuses its list", error) from error
        return found

    async def get(self, folder: str, name: str, size: int = 0) -> bytes | None:
        """The content, ``None`` when it is gone; one byte more than ``size`` of what grew."""
        return await self._in_time(partial(self._get, folder, name, size), size)

    def _get(self, within: str, name: str, size: int) -> bytes | None:
        path = self._folder(within) / name
        try:
            with path.open("rb") as file:
                return file.read(size + 1 if size else -1)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused("refuses a file", error) from error

    async def fetch(
        self,
        folder: str,
        name: str,
        size: int,
        begin: Callable[[], Callable[[bytes], object]],
    ) -> bool:
        """The content piece by piece, False when it is gone."""
        return await self._in_time(partial(self._fetch, folder, name, begin()), size)

    def _fetch(self, within: str, name: str, write: Callable[[bytes], object]) -> bool:
        path = self._folder(within) / name
        try:
            with path.open("rb") as file:
                while piece := file.read(PIECE_BYTES):
                    write(piece)
        except FileNotFoundError:
            return False
        except OSError as error:
            raise _refused("refuses a file", error) from error
        return True

    async def remove(self, folder: str, name: str, stamp: Stamp | None = None) -> None:
        """Remove it, if it is there and as it was."""
        await self._in_time(partial(self._remove, folder, name, stamp))

    def _remove(self, within: str, name: str, stamp: Stamp | None) -> None:
        path = self._folder(within) / name
        try:
            if stamp is not None:
                now = path.stat()
                if Stamp(now.st_size, now.st_mtime_ns) != stamp:
                    return
            path.unlink(missing_ok=True)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _refused("keeps a file", error) from error

    async def close(self) -> None:
        """Begin nothing more; nobody waits for what a share does not answer."""
        self._threads.close()
