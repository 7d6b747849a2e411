"""Statement days: what is issued, what is suppressed, when the next one comes."""

import pytest
from msgspec.structs import replace

from services.patient_statements.domain.account import Account, Hold
from services.patient_statements.domain.coverage_programme import programme_of
from services.patient_statements.domain.encounter_balance import paid, reported
from services.patient_statements.domain.household import Household
from services.patient_statements.domain.statement_day import (
    StatementDay,
    held_statement_day,
    issued,
    planned,
    reconsidered,
    withdrawal,
    withdrawn,
)
from services.patient_statements.domain.statement_gate import Blocked
from tests.unit.patient_statements.examples import (
    DAY,
    NOON,
    POLICY,
    PRACTICE,
    account,
    balance_due,
    coverage_registered,
    encounter,
    household,
    patient_registered,
    policy,
)

HELD = Hold("billing_dispute", "supervisor", NOON)


def _day(found: Account, people: Household | None = None, day: int = 0) -> StatementDay:
    return held_statement_day(found, people or household(), PRACTICE, POLICY, NOON + day * DAY)


def test_a_held_account_gets_no_statement_and_rests() -> None:
    day = _day(replace(account(encounter(5000)), hold=HELD))
    assert day.statement is None
    assert day.suppressed == (Blocked("hold", ("E1",)),)
    assert day.account.cycle.next_at is None
    assert not day.account.needs_statement_day


def test_the_same_reason_is_not_reported_twice() -> None:
    held = replace(account(encounter(5000)), hold=HELD)
    again = _day(_day(held).account)
    assert again.statement is None
    assert again.suppressed == ()


def test_a_new_report_about_a_suppressed_encounter_is_decided_again() -> None:
    pending = _day(account(encounter(5000, insurance_final=False))).account
    final = reported(pending.encounters[0], balance_due(4000, version=2))
    assert final is not None
    after = planned(pending.with_encounters(final), NOON, POLICY)
    assert after.cycle.next_at == NOON + POLICY.first_statement_delay
    statement = _day(after).statement
    assert statement is not None
    assert statement.total_cents == 4000


def test_a_released_hold_is_decided_again_and_a_lasting_one_is_not() -> None:
    held = _day(replace(account(encounter(5000)), hold=HELD)).account
    assert not reconsidered(held, household(), POLICY).needs_statement_day
    assert reconsidered(replace(held, hold=None), household(), POLICY).needs_statement_day


def test_a_statement_is_repeated_after_thirty_days_until_the_final_notice() -> None:
    found = planned(account(encounter(5000)), NOON, POLICY)
    notices = []
    for _ in range(3):
        assert found.cycle.next_at is not None
        day = _day(found)
        assert day.statement is not None
        notices.append((day.statement.number, day.statement.notice))
        found = day.account
        if found.cycle.next_at is not None:
            assert found.cycle.next_at == NOON + POLICY.cycle
    assert notices == [(1, "first"), (2, "second"), (3, "final")]
    assert found.cycle.next_at is None
    assert not found.needs_statement_day


def test_a_new_encounter_has_notices_of_its_own_on_the_shared_statement() -> None:
    first = _day(account(encounter(5000))).account
    second = _day(first.with_encounters(encounter(700, encounter_id="E2"))).statement
    assert second is not None
    assert second.notice == "second"
    assert [each.notice for each in second.encounters] == ["second", "first"]


def test_a_balance_past_its_final_notice_is_shown_and_starts_nothing() -> None:
    old = replace(encounter(5000), notices=3)
    assert _day(account(old)).statement is None
    both = _day(account(old, encounter(700, encounter_id="E2"))).statement
    assert both is not None
    assert both.notice == "first"
    assert [each.notice for each in both.encounters] == ["past_due", "first"]
    assert both.total_cents == 5700


def test_a_deadline_that_was_planned_anew_is_no_longer_current() -> None:
    found = planned(account(encounter(5000)), NOON, POLICY)
    sequence = found.cycle.sequence
    assert found.cycle.is_current(sequence)
    after = _day(found).account
    assert not after.cycle.is_current(sequence)
    assert not after.cycle.at_rest().is_current(after.cycle.sequence)


