"""Procedures, drugs and modifiers of whole encounters; each case names its rule."""

from typing import Any

import pytest

from schemas.encounter import Immunization
from services.coding.domain.coding_result import PatientFacts
from tests.unit.coding.examples import DAY, LOW, MODERATE, code, encounter, problems
from tests.unit.coding.procedure_cases import (
    COMMERCIAL,
    SENIOR,
    by_code,
    earlier,
    infusion,
    lab_of,
    procedure,
    reported,
    short,
)

ONLY: dict[str, Any] = {"visit_kind": "procedure", "decision_making": None}


@pytest.mark.parametrize(
    ("rule", "items", "expected"),
    [
        (
            "CPT repairs by length",
            [procedure("Simple repair of 2.5 cm laceration of left forearm")],
            ["12001"],
        ),
        (
            "CPT repairs by length",
            [procedure("Simple repair of 2.6 cm laceration of left forearm")],
            ["12002"],
        ),
        ("CPT repairs by site", [procedure("Sutured 3 cm laceration of chin")], ["12013"]),
        ("CPT layered repairs", [procedure("Layered closure of 4 cm hand laceration")], ["12042"]),
        (
            "CPT repairs of one group are added up",
            [
                procedure("Simple repair of 2 cm laceration of arm"),
                procedure("Simple repair of 3 cm laceration of leg", 2),
            ],
            ["12002"],
        ),
        (
            "CPT repairs of other groups stand apart",
            [
                procedure("Simple repair of 2 cm laceration of arm"),
                procedure("Simple repair of 2 cm laceration of lip", 2),
            ],
            ["12011", "12001-XS"],
        ),
        ("CPT by lesions", [by_code("17000", units=5)], ["17000", "17003 x4"]),
        ("CPT by lesions, fifteen", [by_code("17000", units=15)], ["17004"]),
        ("CPT by lesions", [by_code("17110", units=9)], ["17110"]),
        ("CPT by lesions, fifteen", [by_code("17110", units=15)], ["17111"]),
        ("CPT by lesions, further ten", [by_code("11200", units=31)], ["11200", "11201 x2"]),
        ("CPT by lesions", [procedure("punch biopsy of skin", units=3)], ["11104", "11105 x2"]),
        ("CPT by nails", [by_code("11720", units=6)], ["11721"]),
        ("NCCI I.E digits", [procedure("finger x-ray right index")], ["73140-F6"]),
        ("NCCI I.E digits", [by_code("11730", body_site="left great toe")], ["11730-TA"]),
        (
            "NCCI I.E one digit and another are two lines",
            [
                by_code("11730", body_site="left great toe"),
                by_code("11730", 2, body_site="left second toe"),
            ],
            ["11730-TA", "11730-T1"],
        ),
        ("NCCI I.E eyelids", [procedure("chalazion removal, right upper eyelid")], ["67800-E3"]),
        ("NCCI I.E sides", [by_code("20610", laterality="bilateral")], ["20610-50"]),
        ("CPT code for both sides", [by_code("77065", laterality="bilateral")], ["77066"]),
        ("CPT code for both sides", [by_code("77065", laterality="left")], ["77065-LT"]),
        ("CPT 26", [by_code("71046", component="professional")], ["71046-26"]),
        ("CPT TC", [by_code("71046", component="technical")], ["71046-TC"]),
        ("CPT tracing only", [by_code("93000", component="technical")], ["93005"]),
        ("NCCI I.E 76", [by_code("71046"), by_code("71046", 2)], ["71046", "71046-76"]),
        (
            "NCCI I.E 77",
            [by_code("71046"), by_code("71046", 2, circumstance="repeat_other_provider")],
            ["71046", "71046-77"],
        ),
        ("HCPCS by wording", [procedure("crutches")], ["E0114"]),
        (
            "HCPCS by wording and side",
            [procedure("knee immobilizer", laterality="right")],
            ["L1830-RT"],
        ),
        ("HCPCS by code", [by_code("A4565")], ["A4565"]),
        (
            "name within words",
            [procedure("MRI lumbar spine without contrast for radiculopathy")],
            ["72148"],
        ),
        (
            "both passes are another code",
            [procedure("MRI brain with and without contrast")],
            ["70553"],
        ),
        ("one pass", [procedure("MRI brain without contrast")], ["70551"]),
        ("an add-on of visits is no procedure", [by_code("99215")], []),
    ],
)
def test_procedures(rule: str, items: list[Any], expected: list[str]) -> None:
    assert reported(**ONLY, procedures=tuple(items)) == expected, rule


