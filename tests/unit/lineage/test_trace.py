"""A trace is everything that belongs to one encounter, claim, patient or account, in order."""

from datetime import timedelta

from claimstream.lineage.trace import trace
from schemas.claim import (
    ClaimAdjudicated,
    ClaimStateChanged,
    ClaimSubmitted,
    PassedState,
    RemittanceReceived,
)
from schemas.coding import EncounterCoded
from schemas.encounter import EncounterDocumented
from schemas.event import Event
from schemas.patient_account import (
    PatientBalanceDue,
    StatementIssued,
    StatementItem,
    StatementSuppressed,
)
from schemas.reference import PatientRegistered, PracticeRegistered, ProviderRegistered
from tests.builders import make
from tests.support import NOON
from tests.unit.lineage.facts import fact, told

CLAIM = "CLAIM1"


def story(practice: str = "P1", encounter: str = "E1", claim: str = CLAIM) -> list[Event]:
    own = {"practice_id": practice, "encounter_id": encounter}
    return [
        make(PracticeRegistered, practice_id=practice),
        make(ProviderRegistered, practice_id=practice),
        make(PatientRegistered, practice_id=practice, patient_id="PT1", account_id="A1"),
        make(EncounterDocumented, **own, patient_id="PT1"),
        make(EncounterCoded, **own, patient_id="PT1"),
        make(ClaimSubmitted, **own, patient_id="PT1", claim_id=claim),
        make(ClaimAdjudicated, **own, claim_id=claim),
        make(PatientBalanceDue, **own, patient_id="PT1", account_id="A1"),
    ]


LINEAGE = ["ehr", "coding", "billing", "payer", "billing"]


def test_what_nobody_knows_has_no_steps() -> None:
    assert trace(told(story()), "E9") == []
    assert trace(told(story()), "P9:E1") == []
    assert trace([], "E1") == []


def test_an_encounter_and_its_claim_have_one_lineage() -> None:
    facts = told(story() + story(encounter="E2", claim="CLAIM2"))
    steps = trace(facts, "E1")
    assert [step.service for step in steps] == LINEAGE
    assert trace(facts, CLAIM) == steps
    assert {step.key for step in steps} == {"P1:E1", "P1:A1"}


def test_the_states_that_a_claim_passed_are_told_with_their_reasons() -> None:
    moved = make(
        ClaimStateChanged,
        practice_id="P1",
        encounter_id="E1",
        claim_id=CLAIM,
        from_state="submitted",
        to_state="closed",
        reason="balance_zero",
        passed=(PassedState(state="paid", reason="claim_status_1"),),
    )
    step = next(each for each in trace(told([*story(), moved]), CLAIM) if "->" in each.text)
    assert step.state == "closed (balance_zero)"
    assert f"{CLAIM} submitted -> paid (claim_status_1) -> closed (balance_zero)" in step.text


def test_the_same_id_of_two_practices_is_told_apart_by_naming_the_practice() -> None:
    facts = told(story() + story("P2"))
    assert {step.key.partition(":")[0] for step in trace(facts, "P2:E1")} == {"P2"}
    assert len(trace(facts, "E1")) == 2 * len(trace(facts, "P2:E1"))


def test_a_patient_brings_in_all_encounters_and_who_the_patient_is() -> None:
    facts = told(story() + story(encounter="E2", claim="CLAIM2")[3:])
    steps = trace(facts, "PT1")
    assert [step.state for step in steps].count("registered") == 1
    assert {step.key for step in steps} == {"P1:PT1", "P1:E1", "P1:E2", "P1:A1"}


def test_a_statement_belongs_to_every_encounter_on_it_and_to_no_other() -> None:
    items = tuple(StatementItem(encounter_id=name, balance_cents=500) for name in ("E1", "E2"))
    issued = make(StatementIssued, practice_id="P1", account_id="A1", items=items)
    facts = told([*story(), *story(encounter="E3", claim="CLAIM3")[3:], issued])
    assert trace(facts, "E1")[-1].state.startswith("statement")
    assert all(not step.state.startswith("statement") for step in trace(facts, "E3"))


def test_an_accounts_events_that_name_no_encounter_belong_to_the_account() -> None:
    suppressed = make(StatementSuppressed, practice_id="P1", account_id="A1", items=())
    facts = told([*story(), suppressed])
    assert trace(facts, "A1")[-1].state == f"no statement ({suppressed.reason})"
    assert len(trace(facts, "E1")) == len(LINEAGE)


def test_a_remittance_as_a_whole_belongs_to_no_single_encounter() -> None:
    facts = told([*story(), make(RemittanceReceived, practice_id="P1")])
    assert len(trace(facts, "E1")) == len(LINEAGE)


def test_steps_are_told_in_the_order_in_which_they_were_recorded() -> None:
    facts = told(story())
    assert trace(list(reversed(facts)), "E1") == trace(facts, "E1")
    steps = trace(facts, "E1")
    assert [step.at for step in steps] == sorted(step.at for step in steps)


def test_a_step_names_its_money_in_dollars() -> None:
    adjudicated = make(
        ClaimAdjudicated,
        practice_id="P1",
        encounter_id="E1",
        charge_cents=123_456,
        paid_cents=-5,
        patient_responsibility_cents=0,
    )
    (step,) = trace([fact(adjudicated, at=NOON + timedelta(days=1))], "E1")
    assert step.money == "charged $1,234.56, paid -$0.05, patient's share $0.00"
    assert step.at == NOON + timedelta(days=1)
