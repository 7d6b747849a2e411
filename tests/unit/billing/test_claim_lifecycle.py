"""From coded encounters to claims: held, sent, rejected, corrected, voided."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from schemas.claim import ClaimSubmitted
from schemas.coding import CodedDiagnosis
from services.billing.decisions import FixHold, OverrideHold
from services.chassis.effects import Refused, Waiting
from tests.unit.billing.desk import AR_PATIENT, Desk, decided, line, negated, policy


def insured(*payers: str) -> Desk:
    desk = Desk()
    desk.register(*(policy(payer, rank) for rank, payer in enumerate(payers or ["BLUERIVER"], 1)))
    return desk


def paid(desk: Desk, **changes: object) -> None:
    desk.adjudicate(
        decided(1, 25000, 15000, ("CO", "45", 8000), ("PR", "3", 2000)),
        decided(2, 6000, 6000),
        **changes,
    )


def fix(desk: Desk, **changes: object) -> None:
    held = next(claim for claim in desk.account().claims if claim.state == "held")
    values = {
        "practice_id": "P1",
        "encounter_id": "E1",
        "actor": "ann",
        "role": "biller",
        "reason": "checked",
        "claim_id": held.claim_id,
    }
    desk.take(FixHold.model_validate(values | changes))


def test_an_encounter_of_an_unknown_patient_waits() -> None:
    with pytest.raises(Waiting, match="patient:P1:PT1"):
        Desk().code()


def test_a_clean_encounter_is_charged_and_claimed() -> None:
    desk = insured()
    desk.code()
    claim = desk.claims[0]
    assert claim.total_charge_cents == 31000
    assert claim.frequency_code == "1"
    assert claim.filing_deadline == date(2026, 3, 2) + timedelta(days=180)
    assert desk.total("AR_INS_1") == 31000
    assert desk.account().claims[0].state == "submitted"


def test_medicare_takes_a_claim_for_twelve_months() -> None:
    desk = insured("MEDICARE_B")
    desk.code(service_date=date(2026, 2, 28))
    assert desk.claims[0].filing_deadline == date(2027, 2, 28)


def test_the_same_codes_again_do_nothing() -> None:
    desk = insured()
    desk.code()
    before = desk.account()
    desk.code()
    assert desk.account() == before
    assert len(desk.claims) == 1


def test_an_older_version_is_stale() -> None:
    desk = insured()
    desk.code(line(1, "99214"), version=2)
    desk.code(line(1, "99213"), version=1)
    assert desk.claims[-1].lines[0].code == "99214"
    assert len(desk.claims) == 1


@pytest.mark.parametrize(
    ("edit", "changes"),
    [
        ("external_cause_listed_first", {"diagnoses": (CodedDiagnosis(code="W19.XXXA"),)}),
        ("place_of_service_invalid", {"place_of_service": "98"}),
        ("service_date_in_future", {"service_date": date(2026, 3, 4)}),
        ("filing_limit_passed", {"service_date": date(2025, 9, 1)}),
        ("coverage_not_in_force", {"service_date": date(2024, 12, 31)}),
        (
            "diagnosis_repeated",
            {"diagnoses": (CodedDiagnosis(code="I10"), CodedDiagnosis(code="I10"))},
        ),
    ],
)
def test_a_claim_is_held_with_its_reason(edit: str, changes: dict[str, object]) -> None:
    desk = insured()
    desk.code(**changes)
    assert not desk.claims
    assert edit in desk.account().claims[0].edits
    assert desk.states == [("draft", "held")]
    assert desk.items("hold")[0].reason.startswith(desk.account().claims[0].edits[0])


@pytest.mark.parametrize(("utc_hour", "edits"), [(10, ()), (11, ("filing_limit_passed",))])
def test_a_limit_is_passed_once_its_last_day_is_over_everywhere_in_the_country(
    utc_hour: int, edits: tuple[str, ...]
) -> None:
    desk = insured()
    desk.code()
    last = desk.claims[0].filing_deadline
    late = insured()
    late.now = datetime.combine(last + timedelta(days=1), time(utc_hour), tzinfo=UTC)
    late.code()
    assert late.account().claims[0].edits == edits


def test_work_expires_once_its_last_day_is_over_everywhere_in_the_country() -> None:
    desk = insured()
    desk.code(service_date=date(2025, 9, 1))
    (item,) = desk.items("hold")
    (due,) = [each.due_at for each in desk.deadlines if each.kind == "work_item_due"]
    assert item.due_on is not None
    assert due == datetime.combine(item.due_on + timedelta(days=1), time(11), tzinfo=UTC)


@pytest.mark.parametrize(("utc_hour", "edits"), [(14, ()), (13, ("service_date_in_future",))])
def test_a_visit_is_of_a_day_that_has_begun_somewhere_in_the_country(
    utc_hour: int, edits: tuple[str, ...]
) -> None:
    desk = insured()
    desk.now = datetime(2026, 3, 3, utc_hour, tzinfo=UTC)
    desk.code(service_date=date(2026, 3, 4))
    assert desk.account().claims[0].edits == edits


@pytest.mark.parametrize(
    ("edit", "wrong"),
    [
        ("no_charge:1", line(1, "99999")),
        ("pointer_out_of_range:1", line(1, "99213", diagnosis_pointers=(2,))),
        ("modifier_invalid:1", line(1, "99213", modifiers=("I7",))),
        ("modifier_repeated:1", line(1, "99213", modifiers=("25", "25"))),
        ("laterality_contradicts:1", line(1, "99213", modifiers=("RT", "LT"))),
    ],
)
def test_a_line_holds_its_claim(edit: str, wrong: object) -> None:
    desk = insured()
    desk.code(wrong)  # type: ignore[arg-type]
    assert edit in desk.account().claims[0].edits


def test_a_repeated_line_holds_unless_a_modifier_says_why() -> None:
    desk = insured()
    desk.code(line(1, "36415"), line(2, "36415"))
    assert desk.account().claims[0].edits == ("duplicate_line:2",)
    other = insured()
    other.code(line(1, "36415"), line(2, "36415", modifiers=("91",)))
    assert len(other.claims) == 1


def test_the_same_services_of_another_encounter_are_a_duplicate() -> None:
    desk = insured()
    desk.code()
    desk.code(encounter_id="E2")
    assert desk.account("E2").claims[0].edits == ("duplicate_claim",)
    assert desk.account("E1").claims[0].state == "submitted"


def test_a_withdrawn_encounter_is_no_duplicate() -> None:
    desk = insured()
    desk.code()
    desk.withdraw()
    desk.code(encounter_id="E2")
    assert desk.account("E2").claims[0].state == "submitted"


def test_a_missing_price_is_fixed_by_a_person_and_the_claim_goes_out() -> None:
    desk = insured()
    desk.code(line(1, "99999"), line(2, "36415"))
    assert desk.total("REVENUE") == -6000
    fix(desk, charges={1: 12300})
    assert desk.claims[0].total_charge_cents == 18300
    assert desk.total("REVENUE") == -18300
    assert not desk.items("hold")


def test_a_fix_that_does_not_help_leaves_the_claim_held() -> None:
    desk = insured()
    desk.code(line(1, "99999"))
    fix(desk)
    assert not desk.claims
    assert desk.account().claims[0].state == "held"


def test_an_edit_that_must_be_fixed_cannot_be_overridden() -> None:
    desk = insured()
    desk.code(line(1, "99999"))
    command = OverrideHold(
        practice_id="P1",
        encounter_id="E1",
        actor="ann",
        role="billing_manager",
        reason="now",
        claim_id=desk.account().claims[0].claim_id,
    )
    with pytest.raises(Refused, match="has to be fixed"):
        desk.take(command)
    with pytest.raises(Refused, match="billing_manager"):
        desk.take(command.model_copy(update={"role": "biller"}))
    with pytest.raises(Refused, match="reason"):
        desk.take(command.model_copy(update={"reason": " "}))


def test_a_late_claim_goes_out_only_by_override() -> None:
    desk = insured()
    desk.code(service_date=date(2025, 9, 1))
    desk.take(
        OverrideHold(
            practice_id="P1",
            encounter_id="E1",
            actor="ann",
            role="billing_manager",
            reason="payer agreed",
            claim_id=desk.account().claims[0].claim_id,
        )
    )
    assert len(desk.claims) == 1


def test_coverage_that_arrives_later_releases_a_held_claim() -> None:
    desk = Desk()
    desk.register(policy("BLUERIVER", effective_to=date(2025, 12, 31)))
    desk.code()
    assert desk.account().claims[0].edits == ("coverage_not_in_force", "payer_missing")
    desk.cover(policy("SUMMIT"))
    assert desk.claims[0].payer_id == "SUMMIT"
    assert not desk.items("hold")


def test_a_patient_without_coverage_pays_alone() -> None:
    desk = Desk()
    desk.register()
    desk.code()
    assert not desk.claims
    assert desk.balance.balance_cents == 31000
    assert desk.balance.share.self_pay_cents == 31000
    assert desk.total(AR_PATIENT) == 31000


def test_a_held_encounter_becomes_self_pay_by_decision() -> None:
    desk = Desk()
    desk.register(policy("BLUERIVER", effective_to=date(2025, 12, 31)))
    desk.code()
    fix(desk, self_pay=True)
    assert desk.balance.balance_cents == 31000
    assert desk.account().claims[0].state == "closed"
    assert desk.total("AR_INS_1") == 0


def test_a_rejected_claim_is_held_and_goes_out_again_under_a_new_number() -> None:
    desk = insured()
    desk.code()
    first = desk.claims[0]
    desk.acknowledge("277CA", "rejected", "A7:164")
    assert desk.states[-2:] == [("submitted", "rejected_ch"), ("rejected_ch", "held")]
    assert desk.items("hold")[0].due_on == first.filing_deadline
    fix(desk, place_of_service="22")
    second = desk.claims[1]
    assert (second.frequency_code, second.version) == ("1", 2)
    assert second.claim_id != first.claim_id
    assert second.filing_deadline == first.filing_deadline, "the clock kept running"


def test_a_rejection_after_forwarding_is_the_payers() -> None:
    desk = insured()
    desk.code()
    desk.acknowledge("277CA", "forwarded")
    desk.acknowledge("277CA", "rejected", "A3:21")
    assert ("submitted", "rejected_payer") in desk.states


def test_a_999_rejection_and_the_gateways_own_edits_are_rejections_of_syntax() -> None:
    for stage in ("999", "TA1"):
        desk = insured()
        desk.code()
        desk.acknowledge(stage, "rejected", "I5")
        assert ("submitted", "rejected_syntax") in desk.states


def test_a_rejection_of_an_adjudicated_claim_is_refused() -> None:
    desk = insured()
    desk.code()
    paid(desk)
    with pytest.raises(Refused, match="cannot become"):
        desk.acknowledge("277CA", "rejected", "A3:21")


def test_an_acceptance_after_the_decision_changes_nothing_but_the_proof() -> None:
    desk = insured()
    desk.code()
    paid(desk)
    state = desk.account().claims[0].state
    desk.acknowledge("277CA", "accepted", payer_control_number="ICN1")
    assert desk.account().claims[0].state == state
    assert desk.account().claims[0].accepted_at is not None


def test_an_acknowledgement_of_a_claim_that_nobody_sent_is_refused() -> None:
    desk = insured()
    desk.code()
    with pytest.raises(Refused, match="not one of this encounter"):
        desk.acknowledge("277CA", "accepted", claim_id="NOBODY")
    with pytest.raises(Refused, match="no claim"):
        desk.acknowledge("277CA", "accepted", encounter_id="E9")


def test_a_recoded_encounter_replaces_the_claim_that_was_paid() -> None:
    desk = insured()
    desk.code()
    paid(desk)
    desk.code(line(1, "99214"), line(2, "36415"), version=2)
    corrected = desk.claims[-1]
    assert (corrected.frequency_code, corrected.payer_control_number) == ("7", "ICN1")
    assert corrected.total_charge_cents == 46000
    assert not desk.balance.insurance_final
    assert desk.account().claims[0].state == "resubmitted"


def test_a_claim_on_its_way_is_corrected_only_after_the_payer_decided() -> None:
    desk = insured()
    desk.code()
    desk.code(line(1, "99214"), line(2, "36415"), version=2)
    assert len(desk.claims) == 1
    paid(desk)
    assert desk.claims[-1].frequency_code == "7"
    assert desk.claims[-1].total_charge_cents == 46000


def test_a_correction_ends_right_after_take_back_and_new_decision() -> None:
    desk = insured()
    desk.code()
    first = desk.adjudicate(
        decided(1, 25000, 15000, ("CO", "45", 8000), ("PR", "3", 2000)), decided(2, 6000, 6000)
    )
    desk.code(line(1, "99214"), line(2, "36415"), version=2)
    desk.take(negated(first))
    desk.adjudicate(
        decided(1, 40000, 30000, ("CO", "45", 7000), ("PR", "3", 3000)),
        decided(2, 6000, 6000),
        remittance_id="R3",
        trace_number="T3",
    )
    assert desk.balance.insurance_final
    assert desk.balance.balance_cents == 3000
    assert desk.balance.charge_cents == 46000
    assert desk.account().claims[0].state == "closed"


def test_recoding_that_changes_nothing_billed_sends_nothing() -> None:
    desk = insured()
    desk.code()
    paid(desk)
    desk.code(version=2)
    assert len(desk.claims) == 1


def test_an_encounter_withdrawn_before_it_was_sent_is_cancelled() -> None:
    desk = insured()
    desk.code(line(1, "99213"), place_of_service="98")
    desk.withdraw()
    assert desk.account().claims[0].state == "closed"
    assert desk.totals() == {}
    assert not desk.items("hold")


def test_an_encounter_withdrawn_after_payment_is_voided_and_taken_back() -> None:
    desk = insured()
    desk.code()
    first = desk.adjudicate(
        decided(1, 25000, 15000, ("CO", "45", 8000), ("PR", "3", 2000)), decided(2, 6000, 6000)
    )
    desk.withdraw()
    void = desk.claims[-1]
    assert (void.frequency_code, void.payer_control_number) == ("8", "ICN1")
    assert void.total_charge_cents == 31000
    desk.take(negated(first))
    assert desk.totals() == {}
    assert {claim.state for claim in desk.account().claims} == {"closed"}


def test_an_encounter_withdrawn_while_on_its_way_is_voided_once_decided() -> None:
    desk = insured()
    desk.code()
    desk.withdraw()
    assert len(desk.claims) == 1
    paid(desk)
    assert desk.claims[-1].frequency_code == "8"


def test_not_billable_before_the_codes_arrive_stays_not_billable() -> None:
    desk = insured()
    desk.withdraw()
    desk.code()
    assert not desk.claims
    assert desk.totals() == {}


def test_the_secondary_is_billed_with_what_the_primary_did() -> None:
    desk = insured("BLUERIVER", "SUMMIT")
    desk.code()
    paid(desk)
    second = desk.claims[-1]
    assert (second.payer_id, second.payer_level) == ("SUMMIT", 2)
    prior = second.prior_payers[0]
    assert (prior.payer_id, prior.paid_cents, prior.level) == ("BLUERIVER", 21000, 1)
    assert prior.lines[0].adjustments[1].amount_cents == 2000
    assert second.filing_deadline == date(2026, 3, 20) + timedelta(days=90)
    assert desk.total("AR_INS_2") == 2000
    assert not [e for e in desk.published if type(e).__name__ == "PatientBalanceDue"]


def test_a_primary_that_leaves_nothing_needs_no_secondary() -> None:
    desk = insured("BLUERIVER", "SUMMIT")
    desk.code()
    desk.adjudicate(decided(1, 25000, 25000), decided(2, 6000, 6000))
    assert len(desk.claims) == 1
    assert desk.balance.balance_cents == 0


def test_a_corrected_primary_corrects_the_secondary_too() -> None:
    desk = insured("BLUERIVER", "SUMMIT")
    desk.code()
    primary = desk.adjudicate(
        decided(1, 25000, 15000, ("CO", "45", 8000), ("PR", "3", 2000)), decided(2, 6000, 6000)
    )
    desk.adjudicate(
        decided(1, 25000, 2000, ("OA", "23", 23000)),
        decided(2, 6000, 0, ("OA", "23", 6000)),
        remittance_id="R2",
        trace_number="T2",
        claim_status_code="2",
        payer_control_number="S1",
    )
    assert desk.balance.insurance_final
    desk.take(negated(primary))
    desk.take(
        primary.model_copy(
            update={
                "remittance_id": "R4",
                "trace_number": "T4",
                "paid_on": date(2026, 5, 1),
                "paid_cents": 20000,
                "lines": (
                    decided(1, 25000, 14000, ("CO", "45", 8000), ("PR", "3", 3000)),
                    decided(2, 6000, 6000),
                ),
            }
        )
    )
    again = desk.claims[-1]
    assert (again.payer_level, again.frequency_code, again.payer_control_number) == (2, "7", "S1")
    assert again.prior_payers[0].paid_cents == 20000
    assert not desk.balance.insurance_final


def test_every_claim_number_is_its_own_and_fits() -> None:
    desk = insured("BLUERIVER", "SUMMIT")
    desk.code()
    paid(desk)
    desk.code(line(1, "99214"), line(2, "36415"), version=2)
    numbers = [claim.claim_id for claim in desk.of(ClaimSubmitted)]
    assert len(set(numbers)) == len(numbers) == 3
    assert all(len(number) == 20 and number.isalnum() for number in numbers)


def test_silence_is_asked_about_and_ends_with_the_answer() -> None:
    desk = insured()
    desk.code()
    desk.due("claim_silence")
    assert desk.account().claims[0].state == "status_inquiry"
    assert desk.items("status_inquiry")
    paid(desk)
    assert not desk.items("status_inquiry")


def test_silence_after_the_answer_is_nothing() -> None:
    desk = insured()
    desk.code()
    paid(desk)
    before = desk.account()
    desk.due("claim_silence")
    assert desk.account() == before


def test_a_hold_gets_a_manager_as_its_filing_limit_nears() -> None:
    desk = insured()
    desk.code(place_of_service="98")
    desk.due("filing_limit_near")
    assert desk.items("hold")[0].owner == "billing_manager"
    assert desk.now == datetime(2026, 3, 2, tzinfo=UTC) + timedelta(days=150)
