"""Looking again at an encounter that was coded before an earlier one of the patient came in."""

from datetime import datetime

from schemas.encounter import EncounterDocumented
from services.chassis.effects import Effects
from services.chassis.incoming import DeadlineDue, Incoming
from services.coding.codesets.library import NoReleaseError
from services.coding.handlers import NO_RELEASE, Case, Desk, queued
from services.coding.recode_encounter import NOT_FINAL, judged_again
from services.coding.records import CodingWorkspace

CAME_LATE = "earlier_encounter_came_late"


def look_again(
    desk: Desk, workspace: CodingWorkspace, incoming: Incoming[DeadlineDue], now: datetime
) -> Effects:
    """Judge it again: a new version, or a case for a person where a coder decided the codes.

    Where no release at hand covers its date any more, a person decides; what was published stands.
    """
    due = incoming.event
    key = (due.practice_id, due.key.partition(":")[2])
    row = workspace.encounters.get(key)
    if row is None or row.state.state not in NOT_FINAL:
        return Effects()
    reason = f"{CAME_LATE}:{due.payload.get('earlier', '')}"
    try:
        return judged_again(desk, workspace, key, row, reason, now)
    except NoReleaseError as missing:
        waiting = row.state.reasons if row.state.state == "coder_queue" else ()
        reasons = tuple(dict.fromkeys((*waiting, reason, f"{NO_RELEASE}:{missing}")))
        if reasons == waiting:
            return Effects()
        documentation = EncounterDocumented.from_json(row.documentation)
        case = Case(key, row.state, documentation, row.documentation, now)
        return queued(workspace, case, row.state.state, reasons)
