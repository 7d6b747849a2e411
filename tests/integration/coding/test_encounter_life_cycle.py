"""An encounter's life in the coding service, on a real database."""

from datetime import UTC, date, datetime, timedelta

import asyncpg
import pytest

from schemas.coding import DocumentationQueryOpened, EncounterCoded, EncounterStateChanged
from schemas.encounter import DocumentationQueryAnswered, EncounterDocumented, Procedure
from services.chassis.effects import Refused
from services.coding.app import service
from services.coding.resolve_encounter import ResolveEncounter
from services.coding.settings import CodingSettings
from tests.integration.coding.conftest import REFERENCES, Running, coverage, patient, provider
from tests.unit.coding.examples import MODERATE, SIGNED, encounter, problems


def answer(query: DocumentationQueryOpened, **fields: object) -> DocumentationQueryAnswered:
    return DocumentationQueryAnswered.model_validate(
        {
            "practice_id": "P1",
            "encounter_id": query.encounter_id,
            "query_id": query.query_id,
            "answered_by": "DR1",
            "answered_at": datetime(2026, 3, 3, tzinfo=UTC),
            "addendum": "",
            **fields,
        }
    )


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


async def test_a_complete_encounter_is_coded_at_once(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter())
    (coded,) = await running.said(EncounterCoded)
    assert [diagnosis.code for diagnosis in coded.diagnoses] == ["J20.9"]
    assert [line.code for line in coded.lines] == ["99213"]
    assert (coded.version, coded.revision, coded.decided_by) == (1, 1, "engine")
    assert await running.state() == "coded"


async def test_an_encounter_waits_until_patient_coverage_and_provider_are_known(
    running: Running,
) -> None:
    batch = await running.hear(encounter())
    assert len(batch.to_park) == 1
    for reference in (patient(), coverage(), provider()):
        assert await running.said(EncounterCoded) == []
        await running.hear(reference)
        running.clock.advance(timedelta(minutes=1))
        await running.processor.retry_parked()
    assert len(await running.said(EncounterCoded)) == 1


async def test_a_repeated_revision_changes_nothing(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter())
    await running.hear(encounter())
    assert len(await running.said(EncounterCoded)) == 1


async def test_an_old_revision_number_with_other_content_is_refused(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(revision=2))
    batch = await running.hear(encounter(revision=2, chief_complaint="cough"))
    assert [refusal.reason for _, refusal in batch.letters] == ["revision_conflict"]
    assert len(await running.said(EncounterCoded)) == 1


async def test_a_revision_older_than_the_last_is_refused_as_stale(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(revision=3))
    batch = await running.hear(encounter(revision=1))
    assert [refusal.reason for _, refusal in batch.letters] == ["stale_revision"]


async def test_a_date_that_no_release_covers_waits_for_one_with_the_dates_at_hand(
    running: Running,
) -> None:
    await running.hear(*REFERENCES)
    batch = await running.hear(encounter(service_date=date(2019, 1, 7)))
    assert batch.letters == []
    assert await running.state() == "coder_queue"
    (moved,) = await running.said(EncounterStateChanged)
    assert moved.reason.startswith("no_code_set_release:")
    assert "2025-10-01 to 2026-09-30" in moved.reason


async def test_what_waited_for_a_release_is_coded_again_once_one_stands_in(
    running: Running,
) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(service_date=date(2019, 1, 7)))
    again = ResolveEncounter(
        practice_id="P1",
        actor="ana",
        role="coder",
        reason="a release stands in",
        encounter_id="E1",
        action="code_again",
    )
    await running.processor.act(again)
    assert await running.state() == "coder_queue"
    running.processor.service = service(CodingSettings(stand_in_icd10cm="FY2026"))
    await running.processor.act(again)
    assert await running.state() == "coded"
    (coded,) = await running.said(EncounterCoded)
    assert any(release.stands_in for release in coded.releases)


async def test_a_missing_signature_holds_the_encounter_until_the_answer(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(signature=None))
    (query,) = await running.said(DocumentationQueryOpened)
    assert (query.kind, query.provider_id) == ("missing_signature", "DR1")
    assert await running.state() == "query_open"
    assert await running.said(EncounterCoded) == []
    await running.hear(answer(query, signature=SIGNED))
    assert await running.state() == "coded"
    assert len(await running.said(EncounterCoded)) == 1


async def test_two_gaps_are_asked_for_separately_and_both_must_be_settled(
    running: Running,
) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(signature=None, problems=problems("Sprain of ankle")))
    queries = {query.kind: query for query in await running.said(DocumentationQueryOpened)}
    assert set(queries) == {"missing_signature", "missing_laterality"}
    await running.hear(answer(queries["missing_laterality"], laterality="left"))
    assert await running.state() == "query_open"
    assert len(await running.said(DocumentationQueryOpened)) == 2
    await running.hear(answer(queries["missing_signature"], signature=SIGNED))
    (coded,) = await running.said(EncounterCoded)
    assert coded.diagnoses[0].code == "S93.402A"


