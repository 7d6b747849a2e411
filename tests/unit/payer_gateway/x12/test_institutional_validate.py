"""No institutional claim is sent that a payer would send back: SNIP levels 1 to 5."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from services.payer_gateway.x12 import (
    Adjustment,
    InpatientProcedure,
    InstitutionalClaim,
    InstitutionalDiagnosis,
    InstitutionalLine,
    Occurrence,
    OccurrenceSpan,
    Procedure,
    Reference,
    ValueAmount,
)
from services.payer_gateway.x12 import institutional_validate as validate
from services.payer_gateway.x12.checks.claim_values import CodeSets
from tests.unit.payer_gateway.x12.institutional_builders import (
    ADMITTED,
    ATTENDING,
    DISCHARGED,
    everything_institutional,
    inpatient_claim,
    institutional_line,
    outpatient_claim,
    secondary_institutional_claim,
)

_Change = Callable[[InstitutionalClaim], InstitutionalClaim]
DIAGNOSES = inpatient_claim().diagnoses


def claim(**changes: object) -> _Change:
    return lambda given: replace(given, **changes)  # type: ignore[arg-type]


def line(**changes: object) -> _Change:
    def change(given: InstitutionalClaim) -> InstitutionalClaim:
        first: InstitutionalLine = replace(given.lines[0], **changes)  # type: ignore[arg-type]
        return replace(given, lines=(first, *given.lines[1:]))

    return change


def diagnosis(code: str, qualifier: str = "ABF", present: str = "Y") -> _Change:
    return claim(diagnoses=(*DIAGNOSES, InstitutionalDiagnosis(code, qualifier, present)))


@pytest.mark.parametrize(
    ("change", "rule", "level", "path", "element"),
    [
        (claim(claim_id="A*B"), "claim.text", 1, "CLM", "CLM01"),
        (claim(claim_id=""), "claim.required", 2, "2300/CLM", "CLM01"),
        (claim(facility_code=""), "claim.required", 2, "2300/CLM", "CLM05-1"),
        (claim(facility_qualifier="B"), "claim.code", 2, "2300/CLM", "CLM05-2"),
        (claim(assignment="P"), "claim.code", 2, "2300/CLM", "CLM07"),
        (claim(statement_from=None), "claim.required", 2, "2300/DTP[434]", "DTP03"),
        (claim(statement_to=None), "claim.statement-period", 2, "2300/DTP[434]", "DTP02"),
        (claim(patient_status=""), "claim.required", 2, "2300/CL1", "CL103"),
        (claim(lines=()), "claim.count", 2, "2300/2400/LX", "LX01"),
        (line(revenue_code=""), "claim.required", 2, "2300/2400[1]/SV2", "SV201"),
        (line(unit="MJ"), "claim.code", 2, "2300/2400[1]/SV2", "SV204"),
        (line(charge_cents=-1), "claim.negative-amount", 2, "2300/2400[1]/SV2", "SV203"),
        (line(units=Decimal(0)), "claim.negative-amount", 2, "2300/2400[1]/SV2", "SV205"),
        (line(non_covered_cents=-1), "claim.negative-amount", 2, "2300/2400[1]/SV2", "SV207"),
        (line(control_number="L2"), "claim.line-number-repeated", 2, "2300/2400[2]/REF[6R]", ""),
        (line(procedure=Procedure("99213", qualifier="XX")), "claim.code", 2, "", "SV202-1"),
        (diagnosis("I10", "ABF", "1"), "claim.present-on-admission", 2, "2300/HI[ABF]", "HI02-9"),
        (diagnosis("R51", "APR", "Y"), "claim.present-on-admission", 2, "2300/HI[APR]", "HI01-9"),
        (diagnosis("I10", "ABZ", ""), "claim.code", 2, "2300/HI", "HI01-1"),
        (diagnosis("R51", "ABJ", ""), "claim.count", 2, "2300/HI[ABJ]", "HI01"),
        (
            claim(procedures=(InpatientProcedure("0BJ08ZZ", None, "BBR"),)),
            "claim.required",
            2,
            "2300/HI[BBR]",
            "HI01-4",
        ),
        (claim(value_amounts=(ValueAmount("A2", -1),)), "claim.negative-amount", 2, "", "HI01-5"),
        (claim(total_charge_cents=1), "claim.total", 3, "2300/CLM", "CLM02"),
        (line(non_covered_cents=800_001), "claim.non-covered", 3, "2300/2400[1]/SV2", "SV207"),
        (claim(admission_date=None), "claim.admission", 4, "2300/DTP[435]", "DTP03"),
        (claim(admission_type=""), "claim.admission", 4, "2300/CL1", "CL101"),
        (claim(admission_source=""), "claim.admission", 4, "2300/CL1", "CL102"),
        (claim(discharge_time=None), "claim.discharge-hour", 4, "2300/DTP[096]", "DTP03"),
        (
            claim(admission_date=date(2026, 1, 10)),
            "claim.admission-date",
            4,
            "2300/DTP[435]",
            "DTP03",
        ),
        (
            claim(statement_from=DISCHARGED, statement_to=ADMITTED),
            "claim.service-period",
            4,
            "2300/DTP[434]",
            "DTP03",
        ),
        (claim(parties=()), "claim.attending-provider", 4, "2300/2310A/NM1", "NM101"),
        (claim(diagnoses=DIAGNOSES[1:]), "claim.principal-diagnosis", 4, "2300/HI[ABK]", "HI01-1"),
        (
            claim(diagnoses=(DIAGNOSES[0], DIAGNOSES[2])),
            "claim.admission",
            4,
            "2300/HI[ABJ]",
            "HI01-1",
        ),
        (diagnosis("4019", "BF"), "claim.code-versions", 4, "2300/HI", "HI01-1"),
        (
            claim(procedures=(InpatientProcedure("0BJ08ZZ", ADMITTED),)),
            "claim.principal-procedure",
            4,
            "2300/HI[BBQ]",
            "HI01-1",
        ),
        (
            claim(occurrence_spans=(OccurrenceSpan("70", DISCHARGED, ADMITTED),)),
            "claim.occurrence-span",
            4,
            "2300/HI[BI]",
            "HI01-4",
        ),
        (line(revenue_code="0001"), "claim.total-line", 4, "2300/2400[1]/SV2", "SV201"),
        (claim(frequency="7"), "claim.original-missing", 4, "2300/REF[F8]", "REF02"),
        (claim(frequency="8"), "claim.original-missing", 4, "2300/REF[F8]", "REF02"),
        (claim(facility_code="10"), "claim.bill-type", 5, "2300/CLM", "CLM05-1"),
        (claim(frequency="-"), "claim.bill-frequency", 5, "2300/CLM", "CLM05-3"),
        (claim(admission_type="7"), "claim.admission-code", 5, "2300/CL1", "CL101"),
        (claim(admission_source="Z"), "claim.admission-code", 5, "2300/CL1", "CL102"),
        (claim(patient_status="99"), "claim.patient-status", 5, "2300/CL1", "CL103"),
        (line(revenue_code="12"), "claim.revenue-code", 5, "2300/2400[1]/SV2", "SV201"),
        (line(procedure=Procedure("9921")), "claim.procedure-code", 5, "", "SV202-2"),
        (diagnosis("E11.9"), "claim.diagnosis-code", 5, "2300/HI[ABF]", "HI02-2"),
        (
            claim(procedures=(InpatientProcedure("0BJO8ZZ", ADMITTED, "BBR"),)),
            "claim.inpatient-procedure",
            5,
            "2300/HI[BBR]",
            "HI01-2",
        ),
        (claim(conditions=("9",)), "claim.billing-code", 5, "2300/HI[BG]", "HI01-2"),
        (claim(occurrences=(Occurrence("111", ADMITTED),)), "claim.billing-code", 5, "", "HI01-2"),
        (
            claim(parties=(replace(ATTENDING, identifier="1234567890"),)),
            "claim.npi",
            5,
            "2300/2310A/NM1",
            "NM109",
        ),
    ],
)
def test_one_fault_is_found_with_its_level_and_its_place(
    change: _Change, rule: str, level: int, path: str, element: str
) -> None:
    findings = validate.check_claim(change(inpatient_claim()))
    found = next(f for f in findings if f.is_error and f.rule == rule)
    assert found.snip_level == level
    assert found.path.startswith(path)
    assert found.element.startswith(element)
    assert found.claim_index is None


@pytest.mark.parametrize(
    ("given_claim", "rule"),
    [
        (replace(inpatient_claim(), facility_code="12", admission_date=None), "admission-wanted"),
        (
            replace(inpatient_claim(), diagnoses=(replace(DIAGNOSES[0], present_on_admission=""),)),
            "presence-wanted",
        ),
        (replace(outpatient_claim(), diagnoses=outpatient_claim().diagnoses[:1]), "visit-reason"),
        (line(service_from=date(2026, 1, 4))(inpatient_claim()), "outside-statement"),
        (
            line(service_from=None)(replace(outpatient_claim(), statement_to=DISCHARGED)),
            "line-date-wanted",
        ),
        (replace(inpatient_claim(), patient_status="30"), "patient-status-frequency"),
        (replace(inpatient_claim(), frequency="2"), "patient-status-frequency"),
        (
            replace(
                outpatient_claim(), procedures=(InpatientProcedure("0BJ08ZZ", ADMITTED, "BBR"),)
            ),
            "procedure-setting",
        ),
        (
            replace(
                inpatient_claim(), procedures=(InpatientProcedure("0BJ08ZZ", ADMITTED, "BBR"),)
            ),
            "operating-provider",
        ),
        (replace(inpatient_claim(), signature="Y"), "element-not-used"),
        (replace(inpatient_claim(), references=(Reference("F8", "ICN"),)), "original-needless"),
    ],
)
def test_what_a_manual_wants_is_said_and_stops_nothing(
    given_claim: InstitutionalClaim, rule: str
) -> None:
    found = [f for f in validate.check_claim(given_claim) if f.rule == f"claim.{rule}"]
    assert found
    assert not any(f.is_error for f in found)


@pytest.mark.parametrize(
    "given_claim",
    [
        inpatient_claim(),
        outpatient_claim(),
        secondary_institutional_claim(),
        everything_institutional(),
        replace(inpatient_claim(), patient_status="30", frequency="2", discharge_time=None),
        replace(inpatient_claim(), facility_code="21", discharge_time=None),
    ],
    ids=["inpatient", "outpatient", "secondary", "everything", "interim", "skilled nursing"],
)
def test_a_good_claim_has_no_findings(given_claim: InstitutionalClaim) -> None:
    assert validate.check_claim(given_claim) == []


def test_a_ride_alone_needs_no_attending_provider() -> None:
    ride = replace(institutional_line(1, "0540", 50_000, "A0429"), service_from=ADMITTED)
    given_claim = replace(outpatient_claim(), lines=(ride,), total_charge_cents=50_000, parties=())
    assert validate.check_claim(given_claim) == []


def test_an_earlier_payers_sums_are_balanced_by_claim_and_by_line() -> None:
    given_claim = secondary_institutional_claim()
    first = given_claim.lines[0]
    wrong = replace(first.adjudications[0], adjustments=(Adjustment("CO", "45", 300_001),))
    given_claim = replace(
        given_claim, lines=(replace(first, adjudications=(wrong,)), given_claim.lines[1])
    )
    found = {f.rule: (f.expected_cents, f.found_cents) for f in validate.check_claim(given_claim)}
    assert found == {
        "claim.cob-line-balance": (800_001, 800_000),
        "claim.cob-claim-balance": (843_211, 843_210),
    }


def test_codes_are_held_to_the_day_of_the_statements_end() -> None:
    asked: list[tuple[str, date]] = []

    def is_diagnosis(code: str, day: date) -> bool:
        asked.append((code, day))
        return code != "J189"

    findings = validate.check_claim(inpatient_claim(), CodeSets(is_diagnosis=is_diagnosis))
    assert [(f.rule, f.path, f.value) for f in findings] == [
        ("claim.diagnosis-code", "2300/HI[ABK]", "J189")
    ]
    assert ("R0602", DISCHARGED) in asked


def test_a_bill_that_stands_twice_in_a_batch_is_found() -> None:
    again = replace(inpatient_claim(), claim_id="I2")
    found = validate.check_batch([inpatient_claim(), outpatient_claim(), again, inpatient_claim()])
    assert [(f.rule, f.claim_index) for f in found] == [
        ("claim.likely-duplicate", 2),
        ("claim.duplicate", 3),
    ]


def test_no_finding_repeats_what_may_be_phi() -> None:
    subscriber = replace(inpatient_claim().subscriber, member_id="", birth_date=None)
    given_claim = replace(inpatient_claim(), subscriber=subscriber)
    findings = validate.check_claim(given_claim)
    assert findings
    assert "Doe" not in repr(findings)
