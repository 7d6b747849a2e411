"""Whether two versions of a contract can live side by side (full compatibility, both directions).

Within a major version every reader reads every writer, whichever of the two is newer, over all
versions ever published (``FULL_TRANSITIVE``). A reader ignores fields that it does not know, and
gives an absent optional field its default. What cannot be so belongs on a new ``.v2`` topic.

Enumerations do not grow within a major: readers of an earlier version refuse a value they do not
know. Where more values are foreseeable the first version reserves ``other``, or uses a text.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

Schema = Mapping[str, Any]
Side = Literal["earlier readers", "earlier events"]

_LOWER_BOUNDS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER_BOUNDS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_EQUAL_OR_FREE = ("pattern", "format", "multipleOf", "uniqueItems")


@dataclass(frozen=True, slots=True)
class Break:
    """One reason why two versions cannot live side by side.

    ``path`` is the field (``lines[].units``), ``rule`` a stable code. ``side`` says who suffers:
    earlier readers cannot read what is written now, or earlier events cannot be read now.
    """

    path: str
    rule: str
    side: Side
    message: str


def breaks(earlier: Schema, later: Schema) -> list[Break]:
    """Why ``later`` may not follow ``earlier`` within one major version; empty when it may.

    Both are structures as ``schemas.json_schema.structure`` gives them.
    """
    found = [
        Break(path, rule, "earlier readers", message)
        for path, rule, message in _unreadable(writer=later, reader=earlier, path="")
    ]
    found += [
        Break(path, rule, "earlier events", message)
        for path, rule, message in _unreadable(writer=earlier, reader=later, path="")
    ]
    found += list(_changed_meaning(earlier, later, ""))
    return sorted(set(found), key=lambda item: (item.path, item.rule, item.side))


_Finding = tuple[str, str, str]


def _unreadable(*, writer: Schema, reader: Schema, path: str) -> Iterator[_Finding]:
    """What ``writer`` may write and ``reader`` does not accept: path, rule, sentence."""
    reader_branches = _branches(reader)
    for branch in _branches(writer):
        attempts = [list(_unreadable_by(branch, candidate, path)) for candidate in reader_branches]
        if any(not attempt for attempt in attempts):
            continue
        same_type = [
            attempt
            for attempt, candidate in zip(attempts, reader_branches, strict=True)
            if candidate.get("type") == branch.get("type")
        ]
        yield from min(same_type or attempts, key=len)


def _branches(schema: Schema) -> Sequence[Schema]:
    branches: Sequence[Schema] = schema.get("anyOf", (schema,))
    return branches


def _unreadable_by(writer: Schema, reader: Schema, path: str) -> Iterator[_Finding]:
    written, read = writer.get("type"), reader.get("type")
    if written != read and not (written == "integer" and read == "number"):
        yield path, "type_differs", f"{_a(written)} may be written where {_a(read)} is read"
        return
    yield from _values(writer, reader, path)
    yield from _constraints(writer, reader, path)
    if written == "object":
        yield from _objects(writer, reader, path)
    if written == "array":
        yield from _unreadable(
            writer=writer.get("items", {}), reader=reader.get("items", {}), path=f"{path}[]"
        )


def _a(kind: object) -> str:
    if kind is None:
        return "any value"
    return f"an {kind}" if str(kind)[0] in "aio" else str(kind) if kind == "null" else f"a {kind}"


def _allowed(schema: Schema) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    values: list[Any] | None = schema.get("enum")
    return values


def _values(writer: Schema, reader: Schema, path: str) -> Iterator[_Finding]:
    known = _allowed(reader)
    if known is None:
        return
    written = _allowed(writer)
    if written is None:
        yield path, "values_limited", "any value may be written where only some are read"
        return
    unknown = [value for value in written if value not in known]
    if unknown:
        yield (
            path,
            "value_unknown",
            f"{', '.join(map(str, unknown))} may be written, which the reader does not know",
        )


def _constraints(writer: Schema, reader: Schema, path: str) -> Iterator[_Finding]:
    for keyword in _LOWER_BOUNDS:
        if keyword in reader and not (keyword in writer and writer[keyword] >= reader[keyword]):
            yield path, "bound_differs", _bound(keyword, writer, reader)
    for keyword in _UPPER_BOUNDS:
        if keyword in reader and not (keyword in writer and writer[keyword] <= reader[keyword]):
            yield path, "bound_differs", _bound(keyword, writer, reader)
    for keyword in _EQUAL_OR_FREE:
        if keyword in reader and writer.get(keyword) != reader[keyword]:
            yield path, f"{keyword}_differs", _bound(keyword, writer, reader)


def _bound(keyword: str, writer: Schema, reader: Schema) -> str:
    return (
        f"{keyword} is {writer.get(keyword, 'not limited')} when written and {reader[keyword]}"
        " when read"
    )


def _objects(writer: Schema, reader: Schema, path: str) -> Iterator[_Finding]:
    written, read = writer.get("properties", {}), reader.get("properties", {})
    promised = set(writer.get("required", ()))
    for name in reader.get("required", ()):
        if name not in promised:
            yield (
                _join(path, name),
                "required_field_absent",
                "it may be left out when written and is required when read",
            )
    for name in written.keys() & read.keys():
        yield from _unreadable(writer=written[name], reader=read[name], path=_join(path, name))


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _changed_meaning(earlier: Schema, later: Schema, path: str) -> Iterator[Break]:
    """Changes that both sides can read, and that no longer say the same to both."""
    if "x-key" in earlier and earlier["x-key"] != later.get("x-key"):
        yield Break(
            path,
            "key_changed",
            "earlier readers",
            f"the key was {earlier['x-key']} and is {later.get('x-key')}: events of one key would"
            " be spread over partitions and read out of order",
        )
    if earlier.get("additionalProperties") is False and (
        later.get("additionalProperties") is not False
    ):
        yield Break(
            path,
            "object_opened",
            "earlier readers",
            "fields that the contract does not name may be written; producers forbid them, so that"
            " a name is free to be given a meaning later",
        )
    before, after = earlier.get("properties", {}), later.get("properties", {})
    for name in before.keys() - after.keys():
        yield Break(
            _join(path, name),
            "field_removed",
            "earlier readers",
            "the field is gone: its readers would take it for absent; keep it, and stop using it",
        )
    for name in before.keys() & after.keys():
        old, new = before[name], after[name]
        if "default" in old and "default" in new and old["default"] != new["default"]:
            yield Break(
                _join(path, name),
                "default_changed",
                "earlier readers",
                f"an absent field meant {old['default']!r} and means {new['default']!r}",
            )
        yield from _changed_meaning(old, new, _join(path, name))
    if "items" in earlier and "items" in later:
        yield from _changed_meaning(earlier["items"], later["items"], f"{path}[]")
    for old, new in zip(_objects_of(earlier), _objects_of(later), strict=False):
        yield from _changed_meaning(old, new, path)


def _objects_of(schema: Schema) -> list[Schema]:
    return [
        branch for branch in schema.get("anyOf", ()) if branch.get("type") in {"object", "array"}
    ]
