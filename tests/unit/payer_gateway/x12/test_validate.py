"""Nothing is sent that a payer would send back: SNIP levels 1 to 5 on our own claims."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    Address,
    Adjustment,
    Claim,
    Contact,
    Diagnosis,
    Name,
    Procedure,
    Reference,
    RelatedCauses,
    ServiceLine,
    claims_in_error,
    is_npi,
    validate,
)
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.professional_claim_writer import claim_text
from services.payer_gateway.x12.segments import WriteError
from services.payer_gateway.x12.validate import CodeSets
from tests.unit.payer_gateway.x12.builders import (
    DAY,
    claim,
    dependent_claim,
    line,
    secondary_claim,
)

_Change = Callable[[Claim], Claim]


def with_line(**changes: object) -> _Change:
    def change(given_claim: Claim) -> Claim:
        first: ServiceLine = replace(given_claim.lines[0], **changes)  # type: ignore[arg-type]
        return replace(given_claim, lines=(first, *given_claim.lines[1:]))

    return change


def with_claim(**changes: object) -> _Change:
    return lambda given_claim: replace(given_claim, **changes)  # type: ignore[arg-type]


def with_billing(**changes: object) -> _Change:
    def change(given_claim: Claim) -> Claim:
        provider = replace(given_claim.billing_provider, **changes)  # type: ignore[arg-type]
        return replace(given_claim, billing_provider=provider)

    return change


def with_subscriber(**changes: object) -> _Change:
    def change(given_claim: Claim) -> Claim:
        subscriber = replace(given_claim.subscriber, **changes)  # type: ignore[arg-type]
        return replace(given_claim, subscriber=subscriber)

    return change


def with_address(**changes: object) -> _Change:
    def change(given_claim: Claim) -> Claim:
        address = replace(given_claim.billing_provider.address, **changes)  # type: ignore[type-var]
        return with_billing(address=address)(given_claim)

    return change


@pytest.mark.parametrize(
    ("change", "rule", "level", "element"),
    [
        (with_claim(claim_id="A*B"), "claim.text", 1, "CLM01"),
        (with_subscriber(group_name="A~B"), "claim.text", 1, "SBR04"),
        (with_claim(claim_id=""), "claim.required", 2, "CLM01"),
        (with_claim(claim_id="C" * 39), "claim.length", 2, "CLM01"),
        (with_claim(place_of_service=""), "claim.required", 2, "CLM05-1"),
        (with_claim(facility_qualifier="A"), "claim.code", 2, "CLM05-2"),
        (with_claim(frequency="0"), "claim.code", 2, "CLM05-3"),
        (with_claim(assignment=""), "claim.code", 2, "CLM07"),
        (with_claim(benefits_assigned="Q"), "claim.code", 2, "CLM08"),
        (with_claim(release_of_information="N"), "claim.code", 2, "CLM09"),
        (with_claim(diagnoses=()), "claim.count", 2, "HI01"),
        (with_claim(lines=()), "claim.count", 2, "LX01"),
        (with_billing(npi=""), "claim.required", 2, "NM109"),
        (with_billing(address=None), "claim.required", 2, "N301"),
        (with_billing(tax_id=""), "claim.required", 2, "REF02"),
        (with_billing(tax_id_qualifier="TJ"), "claim.code", 2, "REF01"),
        (with_subscriber(member_id=""), "claim.required", 2, "NM109"),
        (with_subscriber(payer_sequence="X"), "claim.code", 2, "SBR01"),
        (with_subscriber(filing_indicator="XX"), "claim.code", 2, "SBR09"),
        (with_subscriber(birth_date=None), "claim.required", 2, "DMG02"),
        (with_subscriber(sex=""), "claim.code", 2, "DMG03"),
        (with_subscriber(address=None), "claim.required", 2, "N301"),
        (with_line(control_number=""), "claim.required", 2, "REF02"),
        (with_line(control_number="L" * 31), "claim.length", 2, "REF02"),
        (with_line(control_number="L2"), "claim.line-number-repeated", 2, "REF02"),
        (with_line(procedure=Procedure("")), "claim.required", 2, "SV101"),
        (with_line(procedure=Procedure("1", tuple("ABCDE"))), "claim.count", 2, "SV101"),
        (with_line(service_from=None), "claim.required", 2, "DTP03"),
        (with_line(charge_cents=-1), "claim.negative-amount", 2, "SV102"),
        (with_line(units=Decimal(0)), "claim.negative-amount", 2, "SV104"),
        (with_line(unit="XX"), "claim.code", 2, "SV103"),
        (with_line(pointers=()), "claim.count", 2, "SV107"),
        (with_line(pointers=(1, 2, 1, 2, 1)), "claim.count", 2, "SV107"),
        (with_claim(total_charge_cents=31_001), "claim.total", 3, "CLM02"),
        (with_line(pointers=(3,)), "claim.pointer", 4, "SV107-1"),
        (with_line(pointers=(0,)), "claim.pointer", 4, "SV107-1"),
        (with_line(pointers=(1, 1)), "claim.pointer", 4, "SV107-2"),
        (with_line(service_to=date(2026, 1, 4)), "claim.service-period", 4, "DTP03"),
        (
            with_claim(diagnoses=(Diagnosis("E119"), Diagnosis("I10"))),
            "claim.principal-diagnosis",
            4,
            "HI01-1",
        ),
        (with_claim(frequency="7"), "claim.original-missing", 4, "REF02"),
        (with_claim(frequency="8"), "claim.original-missing", 4, "REF02"),
        (with_claim(related_causes=RelatedCauses(("OA",))), "claim.accident", 4, "DTP03"),
        (with_claim(related_causes=RelatedCauses(("AA",))), "claim.accident", 4, "CLM11-4"),
        (with_billing(npi="1234567890"), "claim.npi", 5, "NM109"),
        (with_billing(taxonomy="207Q"), "claim.taxonomy", 5, "PRV03"),
        (with_claim(place_of_service="00"), "claim.place-of-service", 5, "CLM05-1"),
        (with_line(place_of_service="ZZ"), "claim.place-of-service", 5, "SV105"),
        (with_address(state="ZZ"), "claim.state", 5, "N402"),
        (with_address(postal_code="6270"), "claim.postal-code", 5, "N403"),
        (
            with_claim(diagnoses=(Diagnosis("E11.9", "ABK"), Diagnosis("I10"))),
            "claim.diagnosis-code",
            5,
            "HI01-2",
        ),
    ],
)
def test_one_fault_is_found_with_its_level_and_its_place(
    change: _Change, rule: str, level: int, element: str
) -> None:
    findings = validate.check_claim(change(claim()))
    found = [(f.rule, f.snip_level, f.element) for f in findings if f.is_error]
    assert (rule, level, element) in found
    assert all(f.claim_index is None for f in findings)


@pytest.mark.parametrize("given_claim", [claim(), dependent_claim(), secondary_claim()])
def test_a_good_claim_has_no_findings(given_claim: Claim) -> None:
    assert validate.check_claim(given_claim) == []


def test_a_dependent_needs_what_a_patient_needs_and_is_not_the_subscriber() -> None:
    given_claim = dependent_claim()
    assert given_claim.patient is not None
    wrong = replace(given_claim.patient, relationship="18", birth_date=None, address=None)
    findings = validate.check_claim(replace(given_claim, patient=wrong))
    assert {(f.rule, f.element) for f in findings} == {
        ("claim.patient", "PAT01"),
        ("claim.required", "DMG02"),
        ("claim.required", "N301"),
    }


def test_a_replacement_with_its_original_may_go_and_an_original_needs_none() -> None:
    original = (Reference("F8", "ICN1"),)
    replacement = replace(claim(), frequency="7", references=original)
    assert validate.check_claim(replacement) == []
    (finding,) = validate.check_claim(replace(claim(), references=original))
    assert finding.rule == "claim.original-needless"
    assert not finding.is_error


def test_the_same_claim_twice_in_a_batch_is_found() -> None:
    other = replace(claim("C2"), lines=(line(1, 100),), total_charge_cents=100)
    findings = validate.check_batch([claim("C1"), other, claim("C1")])
    assert [(f.rule, f.claim_index) for f in findings] == [("claim.duplicate", 2)]
    assert claims_in_error(findings) == {2}


def test_the_same_services_under_another_number_are_said() -> None:
    (finding,) = validate.check_batch([claim("C1"), claim("C2")])
    assert (finding.rule, finding.claim_index) == ("claim.likely-duplicate", 1)
    assert not finding.is_error


def test_code_sets_are_asked_with_the_date_of_service() -> None:
    asked: list[tuple[str, date]] = []

    def never(code: str, day: date) -> bool:
        asked.append((code, day))
        return False

    codes = CodeSets(is_diagnosis=never, is_procedure=never, taxonomies=frozenset())
    rules = {f.rule for f in validate.check_claim(claim(), codes)}
    assert {"claim.diagnosis-code", "claim.procedure-code", "claim.taxonomy"} <= rules
    assert ("E119", date(2026, 1, 5)) in asked
    assert ("81002", date(2026, 1, 5)) in asked


def test_an_unknown_adjustment_reason_is_found() -> None:
    codes = CodeSets(adjustment_reasons=frozenset({"45", "1", "2"}))
    findings = validate.check_claim(secondary_claim(), codes)
    assert {(f.rule, f.value) for f in findings} == {("claim.adjustment-reason", "253")}


def test_two_payers_cannot_have_the_same_place() -> None:
    given_claim = secondary_claim()
    primary = replace(given_claim.subscriber, payer_sequence="P")
    findings = validate.check_claim(replace(given_claim, subscriber=primary))
    assert [f.rule for f in findings] == ["claim.payer-sequence"]


def cob(change: Callable[[Claim], Claim]) -> set[str]:
    return {f.rule for f in validate.check_claim(change(secondary_claim()))}


def test_what_an_earlier_payer_did_must_add_up_line_by_line_and_in_all() -> None:
    def line_off(given_claim: Claim) -> Claim:
        first = given_claim.lines[0]
        done = replace(first.adjudications[0], paid_cents=7_841)
        changed = replace(first, adjudications=(done,))
        return replace(given_claim, lines=(changed, *given_claim.lines[1:]))

    assert cob(line_off) == {"claim.cob-line-balance", "claim.cob-paid-balance"}

    def paid_off(given_claim: Claim) -> Claim:
        other = replace(given_claim.other_payers[0], paid_cents=10_975)
        return replace(given_claim, other_payers=(other,))

    assert cob(paid_off) == {"claim.cob-claim-balance", "claim.cob-paid-balance"}

    def unknown(given_claim: Claim) -> Claim:
        other = replace(given_claim.other_payers[0], payer_id="OTHER")
        return replace(given_claim, other_payers=(other,))

    assert cob(unknown) == {"claim.cob-unknown-payer"}


def test_adjustments_of_the_claim_lower_what_an_earlier_payer_paid() -> None:
    """43.00, 15.00 and 21.04 charged, 36.89 of them the patient's at claim level, 39.15 paid."""
    given_claim = secondary_claim()
    done = given_claim.lines[0].adjudications[0]
    lines = tuple(
        replace(
            line(number, charge),
            adjudications=(
                replace(
                    done,
                    paid_cents=charge - off,
                    adjustments=(Adjustment("CO", "42", off),) if off else (),
                ),
            ),
        )
        for number, charge, off in ((1, 4_300, 300), (2, 1_500, 0), (3, 2_104, 0))
    )
    other = replace(
        given_claim.other_payers[0],
        paid_cents=3_915,
        adjustments=(Adjustment("PR", "1", 2_189), Adjustment("PR", "2", 1_500)),
    )
    balanced = replace(given_claim, lines=lines, total_charge_cents=7_904, other_payers=(other,))
    assert validate.check_claim(balanced) == []


