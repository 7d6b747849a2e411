"""Encounters go in; claims, remittances, statements and payments come out, to the cent."""

import asyncpg
import pytest

from claimstream.demo.outcome import Outcome, gather
from claimstream.lineage.history import History, read_history
from claimstream.lineage.standing import standings
from claimstream.verify.run import Verified
from schemas.claim import ClaimAdjudicated, ClaimSubmitted, ClaimTransmitted
from schemas.encounter import EncounterDocumented
from schemas.patient_account import PatientPaymentReceived, StatementIssued
from tests.e2e.conftest import ENCOUNTERS
from tests.e2e.world import World


@pytest.fixture(scope="module")
async def proof(world: World) -> Verified:
    return await world.verified()


@pytest.fixture(scope="module")
async def history(world: World) -> History:
    return await read_history(world.addresses.kafka_bootstrap)


@pytest.fixture(scope="module")
async def outcome(world: World, proof: Verified, history: History) -> Outcome:
    connection = await asyncpg.connect(world.addresses.database_urls["billing"])
    try:
        return await gather(proof, history, connection)
    finally:
        await connection.close()


def count(history: History, kind: type) -> int:
    return sum(isinstance(fact.event, kind) for fact in history.facts)


def test_everything_holds_after_a_run(proof: Verified) -> None:
    report = proof.report
    assert report.findings == []
    assert sum(report.in_flight.values()) == 0


def test_every_check_had_something_to_look_at(proof: Verified) -> None:
    report = proof.report
    idle = {check for check, looked_at in report.checked.items() if not looked_at}
    assert idle == {"every refused record is kept with its reason"}


def test_no_event_breaks_its_contract_and_only_the_ehr_repeats_itself(history: History) -> None:
    assert [fact.record.topic for fact in history.facts if fact.event is None] == []
    assert all(fact.record.topic.startswith("ehr.") for fact in history.copies)


def test_every_encounter_stands_somewhere(proof: Verified, history: History) -> None:
    stands = standings(history.facts, proof.set_aside)
    assert len(stands) == ENCOUNTERS
    assert not [text for text in stands.values() if text.startswith("documented (")]


def test_money_in_flight_adds_up_to_the_charges(outcome: Outcome) -> None:
    assert outcome.charged_cents > 0
    assert sum(outcome.money_cents.values()) == outcome.charged_cents
    assert "claim:none" not in outcome.money_cents


def test_insurance_and_patients_have_paid(outcome: Outcome) -> None:
    assert outcome.money_cents["paid_by_insurance"] > 0
    assert outcome.money_cents["paid_by_patient"] > 0


def test_each_claim_was_sent_once_and_nearly_all_were_answered(history: History) -> None:
    facts = history.facts
    submitted = {fact.event.claim_id for fact in facts if isinstance(fact.event, ClaimSubmitted)}
    sent = [fact.event.claim_id for fact in facts if isinstance(fact.event, ClaimTransmitted)]
    answered = {fact.event.claim_id for fact in facts if isinstance(fact.event, ClaimAdjudicated)}
    assert len(submitted) >= ENCOUNTERS // 2
    assert len(sent) == len(set(sent))
    assert answered <= set(sent) <= submitted
    assert len(answered) >= len(submitted) * 8 // 10


def test_statements_went_out_and_were_paid(history: History) -> None:
    assert count(history, StatementIssued) > 0
    assert count(history, PatientPaymentReceived) > 0


def test_encounters_of_several_practices_went_through(history: History) -> None:
    practices = {
        fact.event.practice_id
        for fact in history.facts
        if isinstance(fact.event, EncounterDocumented)
    }
    assert len(practices) >= 2
