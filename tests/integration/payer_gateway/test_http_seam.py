"""A transport that the gateway does not have, by the ``Transport`` seam alone: over HTTP."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import cast

import pytest

from schemas.claim import ClaimAdjudicated, RemittanceReceived
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.files.outbound import Sender
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.transport.transport import (
    UNFINISHED,
    RefusedError,
    Stamp,
    Transport,
    TransportError,
)
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references


def _handler(root: Path) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        """GET lists a folder or gives a file, PUT writes, MOVE renames, DELETE removes one."""

        def _answer(self, status: HTTPStatus, content: bytes = b"") -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_GET(self) -> None:
            path = root / self.path.lstrip("/")
            if path.is_dir():
                files = {each.name: each.stat().st_size for each in sorted(path.iterdir())}
                self._answer(HTTPStatus.OK, json.dumps(files).encode())
            elif path.is_file():
                self._answer(HTTPStatus.OK, path.read_bytes())
            else:
                self._answer(HTTPStatus.NOT_FOUND)

        def do_PUT(self) -> None:
            path = root / self.path.lstrip("/")
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if not path.parent.is_dir():
                return self._answer(HTTPStatus.NOT_FOUND)
            path.write_bytes(content)
            return self._answer(HTTPStatus.CREATED)

        def do_MOVE(self) -> None:
            try:
                (root / self.path.lstrip("/")).replace(
                    root / self.headers["Destination"].lstrip("/")
                )
            except FileNotFoundError:
                return self._answer(HTTPStatus.NOT_FOUND)
            return self._answer(HTTPStatus.CREATED)

        def do_DELETE(self) -> None:
            (root / self.path.lstrip("/")).unlink(missing_ok=True)
            self._answer(HTTPStatus.NO_CONTENT)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


@contextmanager
def _served(root: Path) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(root))
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class HttpTransport:
    """What a transport over HTTP needs to be: the methods of ``Transport``."""

    def __init__(self, port: int) -> None:
        self._port = port

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    async def write(self, folder: str, name: str, content: bytes) -> None:
        await self._ask("PUT", f"/{folder}/{name}{UNFINISHED}", content)

    async def finish(self, folder: str, name: str) -> bool:
        try:
            await self._ask("MOVE", f"/{folder}/{name}{UNFINISHED}", to=f"/{folder}/{name}")
        except RefusedError:
            await self.listing(folder)
            return False
        return True

    async def names(self, folder: str) -> list[str]:
        return list(await self.listing(folder))

    async def listing(self, folder: str) -> dict[str, Stamp]:
        found = await self._ask("GET", f"/{folder}")
        return {name: Stamp(size, None) for name, size in json.loads(found or b"{}").items()}

    async def get(self, folder: str, name: str, size: int = 0) -> bytes | None:
        del size
        try:
            return await self._ask("GET", f"/{folder}/{name}")
        except RefusedError:
            return None

    async def fetch(
        self, folder: str, name: str, size: int, begin: Callable[[], Callable[[bytes], object]]
    ) -> bool:
        content = await self.get(folder, name, size)
        if content is None:
            return False
        begin()(content)
        return True

    async def remove(self, folder: str, name: str, stamp: Stamp | None = None) -> None:
        del stamp
        await self._ask("DELETE", f"/{folder}/{name}")

    async def close(self) -> None:
        """Nothing is kept open."""

    async def _ask(
        self, verb: str, path: str, content: bytes | None = None, *, to: str = ""
    ) -> bytes:
        status, found = await asyncio.to_thread(self._asked, verb, path, content, to)
        if status == HTTPStatus.NOT_FOUND:
            raise RefusedError(f"the partner has no {path.rpartition('/')[0]}")
        return found

    def _asked(self, verb: str, path: str, content: bytes | None, to: str) -> tuple[int, bytes]:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=10)
        try:
            connection.request(verb, path, content, {"Destination": to} if to else {})
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, HTTPException) as error:
            raise TransportError("the partner's server cannot be reached") from error
        finally:
            connection.close()


class _OneTransport:
    """Every connection by the same transport."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    async def get(self, _name: str) -> Transport:
        return self._transport


@pytest.fixture
async def over_http(gateway: Gateway) -> AsyncIterator[Transports]:
    with _served(gateway.wire.incoming("BLUERIVER").parents[1]) as port:
        yield cast(Transports, _OneTransport(HttpTransport(port)))


async def test_a_claim_is_sent_and_paid_over_http(gateway: Gateway, over_http: Transports) -> None:
    await gateway.hear(*references(), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    for _ in range(20):
        await Sender(gateway.partners, over_http).step(gateway.runtime)
        await asyncio.to_thread(gateway.wire.payer.step)
        receiver = Receiver(gateway.partners, over_http)
        await receiver.step(gateway.runtime)
        await receiver.step(gateway.runtime)
        gateway.clock.advance(timedelta(days=1))
    assert len(await gateway.said(ClaimAdjudicated)) == 1
    assert len(await gateway.said(RemittanceReceived)) == 1
    assert list(gateway.wire.outgoing("BLUERIVER").iterdir()) == []


async def test_a_server_that_is_away_loses_nothing(gateway: Gateway) -> None:
    with _served(gateway.wire.incoming("BLUERIVER").parents[1]) as port:
        pass
    away = cast(Transports, _OneTransport(HttpTransport(port)))
    await gateway.hear(*references(), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await Sender(gateway.partners, away).step(gateway.runtime)
    assert [row["state"] for row in await gateway.rows("select state from outbound_file")] == [
        "created"
    ]
    assert await gateway.send() == 1
