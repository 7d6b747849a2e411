"""A file of columns that is mapped, not read: fixed-width integers, and a header that says where.

Eight bytes of magic, the header's length, the header as JSON, then each column at a multiple of
eight bytes. The pages belong to the file, so that all processes share them.
"""

import json
import mmap
import struct
import sys
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from services.coding.codesets.artefact import ArtefactError

_MAGIC = b"CSCOLUM1"
_LENGTH = struct.Struct("<Q")
_KINDS = {"B", "H", "I", "Q"}


def write(path: Path, columns: "Mapping[str, array[int]]", facts: Mapping[str, Any]) -> None:
    """Write ``columns`` and the ``facts`` beside them (JSON)."""
    places: dict[str, list[Any]] = {}
    at = 0
    for name, column in columns.items():
        places[name] = [column.typecode, at, len(column)]
        at += _padded(len(column) * column.itemsize)
    header = json.dumps(
        {"order": sys.byteorder, "columns": places, "facts": dict(facts)}, sort_keys=True
    ).encode()
    header = header.ljust(_padded(len(header)))
    with path.open("wb") as file:
        file.write(_MAGIC + _LENGTH.pack(len(header)) + header)
        for column in columns.values():
            file.write(column.tobytes().ljust(_padded(len(column) * column.itemsize), b"\0"))


def _padded(size: int) -> int:
    return -(-size // 8) * 8


class ColumnFile:
    """Columns by name, mapped read-only; ``facts`` as they were written."""

    def __init__(self, path: Path) -> None:
        try:
            with path.open("rb") as file:
                mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise ArtefactError(f"{path.name} cannot be read; import it again") from error
        self._view = memoryview(mapped)
        start = len(_MAGIC) + _LENGTH.size
        try:
            if mapped[: len(_MAGIC)] != _MAGIC:
                raise ValueError("magic")
            length = _LENGTH.unpack_from(mapped, len(_MAGIC))[0]
            header = json.loads(mapped[start : start + length])
            if header["order"] != sys.byteorder:
                raise ValueError("byte order")
            self.facts: dict[str, Any] = header["facts"]
            self._columns = {
                name: self._column(start + length + at, kind, count)
                for name, (kind, at, count) in header["columns"].items()
            }
        except (ValueError, KeyError, TypeError, struct.error) as error:
            raise ArtefactError(f"{path.name} is not a table of this machine; import it") from error

    def _column(self, at: int, kind: str, count: int) -> Sequence[int]:
        if kind not in _KINDS:
            raise ValueError("kind")
        size = count * struct.calcsize(kind)
        if at + size > len(self._view):
            raise ValueError("cut short")
        column: Sequence[int] = self._view[at : at + size].cast(kind)  # type: ignore[call-overload]
        return column

    def column(self, name: str) -> Sequence[int]:
        """The column called ``name``."""
        return self._columns[name]
