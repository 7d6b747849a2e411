"""Doses and containers to lines: exact units, smallest containers, JW, JZ (Manual ch. 17 s. 40)."""

import json
from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from services.coding.commands import app
from services.coding.domain.procedures.dose_lines import dose_lines
from services.coding.domain.procedures.drug_units import JZ_REQUIRED_FROM, in_unit, units_of
from services.coding.domain.procedures.vial_mix import Size, Vial, held, smallest_mix

DAY = date(2024, 8, 1)
RUN = CliRunner()
amounts = st.decimals(min_value="0.01", max_value="400", places=2)
sizes = st.lists(
    st.sampled_from([Decimal(each) for each in ("0.5", "1", "2.5", "10", "25", "40", "100")]),
    min_size=1,
    max_size=4,
    unique=True,
)


@given(amounts, sizes)
def test_the_smallest_mix_holds_the_dose_and_no_mix_leaves_less(
    dose: Decimal, at_hand: list[Decimal]
) -> None:
    mix = smallest_mix(dose, map(Size, at_hand))
    assert mix is not None
    left = held(mix) - dose
    assert left >= 0
    assert all(left < vial.amount for vial in mix)
    few = range(4)
    for numbers in product(few, repeat=len(at_hand)):
        other = sum((size * n for size, n in zip(at_hand, numbers, strict=True)), Decimal(0))
        if other >= dose:
            assert other >= held(mix)
            if other == held(mix):
                assert sum(numbers) >= sum(vial.number for vial in mix)


@given(amounts, amounts, sizes)
def test_billed_units_never_exceed_what_the_containers_hold(
    dose: Decimal, per: Decimal, at_hand: list[Decimal]
) -> None:
    made = dose_lines(dose, per, "single_dose", tuple(map(Size, at_hand)), None, DAY)
    assert sum(line.units for line in made.lines) == units_of(held(made.vials), per)
    assert made.lines[0].units == units_of(dose, per)
    assert [line.modifier for line in made.lines] in (["", "JW"], ["JZ"])
    assert made.waste == held(made.vials) - dose


@given(amounts, amounts)
def test_units_are_counted_without_rounding_error(dose: Decimal, per: Decimal) -> None:
    units = units_of(dose, per)
    assert (units - 1) * per < dose <= units * per


@given(st.decimals(min_value="0.0001", max_value="99999999", places=4))
def test_conversions_go_there_and_back_unchanged(amount: Decimal) -> None:
    for one, other in (("mg", "g"), ("mcg", "mg"), ("g", "mcg"), ("mL", "L")):
        there = in_unit(amount, one, other)
        assert there is not None
        assert in_unit(there, other, one) == amount


@pytest.mark.parametrize(
    ("dose", "at_hand", "expected"),
    [
        ("750", (("500", None),), (("500", 2),)),
        ("600", (("500", None), ("250", None)), (("500", 1), ("250", 1))),
        ("155", (("100", None), ("200", None)), (("200", 1),)),
        ("145", (("100", None), ("50", None)), (("100", 1), ("50", 1))),
        ("100", (("100", None), ("50", None)), (("100", 1),)),
        ("100", (("100", 0), ("50", 3)), (("50", 2),)),
        ("90", (("40", 2), ("60", 1)), (("60", 1), ("40", 1))),
    ],
)
def test_the_mix_is_the_least_left_over_then_the_fewest(
    dose: str, at_hand: tuple[tuple[str, int | None], ...], expected: tuple[tuple[str, int], ...]
) -> None:
    found = smallest_mix(Decimal(dose), [Size(Decimal(a), n) for a, n in at_hand])
    assert found == tuple(Vial(Decimal(amount), number) for amount, number in expected)


@pytest.mark.parametrize(
    "at_hand", [(), (("40", 1),), (("0", None),), (("0.0001", None), ("70.0003", None))]
)
def test_containers_that_cannot_give_the_dose_give_no_mix(
    at_hand: tuple[tuple[str, int | None], ...],
) -> None:
    assert smallest_mix(Decimal(90), [Size(Decimal(a), n) for a, n in at_hand]) is None


def units(tmp_path: Path, *cases: dict[str, Any]) -> list[dict[str, Any]]:
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(json.dumps(case) + "\n" for case in cases), encoding="utf-8")
    out = RUN.invoke(app, ["units", "--jsonl", str(path)])
    assert out.exit_code == 0
    return [json.loads(line) for line in out.stdout.splitlines()]


