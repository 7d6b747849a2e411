"""Whatever fails between here and a partner: no file is lost, none arrives twice, all is said."""

import errno
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Any

import asyncssh
import pytest
from structlog.testing import capture_logs

from schemas.claim import ClaimTransmitted
from services.payer_gateway.files import large_inbound
from services.payer_gateway.files.inbound import Receiver
from services.payer_gateway.stores import file_store, piece_store
from services.payer_gateway.verification import transmission_findings
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.faulty_partner import Partner, faulty_partner, shown
from tests.integration.payer_gateway.faulty_server import AFTER, BEFORE
from tests.integration.payer_gateway.stories import claim, references

UPLOAD = ("open", "write", "close", "stat", "rename")
DOWNLOAD = ("list", "open", "read", "close", "stat", "remove")
NAME = "1234567893_BLUERIVER_000000001.837"


@pytest.fixture
async def partner(gateway: Gateway) -> AsyncIterator[Partner]:
    async with faulty_partner(gateway) as made:
        yield made


async def _ready(gateway: Gateway) -> None:
    await gateway.hear(*references(), claim())
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)


async def _is_sent_once(partner: Partner) -> None:
    """The file lies there whole, under its name alone, and the claim is told to be sent once."""
    gateway = partner.gateway
    (file,) = await gateway.rows("select name, content, state from outbound_file")
    assert file["state"] == "sent"
    assert partner.incoming() == {file["name"]: file["content"]}
    assert partner.faults.arrived == {file["name"]: 1}
    assert len(await gateway.said(ClaimTransmitted)) == 1
    async with gateway.pool.acquire() as connection:
        assert await transmission_findings(connection) == []


async def _stored(gateway: Gateway) -> list[tuple[str, bytes]]:
    rows = await gateway.rows("select name, content from inbound_file order by stored_at, name")
    return [(row["name"], row["content"]) for row in rows]


@contextmanager
def _said() -> Iterator[list[str]]:
    """What is logged as the reason of a failure."""
    reasons: list[str] = []
    with capture_logs() as entries:
        yield reasons
    reasons += [str(entry["reason"]) for entry in entries if "reason" in entry]


@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("step", UPLOAD)
async def test_a_connection_cut_once_at_any_step_of_an_upload_sends_the_file_once(
    partner: Partner, step: str, when: str
) -> None:
    await _ready(partner.gateway)
    partner.faults.step, partner.faults.when, partner.faults.times = step, when, 1
    await partner.gateway.send()
    assert partner.faults.happened == 1
    await _is_sent_once(partner)


@pytest.mark.parametrize("step", UPLOAD)
async def test_a_connection_that_is_cut_again_and_again_sends_the_file_at_a_later_step(
    partner: Partner, step: str
) -> None:
    await _ready(partner.gateway)
    partner.faults.step, partner.faults.times = step, 3
    await partner.gateway.send()
    assert await partner.gateway.said(ClaimTransmitted) == []
    assert NAME not in partner.incoming()
    await partner.gateway.send()
    await _is_sent_once(partner)


@pytest.mark.parametrize("when", [BEFORE, AFTER])
@pytest.mark.parametrize("step", DOWNLOAD)
async def test_a_connection_cut_at_any_step_of_a_download_loses_nothing_and_stores_it_once(
    partner: Partner, step: str, when: str
) -> None:
    partner.leave("a.835", b"ISA" * 20_000)
    partner.faults.step, partner.faults.when, partner.faults.times = step, when, 1
    await partner.gateway.receive()
    await partner.gateway.receive()
    assert partner.faults.happened == 1
    assert await _stored(partner.gateway) == [("a.835", b"ISA" * 20_000)]
    assert partner.left() == []


@pytest.mark.parametrize("step", DOWNLOAD)
async def test_a_large_file_cut_in_mid_way_is_fetched_anew_from_its_first_byte(
    partner: Partner, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large_inbound, "LARGE_BYTES", 1_000)
    content = bytes(range(256)) * 4_000
    partner.leave("a.835", content)
    partner.faults.step, partner.faults.when, partner.faults.times = step, AFTER, 1
    await partner.gateway.receive()
    await partner.gateway.receive()
    pieces = await partner.gateway.rows("select content from inbound_piece order by number")
    assert b"".join(row["content"] for row in pieces) == content
    assert len(await partner.gateway.rows("select 1 from inbound_file")) == 1
    assert partner.left() == []


