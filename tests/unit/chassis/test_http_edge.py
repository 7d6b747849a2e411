"""The port of a service process, when the process ends."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from services.chassis import http
from services.chassis.http import HealthApp, HttpEdge
from services.chassis.metrics import Metrics
from tests.support import until


class Unanswered(HealthApp):
    """Never done with a request."""

    def __init__(self) -> None:
        super().__init__(dict, Metrics("till"))
        self.asked = False

    async def __call__(self, _scope: Any, _receive: Any, _send: Any) -> None:
        self.asked = True
        await asyncio.Event().wait()


async def test_a_request_that_is_never_done_does_not_keep_the_process_from_ending(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(http, "_LAST_ANSWERS_SECONDS", 0)
    app = Unanswered()
    edge = HttpEdge(app, "127.0.0.1", 0, str(tmp_path / "port"))
    await edge.start()
    _, writer = await asyncio.open_connection("127.0.0.1", edge.port)
    writer.write(b"GET /health HTTP/1.1\r\nHost: here\r\n\r\n")

    async def asked() -> bool:
        return app.asked

    await until(asked)
    async with asyncio.timeout(5):
        await edge.stop()
    writer.close()