@pytest.mark.parametrize(
    ("code_", "expected"),
    [("93000", "93010"), ("93015", "93018"), ("94010", "94010-26"), ("71046", "71046-26")],
)
def test_in_a_hospital_a_practitioner_reports_the_reading(code_: str, expected: str) -> None:
    items = (by_code(code_),)
    found = reported(**ONLY, setting="outpatient_hospital", place_of_service="22", procedures=items)
    assert found == [expected]


def test_a_surgery_center_reports_both_sides_as_two_lines() -> None:
    items = (by_code("20610", laterality="bilateral"),)
    assert reported(**ONLY, place_of_service="24", procedures=items) == ["20610-LT", "20610-RT"]


LIPIDS = ("82465", "83718", "84478")
BASIC = ("82374", "82435", "84132", "84295", "82565", "82947", "84520", "82310")
LIVER = ("82040", "82247", "82248", "84075", "84155", "84450", "84460")


@pytest.mark.parametrize(
    ("rule", "tests", "expected"),
    [
        ("all of a panel", LIPIDS, ["80061"]),
        ("a part of a panel", LIPIDS[:2], ["82465", "83718"]),
        ("all of a panel", BASIC, ["80048"]),
        ("the larger panel", (*BASIC, *LIVER[:2], *LIVER[3:]), ["80053"]),
        ("the larger panel and what is left", (*BASIC, *LIVER), ["80053", "82248"]),
        ("other tests stay where they stood", ("85025", *LIPIDS), ["85025", "80061"]),
    ],
)
def test_panels_ncci_i_n(rule: str, tests: tuple[str, ...], expected: list[str]) -> None:
    items = tuple(lab_of(each, number) for number, each in enumerate(tests))
    found = reported(visit_kind="laboratory", decision_making=None, lab_tests=items)
    assert sorted(found) == sorted(expected), rule


def test_waived_tests_of_a_panel_make_a_waived_panel() -> None:
    items = tuple(lab_of(each, number) for number, each in enumerate(LIPIDS))
    found = reported(SENIOR, visit_kind="laboratory", decision_making=None, lab_tests=items)
    assert found == ["80061-QW"]


