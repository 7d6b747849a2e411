"""Rows turned into the columns that a multi-row statement takes."""

from collections.abc import Iterable, Sequence
from typing import Any


def columns(rows: Iterable[Sequence[Any]], width: int) -> list[list[Any]]:
    """``width`` columns of the rows, for ``unnest``; every row must have as many values."""
    made: list[list[Any]] = [[] for _ in range(width)]
    for row in rows:
        for column, value in zip(made, row, strict=True):
            column.append(value)
    return made