def test_nothing_is_due_when_the_bill_was_paid_before_the_statement_day() -> None:
    day = _day(account(paid(encounter(5000), 5000)))
    assert day.statement is None
    assert day.suppressed == (Blocked("nothing_due"),)


@pytest.mark.parametrize(
    ("programme", "qmb", "reason"), [("medicaid", False, "medicaid"), ("medicare", True, "qmb")]
)
def test_coverage_that_billing_had_not_heard_of_blocks_the_statement(
    programme: str, qmb: bool, reason: str
) -> None:
    covered = programme_of(
        coverage_registered(policy(programme), qualified_medicare_beneficiary=qmb)
    )
    people = Household(household().patients, {"PT1": covered})
    assert [block.reason for block in _day(account(encounter(5000)), people).suppressed] == [reason]


def test_coverage_that_had_ended_before_the_visit_blocks_nothing() -> None:
    ended = programme_of(
        coverage_registered(policy("medicaid", effective_to=balance_due().service_date - DAY))
    )
    people = Household(household().patients, {"PT1": ended})
    assert _day(account(encounter(5000)), people).statement is not None


def test_a_qmb_encounter_without_balance_is_planned_and_its_reason_recorded() -> None:
    found = planned(account(encounter(0, protection="qmb")), NOON, POLICY)
    assert found.cycle.next_at is not None
    day = _day(found)
    assert day.suppressed == (Blocked("qmb", ("E1",)),)
    assert not day.account.needs_statement_day


def test_a_settled_encounter_without_protection_plans_nothing() -> None:
    assert planned(account(encounter(0)), NOON, POLICY).cycle.next_at is None


def test_a_statement_still_goes_out_when_nothing_changed_since() -> None:
    day = _day(account(encounter(5000)))
    assert day.statement is not None
    assert withdrawal(day.account, day.statement, household(), POLICY) == ()
    assert issued(day.account, NOON).first_statement_at == NOON


def test_a_later_statement_does_not_move_the_first_statements_clock() -> None:
    once = issued(account(encounter(5000)), NOON)
    assert issued(once, NOON + 30 * DAY).first_statement_at == NOON


def test_a_statement_that_was_paid_before_printing_is_withdrawn() -> None:
    day = _day(account(encounter(5000)))
    assert day.statement is not None
    settled = day.account.with_encounters(paid(day.account.encounters[0], 5000))
    assert withdrawal(settled, day.statement, household(), POLICY) == (Blocked("nothing_due"),)


def test_a_part_payment_that_leaves_little_does_not_withdraw_the_statement() -> None:
    day = _day(account(encounter(5000)))
    assert day.statement is not None
    little = day.account.with_encounters(paid(day.account.encounters[0], 4999))
    assert withdrawal(little, day.statement, household(), POLICY) == ()


def test_a_withdrawn_statement_gives_its_notices_back_and_the_rest_is_planned_again() -> None:
    family = account(encounter(5000), encounter(900, encounter_id="E2", patient_id="PT2"))
    people = household(patient_registered(), patient_registered(patient_id="PT2"))
    day = _day(family, people)
    assert day.statement is not None
    bereft = household(patient_registered(), patient_registered(patient_id="PT2", deceased=True))
    at_rest = replace(day.account, cycle=day.account.cycle.at_rest())
    blocked = withdrawal(at_rest, day.statement, bereft, POLICY)
    assert blocked == (Blocked("deceased", ("E2",)),)
    after = withdrawn(at_rest, day.statement, blocked, POLICY, NOON)
    assert [each.notices for each in after.encounters] == [0, 0]
    assert [each.suppressed_as for each in after.encounters] == ["", "deceased"]
    assert after.cycle.next_at == NOON + POLICY.first_statement_delay
    following = _day(after, bereft).statement
    assert following is not None
    assert (following.number, following.total_cents) == (2, 5000)
