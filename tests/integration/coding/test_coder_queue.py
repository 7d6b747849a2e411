"""People decide: in which order, on what, and what is kept of it."""

from datetime import date, timedelta

import pytest

from schemas.coding import DocumentationQueryOpened, EncounterCoded
from schemas.encounter import DocumentationQueryAnswered
from services.chassis.effects import Refused
from services.coding import case_store, queue_store, store
from services.coding.commands.shown_case import looked_at, shown_case
from services.coding.domain.encounter_state import Proposal
from services.coding.resolve_encounter import DecidedLine, ResolveEncounter
from tests.integration.coding.conftest import REFERENCES, Running
from tests.unit.coding.examples import encounter, note, problems

UNKNOWN = problems("Acute bronchitis", "Feels somewhat off since the moon rose")


def decision(**fields: object) -> ResolveEncounter:
    return ResolveEncounter.model_validate(
        {
            "practice_id": "P1",
            "actor": "kim",
            "role": "coder",
            "reason": "read the note",
            "encounter_id": "E1",
            "action": "accept",
            **fields,
        }
    )


async def queued(running: Running, **fields: object) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(problems=UNKNOWN, **fields))
    assert await running.state() == "coder_queue"


async def test_every_decision_is_kept_with_who_why_and_the_codes_before_and_after(
    running: Running,
) -> None:
    await queued(running)
    await running.act(
        decision(
            action="codes",
            diagnoses=("J20.8",),
            lines=(DecidedLine(code="99214", pointers=(1,)),),
        )
    )
    async with running.pool.acquire() as connection:
        (kept,) = await case_store.decisions(connection, "P1", "E1")
    assert (kept.actor, kept.role, kept.action, kept.reason) == (
        "kim",
        "coder",
        "codes",
        "read the note",
    )
    assert [each.code for each in kept.before.diagnoses] == ["J20.9"]
    assert [each.code for each in kept.after.diagnoses] == ["J20.8"]
    assert [each.code for each in kept.after.lines] == ["99214"]
    assert kept.decided_at == running.clock.now()


async def test_a_case_that_a_coder_refused_is_left_to_a_lead(running: Running) -> None:
    await queued(running)
    await running.act(decision(action="refuse", reason="beyond what I may decide"))
    assert await running.state() == "coder_queue"
    with pytest.raises(Refused, match="lead"):
        await running.act(decision())
    await running.act(decision(role="coding_lead", actor="lee"))
    assert await running.state() == "coded"
    async with running.pool.acquire() as connection:
        kept = await case_store.decisions(connection, "P1", "E1")
    assert [(row.actor, row.action) for row in kept] == [("kim", "refuse"), ("lee", "accept")]


async def test_codes_against_an_edit_are_refused_unless_the_coder_decides_despite_it(
    running: Running,
) -> None:
    await queued(running)
    against = decision(
        action="codes",
        diagnoses=("J20.9",),
        lines=(DecidedLine(code="99213", modifiers=("59",), pointers=(1,)),),
    )
    with pytest.raises(Refused) as refused:
        await running.act(against)
    assert refused.value.reason == "edits_against_it"
    assert "99213" in refused.value.message
    assert await running.state() == "coder_queue"
    await running.act(against.model_copy(update={"despite_edits": True}))
    assert await running.state() == "coded"
    async with running.pool.acquire() as connection:
        (kept,) = await case_store.decisions(connection, "P1", "E1")
    assert kept.reason.startswith("read the note [despite edit:")


async def test_a_decision_that_is_refused_leaves_nothing(running: Running) -> None:
    await queued(running)
    for wrong in ({"role": "biller"}, {"reason": " "}, {"action": "codes", "diagnoses": ("J20",)}):
        with pytest.raises(Refused):
            await running.act(decision(**wrong))
    async with running.pool.acquire() as connection:
        assert await case_store.decisions(connection, "P1", "E1") == []


async def test_closing_a_case_keeps_that_no_code_is_left(running: Running) -> None:
    await queued(running)
    await running.act(decision(action="not_billable"))
    async with running.pool.acquire() as connection:
        (kept,) = await case_store.decisions(connection, "P1", "E1")
    assert kept.before.lines
    assert kept.after == Proposal()


async def test_what_waits_comes_with_the_payers_programme(running: Running) -> None:
    await queued(running)
    async with running.pool.acquire() as connection:
        (case,) = await queue_store.waiting_cases(connection, None)
        assert await queue_store.waiting_cases(connection, "P2") == []
    assert (case.encounter_id, case.programme) == ("E1", "commercial")