SINGLE: dict[str, Any] = {
    "code": "J0696",
    "dose": "750",
    "dose_unit": "mg",
    "container": "single_dose",
    "containers": [{"size": "500", "unit": "mg"}],
    "date": "2024-08-01",
}


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, [("J0696", 3, []), ("J0696", 1, ["JW"])]),
        ({"dose": "1000"}, [("J0696", 4, ["JZ"])]),
        ({"dose": "1", "dose_unit": "g"}, [("J0696", 4, ["JZ"])]),
        ({"dose": "900"}, [("J0696", 4, ["JZ"])]),
        ({"dose": "1000", "date": "2023-06-30"}, [("J0696", 4, [])]),
        ({"dose": "1000", "date": JZ_REQUIRED_FROM.isoformat()}, [("J0696", 4, ["JZ"])]),
        ({"container": "multi_dose"}, [("J0696", 3, [])]),
        ({"wasted": "0"}, [("J0696", 3, ["JZ"])]),
        ({"wasted": "900"}, [("J0696", 3, []), ("J0696", 1, ["JW"])]),
        ({"containers": None, "wasted": "250"}, [("J0696", 3, []), ("J0696", 1, ["JW"])]),
        ({"containers": None}, [("J0696", 3, [])]),
        ({"code": None, "drug": "Rocephin"}, [("J0696", 3, []), ("J0696", 1, ["JW"])]),
        (
            {"code": None, "descriptor_dose": "100", "descriptor_unit": "mg"},
            [(None, 8, []), (None, 2, ["JW"])],
        ),
        (
            {
                "code": "J3301",
                "dose": "1.5",
                "dose_unit": "mL",
                "concentration": "40 mg/mL",
                "containers": ["1 mL"],
            },
            [("J3301", 6, []), ("J3301", 2, ["JW"])],
        ),
    ],
)
def test_a_case_gives_its_lines(
    tmp_path: Path, change: dict[str, Any], expected: list[tuple[str | None, int, list[str]]]
) -> None:
    (found,) = units(tmp_path, {**SINGLE, **change})
    made = [(line["code"], line["units"], line["modifiers"]) for line in found["lines"]]
    assert made == expected


@pytest.mark.parametrize(
    ("change", "kind"),
    [
        ({"containers": None}, "discarded_amount_unknown"),
        ({"wasted": "900"}, "waste_above_smallest_mix"),
        ({"wasted": "10"}, "waste_below_containers"),
        ({"dose": "900"}, "waste_within_units"),
        ({"container": None}, "container_unknown"),
        ({"container": "multi_dose", "wasted": "5"}, "waste_of_multi_dose"),
        ({"containers": [{"size": "500", "count": 1}]}, "containers_unusable"),
        ({"descriptor_dose": "100"}, "descriptor_differs"),
    ],
)
def test_what_is_not_as_it_should_be_is_a_finding(
    tmp_path: Path, change: dict[str, Any], kind: str
) -> None:
    (found,) = units(tmp_path, {**SINGLE, **change})
    assert kind in [each["kind"] for each in found["findings"]]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"dose": "-1"}, "dose_unusable"),
        ({"dose": "0"}, "dose_missing"),
        ({"dose": "NaN"}, "dose_unusable"),
        ({"dose": [1]}, "dose_unusable"),
        ({"dose_unit": "furlong"}, "dose_unit_unusable"),
        ({"dose_unit": "mL"}, "unit_not_convertible"),
        ({"code": "J9ZZZ"}, "code_unknown"),
        ({"code": "J3490"}, "descriptor_dose_missing"),
        ({"descriptor_dose": "0"}, "descriptor_dose_unusable"),
        ({"containers": [{"size": "0"}]}, "containers_unusable"),
        ({"date": "yesterday"}, "date_unusable"),
        ({"container": "bucket"}, "container_unusable"),
        ({"ndc": "12-34"}, "ndc_unusable"),
    ],
)
def test_a_case_that_cannot_be_counted_is_told_so_and_the_next_is_answered(
    tmp_path: Path, change: dict[str, Any], reason: str
) -> None:
    bad, good = units(tmp_path, {**SINGLE, **change}, SINGLE)
    assert bad["error"]["reason"] == reason
    assert len(good["lines"]) == 2


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("00409-1963-01", "00409196301"),
        ("0409-1963-01", "00409196301"),
        ("50242-040-62", "50242004062"),
        ("12345-6789-1", "12345678901"),
    ],
)
def test_a_national_drug_code_has_eleven_digits(
    tmp_path: Path, written: str, expected: str
) -> None:
    (found,) = units(tmp_path, {**SINGLE, "ndc": written})
    assert {line["ndc"] for line in found["lines"]} == {expected}