async def test_the_same_answer_twice_is_taken_once(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(signature=None))
    (query,) = await running.said(DocumentationQueryOpened)
    await running.hear(answer(query, signature=SIGNED))
    batch = await running.hear(answer(query, signature=SIGNED))
    assert batch.letters == []
    assert len(await running.said(EncounterCoded)) == 1


async def test_an_answer_to_no_question_is_refused(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(signature=None))
    (query,) = await running.said(DocumentationQueryOpened)
    stranger = answer(query).model_copy(update={"query_id": "Q0"})
    batch = await running.hear(stranger)
    assert [refusal.reason for _, refusal in batch.letters] == ["query_not_open"]


async def test_an_answer_that_settles_nothing_leaves_the_encounter_to_a_coder(
    running: Running,
) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(signature=None))
    (query,) = await running.said(DocumentationQueryOpened)
    await running.hear(answer(query, addendum="See the chart."))
    assert await running.state() == "coder_queue"
    (moved,) = await running.said(EncounterStateChanged)
    assert moved.reason == "unanswered:missing_signature:"


async def test_an_unanswered_query_escalates_when_its_limit_has_passed(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(signature=None))
    running.clock.advance(timedelta(days=6))
    await running.processor.run_deadlines()
    assert await running.state() == "query_open"
    running.clock.advance(timedelta(days=2))
    await running.processor.run_deadlines()
    assert await running.state() == "escalated"
    (moved,) = await running.said(EncounterStateChanged)
    assert (moved.from_state, moved.to_state) == ("query_open", "escalated")


async def test_an_escalated_query_can_still_be_answered(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(signature=None))
    (query,) = await running.said(DocumentationQueryOpened)
    running.clock.advance(timedelta(days=8))
    await running.processor.run_deadlines()
    await running.hear(answer(query, signature=SIGNED))
    assert await running.state() == "coded"


async def test_a_query_answered_in_time_never_escalates(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(signature=None))
    (query,) = await running.said(DocumentationQueryOpened)
    await running.hear(answer(query, signature=SIGNED))
    running.clock.advance(timedelta(days=30))
    await running.processor.run_deadlines()
    assert await running.state() == "coded"


async def test_an_addendum_after_coding_makes_a_new_version(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter())
    await running.hear(encounter(revision=2, revision_reason="addendum", decision_making=MODERATE))
    coded = await running.said(EncounterCoded)
    assert [(each.version, each.revision) for each in coded] == [(1, 1), (2, 2)]
    assert coded[1].lines[0].code == "99214"


async def test_a_revision_that_changes_no_code_makes_no_new_version(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter())
    await running.hear(encounter(revision=2, revision_reason="addendum", chief_complaint="cough"))
    assert len(await running.said(EncounterCoded)) == 1
    (moved,) = await running.said(EncounterStateChanged)
    assert (moved.to_state, moved.reason) == ("coded", "codes_unchanged")


@pytest.mark.parametrize("before", ["nothing", "coded", "query_open", "coder_queue"])
async def test_a_cancellation_closes_an_encounter_in_any_state(
    running: Running, before: str
) -> None:
    await running.hear(*REFERENCES)
    first = {
        "coded": encounter(),
        "query_open": encounter(signature=None),
        "coder_queue": encounter(problems=problems("Feels somewhat off since the moon rose")),
    }.get(before)
    if first is not None:
        await running.hear(first)
        assert await running.state() == before
    await running.hear(encounter(revision=2, revision_reason="cancellation"))
    assert await running.state() == "not_billable"
    moved = (await running.said(EncounterStateChanged))[-1]
    assert (moved.to_state, moved.reason) == ("not_billable", "cancelled")


async def test_nothing_reopens_a_closed_encounter(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter(revision_reason="cancellation"))
    batch = await running.hear(encounter(revision=2))
    assert [refusal.reason for _, refusal in batch.letters] == ["already_not_billable"]
    assert await running.said(EncounterCoded) == []


async def test_a_visit_coded_before_makes_the_patient_established(running: Running) -> None:
    await running.hear(*REFERENCES)
    earlier = encounter(encounter_id="E0", service_date=date(2025, 12, 1), new_patient=True)
    await running.hear(earlier)
    await running.hear(encounter(new_patient=True))
    first, second = await running.said(EncounterCoded)
    by_encounter = {each.encounter_id: each.lines[0].code for each in (first, second)}
    assert by_encounter == {"E0": "99203", "E1": "99213"}


async def test_a_cancelled_visit_makes_nobody_established(running: Running) -> None:
    await running.hear(*REFERENCES)
    earlier = encounter(encounter_id="E0", service_date=date(2025, 12, 1))
    await running.hear(earlier)
    await running.hear(
        earlier.model_copy(update={"revision": 2, "revision_reason": "cancellation"})
    )
    await running.hear(encounter(new_patient=True))
    coded = {each.encounter_id: each for each in await running.said(EncounterCoded)}
    assert coded["E1"].lines[0].code == "99203"


