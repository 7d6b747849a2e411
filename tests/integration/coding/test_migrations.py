"""What an older release kept is read by this one."""

import json
import shutil
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg

from services.chassis.migrate import migrate
from services.coding import store
from services.coding.app import MIGRATIONS
from services.coding.domain.coding_result import Diagnosis, EvidenceAt, Line, Rejected, Release
from services.coding.domain.encounter_state import EncounterState, OpenQuery, Proposal

STATE = EncounterState(
    "coded",
    2,
    "PT1",
    "DR1",
    date(2026, 3, 2),
    ((1, "aa"), (2, "bb")),
    3,
    2,
    (OpenQuery("Q1", "missing_dose", None, "missing_dose:", date(2026, 3, 9)),),
    ("Q0", "Q1"),
    ("missing_report:p1",),
    ("unsure:J20.9",),
    Proposal(
        (
            Diagnosis("J20.9", (EvidenceAt("note", None, 0, 4, 9),), ("OG I.B.1 index",), 970),
            Diagnosis("I10", (EvidenceAt("structured", "p2"), EvidenceAt("structured", "p3"))),
        ),
        (Line("99213", ("25", "95"), 1, (1, 2), None), Line("J1885", (), 4, (1,), "00409379601")),
        (Rejected("R05.9", "integral_symptom"), Rejected("problem", "resolved", "p4")),
        (Release("icd10cm", "FY2026", stands_in=True), Release("procedures", "demo")),
        "coding-1",
    ),
    Proposal((Diagnosis("J20.9"),), (Line("99214", pointers=(1,)),)),
)


def as_objects(value: Any) -> Any:
    """A state as the first release wrote it: every value an object with the names of its fields."""
    if isinstance(value, tuple):
        return [as_objects(each) for each in value]
    if hasattr(value, "__struct_fields__"):
        return {name: as_objects(getattr(value, name)) for name in value.__struct_fields__}
    return value.isoformat() if isinstance(value, date) else value


async def test_states_kept_as_objects_are_read_as_they_were(database: str, tmp_path: Path) -> None:
    shutil.copy(MIGRATIONS / "0001_encounter.sql", tmp_path)
    bare = EncounterState("received", 1, "PT1", "DR1", date(2026, 3, 2), ())
    states = {"E1": STATE, "E2": bare}
    connection = await asyncpg.connect(database)
    try:
        await migrate(connection, tmp_path)
        for encounter_id, state in states.items():
            await connection.execute(
                "insert into coding.encounter values "
                "('P1', $1, 'coded', 2, 3, 'PT1', 'DR1', '2026-03-02', $2, 'note')",
                encounter_id,
                json.dumps(as_objects(state)),
            )
        await migrate(connection, MIGRATIONS)
        for encounter_id, state in states.items():
            ((practice_id, row),) = await store.find(connection, encounter_id, None)
            assert (practice_id, row.state, row.documentation) == ("P1", state, b"note")
        reported = await connection.fetch(
            "select encounter_id, provider_id, convert_from(services, 'UTF8') from coding.visit"
        )
        assert [tuple(row) for row in reported] == [("E1", "DR1", '[["99214", [], 1, ["J20.9"]]]')]
    finally:
        await connection.close()
