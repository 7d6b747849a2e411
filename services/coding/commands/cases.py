"""Cases as JSON, a line each or one alone: read, worked, and answered in the same order.

Whatever a case holds, it is answered: with its result, or with an error that names the field and
none of the content. A case that the program itself fails on says ``not_worked``; the others go on.
"""

import gc
import json
import re
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

import orjson
import typer

from services.coding.codesets.artefact import ArtefactError
from services.coding.commands.shared import fail

Result = dict[str, Any]
Work = Callable[[dict[str, Any]], Result]
STANDARD_INPUT = "-"
_COLLECTED_AFTER = 20_000
_DEEPEST = 40
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:T.*)?", re.DOTALL)
_FIRST_YEAR, _LAST_YEAR = 1850, 2199
_FAILED = "not_worked"
_AFTER_NAME = b'":'
_FIELD = re.compile(r"[a-z][a-z_]{0,39}")


class CaseError(Exception):
    """A case that cannot be worked: a reason for programs, a message for people, no content."""

    def __init__(self, reason: str, message: str, **more: Any) -> None:
        super().__init__(message)
        self.result: Result = {"error": {"reason": reason, "message": message, **more}}


def day_in(value: Any, name: str) -> date:
    """A date written YYYY-MM-DD, a time behind it passed over. Raises ``CaseError``."""
    text = value if isinstance(value, str) else ""
    try:
        day = date.fromisoformat(text[:10]) if _DAY.fullmatch(text) else date.min
    except ValueError:
        day = date.min
    if not _FIRST_YEAR <= day.year <= _LAST_YEAR:
        raise CaseError("date_unusable", f"{name} is a date as YYYY-MM-DD")
    return day


def is_number(text: str, most_digits: int) -> bool:
    """Whether ``text`` is a whole number in plain digits, and not a longer one."""
    return text.isascii() and text.isdigit() and len(text) <= most_digits


def answer_lines(path: Path, work: Work) -> None:
    """Answer each line of ``path`` (``-``: standard input) with a line; a bad one with its error.

    What comes by standard input is answered before the next line is read. An empty line is answered
    with an error too, so that line N answers line N. Exit 1, when all are answered, if the program
    failed on one; bad cases are no failure.
    """
    failed = False
    at_once = str(path) == STANDARD_INPUT
    with opened(str(path)) as lines, _seldom_collected(), written():
        out = sys.stdout.buffer
        for line in lines:
            result = _worked(partial(_work_on, line, work))
            failed = failed or result.get("error", {}).get("reason") == _FAILED
            out.write(orjson.dumps(result, option=orjson.OPT_APPEND_NEWLINE))
            if at_once:
                out.flush()
        out.flush()
    if failed:
        raise typer.Exit(1)


@contextmanager
def written() -> Iterator[None]:
    """Output that cannot be written ends the command in a sentence; a closed pipe, in silence."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise fail(f"cannot write the answer: {error.strerror}") from None


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """What is remembered from case to case is much, and no garbage: look through it seldom."""
    before = gc.get_threshold()
    gc.set_threshold(_COLLECTED_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def answer_one(source: str, work: Work) -> None:
    """Answer the one case in ``source`` (``-``: standard input); exit 1 when it is not one."""
    with opened(source) as file:
        _tell(_worked(partial(_work_on, file.read(), work)))


def tell(work: Callable[[], Result]) -> None:
    """Print what ``work`` gives; exit 1 when it raises ``CaseError``."""
    _tell(_worked(work))


def _tell(result: Result) -> None:
    with written():
        typer.echo(json.dumps(result))
    if "error" in result:
        raise typer.Exit(1)


def read_case(text: bytes) -> dict[str, Any]:
    """The JSON object that ``text`` is. Raises ``CaseError``."""
    try:
        case = orjson.loads(text.removeprefix(BOM_UTF8))
    except orjson.JSONDecodeError:
        raise CaseError("not_json", "the case is not JSON in UTF-8") from None
    if not isinstance(case, dict):
        raise CaseError("not_a_case", "a case is a JSON object")
    if text.count(b"{") + text.count(b"[") > _DEEPEST and _is_deep(case):
        raise CaseError("too_deep", f"a case is nested at most {_DEEPEST} deep")
    if orjson.dumps(case).count(_AFTER_NAME) < text.count(_AFTER_NAME):
        json.loads(text.decode("utf-8-sig"), object_pairs_hook=_once)
    return case


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose fields are named once: of two values of one field none is the right one."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        said = twice if _FIELD.fullmatch(twice) else "a field"
        raise CaseError("field_twice", f"{said} stands twice in one object")
    return found


def _work_on(text: bytes, work: Work) -> Result:
    return work(read_case(text))


def _worked(work: Callable[[], Result]) -> Result:
    try:
        return work()
    except CaseError as error:
        return error.result
    except ArtefactError as broken:
        raise fail(str(broken)) from None
    except Exception as defect:  # one case must not stop those behind it
        return CaseError(_FAILED, f"the program failed on it: {type(defect).__name__}").result


def _is_deep(case: dict[str, Any]) -> bool:
    level: list[Any] = [case]
    for _ in range(_DEEPEST):
        level = [
            child
            for each in level
            for child in (each.values() if isinstance(each, dict) else each)
            if isinstance(child, (dict, list))
        ]
        if not level:
            return False
    return True


def opened(source: str) -> AbstractContextManager[BinaryIO]:
    """A file, or standard input (``-``), to be read as bytes. Raises ``typer.Exit``."""
    if source == STANDARD_INPUT:
        if sys.stdin is None:
            raise fail("cannot read the input: standard input is closed")
        return nullcontext(sys.stdin.buffer)
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise fail(f"cannot read the input: {error.strerror}") from None
