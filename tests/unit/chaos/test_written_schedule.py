"""The schedule that was written down is the EHR's own, with limits that are met on the way."""

from pathlib import Path

import pytest

from claimstream.chaos.options import ChaosOptions
from claimstream.chaos.outcome import Outcome
from claimstream.chaos.outcome_file import OutcomeFile
from claimstream.chaos.written_schedule import WrittenSchedule, with_limits_met
from claimstream.stack.errors import StackError
from schemas.coding import EncounterCoded
from schemas.encounter import EncounterDocumented
from schemas.envelope import OutgoingRecord
from schemas.reference import CoverageRegistered
from simulators.ehr.clinic.schedule import FIRST_DAY, generate
from tests.builders import make
from tests.unit.lineage.facts import told

OPTIONS = ChaosOptions(encounters=400, faults=0, seed=4, rate=10)


@pytest.fixture(scope="module")
def schedule(tmp_path_factory: pytest.TempPathFactory) -> WrittenSchedule:
    written = WrittenSchedule(tmp_path_factory.mktemp("schedule") / "events")
    written.write(OPTIONS)
    return written


def as_published(record: OutgoingRecord) -> tuple[object, ...]:
    """What of a record a reader of its topic sees."""
    return record.topic, record.key, record.headers, record.value


def test_what_is_read_is_what_the_ehr_would_publish(schedule: WrittenSchedule) -> None:
    made = generate(OPTIONS.encounters, OPTIONS.seed, FIRST_DAY, OPTIONS.days)
    expected = list(with_limits_met(made, OPTIONS.seed))
    found = list(schedule.read())
    assert [(each.at, as_published(each.record())) for each in found] == [
        (each.at, as_published(each.record())) for each in expected
    ]
    assert [each.settled for each in found] == [each.settled for each in expected]
    assert any(each.settled for each in found)


def test_of_some_patients_nobody_registers_coverage_and_of_some_the_payer_stays_silent(
    schedule: WrittenSchedule,
) -> None:
    expected = schedule.expected()
    assert len(expected.whole) == OPTIONS.encounters
    assert 0 < len(expected.unregistered) < OPTIONS.encounters // 10
    coverages = [
        CoverageRegistered.model_validate_json(each.value)
        for each in schedule.read()
        if each.topic == CoverageRegistered.TOPIC
    ]
    insured = [each for each in coverages if each.policies]
    silent = [each for each in insured if each.policies[0].member_id.startswith("SILENT-")]
    assert 0 < len(silent) < len(insured) // 10


def test_what_came_after_the_cut_says_nothing_of_its_patients(schedule: WrittenSchedule) -> None:
    events = list(schedule.read())
    cut = schedule.expected(len(events) // 2)
    assert cut.whole
    assert cut.cut
    assert not cut.whole & cut.cut
    later = {
        each.key.decode()
        for each in events[len(events) // 2 :]
        if each.topic == EncounterDocumented.TOPIC
    }
    assert later <= cut.cut
    assert schedule.expected(len(events)).cut == frozenset()


def test_an_outcome_is_kept_with_the_schedule_that_it_is_of(tmp_path: Path) -> None:
    file = OutcomeFile.empty(tmp_path / "kept")
    coded = make(EncounterCoded, practice_id="P1", encounter_id="E1")
    file.take(told([coded, coded.model_copy(update={"version": 2})]))
    file.index()
    outcome = Outcome({"encounter P1:E1": {"charge_cents": 5}}, told=file)
    outcome.with_others = {"encounter P1:E1"}
    outcome.once_small = {"encounter P1:E2"}
    outcome.account_of = {"encounter P1:E1": "account P1:A1"}
    file.keep(outcome, "this one")
    again = OutcomeFile.opened(tmp_path / "kept", "this one")
    assert (again.states, again.with_others, again.once_small, again.account_of) == (
        outcome.states,
        outcome.with_others,
        outcome.once_small,
        outcome.account_of,
    )
    stages = again.told.get("encounter P1:E1", ())
    assert stages == file.get("encounter P1:E1", ())
    assert [len(stage) for stage in stages] == [0, 0, 0, 2, 0, 0, 0, 0]
    assert again.told.get("encounter P1:E2", ()) == ()
    with pytest.raises(StackError, match="other encounters"):
        OutcomeFile.opened(tmp_path / "kept", "another one")
    with pytest.raises(StackError, match="no outcome"):
        OutcomeFile.opened(tmp_path / "absent", "this one")