@pytest.mark.parametrize(
    ("step", "error", "said"),
    [
        ("write", asyncssh.SFTPNoSpaceOnFilesystem, "disk"),
        ("write", asyncssh.SFTPQuotaExceeded, "disk"),
        ("write", lambda: OSError(errno.ENOSPC, "full"), "disk"),
        ("write", asyncssh.SFTPFailure, "disk is full"),
        ("open", asyncssh.SFTPPermissionDenied, "read and write there"),
        ("open", lambda: PermissionError(errno.EACCES, "no"), "read and write there"),
        ("rename", asyncssh.SFTPPermissionDenied, "read and write there"),
        ("open", asyncssh.SFTPNoSuchFile, "no such folder"),
    ],
)
async def test_what_a_server_refuses_is_said_with_what_to_do_and_sent_once_it_lets_us(
    partner: Partner, step: str, error: type[Exception], said: str
) -> None:
    await _ready(partner.gateway)
    partner.faults.step, partner.faults.times = step, 1
    partner.faults.error = lambda: error("no") if isinstance(error, type) else error()
    with _said() as reasons:
        await partner.gateway.send()
    assert said in " ".join(reasons)
    assert await partner.gateway.said(ClaimTransmitted) == []
    await partner.gateway.send()
    await _is_sent_once(partner)


async def test_a_disk_that_is_really_full_keeps_the_file_here(partner: Partner) -> None:
    await _ready(partner.gateway)
    part = partner.gateway.wire.incoming("BLUERIVER") / f"{NAME}.part"
    part.symlink_to("/dev/full")
    with _said() as reasons:
        await partner.gateway.send()
    assert "disk is full" in " ".join(reasons)
    assert await partner.gateway.said(ClaimTransmitted) == []
    part.unlink()
    await partner.gateway.send()
    await _is_sent_once(partner)


async def test_a_changed_host_key_stops_both_ways_until_somebody_agrees(partner: Partner) -> None:
    await _ready(partner.gateway)
    partner.leave("a.835", b"ISA")
    port = json.loads(partner.gateway.wire.connections.read_text())["payer"]["port"]
    partner.point_to(port, host_key=shown(asyncssh.generate_private_key("ssh-ed25519")))
    with _said() as reasons:
        await partner.gateway.send()
        await partner.gateway.receive()
    assert all("ask the partner before you change host_key" in each for each in reasons)
    assert len(reasons) == 3
    assert partner.incoming() == {}
    assert await _stored(partner.gateway) == []
    partner.point_to(port)
    await partner.gateway.send()
    await partner.gateway.receive()
    await _is_sent_once(partner)
    assert await _stored(partner.gateway) == [("a.835", b"ISA")]


async def test_a_wrong_password_is_said_and_nevershown(gateway: Gateway) -> None:
    await _ready(gateway)
    right = gateway.wire.connections.read_text()
    connection = json.loads(right)
    connection["payer"]["password"] = "wrong-pass-77"
    gateway.wire.connections.write_text(json.dumps(connection))
    with _said() as reasons:
        await gateway.send()
    assert any("check user, password and key_file" in each for each in reasons)
    assert not any("wrong-pass-77" in each for each in reasons)
    gateway.wire.connections.write_text(right + " ")
    await gateway.send()
    assert len(await gateway.said(ClaimTransmitted)) == 1


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"port": 1, "key_file": "/nowhere/key"}, "key_file cannot be used (FileNotFoundError)"),
        ({"port": 1, "host_key": "ssh-ed25519 nonsense"}, "host_key is no public key"),
        ({"port": 0}, "port"),
    ],
)
async def test_a_connection_that_cannot_be_used_is_said_and_stops_nothing_else(
    partner: Partner, changes: dict[str, Any], said: str
) -> None:
    await _ready(partner.gateway)
    partner.point_to(**changes)
    with _said() as reasons:
        await partner.gateway.send()
    assert said in " ".join(reasons)
    (row,) = await partner.gateway.rows("select state from outbound_file")
    assert row["state"] == "created"


async def test_a_connections_file_that_is_no_text_is_said(partner: Partner) -> None:
    await _ready(partner.gateway)
    partner.gateway.wire.connections.write_bytes(b"\xff\xfe{}")
    with _said() as reasons:
        await partner.gateway.send()
    assert "not UTF-8" in " ".join(reasons)


async def test_other_bytes_under_a_known_name_are_another_file(partner: Partner) -> None:
    for content in (b"first", b"second!"):
        partner.leave("a.835", content)
        await partner.gateway.receive()
    assert await _stored(partner.gateway) == [("a.835", b"first"), ("a.835", b"second!")]
    assert partner.left() == []


