"""Cases as JSON, a line each or one alone: read, worked, and answered in the same order."""

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import typer

from services.coding.commands.shared import fail

Result = dict[str, Any]
Work = Callable[[dict[str, Any]], Result]
STANDARD_INPUT = "-"


class CaseError(Exception):
    """A case that cannot be worked: a reason for programs, a message for people, no content."""

    def __init__(self, reason: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.result: Result = {"error": {"reason": reason, "message": message, **more}}


def answer_lines(path: Path, work: Work) -> None:
    """Answer each line of ``path`` (``-``: standard input) with a line; a bad one with its error.

    An empty line is answered with an error too, so that line N answers line N.
    """
    with _opened(str(path)) as lines:
        for line in lines:
            typer.echo(json.dumps(_answer(line, work)))


def answer_one(source: str, work: Work) -> None:
    """Answer the one case in ``source`` (``-``: standard input); exit 1 when it is not one."""
    with _opened(source) as file:
        _tell(_answer(file.read(), work))


def tell(work: Callable[[], Result]) -> None:
    """Print what ``work`` gives; exit 1 when it raises ``CaseError``."""
    try:
        result = work()
    except CaseError as error:
        result = error.result
    _tell(result)


def _tell(result: Result) -> None:
    typer.echo(json.dumps(result))
    if "error" in result:
        raise typer.Exit(1)


def _answer(text: bytes, work: Work) -> Result:
    try:
        case = orjson.loads(text)
    except orjson.JSONDecodeError:
        return CaseError("not_json", "the case is not JSON in UTF-8").result
    if not isinstance(case, dict):
        return CaseError("not_a_case", "a case is a JSON object").result
    try:
        return work(case)
    except CaseError as error:
        return error.result


def _opened(source: str) -> AbstractContextManager[BinaryIO]:
    if source == STANDARD_INPUT:
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise fail(f"cannot read the input: {error.strerror}") from None
