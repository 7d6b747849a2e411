"""A watched directory gives a large file piece by piece, and says what it cannot give."""

import errno
import os
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from services.payer_gateway.transport.directory import DirectoryTransport
from services.payer_gateway.transport.transport import PIECE_BYTES, RefusedError, put


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
