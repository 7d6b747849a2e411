"""A partner's SFTP server that fails at the step it is told to, as often as it is told to."""

import asyncio
import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncssh
from asyncssh.connection import SSHConnection

from simulators.payer.server import UNFINISHED

BEFORE, AFTER = "before", "after"


@dataclass
class Faults:
    """What goes wrong next: at which step, when, how often, and how; and what happened.

    ``error`` is what the server answers; without it the connection is cut. ``arrived`` counts the
    times that a file took its final name. ``hangs``: steps that are not answered before
    ``disk_answers``.
    """

    step: str = ""
    when: str = BEFORE
    times: int = 0
    error: Callable[[], Exception] | None = None
    happened: int = 0
    arrived: Counter[str] = field(default_factory=Counter)
    then: Callable[[str], None] | None = None
    hangs: frozenset[str] = frozenset()
    disk_answers: asyncio.Event = field(default_factory=asyncio.Event)

    def strike(self, step: str, when: str, connection: SSHConnection) -> None:
        """Fail here, if here is where."""
        if self.then is not None and (step, when) == (self.step, self.when):
            self.then(step)
        if (step, when) != (self.step, self.when) or self.happened >= self.times:
            return
        self.happened += 1
        if self.error is not None:
            raise self.error()
        connection.abort()
        raise asyncssh.SFTPConnectionLost("cut")


class _Anybody(asyncssh.SSHServer):
    def begin_auth(self, username: str) -> bool:
        return False


async def start_faulty(
    root: Path, key: asyncssh.SSHKey, faults: Faults, port: int = 0
) -> asyncssh.SSHAcceptor:
    """Serve the folders below ``root`` to anybody."""

    class Files(asyncssh.SFTPServer):
        def __init__(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
            super().__init__(chan, chroot=os.fsencode(root))
            self._own = chan.get_connection()

        def open(self, *values: Any) -> Any:
            return self._at("open", super().open, *values)

        def read(self, *values: Any) -> Any:
            return self._at("read", super().read, *values)

        def write(self, *values: Any) -> Any:
            return self._at("write", super().write, *values)

        def close(self, *values: Any) -> Any:
            return self._at("close", super().close, *values)

        def stat(self, path: bytes) -> Any:
            return self._at("stat", super().stat, path)

        def remove(self, *values: Any) -> Any:
            return self._at("remove", super().remove, *values)

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> Any:
            def rename(*values: bytes) -> None:
                asyncssh.SFTPServer.posix_rename(self, *values)
                if not newpath.endswith(UNFINISHED.encode()):
                    faults.arrived[Path(os.fsdecode(newpath)).name] += 1

            return self._at("rename", rename, oldpath, newpath)

        async def scandir(self, path: bytes) -> Any:
            faults.strike("list", BEFORE, self._own)
            async for each in super().scandir(path):
                yield each
            faults.strike("list", AFTER, self._own)

        async def _later(self, act: Callable[..., Any], *values: Any) -> Any:
            await faults.disk_answers.wait()
            return act(*values)

        def _at(self, step: str, act: Callable[..., Any], *values: Any) -> Any:
            if step in faults.hangs:
                return self._later(act, *values)
            try:
                faults.strike(step, BEFORE, self._own)
            except Exception:
                if step == "close":
                    act(*values)
                raise
            result = act(*values)
            try:
                faults.strike(step, AFTER, self._own)
            except Exception:
                if step == "open":
                    asyncssh.SFTPServer.close(self, result)
                raise
            return result

    return await asyncssh.listen(
        "127.0.0.1",
        port,
        server_factory=_Anybody,
        server_host_keys=[key],
        sftp_factory=Files,
        allow_scp=False,
    )
