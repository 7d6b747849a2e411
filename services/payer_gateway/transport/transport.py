"""What every transport does, so that sending and receiving need not know which one it is."""

from typing import Protocol

UNFINISHED = ".part"
"""Ending of a name while the file is written; a partner takes a file once it has lost it."""


class TransportError(RuntimeError):
    """A partner cannot be reached or refuses; the message says what to do and holds no secret."""


class HostKeyError(TransportError):
    """The partner's server shows another host key than the one that was agreed."""


class Transport(Protocol):
    """Folders of one partner. Every method raises ``TransportError`` when the partner fails."""

    async def put(self, folder: str, name: str, content: bytes) -> None:
        """Write whole under an unfinished name, then rename; again with the same name is safe."""
        ...

    async def names(self, folder: str) -> list[str]:
        """Names of the finished files, in order."""
        ...

    async def get(self, folder: str, name: str) -> bytes | None:
        """The content of a file, ``None`` when it is gone."""
        ...

    async def remove(self, folder: str, name: str) -> None:
        """Remove a file that is safely stored; one that is gone already is no error."""
        ...

    async def close(self) -> None:
        """Let go of the connection."""
        ...
