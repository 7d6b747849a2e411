"""A coded encounter as an event: parts that were seen before make the very same event."""

from datetime import UTC, date, datetime

import pytest
from pydantic import ValidationError

from schemas.coding import EncounterCoded
from services.coding.coded_event import encounter_coded
from services.coding.domain.coding_result import Diagnosis, EvidenceAt, Line, Release
from services.coding.domain.encounter_state import EncounterState, Proposal
from tests.unit.coding.examples import encounter

NOW = datetime(2026, 3, 3, tzinfo=UTC)
STATE = EncounterState("coded", 1, "PT1", "DR1", date(2026, 3, 2), (), 1)


def event(*lines: Line, diagnosis: Diagnosis) -> EncounterCoded:
    final = Proposal((diagnosis,), lines, (), (Release("icd10cm", "FY2026"),), "rules")
    return encounter_coded(encounter(), STATE, final, "engine", NOW)


@pytest.mark.parametrize("times", [1, 2])
def test_the_event_reads_back_as_it_was_written(times: int) -> None:
    at = EvidenceAt("note", None, 1, 4, 9)
    for _ in range(times):
        made = event(
            Line("99213", ("25",), 1, (1,), rules=("a",), confidence=970),
            Line("J1885", (), 4, (1,), "00409379601", (EvidenceAt("structured", "d1"),)),
            Line("99213", ("25",), 1, (1,), rules=("a",), confidence=970),
            diagnosis=Diagnosis("J20.9", (at,), ("OG I.B.1 index",), 970),
        )
        assert EncounterCoded.from_json(made.to_json()) == made
        assert [line.line for line in made.lines] == [1, 2, 3]
        assert made.diagnoses[0].evidence[0].end == 9


def test_what_breaks_the_contract_is_refused_each_time() -> None:
    for _ in range(2):
        with pytest.raises(ValidationError):
            event(Line("99213", pointers=(1,)), diagnosis=Diagnosis("not a code"))
        with pytest.raises(ValidationError):
            event(Line("99213"), diagnosis=Diagnosis("J20.9"))
