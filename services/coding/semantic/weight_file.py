"""Reading the weights of a model from a safetensors file: mapped, so that processes share them.

The format: the length of the header in eight bytes, the header as JSON with the type, the shape and
the place of each tensor, then the tensors. Only tensors of 32-bit floats are read.
"""

import json
import mmap
import struct
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.coding.codesets.artefact import ArtefactError

_LENGTH = struct.Struct("<Q")
_FLOAT = "F32"
_LONGEST_HEADER = 10_000_000

Floats = NDArray[np.float32]


def mapped_weights(path: Path) -> dict[str, Floats]:
    """The tensors of 32-bit floats in ``path`` by name, read-only. Raises ``ArtefactError``."""
    try:
        with path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        length = int(_LENGTH.unpack_from(mapped)[0])
        if length > min(_LONGEST_HEADER, len(mapped)):
            raise ValueError("header")
        begin = _LENGTH.size + length
        header: dict[str, dict[str, Any]] = json.loads(mapped[_LENGTH.size : begin])
        return {
            name: _tensor(mapped, begin, place)
            for name, place in header.items()
            if place.get("dtype") == _FLOAT
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        raise ArtefactError(f"{path.name} holds no weights that can be read") from error


def _tensor(mapped: mmap.mmap, begin: int, place: dict[str, Any]) -> Floats:
    shape = [int(each) for each in place["shape"]]
    first, last = (begin + int(each) for each in place["data_offsets"])
    if first < begin or last > len(mapped) or last - first != 4 * prod(shape):
        raise ValueError("place")
    return np.frombuffer(mapped, "<f4", prod(shape), first).reshape(shape)
