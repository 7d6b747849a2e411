"""What a service reads of an event by a view is what the contract says, however it is written."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.catalogue import topics
from schemas.claim import ClaimSubmitted
from schemas.event import Event
from schemas.json_schema import published_schema, structure
from schemas.view import View
from services.billing import app as billing
from services.chassis.record import Delivery, deliver
from services.patient_statements import app as patient_statements
from services.payer_gateway import app as payer_gateway
from tests.builders import documents, example_json, make
from tests.support import record
from tests.unit.billing.desk import Desk, policy

VIEWS: dict[str, type[View]] = {
    **billing.VIEWS,
    **payer_gateway.VIEWS,
    **patient_statements.VIEWS,
}
READ = sorted(VIEWS.values(), key=lambda view: view.__name__)
CONTRACTS = {view.CONTRACT.TOPIC: view.CONTRACT for view in READ}
ODD: list[Any] = [
    *(1.0, 1e2, True, None, -1, 0, 51, 10**13 + 1, 2**63, 10**30),
    *("", "1", "E1\n", "E 1", "\u0000", "é", "x" * 401, "2026-02-30", "1899-12-31", "2200-01-01"),
    *("2026-03-02T00:00:00", [], [[]], {}, {"code": "I10"}, [1, 2, 3, 4, 5]),
    *("0.0", "012.50", "1e2", "1.00001", "123456789", 2.5, 1e30, "1e30"),
    *("1_000_000_000_000_000_000_000", "9223372036854775_808", "1_0"),
    *("2026-03-02T00:00:00.123456Z", "2026-03-02T00:00:00.1234567Z", "2026-03-02T00:00Z"),
    *("2026-02-30T00:00:00Z", "2026-03-02T24:00:00Z", "2026-03-02T00:00:00-23:59"),
    *("2026-03-02T00:00:00+05:99", "0001-01-01T00:00:00+05:00", "2026-03-02 00:00:00z", 1772409600),
]
_CAS = {"group": "CO", "reason": "45", "amount_cents": 500, "quantity": 1}
MORE: dict[type[Event], dict[str, Any]] = {
    ClaimSubmitted: {
        "lines": [
            {
                **{
                    "line": 1,
                    "code": "J1885",
                    "modifiers": ["JZ"],
                    "units": 2,
                    "charge_cents": 4000,
                },
                **{"diagnosis_pointers": [1], "ndc": "00409379501", "ndc_quantity": "1.5"},
                "ndc_unit": "ML",
            }
        ],
        "prior_payers": [
            {
                **{"payer_id": "OTHER", "coverage_id": "C1", "level": 1, "paid_cents": 100},
                **{"adjudicated_on": "2026-03-20", "adjustments": [_CAS]},
                "lines": [{"line": 1, "paid_cents": 100, "adjustments": [_CAS]}],
            }
        ],
    },
}
"""What the examples leave out."""
SPOKEN = ("submitted_at", "as_of", "ndc_quantity")
TEXTS = {"submitted_text", "as_of_text", "quantity_text"}
"""What a view keeps as it is written, and gives as the contract does."""


def _document(contract: type[Event]) -> dict[str, Any]:
    return {**example_json(contract), **MORE.get(contract, {})}


def _narrowed(schema: dict[str, Any], of: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Pairs that must be equal: each limit of a view's schema, and the contract's."""
    if "$ref" in schema:
        yield from _narrowed(DEFINED[schema["$ref"].rpartition("/")[2]], of)
        return
    for branch, whole in zip(schema.get("anyOf", ()), of.get("anyOf", ()), strict=True):
        yield from _narrowed(branch, whole)
    if schema.get("type") == "object":
        for name, part in schema["properties"].items():
            assert name in of["properties"]
            yield from _narrowed(part, of["properties"][name])
        needed = set(schema.get("required", ()))
        yield needed, {name for name in of.get("required", ()) if name in schema["properties"]}
        return
    if schema.get("type") == "array":
        yield from _narrowed(schema["items"], of["items"])
    yield sorted(schema.get("enum", ())), sorted(of.get("enum", ()))
    for rule in ("type", "minItems", "maxItems", "minLength", "maxLength"):
        if rule != "type" or "enum" not in schema:
            yield (rule, schema.get(rule)), (rule, of.get(rule))
    pattern = schema.get("pattern")
    if schema.get("format") != "date" and of.get("format") != "date-time":
        yield pattern, of["pattern"].replace("$", r"\Z") if "pattern" in of else None
    for rule, widest in (("minimum", 2**63 - 1), ("maximum", 2**63 - 1)):
        if rule in of or abs(schema.get(rule, widest)) != widest:
            yield (rule, schema.get(rule)), (rule, of.get(rule))
    if "default" in schema:
        yield json.loads(json.dumps(schema["default"])), of["default"]


_, DEFINED = msgspec.json.schema_components(READ)


@pytest.mark.parametrize("view", READ, ids=lambda view: view.__name__)
def test_each_field_has_the_type_and_the_limits_of_the_contract(view: type[View]) -> None:
    topic = next(each for each in topics() if each.name == view.CONTRACT.TOPIC)
    whole = structure(published_schema(topic, version=0))
    pairs = list(_narrowed(DEFINED[view.__name__], whole))
    assert len(pairs) > 30
    assert [mine for mine, _ in pairs] == [theirs for _, theirs in pairs]


