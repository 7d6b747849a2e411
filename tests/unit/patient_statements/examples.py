"""Events, people and accounts that tests start from; every value can be said otherwise."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from schemas.patient_account import BalanceLine, PatientBalanceDue, ResponsibilityShare
from schemas.reference import (
    ChannelConsent,
    CoverageRegistered,
    Guarantor,
    PatientRegistered,
    Policy,
    PracticeRegistered,
)
from schemas.values import Address
from services.patient_statements.domain.account import Account
from services.patient_statements.domain.encounter_balance import EncounterBalance, reported
from services.patient_statements.domain.household import Household
from services.patient_statements.domain.policy import StatementPolicy
from services.patient_statements.domain.responsible_party import patient_of, practice_of

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
POLICY = StatementPolicy()
ADDRESS = Address(line1="12 Oak Street", city="Springfield", state="IL", postal_code="627011234")


def practice_registered(**said: Any) -> PracticeRegistered:
    values: dict[str, Any] = {
        "practice_id": "P1",
        "name": "Riverside Family Practice",
        "npi": "1234567893",
        "tax_id": "123456789",
        "taxonomy": "207Q00000X",
        "address": Address(line1="1 Main St", city="Springfield", state="IL", postal_code="62701"),
        "phone": "2175550100",
    }
    return PracticeRegistered(**(values | said))


def patient_registered(**said: Any) -> PatientRegistered:
    values: dict[str, Any] = {
        "practice_id": "P1",
        "patient_id": "PT1",
        "account_id": "A1",
        "family_name": "Featherstone",
        "given_name": "Zoë",
        "birth_date": date(1980, 5, 6),
        "sex": "F",
        "address": ADDRESS,
    }
    return PatientRegistered(**(values | said))


def guarantor() -> Guarantor:
    return Guarantor(family_name="Payer", given_name="Gus", address=ADDRESS)


def consent(**said: bool) -> ChannelConsent:
    return ChannelConsent(**said)


def coverage_registered(*policies: Policy, **said: Any) -> CoverageRegistered:
    return CoverageRegistered(
        **({"practice_id": "P1", "patient_id": "PT1", "policies": policies} | said)
    )


def policy(programme: str, **said: Any) -> Policy:
    values: dict[str, Any] = {
        "coverage_id": f"C-{programme}",
        "payer_id": f"PAY-{programme}",
        "payer_name": programme.title(),
        "programme": programme,
        "rank": 1,
        "member_id": "M123",
        "effective_from": date(2025, 1, 1),
    }
    return Policy(**(values | said))


def balance_due(balance_cents: int = 5000, **said: Any) -> PatientBalanceDue:
    """A report that explains itself: what the patient does not owe, insurance paid."""
    values: dict[str, Any] = {
        "practice_id": "P1",
        "account_id": "A1",
        "patient_id": "PT1",
        "encounter_id": "E1",
        "version": 1,
        "service_date": date(2026, 2, 1),
        "charge_cents": max(20_000, balance_cents),
        "adjusted_cents": 0,
        "patient_paid_cents": 0,
        "credit_cents": 0,
        "balance_cents": balance_cents,
        "share": ResponsibilityShare(coinsurance_cents=balance_cents),
        "payer_names": ("Blue Plan",),
        "as_of": NOON,
    } | said
    if "insurance_paid_cents" not in values:
        values["insurance_paid_cents"] = (
            values["charge_cents"]
            - values["adjusted_cents"]
            - values["patient_paid_cents"]
            - balance_cents
            + values["credit_cents"]
        )
    return PatientBalanceDue(**values)


def line(number: int = 1, **said: Any) -> BalanceLine:
    values: dict[str, Any] = {
        "line": number,
        "code": "99213",
        "charge_cents": 20_000,
        "insurance_paid_cents": 15_000,
        "adjusted_cents": 0,
        "patient_cents": 5_000,
    }
    return BalanceLine(**(values | said))


def encounter(balance_cents: int = 5000, **said: Any) -> EncounterBalance:
    found = reported(None, balance_due(balance_cents, **said))
    assert found is not None
    return found


def account(*encounters: EncounterBalance, **said: Any) -> Account:
    values: dict[str, Any] = {"practice_id": "P1", "account_id": "A1"}
    return Account(**(values | said)).with_encounters(*encounters)


def household(*patients: PatientRegistered) -> Household:
    people = [patient_of(each) for each in patients or (patient_registered(),)]
    return Household({each.patient_id: each for each in people}, {})


PRACTICE = practice_of(practice_registered())