def test_a_payer_that_reported_no_line_has_no_equation() -> None:
    given_claim = secondary_claim()
    lines = tuple(replace(x, adjudications=()) for x in given_claim.lines)
    (other,) = given_claim.other_payers
    decided = replace(other, paid_date=DAY)
    assert not validate.check_claim(replace(given_claim, lines=lines, other_payers=(decided,)))
    undated = validate.check_claim(replace(given_claim, lines=lines))
    assert [(f.rule, f.is_error) for f in undated] == [("claim.cob-date", False)]


@pytest.mark.parametrize("text", ["1234567893", "1245319599"])
def test_an_npi_with_its_check_digit_is_one(text: str) -> None:
    assert is_npi(text)


@pytest.mark.parametrize(
    "text", ["", "123456789", "12345678933", "3234567893", "12345678९3", "123456789X", "0000000000"]
)
def test_what_only_looks_like_an_npi_is_none(text: str) -> None:
    assert not is_npi(text)


@given(st.integers(100_000_000, 299_999_999), st.integers(0, 8), st.integers(1, 9))
def test_one_wrong_digit_is_always_found(body: int, place: int, step: int) -> None:
    (good,) = [f"{body}{check}" for check in range(10) if is_npi(f"{body}{check}")]
    digit = str((int(good[place]) + step) % 10)
    wrong = good[:place] + digit + good[place + 1 :]
    assert not is_npi(wrong)


