"""Repair by paths: typed changes to a copy, and how the copy then differs."""

from contextlib import suppress
from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.chassis.repair import (
    Change,
    Contents,
    Difference,
    RepairError,
    differences,
    parse_setting,
    repaired,
)

CLAIM = Contents(
    b"P1:E1",
    (("ce_id", b"1"), ("ce_type", b"a.v1"), ("note", None)),
    b'{"lines":[{"charge_cents":100,"units":1},{"charge_cents":200}],"patient_id":"X"}',
)


def value_after(*changes: Change) -> Any:
    return orjson.loads(repaired(CLAIM, changes).value or b"")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Change("lines[2].charge_cents", "1"), "there is nothing at 2"),
        (Change("lines[0].charge_cents.deeper", "1"), "there is nothing"),
        (Change("lines.first", "1"), "there is nothing"),
        (Change("lines[5]", "1"), "there is nothing at 5"),
        (Change("nobody", None), "there is nothing"),
        (Change("header.nobody", None), "no such header"),
        (Change("", "1"), "no path"),
        (Change("lines[x]", "1"), "no path"),
        (Change("lines[-1]", "1"), "no path"),
        (Change("lines[0]x", "1"), "no path"),
        (Change("patient_id", "Jane"), "double quotes"),
        (Change("patient_id", ""), "no JSON"),
        (Change("patient_id", "NaN"), "no JSON"),
    ],
)
def test_a_change_that_cannot_be_made_is_told_without_its_value(
    change: Change, sentence: str
) -> None:
    with pytest.raises(RepairError, match=sentence) as told:
        repaired(CLAIM, [change])
    assert "Jane" not in str(told.value)


@pytest.mark.parametrize("value", [None, b"", b"{", b"\xff"])
def test_no_path_leads_into_a_value_that_is_no_json(value: bytes | None) -> None:
    with pytest.raises(RepairError, match="--from-file"):
        repaired(replace(CLAIM, value=value), [Change("patient_id", '"Y"')])


def test_a_setting_without_an_equals_sign_is_none() -> None:
    with pytest.raises(RepairError, match="PATH=VALUE"):
        parse_setting("lines[0].charge_cents")


def test_a_setting_keeps_what_follows_its_first_equals_sign() -> None:
    assert parse_setting('note="a=b"') == Change("note", '"a=b"')


def test_values_are_typed() -> None:
    assert value_after(Change("lines[0].charge_cents", "150"))["lines"][0]["charge_cents"] == 150
    assert value_after(Change("patient_id", '"150"'))["patient_id"] == "150"
    assert value_after(Change("patient_id", "null"))["patient_id"] is None
    assert value_after(Change("lines[1]", '{"charge_cents":1}'))["lines"][1] == {"charge_cents": 1}


def test_a_new_field_is_added_and_an_item_after_the_last() -> None:
    assert value_after(Change("lines[1].units", "2"))["lines"][1]["units"] == 2
    assert len(value_after(Change("lines[2]", "{}"))["lines"]) == 3


def test_what_is_unset_is_gone() -> None:
    assert "patient_id" not in value_after(Change("patient_id", None))
    assert len(value_after(Change("lines[0]", None))["lines"]) == 1


def test_the_value_may_be_named_in_a_path() -> None:
    assert value_after(Change("value.patient_id", '"Y"')) == value_after(
        Change("patient_id", '"Y"')
    )


def test_headers_and_key_are_text_and_leave_the_value_as_it_came() -> None:
    after = repaired(
        CLAIM,
        [
            Change("header.ce_type", "a.v2"),
            Change("header.new", "1"),
            Change("record.key", "P1:E2"),
        ],
    )
    assert after.headers == (("ce_id", b"1"), ("ce_type", b"a.v2"), ("note", None), ("new", b"1"))
    assert (after.key, after.value) == (b"P1:E2", CLAIM.value)
    gone = repaired(CLAIM, [Change("header.note", None), Change("record.key", None)])
    assert (gone.key, len(gone.headers)) == (None, 2)


def test_a_header_that_came_twice_is_there_once_after_it_is_set() -> None:
    twice = replace(CLAIM, headers=(("ce_id", b"1"), ("a", b"x"), ("ce_id", b"2")))
    after = repaired(twice, [Change("header.ce_id", "3")])
    assert after.headers == (("ce_id", b"3"), ("a", b"x"))


def test_differences_name_the_place_of_each() -> None:
    after = repaired(
        CLAIM,
        [
            Change("lines[0].charge_cents", "150"),
            Change("lines[1].charge_cents", None),
            Change("header.note", "x"),
        ],
    )
    assert differences(CLAIM, after) == [
        Difference("header.note", "(no value)", "x"),
        Difference("lines[0].charge_cents", "100", "150", "lines[].charge_cents"),
        Difference("lines[1].charge_cents", "200", None, "lines[].charge_cents"),
    ]


def test_a_value_that_was_no_json_is_compared_whole() -> None:
    broken = replace(CLAIM, value=b"{")
    (found,) = differences(broken, CLAIM)
    assert (found.path, found.before) == ("value", "{")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
names = st.text("abcdefgh_", min_size=1, max_size=6)


@given(st.dictionaries(names, json_values), names, json_values)
def test_what_is_set_is_read_back_and_nothing_else_changes(
    document: dict[str, Any], name: str, new: Any
) -> None:
    before = Contents(None, (), orjson.dumps(document))
    after = repaired(before, [Change(name, orjson.dumps(new).decode())])
    assert orjson.loads(after.value or b"") == document | {name: new}
    for difference in differences(before, after):
        assert difference.path == name or difference.path.startswith((f"{name}.", f"{name}["))


@given(st.binary() | st.none(), st.binary() | st.none(), st.binary() | st.none())
def test_contents_with_one_digest_are_the_same(
    key: bytes | None, value: bytes | None, other: bytes | None
) -> None:
    one, two = Contents(key, (), value), Contents(other, (), value)
    assert (one.digest() == two.digest()) == (key == other)
    assert Contents(key, (("a", value),), None).digest() != Contents(key, (), value).digest()


@given(st.text(), st.text())
def test_any_path_is_either_followed_or_refused(path: str, text: str) -> None:
    with suppress(RepairError):
        assert repaired(CLAIM, [Change(path, text)]) is not CLAIM


WIDE = 2**70 + 1


def test_a_number_that_no_copy_can_hold_is_told_and_not_rounded() -> None:
    claim = replace(CLAIM, value=b'{"units":1,"serial":%d}' % WIDE)
    for change in (Change("units", "2"), Change("serial", str(WIDE))):
        with pytest.raises(RepairError, match="more than 64 bits"):
            repaired(claim, [change])
    copy = repaired(claim, [Change("units", "2"), Change("serial", "7")])
    assert orjson.loads(copy.value or b"") == {"units": 2, "serial": 7}


def test_a_value_that_is_nested_too_deeply_to_be_read_is_told() -> None:
    with pytest.raises(RepairError, match="no JSON"):
        repaired(replace(CLAIM, value=b"[" * 1000 + b"]" * 1000), [Change("a", "1")])
    with pytest.raises(RepairError, match="no JSON"):
        repaired(CLAIM, [Change("patient_id", "[" * 1000 + "]" * 1000)])
