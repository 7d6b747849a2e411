"""Coding an encounter again after a release was loaded: a command, and what it does.

What a person decided is never undone: where the rules now say otherwise, the encounter goes to the
coder queue with both, and the version that was published stands until the coder has decided.
"""

from datetime import datetime

from msgspec.structs import replace

from schemas.encounter import EncounterDocumented
from schemas.event import key_of
from schemas.values import Id
from services.chassis.effects import Effects, Refused
from services.chassis.incoming import Command, Incoming
from services.coding import coded_event
from services.coding.codesets.library import NoReleaseError
from services.coding.domain import encounter_state as life
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.coding_result import CodingResult
from services.coding.domain.encounter_state import EncounterState, Proposal, State
from services.coding.domain.review.coder_decision import Decision, DecisionRefusedError, decided
from services.coding.handlers import CODER_ROLES, NO_RELEASE, Case, Desk, queued
from services.coding.records import CodingWorkspace, EncounterRow, Key

NOT_FINAL: tuple[State, ...] = ("query_open", "escalated", "coder_queue", "coded")
"""States in which codes may still change: a new version corrects what was published."""


class RecodeEncounter(Command):
    """Code an encounter again on the code sets loaded now, because of one release of them.

    ``release`` is called as its files are: ``icd10cm-FY2027``.
    """

    encounter_id: Id
    release: str

    @property
    def key(self) -> str:
        """The encounter's key."""
        return key_of(self.practice_id, self.encounter_id)


def recode_encounter(
    desk: Desk, workspace: CodingWorkspace, incoming: Incoming[RecodeEncounter], now: datetime
) -> Effects:
    """Code again; what comes out as before changes no state and publishes nothing."""
    command = incoming.event
    if command.role not in CODER_ROLES:
        raise Refused("role_not_allowed", "only a coder may have encounters coded again")
    key = (command.practice_id, command.encounter_id)
    row = workspace.encounters.get(key)
    if row is None:
        raise Refused("encounter_unknown", "there is no such encounter")
    if row.state.state not in NOT_FINAL:
        raise Refused("not_open", f"the encounter is {row.state.state}")
    try:
        return judged_again(desk, workspace, key, row, f"recoded:{command.release}", now)
    except NoReleaseError as missing:
        raise Refused(NO_RELEASE, str(missing)) from None


def judged_again(  # noqa: PLR0917 - the encounter, and why it is looked at
    desk: Desk,
    workspace: CodingWorkspace,
    key: Key,
    row: EncounterRow,
    reason: str,
    now: datetime,
) -> Effects:
    """Judge an encounter by what is known now; ``reason`` is said where a person has to decide.

    Raises ``NoReleaseError``.
    """
    known = row.state
    documentation = EncounterDocumented.from_json(row.documentation)
    result = desk.proposed(workspace, documentation, known)
    sets = desk.library.on(documentation.service_date)
    proposal = coded_event.proposal(result)
    if _stands(known, result, proposal, sets):
        checked = life.with_proposal(known, proposal)
        if checked != known:
            workspace.encounters[key] = EncounterRow(checked, row.documentation)
        return Effects()
    case = Case(key, known, documentation, row.documentation, now)
    if known.state == "coded" and by_person(known):
        renewed = replace(case, state=life.with_proposal(known, proposal))
        reasons = (reason, *result.reasons)
        return queued(workspace, renewed, known.state, reasons)
    return desk.reviewed(workspace, case, known.state)


def by_person(state: EncounterState) -> bool:
    """Whether a coder decided the codes that stand."""
    if state.decided_by or state.final is None:
        return state.decided_by == "coder"
    rules = (
        *(each.rules for each in state.final.diagnoses),
        *(each.rules for each in state.final.lines),
    )
    return any("coder" in each for each in rules)


def _stands(
    known: EncounterState, result: CodingResult, proposal: Proposal, sets: CodeSets
) -> bool:
    """Whether all stays as it is: the codes, who acts next, and what they are asked."""
    same = known.proposal.content() == proposal.content()
    if known.state == "coder_queue":
        return same and not result.queries and known.reasons == result.reasons
    if known.state != "coded":
        return same and {q.subject for q in known.open_queries} == {
            q.subject for q in result.queries
        }
    if known.final is None:
        return False
    if by_person(known):
        return same and _is_still_valid(known, sets)
    return known.final.content() == proposal.content() and result.route == "automatic"


def _is_still_valid(known: EncounterState, sets: CodeSets) -> bool:
    final = known.final or known.proposal
    try:
        decided(Decision(final.diagnoses, final.lines), final, sets, known.service_date)
    except DecisionRefusedError:
        return False
    return True