@pytest.mark.parametrize("is_large", [False, True])
async def test_a_file_written_over_while_it_is_fetched_is_lost_in_neither_form(
    partner: Partner, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    if is_large:
        monkeypatch.setattr(large_inbound, "LARGE_BYTES", 0)
    partner.leave("a.835", b"first one")

    def overwrite(_: str) -> None:
        partner.faults.then = None
        partner.leave("a.835", b"the second, longer")

    partner.faults.step, partner.faults.when, partner.faults.then = "read", AFTER, overwrite
    await partner.gateway.receive()
    assert partner.left() == ["a.835"]
    await partner.gateway.receive()
    assert partner.left() == []
    kept = await partner.gateway.rows(
        "select coalesce(p.content, f.content) as content "
        "from inbound_file f left join inbound_piece p using (sha256)"
    )
    contents = {row["content"] for row in kept}
    assert contents == {b"the second, longer"} | ({b"first one"} if not is_large else set())


@pytest.mark.parametrize("is_large", [False, True])
async def test_a_file_written_over_after_it_was_stored_is_not_removed(
    partner: Partner, monkeypatch: pytest.MonkeyPatch, is_large: bool
) -> None:
    keeper: Any = piece_store if is_large else file_store
    name = "keep_large" if is_large else "keep_received"
    keep = getattr(keeper, name)
    if is_large:
        monkeypatch.setattr(large_inbound, "LARGE_BYTES", 0)

    async def overwritten(*values: object) -> object:
        kept = await keep(*values)
        partner.leave("a.835", b"the second, longer")
        return kept

    partner.leave("a.835", b"first one")
    with monkeypatch.context() as patched:
        patched.setattr(keeper, name, overwritten)
        await partner.gateway.receive()
    assert partner.left() == ["a.835"]
    await partner.gateway.receive()
    assert partner.left() == []
    assert len(await partner.gateway.rows("select 1 from inbound_file")) == 2


async def test_a_file_that_grows_at_every_look_is_taken_once_it_stands_still(
    partner: Partner,
) -> None:
    receiver = Receiver(partner.gateway.partners, partner.gateway.transports)
    for size in range(1, 5):
        partner.leave("a.835", b"x" * size)
        await receiver.step(partner.gateway.runtime)
        assert await _stored(partner.gateway) == []
    await receiver.step(partner.gateway.runtime)
    assert await _stored(partner.gateway) == [("a.835", b"xxxx")]


@pytest.mark.parametrize("age_seconds", [-400 * 86_400, 86_400 * 365 * 40, 3_600])
async def test_a_partner_whose_clock_is_wrong_is_served_like_any_other(
    partner: Partner, age_seconds: int
) -> None:
    partner.leave("a.835", b"ISA", age_seconds)
    await partner.gateway.receive()
    assert await _stored(partner.gateway) == [("a.835", b"ISA")]
    assert partner.left() == []


async def test_a_file_that_we_may_not_remove_is_stored_once_and_left_until_it_changes(
    partner: Partner,
) -> None:
    partner.leave("a.835", b"first")
    partner.leave("b.835", b"other")
    partner.faults.step, partner.faults.times = "remove", 1
    partner.faults.error = lambda: asyncssh.SFTPPermissionDenied("no")
    receiver = Receiver(partner.gateway.partners, partner.gateway.transports)
    with _said() as reasons:
        for _ in range(4):
            await receiver.step(partner.gateway.runtime)
    assert sum("read and write there" in each for each in reasons) == 1
    assert partner.left() == ["a.835"]
    rows = await partner.gateway.rows("select name, deliveries from inbound_file order by name")
    assert [tuple(row) for row in rows] == [("a.835", 1), ("b.835", 1)]
    partner.leave("a.835", b"another")
    for _ in range(2):
        await receiver.step(partner.gateway.runtime)
    assert partner.left() == []
    assert len(await _stored(partner.gateway)) == 3


async def test_a_folder_that_goes_while_files_are_fetched_loses_none(partner: Partner) -> None:
    partner.leave("a.835", b"first")
    folder = partner.gateway.wire.outgoing("BLUERIVER")

    def gone(_: str) -> None:
        partner.faults.then = None
        folder.rename(folder.with_name("gone"))

    partner.faults.step, partner.faults.when, partner.faults.then = "read", AFTER, gone
    await partner.gateway.receive()
    with _said() as reasons:
        await partner.gateway.receive()
    assert "no such folder" in " ".join(reasons)
    folder.with_name("gone").rename(folder)
    await partner.gateway.receive()
    await partner.gateway.receive()
    assert [content for _, content in await _stored(partner.gateway)] == [b"first"]
    assert partner.left() == []


async def test_a_listing_that_is_refused_holds_up_its_own_payer_alone(partner: Partner) -> None:
    partner.leave("a.835", b"first")
    other = partner.gateway.wire.outgoing("SUMMIT") / "s.835"
    other.write_bytes(b"summit")
    partner.faults.step, partner.faults.times = "list", 1
    partner.faults.error = lambda: asyncssh.SFTPPermissionDenied("no")
    await partner.gateway.receive()
    assert [name for name, _ in await _stored(partner.gateway)] == ["s.835"]
    await partner.gateway.receive()
    assert [name for name, _ in await _stored(partner.gateway)] == ["s.835", "a.835"]