async def test_a_case_shows_marked_evidence_edits_gaps_and_rejected_codes(
    running: Running,
) -> None:
    await running.hear(*REFERENCES)
    text = "Acute bronchitis.\nSomewhat off since the moon rose."
    await running.hear(encounter(problems=(), note=note(("HPI", "Cough."), ("Assessment", text))))
    assert await running.state() == "coder_queue"
    async with running.pool.acquire() as connection:
        ((practice_id, row),) = await store.find(connection, "E1", "P1")
        known = await store.load(connection, [looked_at("P1", "E1")])
    shown = shown_case(practice_id, "E1", row, known, (), note=True)
    assert "[[Acute bronchitis]](J20.9)" in shown["note"][1]["text"]
    (evidence,) = shown["note"][1]["evidence"]
    assert text[evidence["start"] : evidence["end"]] == evidence["text"] == "Acute bronchitis"
    assert evidence["codes"] == ["J20.9"]
    assert shown["edits"]
    assert [each["reason"] for each in shown["why"]] == shown["reasons"]
    assert all(each["meaning"] for each in shown["why"])
    assert {"flags", "decisions", "proposed", "reasons"} <= shown.keys()
    without = shown_case(practice_id, "E1", row, known, (), note=False)
    assert "note" not in without
    assert "moon" not in str(without)


async def test_a_note_copied_from_the_patients_last_one_is_asked_about(running: Running) -> None:
    await running.hear(*REFERENCES)
    words = " ".join(f"word{number}" for number in range(300))
    copied = note(("HPI", f"Cough. {words}"))
    await running.hear(encounter(note=copied))
    assert await running.said(DocumentationQueryOpened) == []
    later = date(2026, 4, 2)
    await running.hear(
        encounter(
            encounter_id="E2",
            note=copied,
            service_date=later,
            signature={"provider_id": "DR1", "signed_at": "2026-04-02T18:00:00Z"},
        )
    )
    (query,) = await running.said(DocumentationQueryOpened)
    assert (query.encounter_id, query.kind, query.gap) == ("E2", "contradiction", "cloned_text")
    assert await running.state("E2") == "query_open"


async def test_a_revision_of_a_note_is_no_copy_of_itself(running: Running) -> None:
    await running.hear(*REFERENCES)
    words = " ".join(f"word{number}" for number in range(300))
    await running.hear(encounter(note=note(("HPI", f"Cough. {words}"))))
    await running.hear(
        encounter(
            revision=2,
            revision_reason="addendum",
            note=note(("HPI", f"Cough. {words}"), ("Addendum", "No fever.")),
        )
    )
    assert await running.said(DocumentationQueryOpened) == []
    assert len(await running.said(EncounterCoded)) == 1


async def test_an_unanswered_query_of_a_finer_kind_escalates_too(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(
        encounter(
            problems=problems("Acute bronchitis"), note=note(("HPI", "Seen by the resident."))
        )
    )
    (query,) = await running.said(DocumentationQueryOpened)
    assert (query.kind, query.gap) == ("missing_report", "missing_teaching_attestation")
    running.clock.advance(timedelta(days=8))
    await running.processor.run_deadlines()
    assert await running.state() == "escalated"


async def test_an_addendum_that_closes_a_finer_gap_resumes_the_encounter(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(note=note(("HPI", "Cough. Seen by the resident."))))
    (query,) = await running.said(DocumentationQueryOpened)
    answered = {
        "practice_id": "P1",
        "encounter_id": "E1",
        "query_id": query.query_id,
        "answered_by": "DR1",
        "answered_at": "2026-03-03T10:00:00Z",
        "addendum": "I saw and examined the patient and was present for the key portion.",
    }
    await running.hear(DocumentationQueryAnswered.model_validate(answered))
    assert await running.state() == "coded"


async def test_an_addendum_that_leaves_a_finer_gap_open_goes_to_a_coder(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(note=note(("HPI", "Cough. Seen by the resident."))))
    (query,) = await running.said(DocumentationQueryOpened)
    answered = {
        "practice_id": "P1",
        "encounter_id": "E1",
        "query_id": query.query_id,
        "answered_by": "DR1",
        "answered_at": "2026-03-03T10:00:00Z",
        "addendum": "Unable to determine.",
    }
    await running.hear(DocumentationQueryAnswered.model_validate(answered))
    assert await running.state() == "coder_queue"
    (case,) = await running.rows("select detail from coding.encounter")
    assert b"unanswered:missing_teaching_attestation:" in case["detail"]