def test_no_finding_repeats_what_may_be_phi() -> None:
    bad = with_address(state="ZZ", postal_code="Doe")(with_subscriber(sex="")(claim()))
    text = repr(validate.check_claim(bad))
    for word in ("Doe", "Jane", "M0001", "1980", "Main Street"):
        assert word not in text


@given(
    st.text('AB "\\*:~^\n\x7f,[é', max_size=4),
    st.sampled_from([("*", "^", ":", "~"), ("[", "|", ",", ">")]),
)
def test_a_claim_is_found_to_hold_a_delimiter_exactly_when_it_cannot_be_written(
    text: str, marks: tuple[str, str, str, str]
) -> None:
    delimiters = Delimiters(*marks)
    given_claim = replace(claim(), notes=(("ADD", text),))
    found = {f.rule for f in validate.check_claim(given_claim, delimiters=delimiters)}
    try:
        claim_text(given_claim, delimiters)
    except WriteError:
        assert "claim.text" in found
    else:
        assert "claim.text" not in found


_SHORT = Address("1 Main Street", "A", "IL", "62701")


@pytest.mark.parametrize(
    ("change", "element"),
    [
        (with_subscriber(address=_SHORT), "N401"),
        (with_billing(address=replace(_SHORT, postal_code="627010001")), "N401"),
        (with_subscriber(member_id="1"), "NM109"),
        (with_subscriber(name=Name.person("X" * 61)), "NM103"),
        (with_subscriber(group_number="9" * 51), "SBR03"),
        (with_claim(references=(Reference("G1", "9" * 51),)), "REF02"),
        (with_billing(contacts=(Contact("IC", "N" * 61, (("TE", "6145550100"),)),)), "PER02"),
    ],
)
def test_an_element_too_short_or_too_long_is_noted(change: _Change, element: str) -> None:
    found = validate.check_claim(change(claim()))
    assert [(f.rule, f.element) for f in found] == [("claim.length", element)]


def test_a_contact_without_its_number_is_noted() -> None:
    found = validate.check_claim(
        with_billing(contacts=(Contact("IC", "A", (("TE", ""),)),))(claim())
    )
    assert [(f.rule, f.element) for f in found] == [("claim.required", "PER04")]
