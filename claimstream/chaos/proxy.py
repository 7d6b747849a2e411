"""What lies between the gateway and the payer's SFTP server: nothing, or trouble."""

import asyncio
import socket
from contextlib import suppress
from dataclasses import dataclass, field

_CHUNK_BYTES = 16 * 1024
_LINGER_NOT = b"\x01\x00\x00\x00\x00\x00\x00\x00"
_HOST = "127.0.0.1"
_LONGEST_END_S = 5


@dataclass(slots=True)
class Proxy:
    """Hands bytes on to ``port``. Everything else is a fault's to set.

    ``down`` refuses and breaks connections; ``bytes_a_second`` above 0 slows both directions;
    ``cut_after_bytes`` of 0 or more breaks a connection when the gateway has sent so many more.
    """

    target_port: int
    down: bool = False
    bytes_a_second: int = 0
    cut_after_bytes: int = -1
    cuts: int = 0
    _server: asyncio.Server | None = field(default=None, init=False)
    _open: set[asyncio.StreamWriter] = field(default_factory=set, init=False)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set, init=False)

    async def start(self) -> int:
        """Listen; the port."""
        self._server = await asyncio.start_server(self._accept, _HOST, 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Break every connection and listen no more."""
        if self._server is not None:
            self._server.close()
        self.break_all()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_LONGEST_END_S)

    def break_all(self) -> None:
        """Reset every connection that is open."""
        for writer in list(self._open):
            _reset(writer)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        self._open.add(writer)
        onward: asyncio.StreamWriter | None = None
        try:
            if self.down:
                return
            answers, onward = await asyncio.open_connection(_HOST, self.target_port)
            self._open.add(onward)
            ways = [
                asyncio.ensure_future(self._hand_on(reader, onward, upward=True)),
                asyncio.ensure_future(self._hand_on(answers, writer, upward=False)),
            ]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            return
        finally:
            for each in (writer, onward):
                if each is not None:
                    self._open.discard(each)
                    _reset(each)

    async def _hand_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, upward: bool
    ) -> None:
        with suppress(OSError):
            while data := await reader.read(_CHUNK_BYTES):
                if upward and self.cut_after_bytes >= 0:
                    if self.cut_after_bytes < len(data):
                        writer.write(data[: self.cut_after_bytes])
                        self.cut_after_bytes = -1
                        self.cuts += 1
                        return
                    self.cut_after_bytes -= len(data)
                if self.bytes_a_second:
                    await asyncio.sleep(len(data) / self.bytes_a_second)
                writer.write(data)
                await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        own = writer.get_extra_info("socket")
        if own is not None:
            own.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
    writer.transport.abort()