@given(
    st.sampled_from(READ).flatmap(lambda view: st.tuples(st.just(view), documents(view.CONTRACT)))
)
def test_any_event_reads_the_same_quickly_and_by_its_contract(
    drawn: tuple[type[View], dict[str, Any]],
) -> None:
    view, document = drawn
    event = view.CONTRACT.model_validate_json(json.dumps(document))
    read = view.quickly(event.to_json())
    assert read == (view.of(event) if event.to_json().isascii() else None)
    _assert_same(view.of(event), event)
    assert view.of(event).key == event.key


def _assert_same(mine: Any, theirs: Any) -> None:
    """Each value of a view is that of the event that the contract has read."""
    if isinstance(mine, msgspec.Struct):
        names = [name for name in mine.__struct_fields__ if hasattr(theirs, name)]
        assert set(names) | TEXTS == {*mine.__struct_fields__} | TEXTS
        for name in (*names, *(each for each in SPOKEN if hasattr(mine, each))):
            _assert_same(getattr(mine, name), getattr(theirs, name))
    elif isinstance(mine, tuple):
        assert len(mine) == len(theirs)
        for each, other in zip(mine, theirs, strict=True):
            _assert_same(each, other)
    else:
        assert mine == theirs
        assert type(mine) is type(theirs)


def _places(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[Any, Any, tuple[str, ...]]]:
    """Each container of a document with each of its keys, and the names that lead there."""
    if isinstance(value, dict):
        for name in list(value):
            yield value, name, (*path, name)
            yield from _places(value[name], (*path, name))
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield value, number, path
            yield from _places(each, path)


def _is_read(view: type[View], path: tuple[str, ...]) -> bool:
    schema = DEFINED[view.__name__]
    for name in path:
        schema = schema.get("items", schema)
        if "$ref" in schema:
            schema = DEFINED[schema["$ref"].rpartition("/")[2]]
        if name not in schema.get("properties", {}):
            return False
        schema = schema["properties"][name]
    return True


@given(
    st.sampled_from(READ),
    st.integers(0, 10**6),
    st.one_of(st.none(), st.sampled_from(ODD).map(lambda odd: (odd,))),
    st.booleans(),
)
def test_an_odd_value_is_taken_or_refused_as_by_the_contract_and_unread_ones_do_not_matter(
    view: type[View], place: int, odd: tuple[Any] | None, escaped: bool
) -> None:
    sound = view.CONTRACT.model_validate_json(json.dumps(_document(view.CONTRACT)))
    document = json.loads(sound.to_json())
    places = list(_places(document))
    container, key, path = places[place % len(places)]
    if odd is None:
        del container[key]
    else:
        container[key] = odd[0]
    value = json.dumps(document, ensure_ascii=escaped).encode()
    whole, narrow = (_delivered(view, sound, value, views) for views in ({}, VIEWS))
    if not _is_read(view, path) and value.isascii() and b"\\u0000" not in value:
        assert narrow.incoming is not None
        assert narrow.incoming.event == view.of(sound)
    elif whole.incoming is not None:
        assert narrow.incoming is not None
        _assert_same(narrow.incoming.event, whole.incoming.event)
    else:
        assert narrow.refusal == whole.refusal


def _delivered(
    view: type[View], sound: Event, value: bytes, views: Mapping[str, type[View]]
) -> Delivery:
    """What comes of a record of the sound event that holds another value."""
    return deliver(replace(record(sound), value=value), CONTRACTS, views)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"\xef\xbb\xbf{}",
        b'{"practice_id":"P1"} x',
        b'{"practice_id":"\\ud800"}',
        b"[" * 100_000,
        b"null",
    ],
)
@pytest.mark.parametrize("view", READ, ids=lambda view: view.__name__)
def test_what_is_no_such_json_is_refused_in_the_words_of_the_contract(
    view: type[View], value: bytes
) -> None:
    sound = make(view.CONTRACT)
    assert view.quickly(value) is None
    refusals = [_delivered(view, sound, value, views).refusal for views in ({}, VIEWS)]
    assert refusals[0] is not None
    assert refusals[0] == refusals[1]


def test_a_service_takes_the_whole_event_as_well() -> None:
    desk = Desk()
    desk.register(policy("BLUERIVER"))
    coded = desk.coding()
    narrow = desk.service.handlers[VIEWS[coded.TOPIC]]
    assert desk.service.handlers[type(coded)] == narrow


def test_a_record_that_our_own_code_cannot_read_is_set_aside_and_never_raised(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(_value: bytes) -> Event:
        raise RuntimeError("Jane Roe")

    monkeypatch.setattr(ClaimSubmitted, "from_json", fails)
    came = record(make(ClaimSubmitted))
    refused = deliver(came, {ClaimSubmitted.TOPIC: ClaimSubmitted}).refusal
    assert refused is not None
    assert refused.reason == "rule_failed"
    assert refused.message.startswith("RuntimeError at ")
    assert "Jane" not in refused.message
