"""What may be shown of a letter: fields that the contract knows and that hold no PHI.

What a record that breaks its contract holds is anybody's guess; of it only numbers, truth values
and nothing are shown, unless the person asks for all of it, which is put on record.
"""

import json
from collections.abc import Iterator
from functools import cache
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from schemas.catalogue import MODEL_OF_TOPIC
from schemas.envelope import Headers
from schemas.phi import MASK, phi_paths
from services.chassis.repair import Contents, Difference, differences

LONGEST_SHOWN = 200
_OPEN_HEADERS = frozenset({"content-type", "traceparent"})


def header_lines(headers: Headers, *, reveal: bool) -> Iterator[str]:
    """Each header on a line; those that are no CloudEvents attribute are masked."""
    for name, raw in headers:
        if raw is None:
            yield f"{_printable(name)} (no value)"
        elif reveal or name.startswith("ce_") or name in _OPEN_HEADERS:
            yield f"{_printable(name)} = {_printable(raw.decode(errors='backslashreplace'))}"
        else:
            yield f"{_printable(name)} = {MASK}"


@cache
def known_places(model: type[BaseModel]) -> frozenset[str]:
    """Every place of a plain value in ``model``, such as ``lines[].charge_cents``."""
    return frozenset(
        f"{name}{path}"
        for name, field in model.model_fields.items()
        for path in _within(field.annotation)
    )


def _within(annotation: Any) -> set[str]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {f".{path}" for path in known_places(annotation)}
    origin = get_origin(annotation)
    if origin is Annotated:
        return _within(get_args(annotation)[0])
    if origin in {tuple, list}:
        items = [each for each in get_args(annotation) if each is not Ellipsis]
        return {"", *(f"[]{path}" for item in items for path in _within(item))}
    if origin in {Union, UnionType}:
        return {path for item in get_args(annotation) for path in _within(item)}
    return {""}


def difference_lines(
    topic: str, before: Contents, after: Contents, *, reveal: bool
) -> Iterator[str]:
    """``path: before -> after`` for every place at which two copies of a record differ."""
    model = MODEL_OF_TOPIC.get(topic)
    readable = _is_readable(model, before.value), _is_readable(model, after.value)
    for each in differences(before, after):
        old, new = (
            _shown(each, text, model if keeps else None, reveal=reveal)
            for text, keeps in zip((each.before, each.after), readable, strict=True)
        )
        yield f"{each.path}: {old} -> {new}"


def _is_readable(model: type[Any] | None, value: bytes | None) -> bool:
    try:
        return model is not None and bool(model.from_json(value or b""))
    except ValidationError:
        return False


def _shown(
    difference: Difference, text: str | None, model: type[BaseModel] | None, *, reveal: bool
) -> str:
    if text is None:
        return "(nothing)"
    if not reveal and not _is_open(difference, text, model):
        return MASK
    short = text if reveal or len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
    return _printable(short)


def _is_open(difference: Difference, text: str, model: type[BaseModel] | None) -> bool:
    if not difference.place:
        name = difference.path.partition(".")[2]
        return name == "key" or name.startswith("ce_") or name in _OPEN_HEADERS
    if model is None:
        return _is_bare(text)
    place = difference.place
    if any(
        place == path or place.startswith((f"{path}.", f"{path}[")) for path in phi_paths(model)
    ):
        return False
    return place in known_places(model) or _is_bare(text)


def _is_bare(text: str) -> bool:
    """Whether a JSON text is a number, a truth value or null."""
    try:
        return not isinstance(json.loads(text), str | list | dict)
    except ValueError:
        return False


def _printable(text: str) -> str:
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode()
        for letter in text
    )
