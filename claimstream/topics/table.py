"""A table as plain lines: columns aligned, never cut or folded, so that it can be piped."""

from collections.abc import Sequence


def table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The rows under their headings, each column as wide as its widest cell."""
    every = [list(headings), *[list(row) for row in rows]]
    widths = [max(len(row[column]) for row in every) for column in range(len(headings))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in every
    )
