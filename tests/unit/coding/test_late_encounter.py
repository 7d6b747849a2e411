"""An encounter that an earlier one bears on, and whose date no release at hand covers any more."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from schemas.coding import EncounterStateChanged
from schemas.encounter import EncounterDocumented
from services.chassis.effects import Effects
from services.chassis.incoming import DeadlineDue, Incoming
from services.coding.domain import encounter_state as life
from services.coding.domain.coding_result import Diagnosis, Line, PastService, PastVisit
from services.coding.domain.encounter_state import Proposal, State
from services.coding.handlers import LOOK_AGAIN, Case, Desk
from services.coding.late_encounter import look_again
from services.coding.records import (
    CodingWorkspace,
    CoverageCopy,
    EncounterRow,
    PatientCopy,
    PolicyCopy,
)
from services.coding.settings import CodingSettings
from tests.unit.coding.examples import encounter, open_library

NOW = datetime(2026, 11, 2, 9, tzinfo=UTC)
BEFORE_ANY_RELEASE = date(2019, 1, 7)
KEY = ("P1", "E1")


def kept(state: State, reasons: tuple[str, ...] = ()) -> CodingWorkspace:
    """A workspace with one encounter in ``state``, and what is known of its patient."""
    documented = encounter(service_date=BEFORE_ANY_RELEASE)
    known = life.received(None, documented, "digest")
    known = life.queued(life.coded(known, Proposal(), "coder"), reasons)
    workspace = CodingWorkspace()
    row = EncounterRow(replace(known, state=state), documented.to_json())
    workspace.encounters.fill({KEY: row})
    workspace.patients.fill({("P1", "PT1"): PatientCopy(date(1980, 5, 17), "F")})
    policy = PolicyCopy(1, "commercial", date(2010, 1, 1), None)
    workspace.coverages.fill({("P1", "PT1"): CoverageCopy((policy,))})
    workspace.providers.fill({("P1", "DR1"): "207Q00000X"})
    return workspace


def again(workspace: CodingWorkspace) -> Effects:
    due = DeadlineDue(
        kind=LOOK_AGAIN, practice_id="P1", key="P1:E1", due_at=NOW, payload={"earlier": "E0"}
    )
    incoming = Incoming(UUID(int=7), f"deadline:{LOOK_AGAIN}", "P1:E1", due, NOW)
    return look_again(Desk(open_library(), CodingSettings()), workspace, incoming, NOW)


@pytest.mark.parametrize("state", ["coded", "query_open", "escalated"])
def test_a_person_is_told_that_it_came_late_and_that_no_release_covers_it(state: State) -> None:
    workspace = kept(state)
    (emission,) = again(workspace).emissions
    moved = emission.event
    assert isinstance(moved, EncounterStateChanged)
    assert (moved.from_state, moved.to_state) == (state, "coder_queue")
    assert moved.reason.startswith("earlier_encounter_came_late:E0 no_code_set_release:")
    row = workspace.encounters.get(KEY)
    assert row is not None
    assert row.state.version == 1
    assert row.state.decided_by == "coder"


def test_what_waits_in_the_queue_is_told_so_beside_what_it_waits_for_and_once() -> None:
    workspace = kept("coder_queue", ("unsure:J20.9",))
    assert len(again(workspace).emissions) == 1
    row = workspace.encounters.get(KEY)
    assert row is not None
    assert row.state.reasons[:2] == ("unsure:J20.9", "earlier_encounter_came_late:E0")
    assert again(workspace).emissions == []


def test_what_is_closed_stays_closed() -> None:
    workspace = kept("not_billable")
    assert again(workspace).emissions == []


def test_what_came_late_without_a_release_has_all_later_encounters_looked_at() -> None:
    workspace = kept("coder_queue")
    row = workspace.encounters.get(KEY)
    assert row is not None
    seen = PastService("99213", (), 1, ("J20.9",))
    later = [
        PastVisit(
            name, BEFORE_ANY_RELEASE + timedelta(days=days), "207Q00000X", "99213", "DR1", (seen,)
        )
        for name, days in (("E3", 60), ("E2", 30), ("E0", -30))
    ]
    workspace.histories.fill({("P1", "PT1"): tuple(later)})
    documented = EncounterDocumented.from_json(row.documentation)
    case = Case(KEY, row.state, documented, row.documentation, NOW)
    final = Proposal((Diagnosis("J20.9"),), (Line("99213", pointers=(1,)),))
    effects = Desk(open_library(), CodingSettings()).coded(workspace, case, final, "coder")
    due = [each.key for each in effects.deadlines if each.kind == LOOK_AGAIN]
    assert due == ["P1:E2", "P1:E3"]
