"""What every transport does, so that sending and receiving need not know which one it is."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

UNFINISHED = ".part"
"""Ending of a name while the file is written; a partner takes a file once it has lost it."""

PIECE_BYTES = 1 << 18
"""How much of a large file is moved at a time."""


class TransportError(RuntimeError):
    """A partner cannot be reached or refuses; the message says what to do and holds no secret."""


class RefusedError(TransportError):
    """The partner was reached and refuses one folder or file; others may still go."""


class SilentError(TransportError):
    """Nothing was said in time: asked again at once, it would only be waited for once more."""


class RestingError(TransportError):
    """The partner said nothing when it was asked last, and is not asked at this moment."""


class HostKeyError(TransportError):
    """The partner's server shows another host key than the one that was agreed."""


class Stamp(NamedTuple):
    """Size in bytes and time of change, in the partner's own units; two alike: nobody writes."""

    size: int | None
    changed: int | None


class Transport(Protocol):
    """Folders of one partner. Every method raises ``TransportError`` when the partner fails,
    ``RefusedError`` when only this folder or file does, ``RestingError`` when nobody was asked.
    """

    @property
    def address(self) -> str:
        """Which place this is, the same whenever it is reached; no secret is in it."""
        ...

    async def write(self, folder: str, name: str, content: bytes) -> None:
        """Write whole under an unfinished name, where the partner leaves it; again is safe."""
        ...

    async def finish(self, folder: str, name: str) -> bool:
        """Give what was written whole its name; False when it is gone: it has had it before.

        Nobody but us takes an unfinished file. So one that was written whole and is not there any
        more was finished, whoever ended between that and the noting of it.
        """
        ...

    async def names(self, folder: str) -> list[str]:
        """Names of the finished files, in order."""
        ...

    async def listing(self, folder: str) -> dict[str, Stamp]:
        """The finished files, in order of their names."""
        ...

    async def get(self, folder: str, name: str, size: int = 0) -> bytes | None:
        """The content of a file, ``None`` when it is gone; a large ``size`` gives it more time.

        Of one that is larger than a ``size`` given, no more than shows it.
        """
        ...

    async def fetch(
        self, folder: str, name: str, size: int, begin: Callable[[], Callable[[bytes], object]]
    ) -> bool:
        """Give a file piece by piece to what ``begin`` gives; False when it is gone.

        ``begin`` is called anew where a transport starts again from the first byte.
        """
        ...

    async def remove(self, folder: str, name: str, stamp: Stamp | None = None) -> None:
        """Remove a file that is safely stored; one that is gone already is no error.

        With ``stamp``, as it was listed: one that was written over since then is left there.
        """
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...


async def put(transport: Transport, folder: str, name: str, content: bytes) -> None:
    """Write and finish at once, where nothing is noted in between."""
    await transport.write(folder, name, content)
    await transport.finish(folder, name)


def staging_place(transport: Transport, folder: str, name: str) -> str:
    """Where a file lies before it is finished: another address is another place."""
    return f"{transport.address}/{folder}/{name}"
