"""What a person sees of a running stack, asked on the command line."""

import json
from pathlib import Path

import pytest

from claimstream.stack.state import KAFKA_VARIABLE
from schemas.claim import ClaimAdjudicated, ClaimSubmitted
from schemas.patient_account import PatientPaymentReceived
from tests.e2e.world import World

SERVICES = {"coding", "billing", "payer_gateway", "patient_statements"}


@pytest.fixture(scope="module")
async def paid(world: World) -> ClaimSubmitted:
    """A claim of an encounter that insurance and patient have paid."""
    facts = (await world.history()).facts
    by_patient = {
        (fact.event.practice_id, part.encounter_id)
        for fact in facts
        if isinstance(fact.event, PatientPaymentReceived)
        for part in fact.event.allocations
    }
    by_payer = {
        (fact.event.practice_id, fact.event.claim_id)
        for fact in facts
        if isinstance(fact.event, ClaimAdjudicated) and fact.event.paid_cents
    }
    return next(
        fact.event
        for fact in facts
        if isinstance(fact.event, ClaimSubmitted)
        and (fact.event.practice_id, fact.event.encounter_id) in by_patient
        and (fact.event.practice_id, fact.event.claim_id) in by_payer
    )


def test_a_trace_tells_the_whole_lineage_of_an_encounter_in_order(
    world: World, paid: ClaimSubmitted
) -> None:
    said = world.say("trace", f"{paid.practice_id}:{paid.encounter_id}", "--json")
    assert said.code == 0, said.err
    steps = said.lines()
    assert {"ehr", "coding", "billing", "payer", "patient"} == {step["service"] for step in steps}
    states = [step["state"] for step in steps]
    stages = ("documented (initial)", "coded by", "submitted to", "sent", "processed as", "patient")
    first = [
        next(at for at, state in enumerate(states) if state.startswith(stage)) for stage in stages
    ]
    assert first == sorted(first)
    assert any("paid $" in step["money"] for step in steps)


def test_a_claim_leads_to_the_lineage_of_its_encounter(world: World, paid: ClaimSubmitted) -> None:
    by_claim = world.say("trace", paid.claim_id, "--json").lines()
    by_encounter = world.say("trace", f"{paid.practice_id}:{paid.encounter_id}", "--json").lines()
    assert by_claim == by_encounter


def test_a_patient_leads_to_all_of_the_patients_encounters(
    world: World, paid: ClaimSubmitted
) -> None:
    by_patient = world.say("trace", f"{paid.practice_id}:{paid.patient_id}", "--json").lines()
    by_claim = world.say("trace", paid.claim_id, "--json").lines()
    assert [step for step in by_claim if step not in by_patient] == []
    assert any(step["state"] == "registered" for step in by_patient)


def test_a_trace_is_a_table_for_people(world: World, paid: ClaimSubmitted) -> None:
    said = world.say("trace", paid.claim_id)
    assert said.code == 0
    assert paid.claim_id in said.out
    assert "processed as primary" in said.out


def test_an_id_that_nobody_knows_is_said_so(world: World) -> None:
    said = world.say("trace", "NO-SUCH-THING")
    assert (said.code, said.out) == (1, "")
    assert said.err.strip() == "The topics say nothing of NO-SUCH-THING."


def test_status_shows_every_process_at_rest(world: World) -> None:
    said = world.say("status", "--json")
    assert said.code == 0
    (status,) = said.lines()
    assert status["running"] is True
    figures = {each["service"]: each for each in status["services"]}
    assert figures.keys() == SERVICES | {"kafka", "postgres", "payer"}
    assert all(each["alive"] and each["ready"] for each in figures.values())
    for name in SERVICES:
        waiting = ("lag_events", "lag_seconds", "outbox_depth", "outbox_age_seconds")
        assert [figures[name][what] for what in waiting] == [0, 0, 0, 0]
        assert figures[name]["dead_letters"] == figures[name]["parked_events"] == 0


def test_the_end_of_a_topic_can_be_read_by_a_person(world: World, paid: ClaimSubmitted) -> None:
    key = f"{paid.practice_id}:{paid.encounter_id}"
    said = world.say("topics", "tail", ClaimSubmitted.TOPIC, "--key", key)
    assert said.code == 0
    assert paid.claim_id in said.out


def test_who_a_patient_is_stays_masked(world: World, paid: ClaimSubmitted) -> None:
    said = world.say("topics", "tail", "ehr.patient-registered.v1", "-n", "1", "--json")
    assert said.code == 0
    shown = json.loads(said.out)["event"]
    assert shown["family_name"] == shown["birth_date"] == "•••"
    assert shown["patient_id"]


def test_a_second_up_says_what_already_runs(world: World) -> None:
    before = world.stack.record()
    said = world.say("up", "--detach")
    assert said.code == 0
    assert "It already runs." in said.out
    assert all(name in said.out for name in SERVICES)
    after = world.stack.record()
    assert before is not None
    assert after is not None
    assert after.supervisor == before.supervisor


def test_verify_says_that_everything_holds(world: World) -> None:
    said = world.say("verify")
    assert said.code == 0
    assert "Everything holds." in said.out


def test_verify_without_its_broker_says_so_though_the_databases_answer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KAFKA_VARIABLE, "127.0.0.1:1")
    said = world.say("verify")
    assert said.code == 3
    assert "Traceback" not in said.err
    assert len(said.err.splitlines()) == 1


def test_another_state_folder_given_to_a_command_is_followed(world: World, tmp_path: Path) -> None:
    elsewhere = ("--state-dir", str(tmp_path))
    assert world.say("verify", *elsewhere).code == 3
    assert world.say(*elsewhere, "dead-letters", "list").code == 3
    there = ("--state-dir", str(world.stack.folder.path))
    assert world.say("status", *there).code == 0
    assert world.say(*there, "dead-letters", "list").code == 0
