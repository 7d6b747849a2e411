"""How a corpus file turns the published example of an event into a record that nobody should send.

A recipe begins with the example of its topic and the headers of a good producer, and changes what
it names. What cannot be said as a change of JSON is given as bytes: ``hex``, ``text`` or ``file``.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from schemas.catalogue import MODEL_OF_TOPIC
from schemas.envelope import encode
from schemas.event import key_of
from schemas.event_id import root_event_id
from schemas.examples import example
from services.chassis.record import Record
from tests.support import NOON

CORPUS = Path(__file__).parent / "corpus"
_PLACE = "\ue000{}\ue000"

Recipe = Mapping[str, Any]
Headers = list[tuple[str, bytes | None]]


def _put(document: Any, path: str, value: Any) -> None:
    """Set ``lines.0.code`` of a JSON document."""
    *way, last = path.split(".")
    for step in way:
        document = document[int(step)] if isinstance(document, list) else document[step]
    if isinstance(document, list):
        document[int(last)] = value
    else:
        document[last] = value


def _drop(document: Any, path: str) -> None:
    *way, last = path.split(".")
    for step in way:
        document = document[int(step)] if isinstance(document, list) else document[step]
    del document[last]


def _json_of(recipe: Recipe, document: dict[str, Any]) -> str:
    """The document as text, every changed place holding exactly the token that was asked for."""
    tokens: dict[str, str] = dict(recipe.get("json", {}))
    for path, long in recipe.get("long", {}).items():
        tokens[path] = f'"{long["text"] * long["times"]}"'
    for path, deep in recipe.get("deep", {}).items():
        tokens[path] = deep["open"] * deep["times"] + deep["close"] * deep["times"]
    for path, each in recipe.get("many", {}).items():
        tokens[path] = f"[{','.join([each['token']] * each['times'])}]"
    for path, each in recipe.get("long_number", {}).items():
        tokens[path] = each["digit"] * each["times"]
    for path in recipe.get("drop", ()):
        _drop(document, path)
    for number, path in enumerate(tokens):
        _put(document, path, _PLACE.format(number))
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for number, token in enumerate(tokens.values()):
        text = text.replace(f'"{_PLACE.format(number)}"', token)
    return text


def _whole(recipe: Recipe) -> bytes | None:
    """The value where the recipe gives it as bytes."""
    if "hex" in recipe:
        return bytes.fromhex(str(recipe["hex"]))
    if "text" in recipe:
        return str(recipe["text"]).encode()
    if "file" in recipe:
        return (CORPUS / str(recipe["file"])).read_bytes()
    if "fill" in recipe:
        fill = recipe["fill"]
        return _repeated(fill)
    return None


def _repeated(fill: Recipe) -> bytes:
    return bytes.fromhex(str(fill["hex"])) * int(fill["times"])


def _value(recipe: Recipe, document: dict[str, Any]) -> bytes | None:
    if recipe.get("no_value"):
        return None
    whole = _whole(recipe)
    if whole is None:
        whole = _json_of(recipe, document).encode(recipe.get("encoding", "utf-8"))
    whole = bytes.fromhex(recipe.get("before_hex", "")) + whole
    whole += bytes.fromhex(recipe.get("after_hex", ""))
    for old, new in recipe.get("swap_hex", {}).items():
        whole = whole.replace(bytes.fromhex(old), bytes.fromhex(new))
    whole = whole.ljust(int(recipe.get("fill_up_to", 0)))
    return whole[: len(whole) - int(recipe.get("cut", 0))]


def _key(recipe: Recipe, practice_id: str, own: str) -> bytes | None:
    """The record's key: the right one for ``own``, the id in the example, unless said otherwise."""
    if recipe.get("no_key"):
        return None
    if "key_hex" in recipe:
        return bytes.fromhex(recipe["key_hex"])
    if "key_fill" in recipe:
        return _repeated(recipe["key_fill"])
    if "key" in recipe:
        return str(recipe["key"]).encode()
    good = practice_id if own == practice_id else key_of(practice_id, recipe.get("key_own", own))
    return f"{good}{recipe.get('key_suffix', '')}".encode()


def _headers(recipe: Recipe, good: Headers) -> Headers:
    changes = recipe.get("headers", {})
    gone = {*changes.get("drop", ()), *changes.get("set", {}), *changes.get("hex", {})}
    kept: Headers = [] if changes.get("none") else [each for each in good if each[0] not in gone]
    kept = [(n, None if n in changes.get("null", ()) else raw) for n, raw in kept]
    kept += [(name, text.encode()) for name, text in changes.get("set", {}).items()]
    kept += [(name, bytes.fromhex(text)) for name, text in changes.get("hex", {}).items()]
    kept += [(name, text.encode()) for name, text in changes.get("again", {}).items()]
    for fill in changes.get("fill", ()):
        name = str(fill["name"])
        kept += [
            (name.replace("#", str(number)), _repeated(fill))
            for number in range(int(fill.get("count", 1)))
        ]
    return kept


def recorded_at(recipe: Recipe) -> datetime:
    """When the broker says it was written."""
    return NOON + timedelta(seconds=int(recipe.get("later_seconds", 0)))


def record_of(recipe: Recipe, *, practice_id: str, event_id: UUID, offset: int) -> Record:
    """The record that a recipe describes, for a practice that no other recipe has."""
    topic = recipe["topic"]
    model = MODEL_OF_TOPIC[topic]
    document = json.loads(example(topic).to_json())
    document["practice_id"] = practice_id
    good = encode(
        model.model_validate_json(json.dumps(document)),
        event_id=event_id,
        source="urn:test:poison",
        occurred_at=NOON,
    )
    return Record(
        topic=recipe.get("on_topic", topic),
        partition=0,
        offset=offset,
        recorded_at=recorded_at(recipe),
        key=_key(recipe, practice_id, str(document[model.KEY_FIELD])),
        headers=_headers(recipe, list(good.headers)),
        value=_value(recipe, document),
    )


def id_of(name: str, step: int | str) -> UUID:
    """The id of a recipe's step; steps that share a ``same_id`` share it."""
    return root_event_id(NOON, "poison", name, str(step))
