"""Settings from the environment, and what is said when they are wrong."""

from datetime import UTC, timedelta

import pytest

from services.chassis.settings import SettingsError
from services.patient_statements.settings import PatientStatementsSettings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SMALL_BALANCE_LIMIT_CENTS", "5.5"),
        ("SMALL_BALANCE_LIMIT_CENTS", "-1"),
        ("STATEMENT_CYCLE_DAYS", "0"),
        ("TIME_ZONE", "Nowhere/Town"),
        ("TIME_ZONE", "../etc/passwd"),
        ("RENDER_BATCH", "many"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    variable = f"CLAIMSTREAM_PATIENT_STATEMENTS_{name}"
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match=variable):
        PatientStatementsSettings.read()


def test_settings_become_the_policy_that_rules_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLAIMSTREAM_PATIENT_STATEMENTS_STATEMENT_DELAY_DAYS", "5")
    monkeypatch.setenv("CLAIMSTREAM_PATIENT_STATEMENTS_SMALL_BALANCE_LIMIT_CENTS", "250")
    policy = PatientStatementsSettings.read().policy()
    assert policy.first_statement_delay == timedelta(days=5)
    assert policy.small_balance_limit_cents == 250
    assert policy.cycle == timedelta(days=30)
    assert policy.zone is UTC
