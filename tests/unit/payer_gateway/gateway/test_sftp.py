"""Files over a real SFTP server: whole or not at all, and only to the server that was agreed."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import asyncssh
import pytest

from services.payer_gateway.transport import directory, resting, sftp
from services.payer_gateway.transport.directory import DirectoryTransport
from services.payer_gateway.transport.sftp import SftpAddress, SftpTransport
from services.payer_gateway.transport.transport import (
    HostKeyError,
    RefusedError,
    RestingError,
    Transport,
    TransportError,
    put,
)
from simulators.payer.server import (
    Login,
    mailboxes,
    port_of,
    public_host_key,
    start_server,
    wait_until_closed,
)
from tests.support import LONG_ENOUGH_S

FOLDER_IN, FOLDER_OUT = "BLUERIVER/in", "BLUERIVER/out"


@dataclass
class Partner:
    """A server with one login, and how to reach it."""

    state: Path
    server: asyncssh.SSHAcceptor
    address: SftpAddress
    arrivals: list[str]

    @property
    def incoming(self) -> Path:
        return self.state / "logins" / "clinic" / "BLUERIVER" / "in"

    @property
    def outgoing(self) -> Path:
        return self.state / "logins" / "clinic" / "BLUERIVER" / "out"


@pytest.fixture
async def partner(tmp_path: Path) -> AsyncIterator[Partner]:
    mailboxes(tmp_path, ["clinic", "other"], ["BLUERIVER"])
    arrivals: list[str] = []
    logins = [Login("clinic", "secret"), Login("other", "hidden")]
    server = await start_server(tmp_path, logins, arrived=lambda: arrivals.append("file"))
    address = SftpAddress(
        "127.0.0.1", port_of(server), "clinic", public_host_key(tmp_path), "secret"
    )
    yield Partner(tmp_path, server, address, arrivals)
    await wait_until_closed(server)


@pytest.fixture
async def transport(partner: Partner) -> AsyncIterator[SftpTransport]:
    made = SftpTransport(partner.address)
    yield made
    await made.close()


async def test_another_host_key_is_refused_with_a_sentence_that_says_what_to_do(
    partner: Partner,
) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode().strip()
    stranger = SftpTransport(replace(partner.address, host_key=other))
    with pytest.raises(HostKeyError, match=r"another host key .* nothing was sent"):
        await put(stranger, FOLDER_IN, "a.837", b"ISA")
    assert list(partner.incoming.iterdir()) == []
    await stranger.close()


async def test_a_wrong_password_is_refused_without_repeating_it(partner: Partner) -> None:
    stranger = SftpTransport(replace(partner.address, password="wrong-one"))
    with pytest.raises(TransportError, match="refuses the login") as refused:
        await stranger.names(FOLDER_OUT)
    assert "wrong-one" not in str(refused.value)
    await stranger.close()


async def test_a_server_that_is_not_there_is_said_by_address(
    partner: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "_ATTEMPTS", 1)
    await wait_until_closed(partner.server)
    lonely = SftpTransport(partner.address)
    with pytest.raises(TransportError, match="cannot be reached"):
        await lonely.names(FOLDER_OUT)


async def test_a_folder_that_is_not_there_is_an_error_not_an_empty_one(
    transport: SftpTransport,
) -> None:
    with pytest.raises(TransportError, match="check folder and rights"):
        await transport.names("NOBODY/out")


async def test_a_login_sees_its_own_folders_only(transport: SftpTransport) -> None:
    with pytest.raises(TransportError):
        await transport.names("../../other/BLUERIVER/out")


async def test_a_file_appears_under_its_name_only_when_it_is_whole(
    partner: Partner, transport: SftpTransport
) -> None:
    await put(transport, FOLDER_IN, "a.837", b"x" * 300_000)
    assert [p.name for p in partner.incoming.iterdir()] == ["a.837"]
    assert (partner.incoming / "a.837").stat().st_size == 300_000
    assert partner.arrivals == ["file"]


async def test_the_same_name_again_replaces_the_file_and_an_unfinished_one_is_overwritten(
    partner: Partner, transport: SftpTransport
) -> None:
    (partner.incoming / "a.837.part").write_bytes(b"left by an upload that was cut off" * 9)
    await put(transport, FOLDER_IN, "a.837", b"first")
    await put(transport, FOLDER_IN, "a.837", b"second")
    assert (partner.incoming / "a.837").read_bytes() == b"second"
    assert len(list(partner.incoming.iterdir())) == 1


async def test_a_connection_that_broke_is_made_again(
    partner: Partner, transport: SftpTransport
) -> None:
    await put(transport, FOLDER_IN, "a.837", b"1")
    connection = transport._connection
    assert connection is not None
    connection.abort()
    await put(transport, FOLDER_IN, "b.837", b"2")
    assert sorted(p.name for p in partner.incoming.iterdir()) == ["a.837", "b.837"]


async def test_one_connection_serves_many_files(transport: SftpTransport) -> None:
    await put(transport, FOLDER_IN, "a.837", b"1")
    connection = transport._connection
    await asyncio.gather(*(put(transport, FOLDER_IN, f"{n}.837", b"1") for n in range(5)))
    assert transport._connection is connection


def _sftp(partner: Partner) -> Transport:
    return SftpTransport(partner.address)


def _directory(partner: Partner) -> Transport:
    return DirectoryTransport(partner.state / "logins" / "clinic")


@pytest.mark.parametrize("make", [_sftp, _directory])
async def test_every_transport_lists_reads_and_removes_finished_files_only(
    partner: Partner, make: Callable[[Partner], Transport]
) -> None:
    for name, content in (("b.999", b"two"), ("a.835", b"one"), ("c.835.part", b"half")):
        (partner.outgoing / name).write_bytes(content)
    (partner.outgoing / "folder").mkdir()
    used = make(partner)
    assert await used.names(FOLDER_OUT) == ["a.835", "b.999"]
    assert await used.get(FOLDER_OUT, "a.835") == b"one"
    assert await used.get(FOLDER_OUT, "gone") is None
    await used.remove(FOLDER_OUT, "a.835")
    await used.remove(FOLDER_OUT, "a.835")
    assert await used.names(FOLDER_OUT) == ["b.999"]
    await put(used, FOLDER_IN, "x.837", b"sent")
    assert (partner.incoming / "x.837").read_bytes() == b"sent"
    await used.close()


@pytest.mark.parametrize("make", [_sftp, _directory])
async def test_a_name_that_is_no_text_is_listed_read_and_removed(
    partner: Partner, make: Callable[[Partner], Transport]
) -> None:
    name = os.fsdecode(b"caf\xe9.835")
    for each in (name, "plain.835"):
        (partner.outgoing / each).write_bytes(b"one")
    used = make(partner)
    assert await used.names(FOLDER_OUT) == [name, "plain.835"]
    assert await used.get(FOLDER_OUT, name) == b"one"
    await used.remove(FOLDER_OUT, name)
    assert await used.names(FOLDER_OUT) == ["plain.835"]
    await used.close()


@pytest.mark.parametrize("make", [_sftp, _directory])
async def test_a_missing_folder_is_refused_and_says_nothing_against_the_others(
    partner: Partner, make: Callable[[Partner], Transport]
) -> None:
    used = make(partner)
    with pytest.raises(RefusedError):
        await used.listing("NOBODY/out")
    assert await used.listing(FOLDER_OUT) == {}
    await used.close()


@pytest.mark.parametrize("make", [_sftp, _directory])
async def test_a_file_that_grows_changes_its_stamp(
    partner: Partner, make: Callable[[Partner], Transport]
) -> None:
    used = make(partner)
    (partner.outgoing / "a.835").write_bytes(b"ISA")
    first = await used.listing(FOLDER_OUT)
    assert first == await used.listing(FOLDER_OUT)
    (partner.outgoing / "a.835").write_bytes(b"ISA*00")
    assert first["a.835"] != (await used.listing(FOLDER_OUT))["a.835"]
    assert (await used.listing(FOLDER_OUT))["a.835"].size == 6
    await used.close()


@pytest.mark.parametrize("make", [_sftp, _directory])
@pytest.mark.parametrize("size", [1, 100, 40_000])
async def test_of_a_file_that_grew_no_more_is_held_than_shows_it(
    partner: Partner, make: Callable[[Partner], Transport], size: int
) -> None:
    used = make(partner)
    content = bytes(n % 251 for n in range(500_000))
    (partner.outgoing / "a.835").write_bytes(content)
    assert await used.get(FOLDER_OUT, "a.835", size) == content[: size + 1]
    assert await used.get(FOLDER_OUT, "a.835", len(content)) == content
    await used.close()


def test_a_large_file_is_given_more_time_than_a_small_one() -> None:
    assert sftp.seconds_for(0) == 20
    assert sftp.seconds_for(100 * 1024 * 1024) == 20 + 3200


async def test_a_share_that_does_not_answer_is_waited_for_in_a_thread_and_for_a_time_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    answers = threading.Event()
    asked: list[threading.Thread] = []

    def is_dir(_: Path) -> bool:
        asked.append(threading.current_thread())
        return answers.wait(LONG_ENOUGH_S)

    monkeypatch.setattr(Path, "is_dir", is_dir)
    monkeypatch.setattr(directory, "seconds_for", lambda _: 0.1)
    ticks = count(0, 20)
    monkeypatch.setattr(resting, "monotonic", lambda: next(ticks))
    share = DirectoryTransport(tmp_path)
    for _ in range(2):
        with pytest.raises(TransportError, match="does not answer"):
            await share.names("in")
    with pytest.raises(RestingError):
        await share.names("in")
    assert len(asked) == 2
    assert asked[0] is not threading.main_thread()
    answers.set()
    assert await DirectoryTransport(tmp_path).names("in") == []


async def test_a_directory_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(TransportError, match="does not exist"):
        await DirectoryTransport(tmp_path).names("nowhere")


@pytest.mark.parametrize("make", [_sftp, _directory])
async def test_a_file_is_removed_only_while_it_is_as_it_was_listed(
    partner: Partner, make: Callable[[Partner], Transport]
) -> None:
    used = make(partner)
    (partner.outgoing / "a.835").write_bytes(b"first")
    stamp = (await used.listing(FOLDER_OUT))["a.835"]
    (partner.outgoing / "a.835").write_bytes(b"the second")
    await used.remove(FOLDER_OUT, "a.835", stamp)
    assert await used.get(FOLDER_OUT, "a.835") == b"the second"
    await used.remove(FOLDER_OUT, "a.835", (await used.listing(FOLDER_OUT))["a.835"])
    assert await used.names(FOLDER_OUT) == []
    await used.remove(FOLDER_OUT, "a.835", stamp)
    await used.close()


@pytest.mark.parametrize("make", [_sftp, _directory])
async def test_a_file_has_its_name_once_it_is_finished_and_is_finished_once(
    partner: Partner, make: Callable[[Partner], Transport]
) -> None:
    used = make(partner)
    await used.write(FOLDER_IN, "a.837", b"whole")
    assert [file.name for file in partner.incoming.iterdir()] == ["a.837.part"]
    assert await used.finish(FOLDER_IN, "a.837")
    (partner.incoming / "a.837").unlink()
    assert not await used.finish(FOLDER_IN, "a.837"), "the partner has had it"
    assert list(partner.incoming.iterdir()) == []
    await used.close()


@pytest.mark.parametrize("make", [_sftp, _directory])
async def test_a_file_in_a_folder_that_is_gone_does_not_count_as_finished(
    partner: Partner, make: Callable[[Partner], Transport]
) -> None:
    used = make(partner)
    await used.write(FOLDER_IN, "a.837", b"whole")
    partner.incoming.rename(partner.incoming.with_name("elsewhere"))
    with pytest.raises(RefusedError):
        await used.finish(FOLDER_IN, "a.837")
    partner.incoming.with_name("elsewhere").rename(partner.incoming)
    assert await used.finish(FOLDER_IN, "a.837")
    await used.close()


async def test_where_a_file_lies_names_no_secret(transport: SftpTransport, tmp_path: Path) -> None:
    assert transport.address.startswith("sftp://clinic@")
    assert "secret" not in transport.address
    assert DirectoryTransport(tmp_path).address == tmp_path.as_uri()
