"""The HTTP edge of a service process, over a socket of its own: raw bytes in, a status out."""

import asyncio
import logging
import socket
import threading
from collections.abc import Sequence
from random import Random
from typing import Any

from services.chassis.http import HealthApp, HttpEdge
from services.chassis.metrics import Metrics
from tests.fuzz.mutation import spoiled_segments
from tests.fuzz.target import Target
from tests.fuzz.watch import Check

_HOST = "127.0.0.1"
_PATIENCE_SECONDS = 5
_LARGEST_ANSWER_BYTES = 1 << 20
_SEEDS = (
    b"GET /health/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"GET /metrics HTTP/1.1\r\nHost: x\r\nAccept: text/plain;q=0.5\r\nConnection: close\r\n\r\n",
    b"GET /status?verbose=1#top HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"HEAD /health/ready HTTP/1.0\r\n\r\n",
    b"POST /status HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nConnection: close\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"GET /%2e%2e/%ff%00/../etc HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
    b"OPTIONS * HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n",
)


class ServerFailedError(AssertionError):
    """The edge answered that it failed, or did not answer at all."""


def _status() -> dict[str, Any]:
    return {"alive": True, "ready": True, "state": "running", "lag_events": 0}


def _started() -> int:
    """The port of an edge that serves, in a thread of its own, until this process ends."""
    logging.getLogger("uvicorn.error").disabled = True
    ready = threading.Event()
    ports: list[int] = []

    async def serve() -> None:
        edge = HttpEdge(HealthApp(_status, Metrics("fuzz")), _HOST, 0, "")
        await edge.start()
        ports.append(edge.port)
        ready.set()
        await asyncio.Event().wait()

    threading.Thread(target=lambda: asyncio.run(serve()), daemon=True).start()
    if not ready.wait(_PATIENCE_SECONDS):
        raise ServerFailedError("the edge did not start")
    return ports[0]


def _make() -> Check:
    port = _started()

    def check(data: bytes) -> str:
        with socket.create_connection((_HOST, port), timeout=_PATIENCE_SECONDS) as connection:
            try:
                connection.sendall(data)
                connection.shutdown(socket.SHUT_WR)
                answer = connection.recv(_LARGEST_ANSWER_BYTES)
            except (ConnectionResetError, BrokenPipeError):
                return "closed"
        code = answer[9:12]
        if code == b"500":
            raise ServerFailedError("the edge answered 500")
        return "decided" if code[:1] in {b"2", b"4"} and code != b"400" else code.decode("latin-1")

    return check


def _structured(draw: Random, seeds: Sequence[bytes]) -> bytes:
    return spoiled_segments(draw, draw.choice(seeds), (b"\r\n", b" ", b"/", b":"))


HTTP_TARGETS = (
    Target(
        "http-edge",
        "health, status and metrics over HTTP",
        10,
        lambda: _SEEDS,
        _make,
        _structured,
    ),
)
