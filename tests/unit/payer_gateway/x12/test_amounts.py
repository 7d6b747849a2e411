"""Amounts are read exactly to the cent or not at all."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.x12.amounts import (
    AmountError,
    format_cents,
    format_quantity,
    parse_cents,
    parse_quantity,
)


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "-",
        "-.",
        "1.234",
        "1.000",
        "1,50",
        "+1",
        " 1",
        "1 ",
        "1e3",
        "1_000",
        "0x1",
        "NaN",
        "--1",
        "1.-2",
        "1.2.3",
        "१.००",
        "1²",
        "9" * 30,
    ],
)
def test_what_is_not_exact_to_the_cent_is_no_amount(text: str) -> None:
    with pytest.raises(AmountError) as caught:
        parse_cents(text)
    assert not text.strip() or text not in str(caught.value) or len(text) == 1


@pytest.mark.parametrize(
    ("text", "cents"),
    [
        ("12", 1200),
        ("12.5", 1250),
        ("12.50", 1250),
        (".5", 50),
        (".05", 5),
        ("-3.10", -310),
        ("-.01", -1),
        ("12.", 1200),
        ("0", 0),
        ("-0", 0),
        ("007.00", 700),
        ("138018.40", 13_801_840),
    ],
)
def test_every_legal_way_to_write_an_amount_is_read(text: str, cents: int) -> None:
    assert parse_cents(text) == cents


@given(st.integers(-(10**15), 10**15))
def test_an_amount_written_is_read_back(cents: int) -> None:
    text = format_cents(cents)
    assert parse_cents(text) == cents
    assert Decimal(text) * 100 == cents
    assert not ("." in text and text.endswith("0"))


@given(st.integers(-(10**12), 10**12), st.integers(0, 99))
def test_two_decimals_are_cents(whole: int, part: int) -> None:
    expected = whole * 100 + (part if whole >= 0 else -part)
    assert parse_cents(f"{whole}.{part:02d}") == expected


@pytest.mark.parametrize("text", ["", "-", ".", "1e2", "one", "1,5", "١"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    with pytest.raises(AmountError):
        parse_quantity(text)


@given(st.decimals(0, 10**6, places=3, allow_nan=False))
def test_a_quantity_written_is_read_back(quantity: Decimal) -> None:
    assert parse_quantity(format_quantity(quantity)) == quantity