@pytest.mark.parametrize(
    ("rule", "given", "expected"),
    [
        ("15 minutes are a push", [infusion("Ceftriaxone", 0, 15)], ["96374"]),
        ("16 minutes are an infusion", [infusion("Ceftriaxone", 0, 16)], ["96365"]),
        ("90 minutes are one hour", [infusion("Ceftriaxone", 0, 90)], ["96365"]),
        ("91 minutes are two hours", [infusion("Ceftriaxone", 0, 91)], ["96365", "96366"]),
        ("150 minutes are two hours", [infusion("Ceftriaxone", 0, 150)], ["96365", "96366"]),
        ("151 minutes are three hours", [infusion("Ceftriaxone", 0, 151)], ["96365", "96366 x2"]),
        (
            "another drug afterwards",
            [infusion("Ceftriaxone", 0, 40), infusion("Vancomycin", 45, 60, 2)],
            ["96365", "96367"],
        ),
        (
            "another drug at the same time",
            [infusion("Ceftriaxone", 0, 60), infusion("Vancomycin", 10, 40, 2)],
            ["96365", "96368"],
        ),
        (
            "a push beside an infusion",
            [
                infusion("Ceftriaxone", 0, 40),
                infusion("Zofran", 0, None, 2, route="intravenous_push", dose="4"),
            ],
            ["96365", "96375"],
        ),
        (
            "chemotherapy before other therapy",
            [infusion("Ceftriaxone", 0, 40), infusion("Rituximab", 50, 120, 2)],
            ["96413", "96415", "96367"],
        ),
        (
            "hydration of 30 minutes is not reported",
            [infusion("Normal saline", 0, 30, dose="500", dose_unit="mL")],
            [],
        ),
        (
            "hydration alone",
            [infusion("Normal saline", 0, 95, dose="1000", dose_unit="mL")],
            ["96360", "96361"],
        ),
        (
            "hydration after an infusion",
            [
                infusion("Ceftriaxone", 0, 40),
                infusion("Normal saline", 60, 40, 2, dose="500", dose_unit="mL"),
            ],
            ["96365", "96361"],
        ),
        (
            "hydration beside an infusion counts only while it runs alone (XI.B.6)",
            [
                infusion("Ceftriaxone", 0, 60),
                infusion("Normal saline", 0, 91, 2, dose="1000", dose_unit="mL"),
            ],
            ["96365", "96361"],
        ),
        (
            "hydration that ran alone for 30 minutes or less is not reported",
            [
                infusion("Ceftriaxone", 0, 60),
                infusion("Normal saline", 0, 90, 2, dose="1000", dose_unit="mL"),
            ],
            ["96365"],
        ),
        (
            "two bags at once are one hydration",
            [
                infusion("Normal saline", 0, 90, dose="1000", dose_unit="mL"),
                infusion("Normal saline", 0, 90, 2, dose="1000", dose_unit="mL"),
            ],
            ["96360"],
        ),
        (
            "fluid that keeps a line open is not reported (XI.B.5)",
            [infusion("Normal saline KVO", 0, 240, dose="500", dose_unit="mL")],
            [],
        ),
        (
            "a second site of access has an initial service of its own (XI.B.2)",
            [
                infusion("Ceftriaxone", 0, 60, access=1),
                infusion("Vancomycin", 0, 100, 2, access=2),
            ],
            ["96365", "96365-XS", "96366"],
        ),
        (
            "two lumina of one site have one initial service (XI.B.3)",
            [infusion("Ceftriaxone", 0, 60), infusion("Vancomycin", 0, 100, 2)],
            ["96365", "96368"],
        ),
        (
            "hydration through a site of its own beside an infusion is not reported",
            [
                infusion("Ceftriaxone", 0, 60, access=1),
                infusion("Normal saline", 0, 60, 2, dose="500", dose_unit="mL", access=2),
            ],
            ["96365"],
        ),
        (
            "a hormone is injected by its own code",
            [infusion("Lupron", 0, None, route="intramuscular", dose="7.5")],
            ["96402"],
        ),
    ],
)
def test_administration_by_minutes_ncci_xi_b(
    rule: str, given: list[Any], expected: list[str]
) -> None:
    found = reported(**ONLY, drugs=tuple(given))
    assert [each for each in found if each.startswith("96")] == expected, rule


def test_an_infusion_that_ends_before_it_begins_goes_to_a_coder() -> None:
    drug = infusion("Ceftriaxone", 60, -30)
    assert "infusion_times_unusable:d1" in code(encounter(**ONLY, drugs=(drug,))).reasons


@pytest.mark.parametrize(
    ("containers", "wasted", "expected"),
    [
        (("500", "500"), None, ["J0696 x3", "J0696-JW"]),
        (("750",), None, ["J0696-JZ x3"]),
        (("500", "500"), "250", ["J0696 x3", "J0696-JW"]),
    ],
)
def test_containers_opened_say_what_was_discarded(
    containers: tuple[str, ...], wasted: str | None, expected: list[str]
) -> None:
    drug = infusion(
        "Rocephin", 0, 30, container="single_dose", containers=containers, dose="750", wasted=wasted
    )
    assert reported(**ONLY, drugs=(drug,))[: len(expected)] == expected


def test_containers_that_do_not_add_up_go_to_a_coder() -> None:
    drug = infusion(
        "Rocephin", 0, 30, container="single_dose", containers=("500",), dose="750", wasted="0"
    )
    assert "containers_and_dose_differ:d1" in code(encounter(**ONLY, drugs=(drug,))).reasons


ABSCESS: dict[str, Any] = {
    "problems": problems("Abscess of skin"),
    "procedures": (by_code("10060"),),
}


