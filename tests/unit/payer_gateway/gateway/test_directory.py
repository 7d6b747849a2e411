"""A watched directory gives a large file piece by piece, and says what it cannot give."""

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from services.payer_gateway.transport.directory import DirectoryTransport
from services.payer_gateway.transport.threads import Threads
from services.payer_gateway.transport.transport import PIECE_BYTES, RefusedError, put
from tests.support import LONG_ENOUGH_S


def into(pieces: list[bytes]) -> Callable[[], Callable[[bytes], object]]:
    def begin() -> Callable[[bytes], object]:
        pieces.clear()
        return pieces.append

    return begin


async def test_a_file_that_is_gone_is_not_given(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    pieces: list[bytes] = []
    assert not await DirectoryTransport(tmp_path).fetch("in", "gone.835", 10, into(pieces))
    assert pieces == []


_ON_A_SHARE_THAT_HANGS = """
import asyncio, pathlib, threading
from services.payer_gateway.transport import directory

directory.seconds_for = lambda _: 0.05
pathlib.Path.is_dir = lambda _: threading.Event().wait()

async def look():
    share = directory.DirectoryTransport(pathlib.Path("/"))
    try:
        await share.names("in")
    except directory.SilentError:
        await share.close()
        print("silent")

asyncio.run(look())
"""


def test_a_process_ends_although_a_share_never_answers() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _ON_A_SHARE_THAT_HANGS],
        capture_output=True,
        text=True,
        timeout=LONG_ENOUGH_S,
        check=True,
    )
    assert ended.stdout == "silent\n"


def test_what_waits_for_a_thread_when_a_directory_is_closed_is_never_begun() -> None:
    threads, begun, answers = Threads(1), threading.Event(), threading.Event()

    def hangs() -> bool:
        begun.set()
        return answers.wait()

    first, second = threads.submit(hangs), threads.submit(begun.clear)
    assert begun.wait(LONG_ENOUGH_S)
    threads.close()
    answers.set()
    assert first.result(LONG_ENOUGH_S)
    assert second.cancelled()
    assert begun.is_set()


async def test_a_folder_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match="does not exist"):
        await DirectoryTransport(tmp_path).fetch("in", "a.835", 10, into([]))


async def test_what_cannot_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "in" / "a.835").mkdir(parents=True)
    with pytest.raises(RefusedError, match="refuses a file"):
        await DirectoryTransport(tmp_path).fetch("in", "a.835", 10, into([]))


@pytest.mark.parametrize("size", [0, 1, PIECE_BYTES, PIECE_BYTES + 1, 3 * PIECE_BYTES])
async def test_a_file_comes_whole_in_pieces_of_bounded_size(tmp_path: Path, size: int) -> None:
    (tmp_path / "in").mkdir()
    content = bytes(n % 251 for n in range(size))
    (tmp_path / "in" / "a.835").write_bytes(content)
    pieces: list[bytes] = [b"of an earlier try"]
    assert await DirectoryTransport(tmp_path).fetch("in", "a.835", size, into(pieces))
    assert b"".join(pieces) == content
    assert all(len(piece) <= PIECE_BYTES for piece in pieces)


