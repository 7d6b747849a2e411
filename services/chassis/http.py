"""The HTTP edge of a service process: health, readiness, status and metrics."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import orjson
import uvicorn
from prometheus_client import generate_latest

from services.chassis.metrics import Metrics

Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Status = Callable[[], dict[str, Any]]
_LAST_ANSWERS_SECONDS = 3
"""Who does not take an answer keeps nobody from stopping."""


class HealthApp:
    """An ASGI application over one status function."""

    def __init__(self, status: Status, metrics: Metrics) -> None:
        self._status = status
        self._metrics = metrics

    async def __call__(
        self, scope: MutableMapping[str, Any], _receive: Receive, send: Send
    ) -> None:
        if scope["type"] != "http":
            return
        code, kind, body = self._answer(scope["path"])
        headers = [(b"content-type", kind), (b"cache-control", b"no-store")]
        await send({"type": "http.response.start", "status": code, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    def _answer(self, path: str) -> tuple[int, bytes, bytes]:
        status = self._status()
        if path == "/health/live":
            return _verdict(status["alive"], status["state"])
        if path == "/health/ready":
            return _verdict(status["ready"], status["state"])
        if path == "/status":
            return 200, b"application/json", orjson.dumps(status)
        if path == "/metrics":
            return 200, b"text/plain; version=0.0.4", generate_latest(self._metrics.registry)
        return 404, b"text/plain", b"see /health/live /health/ready /status /metrics\n"


def _verdict(good: bool, state: str) -> tuple[int, bytes, bytes]:
    return (200 if good else 503), b"text/plain", f"{state}\n".encode()


class _Server(uvicorn.Server):
    """A server that leaves the process's signals to the process."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpEdge:
    """Serves ``HealthApp`` on a port of its own; port 0 picks a free one."""

    def __init__(self, app: HealthApp, host: str, port: int, port_file: str) -> None:
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=_LAST_ANSWERS_SECONDS,
        )
        self._server = _Server(config)
        self._address = (host, port)
        self._port_file = port_file
        self._task: asyncio.Task[None] | None = None
        self.port = port

    async def start(self) -> None:
        """Listen, and write the port to the port file for whoever started this process.

        Raises ``OSError`` when the port is taken.
        """
        listening = socket.create_server(self._address)
        self._task = asyncio.create_task(self._server.serve(sockets=[listening]))
        while not self._server.started:
            if self._task.done():
                raise OSError("the HTTP port cannot be opened")
            await asyncio.sleep(0.01)
        self.port = listening.getsockname()[1]
        if self._port_file:
            target = Path(self._port_file)
            partial = target.with_suffix(".partial")
            await asyncio.to_thread(partial.write_text, f"{self.port}\n")
            await asyncio.to_thread(partial.replace, target)

    async def stop(self) -> None:
        """Stop listening."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
