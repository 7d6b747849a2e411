"""What stands for a number has its shape, and no two numbers become the same one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.x12.stand_in import stand_in

_KEYS = st.binary(min_size=1, max_size=80)
_SHORT = ("7", "42", "A1", "b2", "9-9", "x")


@pytest.mark.parametrize("shape", _SHORT)
@given(key=_KEYS)
def test_every_value_of_a_shape_becomes_another_place_in_it(shape: str, key: bytes) -> None:
    everything = [""]
    for char in shape:
        kind = next(
            (kind for kind in ("0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ") if char in kind),
            "abcdefghijklmnopqrstuvwxyz" if char.isalpha() else char,
        )
        everything = [before + each for before in everything for each in kind]
    assert sorted(stand_in(value, key) for value in everything) == sorted(everything)


@given(st.text(max_size=300), _KEYS)
def test_the_shape_stays_at_any_length(value: str, key: bytes) -> None:
    drawn = stand_in(value, key)
    assert len(drawn) == len(value)
    for before, after in zip(value, drawn, strict=True):
        if re.fullmatch("[0-9]", before):
            assert re.fullmatch("[0-9]", after)
        elif re.fullmatch("[A-Za-z]", before):
            assert re.fullmatch("[A-Z]" if before.isupper() else "[a-z]", after)
        else:
            assert after == before


@given(st.lists(st.from_regex("[A-Z][0-9]{3,9}", fullmatch=True), unique=True), _KEYS)
def test_no_two_numbers_become_the_same(values: list[str], key: bytes) -> None:
    assert len({stand_in(value, key) for value in values}) == len(values)


@given(st.from_regex("[A-Z0-9]{6,12}", fullmatch=True), _KEYS)
def test_another_key_leads_elsewhere(value: str, key: bytes) -> None:
    others = {stand_in(value, key + bytes([tail])) for tail in range(20)}
    assert len(others) > 1


def test_numbers_that_differ_by_one_digit_show_nothing_of_it() -> None:
    drawn = [stand_in(f"CLM{number:06d}", b"key") for number in range(100)]
    assert len({value[:3] for value in drawn}) > 50