def _inbox(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    return tmp_path / "in"


async def test_a_full_disk_leaves_nothing_under_the_final_name_and_is_said(tmp_path: Path) -> None:
    folder = _inbox(tmp_path)
    (folder / "a.837.part").symlink_to("/dev/full")
    with pytest.raises(RefusedError, match="No space left") as refused:
        await put(DirectoryTransport(tmp_path), "in", "a.837", b"x" * 100_000)
    assert "kept and tried again" in str(refused.value)
    assert await DirectoryTransport(tmp_path).names("in") == []
    (folder / "a.837.part").unlink()
    await put(DirectoryTransport(tmp_path), "in", "a.837", b"x")
    assert (folder / "a.837").read_bytes() == b"x"


async def test_a_write_that_comes_late_shortens_nothing_that_was_written_whole_meanwhile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = _inbox(tmp_path) / "a.837.part"
    transport = DirectoryTransport(tmp_path)
    await transport.write("in", "a.837", b"whole" * 1_000)
    sizes: list[int] = []
    opened = Path.open

    def watched(path: Path, mode: str) -> object:
        file = opened(path, mode)
        sizes.append(part.stat().st_size)
        return file

    monkeypatch.setattr(Path, "open", watched)
    await transport.write("in", "a.837", b"whole" * 1_000)
    assert sizes == [5_000]


async def test_of_a_longer_file_that_an_upload_left_nothing_stays(tmp_path: Path) -> None:
    folder = _inbox(tmp_path)
    (folder / "a.837.part").write_bytes(b"left by an upload that was cut off")
    await put(DirectoryTransport(tmp_path), "in", "a.837", b"whole")
    assert (folder / "a.837").read_bytes() == b"whole"


async def test_a_name_that_is_taken_by_a_folder_is_refused(tmp_path: Path) -> None:
    (_inbox(tmp_path) / "a.837").mkdir()
    transport = DirectoryTransport(tmp_path)
    for attempt in (
        put(transport, "in", "a.837", b"x"),
        transport.get("in", "a.837"),
        transport.remove("in", "a.837"),
    ):
        with pytest.raises(RefusedError, match="director"):
            await attempt


@pytest.mark.parametrize("what", ["put", "get", "remove", "listing"])
async def test_a_folder_that_is_not_ours_to_touch_is_said_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    (_inbox(tmp_path) / "a.837").write_bytes(b"x")
    transport = DirectoryTransport(tmp_path)

    def denied(*_: object, **__: object) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    for name in ("open", "read_bytes", "unlink", "iterdir"):
        monkeypatch.setattr(Path, name, denied)
    attempts: dict[str, Callable[[], Awaitable[object]]] = {
        "put": lambda: put(transport, "in", "b.837", b"x"),
        "get": lambda: transport.get("in", "a.837"),
        "remove": lambda: transport.remove("in", "a.837"),
        "listing": lambda: transport.listing("in"),
    }
    with pytest.raises(RefusedError, match=r"Permission denied.*rights of this process"):
        await attempts[what]()


async def test_a_folder_that_goes_while_it_is_used_is_refused_each_time(tmp_path: Path) -> None:
    folder = _inbox(tmp_path)
    transport = DirectoryTransport(tmp_path)
    assert await transport.names("in") == []
    folder.rmdir()
    for attempt in (
        put(transport, "in", "a.837", b"x"),
        transport.names("in"),
        transport.get("in", "a"),
    ):
        with pytest.raises(RefusedError, match="does not exist"):
            await attempt


async def test_a_file_that_goes_while_it_is_listed_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = _inbox(tmp_path)
    for name in ("a.835", "b.835"):
        (folder / name).write_bytes(b"x")
    is_file = Path.is_file

    def taken(path: Path) -> bool:
        found = is_file(path)
        if path.name == "a.835":
            path.unlink()
        return found

    monkeypatch.setattr(Path, "is_file", taken)
    assert await DirectoryTransport(tmp_path).names("in") == ["b.835"]


def _folders_cannot_be_synced(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    sync = os.fsync

    def synced(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(number, os.strerror(number))
        sync(handle)

    monkeypatch.setattr(os, "fsync", synced)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOTSUP, errno.EACCES])
async def test_a_file_is_sent_to_a_folder_that_cannot_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    _folders_cannot_be_synced(monkeypatch, number)
    folder = _inbox(tmp_path)
    await put(DirectoryTransport(tmp_path), "in", "a.837", b"x")
    assert (folder / "a.837").read_bytes() == b"x"


async def test_a_disk_that_fails_under_a_folder_refuses_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _folders_cannot_be_synced(monkeypatch, errno.EIO)
    _inbox(tmp_path)
    with pytest.raises(RefusedError, match="kept and tried again"):
        await put(DirectoryTransport(tmp_path), "in", "a.837", b"x")
