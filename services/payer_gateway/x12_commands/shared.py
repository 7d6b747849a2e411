"""What the commands over X12 files share: opening them, telling how far they are, failing."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import getdoc
from pathlib import Path
from typing import Any, BinaryIO

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn

STANDARD_INPUT = "-"
USAGE = 2
_PIECE_BYTES = 1 << 18
_LONG_BYTES = 8 << 20


def laid_out(command: Any) -> str:
    """A command's help: what its docstring indents (examples) keeps its lines."""
    paragraphs = (getdoc(command) or "").split("\n\n")
    return "\n\n".join(
        f"\b\n{each}" if re.search(r"^ +\S", each, re.MULTILINE) else each for each in paragraphs
    )


def fail(message: str, code: int = USAGE) -> typer.Exit:
    """The exit to raise, its reason told on standard error."""
    typer.echo(message, err=True)
    return typer.Exit(code)


def files_of(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """The files meant: those named, and every file of a folder that is named, in order.

    And those named that are not there.
    """
    found: list[Path] = []
    missing: list[Path] = []
    for path in paths:
        if str(path) == STANDARD_INPUT or path.is_file():
            found.append(path)
        elif path.is_dir():
            found += sorted(
                each for each in path.rglob("*") if each.is_file() and not each.name.startswith(".")
            )
        else:
            missing.append(path)
    return found, missing


@contextmanager
def pieces(path: Path) -> Iterator[Iterator[bytes]]:
    """The bytes of a file (``-``: standard input) in pieces; how far it is, if it is long.

    Raises ``typer.Exit`` where it cannot be read.
    """
    if str(path) == STANDARD_INPUT:
        if sys.stdin is None:
            raise fail("standard input is closed: name a file")
        yield _read(sys.stdin.buffer, path)
        return
    try:
        file = path.open("rb")
        size = path.stat().st_size
    except OSError as error:
        raise fail(f"{path}: {error.strerror}") from None
    with file, _progress(path, size) as advance:
        yield _read(file, path, advance)


def _read(file: BinaryIO, path: Path, advance: Any = None) -> Iterator[bytes]:
    while True:
        try:
            piece = file.read(_PIECE_BYTES)
        except OSError as error:
            raise fail(f"{path}: {error.strerror}") from None
        if not piece:
            return
        if advance is not None:
            advance(len(piece))
        yield piece


@contextmanager
def _progress(path: Path, size: int) -> Iterator[Any]:
    """A bar on standard error for a long file, where a person looks on."""
    console = Console(stderr=True)
    if size < _LONG_BYTES or not console.is_terminal:
        yield None
        return
    columns = ("{task.description}", BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(path.name, total=size)
        yield lambda count: bar.advance(task, count)
