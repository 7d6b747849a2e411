"""A watched directory gives a large file piece by piece, and says what it cannot give."""

from collections.abc import Callable
from pathlib import Path

import pytest

from services.payer_gateway.transport.directory import DirectoryTransport
from services.payer_gateway.transport.transport import PIECE_BYTES, RefusedError


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
