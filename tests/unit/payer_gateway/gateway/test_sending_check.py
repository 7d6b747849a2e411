"""What a check of our own file says goes to the claims that it concerns, and to no others."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from services.payer_gateway.domain.sending_check import (
    errors_in,
    reasons_of,
    sending_edits,
    unsendable,
)
from services.payer_gateway.x12 import Claim, WriteError, read_837p, validate
from services.payer_gateway.x12.checks.provers import is_proven
from services.payer_gateway.x12.professional_claim_writer import claim_text
from tests.unit.payer_gateway.x12.builders import only_transaction
from tests.unit.payer_gateway.x12.mutation.samples import SAMPLES

CLAIMS = ("C1", "C2", "C3", "C4")


def file_with(old: str = "", new: str = "", count: int = 1) -> bytes:
    text = SAMPLES["837P"]
    assert old in text
    return ("~".join(text.replace(old, new, count).strip().split("\n")) + "~").encode()


def test_a_sound_file_keeps_no_claim_back() -> None:
    assert unsendable(file_with(), CLAIMS) == {}
    assert errors_in(file_with()) == []


def test_a_claims_own_error_keeps_that_claim_back_in_words() -> None:
    (refused,) = unsendable(file_with("DTP*472*D8*20260106", "DTP*472*D8*20270106"), CLAIMS).items()
    claim_id, (reason,) = refused
    assert claim_id == "C2"
    assert reason.code == "date.future"
    assert "2400/DTP DTP03: the day is after the file was made" in reason.message


def test_each_claim_gets_its_own_errors() -> None:
    data = file_with("*20260105", "*20270105", 99)
    refused = unsendable(data, CLAIMS)
    assert set(refused) == {"C1", "C3", "C4"}
    assert {len(reasons) for reasons in refused.values()} == {1, 2}


def test_an_error_of_a_level_above_keeps_the_claims_below_it_back() -> None:
    refused = unsendable(file_with("DMG*D8*19501122", "DMG*D8*20501122"), CLAIMS)
    assert set(refused) == {"C3", "C4"}
    assert {reason.code for reasons in refused.values() for reason in reasons} == {"date.future"}


def test_claims_below_two_levels_at_fault_get_each_its_own_levels_error() -> None:
    data = file_with("DMG*D8*19501122", "DMG*D8*20501122")
    data = data.replace(b"DMG*D8*20150309*U", b"DMG*D8*20150309*X")
    refused = unsendable(data, CLAIMS)
    assert {claim: [r.code for r in reasons] for claim, reasons in refused.items()} == {
        "C2": ["element.code"],
        "C3": ["date.future"],
        "C4": ["date.future"],
    }


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("NM1*40*2*First Health*****46*FH1", "NM1*40*2*First Health"),
        ("GS*HC", "GS*HP"),
        ("SE*101", "SE*99"),
        ("~", "~"),
    ],
)
def test_an_error_that_is_no_claims_keeps_all_claims_back(old: str, new: str) -> None:
    data = file_with(old, new) if old != new else b"no file of segments"
    refused = unsendable(data, CLAIMS)
    assert set(refused) == set(CLAIMS)
    assert all(refused.values())


def test_a_warning_keeps_nothing_back() -> None:
    assert (
        unsendable(file_with("N4*Springfield*IL*627010001", "N4*Springfield*IL*62701"), CLAIMS)
        == {}
    )


_OTHER_VALUES: dict[type, tuple[Any, ...]] = {
    str: ("", "X", "ZZ", "18", "7", "A ", "1234567890", "A" * 36, "A" * 61, "A" * 81),
    int: (0, -1, 51),
    Decimal: (Decimal(0), Decimal("1.5")),
    date: (date(1700, 1, 1), date(2150, 1, 1)),
}


def claims() -> tuple[Claim, ...]:
    return read_837p(only_transaction(file_with()))[0].claims


def with_one_other_value(value: Any, *, is_row: bool = False) -> Iterator[Any]:
    """The value with one of its parts, at any depth, as it should not be or as it may be too."""
    if is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            for other in with_one_other_value(getattr(value, each.name)):
                yield replace(value, **{each.name: other})
    elif isinstance(value, tuple):
        if not is_row:
            yield from (value[1:], value[-1:] + value, value * 13)
        for place, part in enumerate(value):
            for other in with_one_other_value(part, is_row=True):
                yield (*value[:place], other, *value[place + 1 :])
    else:
        yield from _OTHER_VALUES.get(type(value), ())


@pytest.mark.parametrize("number", [1, 2])
def test_a_claim_is_kept_back_for_each_fault_that_its_values_have(number: int) -> None:
    found = set()
    proven = 0
    for claim in with_one_other_value(claims()[number]):
        try:
            text = claim_text(claim)
        except WriteError:
            continue
        reasons = sending_edits(claim, text)
        assert reasons == reasons_of(validate.check_claim(claim, is_written=True))
        found |= {reason.code for reason in reasons}
        proven += is_proven(text)
    assert len(found) > 12
    assert proven > 100


def test_a_claim_that_cannot_be_written_is_kept_back() -> None:
    claim = replace(claims()[0], claim_id="A*B")
    assert [reason.code for reason in sending_edits(claim, None)] == ["claim.text"]
