"""A port that says how the EHR is doing: /health/live, /health/ready and /status over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

_LONGEST_WAIT_S = 5


def announce(port: int, file: Path | None) -> None:
    """Write the port to ``file`` in one step."""
    if file is None:
        return
    scratch = file.with_name(f"{file.name}.new")
    scratch.write_text(json.dumps({"port": port}), encoding="utf-8")
    scratch.replace(file)


@asynccontextmanager
async def status_port(
    status: Callable[[], Mapping[str, object]], host: str = "127.0.0.1"
) -> AsyncIterator[int]:
    """Serve on a free port and give it; ``status`` makes the JSON answer and holds no PHI."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = await asyncio.wait_for(reader.readline(), _LONGEST_WAIT_S)
            path = line.split(b" ")[1:2]
            found = path in ([b"/health/live"], [b"/health/ready"], [b"/status"])
            body = json.dumps(dict(status())).encode()
            head = b"HTTP/1.1 200 OK" if found else b"HTTP/1.1 404 Not Found"
            writer.write(
                head
                + b"\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: "
                + str(len(body)).encode()
                + b"\r\n\r\n"
                + body
            )
            await writer.drain()
        except (ConnectionError, TimeoutError, ValueError):
            return
        finally:
            writer.close()

    server = await asyncio.start_server(answer, host, 0)
    try:
        port: int = server.sockets[0].getsockname()[1]
        yield port
    finally:
        server.close()
        await server.wait_closed()
