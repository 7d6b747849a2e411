"""An 835 balances at three levels in exact cents, or says what does not."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.x12 import (
    Adjustment,
    RemittanceClaim,
    Scope,
    balance,
    claims_in_error,
    is_refused,
)
from tests.unit.payer_gateway.x12.builders import (
    medicare_claim,
    paid_claim,
    remittance,
    service,
)


def test_a_line_that_does_not_balance_spoils_its_claim_alone() -> None:
    bad = service(10_000, 9_999, Adjustment("CO", "45", 2))
    given_remittance = remittance(10_976 + 9_999, [medicare_claim(), paid_claim("BAD", "1", bad)])
    findings = balance.check(given_remittance)
    assert {f.rule for f in findings} == {"remittance.line-balance", "remittance.claim-balance"}
    assert claims_in_error(findings) == {1}
    assert not is_refused(findings)
    line = next(f for f in findings if f.rule == "remittance.line-balance")
    assert (line.expected_cents, line.found_cents) == (9_998, 9_999)


def test_a_payment_that_is_not_the_sum_of_its_claims_spoils_the_whole_remittance() -> None:
    findings = balance.check(remittance(10_977, [medicare_claim()]))
    (finding,) = findings
    assert finding.scope is Scope.TRANSACTION
    assert (finding.expected_cents, finding.found_cents) == (10_976, 10_977)
    assert is_refused(findings)
    assert claims_in_error(findings) == set()


def test_a_positive_provider_adjustment_lowers_the_payment_and_a_negative_raises_it() -> None:
    claims = [medicare_claim()]
    assert balance.check(remittance(9_813, claims, [("L6", -37), ("WO", 1_200)])) == []
    assert balance.check(remittance(9_813, claims, [("L6", 37), ("WO", 1_200)])) != []


def test_the_guides_own_example_balances() -> None:
    claims = [
        RemittanceClaim(
            claim_id="666123",
            status="1",
            charge_cents=21_136_697,
            paid_cents=13_801_840,
            adjustments=(Adjustment("CO", "45", 7_334_857),),
        ),
        RemittanceClaim(
            claim_id="777777",
            status="1",
            charge_cents=1_500_000,
            paid_cents=1_198_033,
            adjustments=(Adjustment("CO", "45", 301_967),),
        ),
    ]
    assert balance.check(remittance(15_000_000, claims, [("CV", -127)])) == []


def test_a_reversal_with_its_correction_nets_to_the_difference_carried_forward() -> None:
    reversal = paid_claim(
        "C9",
        "22",
        service(-40_000, -24_000, Adjustment("CO", "45", -10_000), Adjustment("PR", "2", -6_000)),
    )
    correction = paid_claim(
        "C9",
        "1",
        service(40_000, 22_500, Adjustment("CO", "45", 15_000), Adjustment("PR", "3", 2_500)),
    )
    assert sum(claim.paid_cents for claim in (reversal, correction)) == -1_500
    assert balance.check(remittance(0, [reversal, correction], [("FB", -1_500)])) == []
    other = paid_claim("C10", "1", service(50_000, 50_000))
    assert balance.check(remittance(48_500, [other], [("FB", 1_500)])) == []


def test_a_negative_payment_is_never_accepted() -> None:
    reversal = paid_claim("C9", "22", service(-40_000, -40_000))
    rules = [f.rule for f in balance.check(remittance(-40_000, [reversal]))]
    assert "remittance.negative-payment" in rules


def test_a_debit_is_a_payment_the_other_way() -> None:
    reversal = paid_claim("C9", "22", service(-40_000, -40_000))
    debit = replace(remittance(40_000, [reversal]), credit_debit="D")
    assert balance.check(debit) == []


def test_line_charges_that_are_not_the_claims_are_an_error_unless_switched_off() -> None:
    odd = replace(
        paid_claim("C1", "1", service(10_000, 10_000)),
        charge_cents=12_000,
        adjustments=(Adjustment("CO", "45", 2_000),),
    )
    given_remittance = remittance(10_000, [odd])
    (finding,) = balance.check(given_remittance)
    assert finding.rule == "remittance.line-total"
    assert finding.is_error
    (finding,) = balance.check(given_remittance, lines_make_the_claim=False)
    assert not finding.is_error


def test_patient_responsibility_without_its_adjustments_is_said_and_stops_nothing() -> None:
    odd = replace(medicare_claim(), patient_responsibility_cents=9_000)
    (finding,) = balance.check(remittance(10_976, [odd]))
    assert (finding.expected_cents, finding.found_cents) == (7_800, 9_000)
    assert not finding.is_error


def test_a_remittance_with_amounts_unread_is_never_called_balanced() -> None:
    unread = replace(remittance(10_976, [medicare_claim()]), provider_adjustments_complete=False)
    assert is_refused(balance.check(unread))


def test_no_payment_is_written_as_such() -> None:
    odd = replace(remittance(0, []), method="ACH")
    (finding,) = balance.check(odd)
    assert finding.rule == "remittance.no-payment-code"


@given(
    lines=st.lists(
        st.tuples(st.integers(0, 10**7), st.lists(st.integers(-(10**5), 10**6), max_size=8)),
        min_size=1,
        max_size=5,
    ),
    withheld=st.lists(st.integers(-(10**5), 10**5), max_size=4),
    slip=st.sampled_from([0, 0, 1, -1]),
)
def test_what_adds_up_balances_and_one_cent_off_does_not(
    lines: list[tuple[int, list[int]]], withheld: list[int], slip: int
) -> None:
    services = [
        service(charge, charge - sum(cents), *(Adjustment("CO", "45", c) for c in cents))
        for charge, cents in lines
    ]
    one = paid_claim("C1", "1", *services)
    payment = one.paid_cents - sum(withheld) + slip
    plb = [("WO", cents) for cents in withheld]
    errors = [f for f in balance.check(remittance(abs(payment), [one], plb)) if f.is_error]
    sign_ok = payment >= 0
    assert bool(errors) is (slip != 0 or not sign_ok)