@pytest.mark.parametrize(
    ("rule", "fields", "expected"),
    [
        (
            "NCCI I.D minor procedure and a visit of its own",
            {**ABSCESS, "decision_making": MODERATE},
            ["99214-25", "10060"],
        ),
        (
            "NCCI I.D decision for a major procedure",
            {
                "problems": problems("Hip fracture", laterality="left"),
                "procedures": (by_code("27130", laterality="left"),),
                "decision_making": MODERATE,
            },
            ["99214-57", "27130-LT"],
        ),
        (
            "NCCI I.D major procedure on the next day",
            {"surgery_date": DAY.replace(day=3), "decision_making": MODERATE},
            ["99214-57"],
        ),
        ("surgery a week later", {"surgery_date": DAY.replace(day=9)}, ["99213"]),
        (
            "42 CFR 414.40 unrelated in the global period",
            {"earlier_procedures": (earlier("10060", 5, "L02.91"),)},
            ["99213-24"],
        ),
        (
            "42 CFR 414.40 related in the global period",
            {**ABSCESS, "procedures": (), "earlier_procedures": (earlier("10060", 5, "L02.91"),)},
            [],
        ),
        (
            "after the global period",
            {"earlier_procedures": (earlier("10060", 11, "L02.91"),)},
            ["99213"],
        ),
        (
            "another provider's procedure",
            {"earlier_procedures": (earlier("10060", 5, "J20.9", provider_id="DR9"),)},
            ["99213"],
        ),
        (
            "58 staged",
            {**ABSCESS, **ONLY, "procedures": (by_code("10060", circumstance="staged"),)},
            ["10060-58"],
        ),
        (
            "78 return to the operating room",
            {
                **ABSCESS,
                **ONLY,
                "procedures": (by_code("10060", circumstance="return_to_operating_room"),),
            },
            ["10060-78"],
        ),
        (
            "79 unrelated",
            {**ABSCESS, **ONLY, "procedures": (by_code("10060", circumstance="unrelated"),)},
            ["10060-79"],
        ),
    ],
)
def test_modifiers_of_surgery(rule: str, fields: dict[str, Any], expected: list[str]) -> None:
    assert reported(**fields) == expected, rule


def test_a_visit_for_nothing_but_the_minor_procedure_is_looked_at_by_a_coder() -> None:
    result = code(encounter(**ABSCESS, decision_making=LOW))
    assert "separate_visit_not_evident:99213:10060" in result.reasons


def test_an_unknown_relation_in_a_global_period_is_looked_at_by_a_coder() -> None:
    result = code(encounter(earlier_procedures=(earlier("10060", 5),)))
    assert "global_period_relation_unknown:10060" in result.reasons


def test_a_procedure_in_a_global_period_needs_its_circumstance() -> None:
    fields: dict[str, Any] = {**ABSCESS, **ONLY}
    result = code(encounter(**fields, earlier_procedures=(earlier("10060", 5, "L02.91"),)))
    assert "global_period_procedure:10060:x1" in result.reasons


def test_a_line_points_first_to_what_it_was_ordered_for() -> None:
    result = code(
        encounter(
            problems=problems("Acute bronchitis", "Hypertension"),
            procedures=(by_code("93000", problem_ids=("p1",)),),
        )
    )
    assert {line.code: line.pointers for line in result.lines}["93000"] == (1,)


def shot(description: str, number: int = 1, **fields: Any) -> Immunization:
    return Immunization.model_validate(
        {"item_id": f"v{number}", "description": description, **fields}
    )


CHILD = PatientFacts(DAY.replace(year=2020), "M", "commercial")


@pytest.mark.parametrize(
    ("rule", "patient", "given", "expected"),
    [
        ("by name and age", CHILD, [shot("hepatitis B vaccine pediatric")], ["90744", "90471"]),
        (
            "by name and age",
            COMMERCIAL,
            [shot("hepatitis A vaccine pediatric")],
            ["90632", "90471"],
        ),
        (
            "components of the product",
            CHILD,
            [shot("MMRV", counselling=True)],
            ["90710", "90460", "90461 x3"],
        ),
        ("coronavirus", COMMERCIAL, [shot("Comirnaty")], ["91320", "90480"]),
        ("coronavirus, Medicare", SENIOR, [shot("Spikevax")], ["91322", "90480"]),
        (
            "Medicare's own for influenza",
            SENIOR,
            [shot("high dose flu vaccine"), shot("Shingrix", 2)],
            ["90662", "90750", "G0008", "90471"],
        ),
        ("by mouth", CHILD, [shot("rotavirus vaccine", route="oral")], ["90681", "90473"]),
    ],
)
def test_vaccines(
    rule: str, patient: PatientFacts, given: list[Immunization], expected: list[str]
) -> None:
    made = code(
        encounter(
            visit_kind="immunization",
            problems=(),
            decision_making=None,
            immunizations=tuple(given),
        ),
        patient,
    )
    assert short(made) == expected, rule
