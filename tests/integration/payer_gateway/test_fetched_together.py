"""Files that came over one connection are stored in one transaction, whoever left them."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from services.payer_gateway.files import fetching, large_inbound
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.transport.connections import Transports
from services.payer_gateway.transport.directory import DirectoryTransport
from services.payer_gateway.transport.transport import Stamp, Transport, TransportError
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.faulty_partner import Partner, faulty_partner
from tests.support import LONG_ENOUGH_S, until

PAYERS = ("BLUERIVER", "SUMMIT")


@pytest.fixture
async def partner(gateway: Gateway) -> AsyncIterator[Partner]:
    async with faulty_partner(gateway) as made:
        yield made


def _leave(gateway: Gateway, name: str, content: bytes = b"x") -> None:
    """A file of that name and its payer's own content at each payer."""
    for payer_id in PAYERS:
        (gateway.wire.outgoing(payer_id) / name).write_bytes(content + payer_id.encode())


def _left(gateway: Gateway) -> list[str]:
    return sorted(file.name for each in PAYERS for file in gateway.wire.outgoing(each).iterdir())


async def _stored(gateway: Gateway) -> list[tuple[str, str, int]]:
    rows = await gateway.rows("select payer_id, name, deliveries from inbound_file order by 1, 2")
    return [tuple(row) for row in rows]


def _first_one_hanging(gateway: Gateway) -> Transports:
    """Every payer's folders, of which the first one's cannot be listed."""

    class Hanging(DirectoryTransport):
        async def listing(self, folder: str) -> dict[str, Stamp]:
            if folder == gateway.partners[PAYERS[0]].inbound_folder:
                raise TransportError("the connection to the partner's server broke")
            return await super().listing(folder)

    class Reached(Transports):
        async def get(self, name: str) -> Transport | None:
            return Hanging(gateway.wire.payer.options.state / "logins" / "claimstream")

    return Reached(None)


async def test_files_of_two_payers_on_a_connection_cut_at_a_removal_are_stored_once_each(
    partner: Partner,
) -> None:
    gateway = partner.gateway
    _leave(gateway, "a.835")
    partner.faults.step, partner.faults.times = "remove", 3
    receiver = Receiver(gateway.partners, gateway.transports)
    for _ in range(2):
        await receiver.step(gateway.runtime)
    assert [each[:2] for each in await _stored(gateway)] == [(p, "a.835") for p in PAYERS]
    for _ in range(3):
        await receiver.step(gateway.runtime)
    assert _left(gateway) == []
    assert len(await _stored(gateway)) == len(PAYERS)


async def test_what_one_payer_left_is_stored_although_the_connection_is_cut_at_the_next(
    partner: Partner,
) -> None:
    gateway = partner.gateway
    _leave(gateway, "a.835")
    receiver = Receiver(gateway.partners, gateway.transports)
    await receiver.step(gateway.runtime)
    first = next(each for each in gateway.partners if each in PAYERS)

    def cut_from_then_on(_: str) -> None:
        partner.faults.then = None
        partner.faults.step, partner.faults.times = "open", 3

    partner.faults.step, partner.faults.then = "read", cut_from_then_on
    await receiver.step(gateway.runtime)
    assert await _stored(gateway) == [(first, "a.835", 1)]
    for _ in range(3):
        await receiver.step(gateway.runtime)
    assert [each[:2] for each in await _stored(gateway)] == [(p, "a.835") for p in PAYERS]
    assert _left(gateway) == []


async def test_a_folder_that_is_not_listed_in_time_keeps_back_nothing_of_anybody_else(
    gateway: Gateway,
) -> None:
    gateway.transports = _first_one_hanging(gateway)
    _leave(gateway, "a.835")
    await gateway.receive()
    assert await _stored(gateway) == [(PAYERS[1], "a.835", 1)]