async def test_whether_a_patient_is_new_is_asked_and_the_answer_counts(running: Running) -> None:
    await running.hear(*REFERENCES, encounter(new_patient=None))
    (query,) = await running.said(DocumentationQueryOpened)
    assert query.gap == "new_or_established"
    addendum = "This was the first visit; no visits here within three years."
    await running.hear(answer(query, addendum=addendum))
    (coded,) = await running.said(EncounterCoded)
    assert coded.lines[0].code == "99203"


async def test_a_visit_in_the_global_period_of_the_practices_own_procedure_is_part_of_it(
    running: Running,
) -> None:
    await running.hear(*REFERENCES)
    abscess = problems("Cutaneous abscess of abdominal wall")
    drained = Procedure(item_id="x1", description="incision and drainage of abscess")
    await running.hear(
        encounter(
            encounter_id="E0",
            service_date=date(2026, 2, 27),
            visit_kind="procedure",
            procedures=(drained,),
            problems=abscess,
            decision_making=None,
        )
    )
    await running.hear(encounter(problems=abscess), encounter(encounter_id="E2"))
    coded = {each.encounter_id: each for each in await running.said(EncounterCoded)}
    assert coded["E0"].lines[0].code == "10060"
    assert "E1" not in coded
    assert (coded["E2"].lines[0].code, coded["E2"].lines[0].modifiers) == ("99213", ("24",))


async def test_the_same_ids_in_two_practices_are_two_encounters(running: Running) -> None:
    await running.hear(*REFERENCES, provider("P2"), patient("P2"), coverage("P2"))
    other = encounter(signature=None).model_copy(update={"practice_id": "P2"})
    await running.hear(encounter(), other)
    assert [each.practice_id for each in await running.said(EncounterCoded)] == ["P1"]
    assert [each.practice_id for each in await running.said(DocumentationQueryOpened)] == ["P2"]


def unsure() -> EncounterDocumented:
    return encounter(problems=problems("Feels somewhat off since the moon rose"))


async def test_what_is_not_understood_goes_to_the_coder_queue_with_its_reason(
    running: Running,
) -> None:
    await running.hear(*REFERENCES)
    await running.hear(unsure())
    assert await running.state() == "coder_queue"
    (moved,) = await running.said(EncounterStateChanged)
    assert moved.to_state == "coder_queue"
    assert moved.reason != ""


async def test_a_coder_gives_the_codes_and_the_decision_is_audited(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(unsure())
    await running.act(decision(action="codes", diagnoses=("R53.83",), lines=({"code": "99213"},)))
    (coded,) = await running.said(EncounterCoded)
    assert (coded.decided_by, coded.diagnoses[0].code) == ("coder", "R53.83")
    (row,) = await running.rows("select actor, role, action from delivery.audit")
    assert tuple(row) == ("kim", "coder", "ResolveEncounter")


async def test_a_coder_closes_an_encounter_as_not_billable(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(unsure())
    await running.act(decision(action="not_billable"))
    assert await running.state() == "not_billable"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"role": "biller"}, "role_not_allowed"),
        ({"reason": " "}, "reason_missing"),
        ({"encounter_id": "E9"}, "encounter_unknown"),
        ({"action": "codes", "diagnoses": ("E11",)}, "diagnosis_not_valid"),
        (
            {"action": "codes", "diagnoses": ("R53.83",), "lines": ({"code": "J0000"},)},
            "procedure_not_valid",
        ),
        (
            {
                "action": "codes",
                "diagnoses": ("R53.83",),
                "lines": ({"code": "99213", "pointers": (2,)},),
            },
            "pointer_out_of_range",
        ),
    ],
)
async def test_a_decision_against_the_rules_is_refused_and_changes_nothing(
    running: Running, fields: dict[str, object], reason: str
) -> None:
    await running.hear(*REFERENCES)
    await running.hear(unsure())
    with pytest.raises(Refused) as refused:
        await running.act(decision(**fields))
    assert refused.value.reason == reason
    assert await running.state() == "coder_queue"


async def test_what_is_coded_already_is_not_in_the_queue(running: Running) -> None:
    await running.hear(*REFERENCES)
    await running.hear(encounter())
    with pytest.raises(Refused) as refused:
        await running.act(decision())
    assert refused.value.reason == "not_in_queue"


class OneConnection:
    """A pool of one connection, so that its statements can be counted."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection

    def acquire(self) -> "OneConnection":
        return self

    async def __aenter__(self) -> asyncpg.Connection:
        return self._connection

    async def __aexit__(self, *_: object) -> None:
        return None


async def test_the_number_of_statements_does_not_grow_with_the_batch(running: Running) -> None:
    await running.hear(*REFERENCES)
    counted: dict[int, int] = {}
    async with running.pool.acquire() as connection:
        statements: list[str] = []
        connection.add_query_logger(lambda query: statements.append(query.query))
        running.processor.pool = OneConnection(connection)
        for size in (1, 2, 40):
            statements.clear()
            await running.hear(
                *(
                    encounter(encounter_id=f"N{size}-{number}", signature=SIGNED)
                    for number in range(size)
                )
            )
            counted[size] = len(statements)
    assert counted[2] == counted[40] > 5
