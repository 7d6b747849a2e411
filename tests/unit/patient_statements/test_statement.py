"""What a statement says, in facts: totals, kinds, whom it is for."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from schemas.patient_account import ResponsibilityShare
from services.patient_statements.domain.encounter_balance import EncounterBalance, paid
from services.patient_statements.domain.responsible_party import Party, addressee, patient_of
from services.patient_statements.domain.statement import Owed, Statement, owed_by_kind, taken
from services.patient_statements.domain.statement_id import statement_id
from services.patient_statements.rows import from_json, to_json
from tests.unit.patient_statements.examples import (
    NOON,
    POLICY,
    PRACTICE,
    account,
    balance_due,
    consent,
    encounter,
    guarantor,
    household,
    line,
    patient_registered,
)


def statement_of(*encounters: EncounterBalance, now: datetime = NOON) -> Statement:
    found = account(*encounters)
    return taken(
        found,
        [each.encounter_id for each in encounters],
        people=household(
            *(
                patient_registered(patient_id=patient_id)
                for patient_id in sorted({each.patient_id for each in encounters})
            )
        ).patients,
        practice=PRACTICE,
        policy=POLICY,
        now=now,
    )


def test_a_statement_leaves_out_what_may_not_be_billed() -> None:
    found = account(encounter(5000), encounter(700, encounter_id="E2"))
    statement = taken(
        found,
        ["E2"],
        people=household().patients,
        practice=PRACTICE,
        policy=POLICY,
        now=NOON,
    )
    assert [each.encounter_id for each in statement.encounters] == ["E2"]
    assert statement.total_cents == 700


@given(st.lists(st.tuples(st.integers(0, 10**7), st.integers(0, 10**7)), min_size=1, max_size=6))
def test_the_total_is_the_sum_of_balances_and_each_visit_adds_up(
    amounts: list[tuple[int, int]],
) -> None:
    encounters = []
    for number, (balance, payment) in enumerate(amounts):
        owing = encounter(balance, encounter_id=f"E{number}")
        part = min(balance, payment)
        encounters.append(paid(owing, part) if part else owing)
    statement = statement_of(*encounters)
    assert statement.total_cents == sum(each.due_cents for each in encounters)
    for each in statement.encounters:
        assert each.balance_cents == (
            each.charge_cents
            - each.insurance_paid_cents
            - each.adjusted_cents
            - each.in_progress_cents
            - each.paid_cents
        )
        assert sum(part.amount_cents for part in each.owed) == each.balance_cents + each.paid_cents


@given(
    balance=st.integers(0, 10_000),
    kinds=st.lists(st.integers(0, 5_000), min_size=5, max_size=5),
)
def test_the_kinds_sum_to_the_share_even_where_billings_kinds_do_not(
    balance: int, kinds: list[int]
) -> None:
    share = ResponsibilityShare(
        deductible_cents=kinds[0],
        coinsurance_cents=kinds[1],
        copay_cents=kinds[2],
        other_cents=kinds[3],
        self_pay_cents=kinds[4],
    )
    parts = owed_by_kind(encounter(balance, share=share))
    assert sum(part.amount_cents for part in parts) == balance
    assert all(part.amount_cents > 0 for part in parts)


def test_a_share_that_no_kind_explains_is_other() -> None:
    share = ResponsibilityShare(deductible_cents=2000)
    assert owed_by_kind(encounter(5000, share=share)) == (
        Owed("deductible", 2000),
        Owed("other", 3000),
    )


def test_the_statements_date_is_reckoned_where_the_practice_is() -> None:
    policy = replace(POLICY, zone=timezone(timedelta(hours=-6)))
    late = datetime(2026, 3, 2, 3, 0, tzinfo=UTC)
    statement = taken(
        account(encounter(5000)),
        ["E1"],
        people=household().patients,
        practice=PRACTICE,
        policy=policy,
        now=late,
    )
    assert statement.issued_on == date(2026, 3, 1)
    assert statement.due_on == date(2026, 3, 26)


def test_a_stored_statement_is_read_back_whole() -> None:
    statement = statement_of(encounter(5000, lines=(line(),)))
    assert from_json(to_json(statement), Statement) == statement


def test_ids_differ_by_practice_account_and_number_and_repeat_on_replay() -> None:
    ids = {
        statement_id(practice, account_id, number)
        for practice in ("P1", "P2")
        for account_id in ("A1", "A2")
        for number in (1, 2)
    }
    assert len(ids) == 8
    assert statement_id("P1", "A1", 1) == statement_id("P1", "A1", 1)


def test_the_guarantor_is_written_to_on_paper_whatever_the_patient_consented_to() -> None:
    child = patient_of(
        patient_registered(
            guarantor=guarantor(), consent=consent(email=True), email="zoe@example.org"
        )
    )
    parent = patient_of(patient_registered(patient_id="PT0"))
    party, channel = addressee([parent, child])
    assert (party.name, channel) == ("Gus Payer", "paper")
    assert addressee([child, parent]) == (party, channel)


def test_a_channel_needs_consent_and_an_address() -> None:
    def channel(**said: object) -> str:
        return patient_of(patient_registered(**said)).channel

    assert channel(email="zoe@example.org", phone="2175550111") == "paper"
    assert channel(consent=consent(email=True)) == "paper"
    assert channel(consent=consent(email=True), email="zoe@example.org") == "email"
    assert channel(consent=consent(sms=True), phone="2175550111") == "sms"


def test_the_living_are_written_to_before_the_dead() -> None:
    dead = patient_of(patient_registered(deceased=True, family_name="Gone"))
    living = patient_of(patient_registered(patient_id="PT2", family_name="Here"))
    party, _ = addressee([dead, living])
    assert party.name == "Zoë Here"


def test_an_address_keeps_its_lines_and_a_long_postal_code_its_dash() -> None:
    assert patient_of(patient_registered()).party == Party(
        "Zoë Featherstone", ("12 Oak Street", "Springfield, IL 62701-1234")
    )


def test_a_balance_is_as_billing_reported_it_in_a_named_version() -> None:
    statement = statement_of(encounter(5000, version=7))
    assert statement.encounters[0].version == 7
    assert balance_due(5000).balance_cents == statement.total_cents
