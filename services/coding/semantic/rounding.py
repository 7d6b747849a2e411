"""Vectors in bytes: scaled so that the largest part is 127, and rounded."""

import numpy as np
from numpy.typing import NDArray

from services.coding.codesets.column_file import ColumnFile
from services.coding.semantic.weight_file import Floats

_MOST = 127
_LEAST = 1e-12

Bytes = NDArray[np.int8]


def rounded(vectors: Floats) -> Bytes:
    """Each row scaled to a largest part of 127, in whole numbers."""
    largest = np.abs(vectors).max(axis=1, keepdims=True)
    found: Bytes = np.rint(vectors / np.maximum(largest, _LEAST) * _MOST).astype(np.int8)
    return found


def matrix(file: ColumnFile, name: str, width: int) -> Bytes:
    """A column of bytes as rows of ``width``, mapped as it is."""
    return np.frombuffer(memoryview(file.column(name)), np.int8).reshape(-1, width)  # type: ignore[arg-type]
