"""Pieces of bytes one behind the other in a file, each after its length."""

from collections.abc import Iterator
from typing import IO, TypeAlias

SpooledFile: TypeAlias = IO[bytes]
_LENGTH_BYTES = 4


def write_piece(file: SpooledFile, piece: bytes) -> None:
    """Append one piece."""
    file.write(len(piece).to_bytes(_LENGTH_BYTES))
    file.write(piece)


def pieces_of(file: SpooledFile) -> Iterator[bytes]:
    """The pieces from where the file stands on."""
    while length := file.read(_LENGTH_BYTES):
        yield file.read(int.from_bytes(length))
