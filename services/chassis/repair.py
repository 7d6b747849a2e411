"""Repair of a record by paths: what is changed of a copy, and how the copy then differs.

A path names a place: ``lines[0].charge_cents`` (or ``value.lines[0].charge_cents``) in the JSON
value, ``header.ce_type`` a header, ``record.key`` the record's key. Values of the JSON value are
typed: they are JSON themselves. Pure: bytes in, bytes out.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, TypeAlias

import orjson
from pydantic_core import from_json

Step: TypeAlias = str | int
HeaderList: TypeAlias = tuple[tuple[str, bytes | None], ...]

KEY_PATH = "record.key"
_HEADER = "header."
_VALUE = "value."
_STEP = re.compile(r"([^.\[\]]+)|\[(\d+)\]")
_PATH = re.compile(r"(?:[^.\[\]]+|\[\d+\])(?:\.[^.\[\]]+|\[\d+\])*")


class RepairError(ValueError):
    """What is wrong with a change; names the path and never a value."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What of a record can be repaired, as bytes."""

    key: bytes | None
    headers: HeaderList
    value: bytes | None

    def digest(self) -> bytes:
        """SHA-256 over key, headers and value, each with its length."""
        digest = sha256()
        parts = [self.key, self.value]
        for name, raw in self.headers:
            parts += [name.encode("utf-8", "surrogatepass"), raw]
        for part in parts:
            digest.update(b"-" if part is None else b"%d:" % len(part) + part)
        return digest.digest()


@dataclass(frozen=True, slots=True)
class Change:
    """Set ``path`` to ``text``, or, where ``text`` is None, take it away."""

    path: str
    text: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """One place at which two records differ; None where one of them has nothing there.

    ``place`` is the path without indices and roots, as marks of PHI name it (``lines[].text``);
    empty outside the value.
    """

    path: str
    before: str | None
    after: str | None
    place: str = ""


def parse_setting(text: str) -> Change:
    """Read ``PATH=VALUE``. Raises ``RepairError``."""
    path, equals, value = text.partition("=")
    if not equals:
        raise RepairError("a change is PATH=VALUE, such as lines[0].charge_cents=12500")
    return Change(path.strip(), value)


def steps_of(path: str) -> list[Step]:
    """The steps of a path within the value. Raises ``RepairError``."""
    within = path.removeprefix(_VALUE)
    if not _PATH.fullmatch(within):
        raise RepairError(f"{path!r} is no path, such as lines[0].charge_cents")
    return [name or int(index) for name, index in _STEP.findall(within)]


def repaired(contents: Contents, changes: Sequence[Change]) -> Contents:
    """The contents with every change made, in order.

    Raises ``RepairError`` where a path leads nowhere, a value is no JSON, or the record's value,
    which a path leads into, is no JSON document that can be written again as it was read.
    """
    document: Any = None
    opened = False
    for change in changes:
        if change.path == KEY_PATH:
            contents = replace(contents, key=None if change.text is None else change.text.encode())
        elif change.path.startswith(_HEADER):
            contents = replace(contents, headers=_headers(contents.headers, change))
        else:
            if not opened:
                document, opened = _document(contents.value), True
            _change(document, steps_of(change.path), change)
    return replace(contents, value=_written(document)) if opened else contents


def _read(value: bytes | str) -> Any:
    """A JSON document; orjson alone would round integers of more than 64 bits."""
    orjson.loads(value)
    return from_json(value)


def _written(document: Any) -> bytes:
    try:
        return orjson.dumps(document)
    except TypeError:
        raise RepairError(
            "the value holds a number of more than 64 bits, which no copy can keep: set it too"
        ) from None


def _document(value: bytes | None) -> Any:
    try:
        return _read(value or b"")
    except ValueError:
        raise RepairError(
            "the value is no JSON, so no path leads into it: replace it with --from-file"
        ) from None


def _headers(headers: HeaderList, change: Change) -> HeaderList:
    name = change.path.removeprefix(_HEADER)
    kept = tuple(header for header in headers if header[0] != name)
    if change.text is None:
        if kept == headers:
            raise RepairError(f"{change.path}: there is no such header")
        return kept
    new = (name, change.text.encode())
    at = next((place for place, header in enumerate(headers) if header[0] == name), len(kept))
    return (*kept[:at], new, *kept[at:])


def _change(document: Any, steps: list[Step], change: Change) -> None:
    holder = document
    for step in steps[:-1]:
        holder = _within(holder, step, change.path)
    last = steps[-1]
    if change.text is None:
        _within(holder, last, change.path)
        del holder[last]
        return
    new = _json(change)
    if isinstance(last, str) and isinstance(holder, dict):
        holder[last] = new
    elif isinstance(last, int) and isinstance(holder, list) and last == len(holder):
        holder.append(new)
    else:
        _within(holder, last, change.path)
        holder[last] = new


def _within(holder: Any, step: Step, path: str) -> Any:
    if isinstance(step, str) and isinstance(holder, dict) and step in holder:
        return holder[step]
    if isinstance(step, int) and isinstance(holder, list) and step < len(holder):
        return holder[step]
    raise RepairError(f"{path}: there is nothing at {step!r}")


def _json(change: Change) -> Any:
    try:
        return _read(change.text or "")
    except ValueError:
        raise RepairError(
            f"{change.path}: the value is no JSON; text stands in double quotes, "
            f"as in --set '{change.path}=\"text\"'"
        ) from None


def differences(before: Contents, after: Contents) -> list[Difference]:
    """Where two records differ: the key, headers by name, the value by path.

    A value that is no JSON is compared whole, under the path ``value``.
    """
    found: list[Difference] = []
    if before.key != after.key:
        found.append(Difference(KEY_PATH, _text(before.key), _text(after.key)))
    old, new = _by_name(before.headers), _by_name(after.headers)
    found += [
        Difference(f"{_HEADER}{name}", old.get(name), new.get(name))
        for name in dict.fromkeys((*old, *new))
        if old.get(name) != new.get(name)
    ]
    if before.value != after.value:
        found += _value_differences(before.value, after.value)
    return found


def _by_name(headers: HeaderList) -> dict[str, str]:
    named: dict[str, list[str]] = {}
    for name, raw in headers:
        named.setdefault(name, []).append(_text(raw) or "(no value)")
    return {name: ", ".join(values) for name, values in named.items()}


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else raw.decode(errors="backslashreplace")


def _value_differences(before: bytes | None, after: bytes | None) -> Iterator[Difference]:
    try:
        old = dict(_leaves(orjson.loads(before or b""), ""))
        new = dict(_leaves(orjson.loads(after or b""), ""))
    except orjson.JSONDecodeError:
        yield Difference("value", _text(before), _text(after), "value")
        return
    for path in dict.fromkeys((*old, *new)):
        if old.get(path) != new.get(path) and not _is_filled(path, old, new):
            yield Difference(
                path or "value", old.get(path), new.get(path), re.sub(r"\[\d+\]", "[]", path)
            )


def _is_filled(path: str, old: dict[str, str], new: dict[str, str]) -> bool:
    """Whether an empty list or object of one side has parts on the other, which tell it better."""
    one, other = (old, new) if path in old else (new, old)
    empty = one[path] in {"{}", "[]"} and path not in other
    return empty and any(each.startswith(path) for each in other)


def _leaves(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value:
        for index, part in enumerate(value):
            yield from _leaves(part, f"{path}[{index}]")
    else:
        yield path, orjson.dumps(value).decode()
