"""A watched directory: the partner, or a tool of theirs, carries the files."""

import asyncio
import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from services.payer_gateway.transport.transport import (
    PIECE_BYTES,
    UNFINISHED,
    RefusedError,
    Stamp,
)


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
    """Folders below one root on this machine."""

    def __init__(self, root: Path) -> None:
        self._root = root

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
        await asyncio.to_thread(self._write, self._folder(folder), name, content)

    @staticmethod
    def _write(folder: Path, name: str, content: bytes) -> None:
        try:
            with (folder / f"{name}{UNFINISHED}").open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            _keep_names(folder)
        except OSError as error:
            raise _refused("refuses a file", error) from error

    async def finish(self, folder: str, name: str) -> bool:
        """Rename it, to the disk; False when no unfinished file is there."""
        return await asyncio.to_thread(self._finish, self._folder(folder), name)

    @staticmethod
    def _finish(folder: Path, name: str) -> bool:
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
        return await asyncio.to_thread(self._listing, self._folder(folder))

    @staticmethod
    def _listing(folder: Path) -> dict[str, Stamp]:
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

    async def get(self, folder: str, name: str, size: int = 0) -> bytes | None:  # noqa: ARG002
        """The content, ``None`` when it is gone."""
        try:
            return await asyncio.to_thread((self._folder(folder) / name).read_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise _refused("refuses a file", error) from error

    async def fetch(
        self,
        folder: str,
        name: str,
        size: int,  # noqa: ARG002
        begin: Callable[[], Callable[[bytes], object]],
    ) -> bool:
        """The content piece by piece, False when it is gone."""
        return await asyncio.to_thread(self._fetch, self._folder(folder) / name, begin())

    @staticmethod
    def _fetch(path: Path, write: Callable[[bytes], object]) -> bool:
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
        path = self._folder(folder) / name
        try:
            await asyncio.to_thread(self._remove, path, stamp)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _refused("keeps a file", error) from error

    @staticmethod
    def _remove(path: Path, stamp: Stamp | None) -> None:
        if stamp is not None:
            now = path.stat()
            if Stamp(now.st_size, now.st_mtime_ns) != stamp:
                return
        path.unlink(missing_ok=True)

    async def close(self) -> None:
        """Nothing is held open."""
