"""When a programme protects a patient, and who may hold an account for which reason."""

from datetime import date

import pytest

from services.patient_statements.domain.coverage_programme import Period, programme_of
from services.patient_statements.domain.hold import (
    HOLD_REASONS,
    HOLD_ROLES,
    RELEASE_ROLES,
    require_hold_reason,
    require_role,
)
from services.patient_statements.domain.refusal import RuleRefusal
from tests.unit.patient_statements.examples import coverage_registered, policy


@pytest.mark.parametrize(
    ("day", "covered"),
    [
        (date(2025, 12, 31), False),
        (date(2026, 1, 1), True),
        (date(2026, 1, 31), True),
        (date(2026, 2, 1), False),
    ],
)
def test_a_policy_covers_its_first_and_its_last_day(day: date, covered: bool) -> None:
    assert Period(date(2026, 1, 1), date(2026, 1, 31)).covers(day) is covered


def test_a_policy_without_a_last_day_is_still_in_force() -> None:
    assert Period(date(2026, 1, 1)).covers(date(2199, 1, 1))


def test_the_qmb_programme_protects_only_where_medicare_was_in_force() -> None:
    covered = programme_of(
        coverage_registered(policy("medicare"), qualified_medicare_beneficiary=True)
    )
    assert covered.protection(date(2026, 1, 1)) == "qmb"
    assert covered.protection(date(2024, 12, 31)) == "none"
    unflagged = programme_of(coverage_registered(policy("medicare")))
    assert unflagged.protection(date(2026, 1, 1)) == "none"


def test_of_both_programmes_qmb_is_the_reason() -> None:
    both = programme_of(
        coverage_registered(
            policy("medicare"), policy("medicaid", rank=2), qualified_medicare_beneficiary=True
        )
    )
    assert both.protection(date(2026, 1, 1)) == "qmb"


def test_no_payer_and_no_member_id_is_kept() -> None:
    kept = repr(programme_of(coverage_registered(policy("medicaid", member_id="SECRET9"))))
    assert "SECRET9" not in kept
    assert "PAY-medicaid" not in kept


def test_a_role_that_may_not_decide_is_refused_with_those_that_may() -> None:
    with pytest.raises(RuleRefusal) as refusal:
        require_role("cashier", RELEASE_ROLES)
    assert refusal.value.reason == "role_not_permitted"
    assert "supervisor" in refusal.value.message
    require_role("supervisor", RELEASE_ROLES)


def test_who_may_place_a_hold_need_not_be_able_to_release_it() -> None:
    assert RELEASE_ROLES < HOLD_ROLES


def test_a_hold_needs_one_of_the_known_reasons() -> None:
    for reason in HOLD_REASONS:
        require_hold_reason(reason)
    with pytest.raises(RuleRefusal) as refusal:
        require_hold_reason("Ms Featherstone called")
    assert refusal.value.reason == "hold_reason_unknown"
    assert "Featherstone" not in refusal.value.message