async def test_folders_that_a_broken_one_kept_from_being_looked_at_come_first_at_the_next_look(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_MOST_AT_ONCE", 1)
    gateway.transports = _first_one_hanging(gateway)
    receiver = Receiver(gateway.partners, gateway.transports)
    _leave(gateway, "a.835")
    for _ in range(6):
        await receiver.step(gateway.runtime)
    assert [each[:2] for each in await _stored(gateway)] == [(PAYERS[1], "a.835")]


async def test_nothing_more_is_fetched_once_the_connection_is_cut_at_a_removal(
    partner: Partner,
) -> None:
    gateway = partner.gateway
    for number in range(3 * fetching._MOST_FILES):
        (gateway.wire.outgoing(PAYERS[0]) / f"{number:04}.835").write_bytes(b"%d" % number)
    receiver = Receiver(gateway.partners, gateway.transports)
    await receiver.step(gateway.runtime)
    partner.faults.step, partner.faults.times = "remove", 1000
    await receiver.step(gateway.runtime)
    assert 0 < len(await _stored(gateway)) <= fetching._MOST_FILES + fetching._MOST_AT_ONCE


class _Slow(DirectoryTransport):
    """Lists its folders once it is told to."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.answers = asyncio.Event()
        self.fails: Exception | None = None

    async def listing(self, folder: str) -> dict[str, Stamp]:
        await self.answers.wait()
        if self.fails:
            raise self.fails
        return await super().listing(folder)


@pytest.fixture
def slow(gateway: Gateway) -> _Slow:
    """What the first payer's connection is, and no other's."""
    root = gateway.wire.payer.options.state / "logins" / "claimstream"
    made, other = _Slow(root), DirectoryTransport(root)
    gateway.agree(PAYERS[0], connection="slow")

    class Reached(Transports):
        async def get(self, name: str) -> Transport | None:
            return made if name == "slow" else other

    gateway.transports = Reached(None)
    return made


async def _comes(gateway: Gateway, receiver: Receiver, payers: Sequence[str]) -> None:
    """Files of these payers, and of no others, are stored after some steps."""

    async def are_stored() -> bool:
        await receiver.step(gateway.runtime)
        return [each[:2] for each in await _stored(gateway)] == [(p, "a.835") for p in payers]

    async with asyncio.timeout(LONG_ENOUGH_S):
        await until(are_stored, what="the files of those who answer")


async def test_a_payer_that_takes_long_keeps_nobody_else_waiting(
    gateway: Gateway, slow: _Slow
) -> None:
    _leave(gateway, "a.835")
    receiver = Receiver(gateway.partners, gateway.transports, patience_seconds=0.05)
    await _comes(gateway, receiver, PAYERS[1:])
    slow.answers.set()
    await _comes(gateway, receiver, PAYERS)
    await receiver.close()


async def test_what_fails_while_others_go_on_is_raised_later(gateway: Gateway, slow: _Slow) -> None:
    _leave(gateway, "a.835")
    receiver = Receiver(gateway.partners, gateway.transports, patience_seconds=0.05)
    await _comes(gateway, receiver, PAYERS[1:])
    slow.fails = ConnectionError("the database hung up")
    slow.answers.set()
    with pytest.raises(ConnectionError):
        await _comes(gateway, receiver, PAYERS)
    slow.fails = None
    await _comes(gateway, receiver, PAYERS)
    await receiver.close()


async def test_what_fails_on_one_connection_keeps_no_other_from_being_asked(
    gateway: Gateway, slow: _Slow
) -> None:
    _leave(gateway, "a.835")
    slow.fails = ConnectionError("the database hung up")
    slow.answers.set()
    receiver = Receiver(gateway.partners, gateway.transports, patience_seconds=None)
    for _ in range(2):
        with pytest.raises(ConnectionError):
            await receiver.step(gateway.runtime)
    assert [each[:2] for each in await _stored(gateway)] == [(PAYERS[1], "a.835")]


async def test_who_is_told_to_stop_does_not_wait_for_a_payer_that_takes_long(
    gateway: Gateway, slow: _Slow
) -> None:
    receiver = Receiver(gateway.partners, gateway.transports, patience_seconds=0.05)
    async with asyncio.timeout(LONG_ENOUGH_S):
        await receiver.step(gateway.runtime)
        await receiver.close()
    assert not slow.answers.is_set()


async def test_files_of_several_payers_are_stored_at_once_and_alike_ones_as_one(
    gateway: Gateway,
) -> None:
    _leave(gateway, "a.835")
    for payer_id in PAYERS:
        (gateway.wire.outgoing(payer_id) / "same.835").write_bytes(b"same")
    await gateway.receive()
    assert len(await gateway.rows("select distinct stored_at from inbound_file")) == 1
    deliveries = {name: count for _, name, count in await _stored(gateway)}
    assert deliveries == {"a.835": 1, "same.835": len(PAYERS)}
    assert _left(gateway) == []


async def test_no_more_is_held_than_goes_into_a_transaction(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_MOST_BYTES", 1)
    _leave(gateway, "a.835")
    await gateway.receive()
    assert len(await gateway.rows("select distinct stored_at from inbound_file")) == len(PAYERS)
    assert _left(gateway) == []


async def test_what_arrived_is_stored_before_a_large_file_is_begun(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored: list[list[tuple[str, str, int]]] = []
    fetch_large = large_inbound.fetch_large

    async def noted(*values: Any, **others: Any) -> bool:
        stored.append(await _stored(gateway))
        return await fetch_large(*values, **others)

    monkeypatch.setattr(large_inbound, "LARGE_BYTES", 100)
    monkeypatch.setattr(large_inbound, "fetch_large", noted)
    first, last = (each for each in gateway.partners if each in PAYERS)
    (gateway.wire.outgoing(first) / "a.835").write_bytes(b"small")
    (gateway.wire.outgoing(last) / "b.835").write_bytes(b"large" * 100)
    await gateway.receive()
    assert stored == [[(first, "a.835", 1)]]
    assert len(await _stored(gateway)) == len(PAYERS)
