"""What lies between gateway and payer passes bytes on, slows, cuts and refuses."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from claimstream.chaos.proxy import Proxy

SENT = bytes(range(256)) * 64


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    """A proxy before a server that sends everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1024):
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    found = Proxy(server.sockets[0].getsockname()[1])
    yield found
    await found.stop()
    server.close()
    await server.wait_closed()


async def echoed(port: int, data: bytes = SENT) -> bytes:
    """As much of ``data`` as comes back before the connection breaks."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = b""
    try:
        writer.write(data)
        while len(got) < len(data):
            part = await reader.read(4096)
            if not part:
                break
            got += part
    except ConnectionError:
        pass
    finally:
        writer.close()
    return got


async def test_it_passes_on_every_byte_both_ways(proxy: Proxy) -> None:
    assert await echoed(await proxy.start()) == SENT


async def test_down_it_takes_nobody_and_up_again_everybody(proxy: Proxy) -> None:
    port = await proxy.start()
    proxy.down = True
    assert await echoed(port) == b""
    proxy.down = False
    assert await echoed(port) == SENT


async def test_it_cuts_after_so_many_bytes_once(proxy: Proxy) -> None:
    port = await proxy.start()
    proxy.cut_after_bytes = 1000
    assert len(await echoed(port)) <= 1000
    assert proxy.cuts == 1
    assert await echoed(port) == SENT
    assert proxy.cuts == 1


async def test_bytes_sent_on_several_connections_count_towards_one_cut(proxy: Proxy) -> None:
    port = await proxy.start()
    proxy.cut_after_bytes = 150
    assert await echoed(port, b"x" * 100) == b"x" * 100
    assert len(await echoed(port, b"x" * 100)) <= 50
    assert proxy.cuts == 1


async def test_slowed_down_bytes_take_their_time(proxy: Proxy) -> None:
    port = await proxy.start()
    proxy.bytes_a_second = 10_000
    begun = time.monotonic()
    assert await echoed(port, b"x" * 1000) == b"x" * 1000
    assert time.monotonic() - begun > 0.15


async def test_breaking_all_breaks_what_is_open(proxy: Proxy) -> None:
    port = await proxy.start()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"x")
    assert await reader.read(1) == b"x"
    proxy.break_all()
    try:
        left = await reader.read(1)
    except ConnectionError:
        left = b""
    assert left == b""
    writer.close()


async def test_a_payer_that_is_away_breaks_the_connection_and_nothing_else(proxy: Proxy) -> None:
    port = await proxy.start()
    here, proxy.target_port = proxy.target_port, 1
    assert await echoed(port) == b""
    proxy.target_port = here
    assert await echoed(port) == SENT
