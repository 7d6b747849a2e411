"""Drug units, discarded amounts, vaccines and their administration."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.encounter import DrugAdministration, Immunization
from schemas.values import Coding
from services.coding.domain.coding_result import PatientFacts
from services.coding.domain.procedures.drug_units import DrugLine, drug_lines, in_unit, units_of
from tests.unit.coding.examples import ADULT, DAY, code, encounter, lines

CHILD = PatientFacts(date(2020, 5, 1), "M", "commercial")
SENIOR = PatientFacts(date(1950, 5, 1), "M", "medicare")
doses = st.decimals(min_value="0.001", max_value="5000", places=3)


def drug(**fields: object) -> DrugAdministration:
    return DrugAdministration.model_validate(
        {
            "item_id": "d1",
            "description": "Ceftriaxone sodium",
            "dose": "500",
            "dose_unit": "mg",
            "route": "intramuscular",
            "container": "single_dose",
            "wasted": "0",
            **fields,
        }
    )


def given_drug(**fields: object) -> list[tuple[str, tuple[str, ...], int]]:
    return lines(code(encounter(drugs=(drug(**fields),))))[1:]


def vaccine(cvx: str, number: int = 1, **fields: object) -> Immunization:
    return Immunization.model_validate(
        {
            "item_id": f"v{number}",
            "description": "",
            "code": Coding(system="cvx", code=cvx),
            **fields,
        }
    )


def vaccinated(patient: PatientFacts, *given_: Immunization) -> list[tuple[str, int]]:
    result = code(encounter(visit_kind="immunization", immunizations=given_, problems=()), patient)
    assert result.queries == ()
    return [(line.code, line.units) for line in result.lines]


@given(doses, doses)
def test_units_cover_the_dose_and_one_unit_less_would_not(dose: Decimal, per: Decimal) -> None:
    units = units_of(dose, per)
    assert units * per >= dose
    assert units == 1 or (units - 1) * per < dose


@given(doses, doses, doses)
def test_given_and_discarded_units_never_exceed_the_container(
    dose: Decimal, wasted: Decimal, per: Decimal
) -> None:
    found = drug_lines(dose, wasted, per, "single_dose", DAY)
    assert sum(line.units for line in found) == units_of(dose + wasted, per)
    assert [line.modifier for line in found] in (["", "JW"], ["JZ"])


@pytest.mark.parametrize(
    ("dose", "wasted", "container", "day", "expected"),
    [
        ("500", "0", "single_dose", DAY, [DrugLine(2, "JZ")]),
        ("600", "400", "single_dose", DAY, [DrugLine(3, ""), DrugLine(1, "JW")]),
        ("950", "50", "single_dose", DAY, [DrugLine(4, "JZ")]),
        ("251", "0", "multi_dose", DAY, [DrugLine(2, "")]),
        ("500", None, "unknown", DAY, [DrugLine(2, "")]),
        ("500", "0", "single_dose", date(2023, 6, 30), [DrugLine(2, "")]),
    ],
)
def test_discarded_whole_units_are_a_line_with_jw_and_none_is_jz(
    dose: str, wasted: str | None, container: str, day: date, expected: list[DrugLine]
) -> None:
    amount = None if wasted is None else Decimal(wasted)
    assert drug_lines(Decimal(dose), amount, Decimal(250), container, day) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "unit", "wanted", "expected"),
    [("1", "g", "mg", "1000"), ("250", "mcg", "mg", "0.25"), ("1", "mL", "mg", None)],
)
def test_weights_convert_and_volumes_do_not(
    amount: str, unit: str, wanted: str, expected: str | None
) -> None:
    found = in_unit(Decimal(amount), unit, wanted)
    assert found == (None if expected is None else Decimal(expected))


def test_a_drug_is_found_by_name_and_counted_by_its_descriptor_dose() -> None:
    assert given_drug(dose="1", dose_unit="g") == [("J0696", ("JZ",), 4), ("96372", (), 1)]


def test_a_hcpcs_code_given_is_taken() -> None:
    coding = Coding(system="hcpcs", code="J1885")
    assert given_drug(code=coding, description="x", dose="30") == [
        ("J1885", ("JZ",), 2),
        ("96372", (), 1),
    ]


def test_an_unknown_discarded_amount_of_a_single_dose_container_is_asked_for() -> None:
    result = code(encounter(drugs=(drug(wasted=None),)))
    assert [(query.kind, query.item_id) for query in result.queries] == [("missing_dose", "d1")]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"description": "Moonshine"}, "drug_not_found:d1"),
        ({"dose_unit": "mL"}, "dose_unit_not_convertible:d1"),
        ({"code": {"system": "hcpcs", "code": "J3490"}}, "drug_without_descriptor_dose:d1"),
    ],
)
def test_what_cannot_be_counted_goes_to_a_coder(fields: dict[str, object], reason: str) -> None:
    result = code(encounter(drugs=(drug(**fields),)))
    assert result.reasons == (reason,)


def test_a_facility_bills_the_administration_itself() -> None:
    result = code(
        encounter(
            setting="outpatient_hospital",
            place_of_service="22",
            drugs=(drug(),),
            visit_kind="procedure",
        )
    )
    assert [line.code for line in result.lines] == ["J0696"]


def pushed(*names: str) -> list[tuple[str, tuple[str, ...], int]]:
    given_ = tuple(
        drug(
            item_id=f"d{number}",
            description=name,
            route="intravenous_push",
            container="multi_dose",
            wasted=None,
            dose="4",
        )
        for number, name in enumerate(names, start=1)
    )
    return [each for each in lines(code(encounter(drugs=given_))) if each[0].startswith("96")]


def test_only_one_intravenous_service_is_the_first() -> None:
    assert pushed("Zofran", "Ketorolac", "Famotidine injection ondansetron") == [
        ("96374", (), 1),
        ("96375", (), 1),
    ]


def test_the_same_drug_pushed_again_is_a_facilitys_to_report_ncci_xi_b() -> None:
    assert pushed("Zofran", "Zofran") == [("96374", (), 1)]


def test_a_further_infusion_is_left_to_a_coder_and_never_dropped_in_silence() -> None:
    infusions = tuple(drug(item_id=f"d{number}", route="infusion") for number in (1, 2, 3))
    result = code(encounter(drugs=infusions))
    assert [each.units for each in result.lines if each.code == "96365"] == [1]
    assert result.reasons == (
        "further_infusion_needs_times:d2",
        "further_infusion_needs_times:d3",
        "unsure:96365",
    )


@pytest.mark.parametrize(("route", "first"), [("infusion", "96365"), ("intravenous_push", "96374")])
def test_an_injection_beside_an_intravenous_service_has_a_site_of_its_own(
    route: str, first: str
) -> None:
    both = (drug(route=route), drug(item_id="d2"))
    found = lines(code(encounter(drugs=both)))
    assert [each for each in found if each[0].startswith("96")] == [
        (first, (), 1),
        ("96372", ("XU",), 1),
    ]


def test_an_injection_makes_the_visit_separate() -> None:
    assert lines(code(encounter(drugs=(drug(),))))[0] == ("99213", ("25",), 1)


def test_each_further_injection_is_counted() -> None:
    assert vaccinated(ADULT, vaccine("140"), vaccine("115", 2), vaccine("52", 3)) == [
        ("90656", 1),
        ("90715", 1),
        ("90632", 1),
        ("90471", 1),
        ("90472", 2),
    ]


def test_a_counselled_child_is_counted_by_component() -> None:
    given_ = (
        vaccine("20", components=3, counselling=True),
        vaccine("03", 2, components=3, counselling=True),
    )
    assert vaccinated(CHILD, *given_)[2:] == [("90460", 2), ("90461", 4)]


def test_the_two_administration_series_are_never_mixed() -> None:
    given_ = (vaccine("20", counselling=True), vaccine("03", 2, counselling=False))
    assert vaccinated(CHILD, *given_)[2:] == [("90471", 1), ("90472", 1)]


def test_counselling_of_an_adult_changes_nothing() -> None:
    assert vaccinated(ADULT, vaccine("140", counselling=True))[1:] == [("90471", 1)]


def test_medicare_has_codes_of_its_own_for_three_vaccines() -> None:
    given_ = (vaccine("135"), vaccine("216", 2), vaccine("43", 3), vaccine("187", 4))
    assert vaccinated(SENIOR, *given_)[4:] == [
        ("G0008", 1),
        ("G0009", 1),
        ("G0010", 1),
        ("90471", 1),
    ]


def test_a_vaccine_by_nose_after_an_injection_is_a_further_one() -> None:
    given_ = (vaccine("115"), vaccine("111", 2, route="nasal"))
    assert vaccinated(ADULT, *given_)[2:] == [("90471", 1), ("90474", 1)]
    assert vaccinated(ADULT, vaccine("111", route="nasal"))[1:] == [("90473", 1)]


def test_vaccines_point_to_z23_and_the_visit_does_not() -> None:
    result = code(encounter(immunizations=(vaccine("140"),)))
    assert [each.code for each in result.diagnoses] == ["J20.9", "Z23"]
    assert [(line.code, line.pointers) for line in result.lines] == [
        ("99213", (1,)),
        ("90656", (2,)),
        ("90471", (2,)),
    ]


def test_a_vaccine_that_is_not_in_the_set_goes_to_a_coder() -> None:
    result = code(encounter(immunizations=(vaccine("999"),)))
    assert result.reasons == ("vaccine_not_in_set:v1",)


def test_a_drug_given_twice_is_one_line_with_the_units_of_both() -> None:
    given = tuple(
        DrugAdministration.model_validate(
            {
                "item_id": f"d{number}",
                "description": "ketorolac",
                "dose": "30",
                "dose_unit": "mg",
                "route": "intramuscular",
                "container": "single_dose",
                "wasted": "0",
            }
        )
        for number in (1, 2)
    )
    made = lines(code(encounter(visit_kind="procedure", drugs=given)))
    assert made == [("J1885", ("JZ",), 4), ("96372", (), 2)]


def test_components_of_vaccines_with_codes_of_their_own_are_not_counted() -> None:
    child = PatientFacts(date(2020, 5, 17), "F", "commercial")
    vaccines = (
        Immunization(item_id="i1", description="Covid", code={"system": "cpt", "code": "91320"},
                     components=2, counselling=True),
        Immunization(item_id="i2", description="IPV vaccine", counselling=True),
    )  # fmt: skip
    made = lines(code(encounter(visit_kind="immunization", immunizations=vaccines), child))
    assert [each for each, _, _ in made if each.startswith("904")] == ["90480", "90460"]
