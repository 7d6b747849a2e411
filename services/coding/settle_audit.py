"""Settling a case on which two coders differ: a command, and what becomes of the encounter.

The codes that were settled are published as a new version, decided by a person, where the encounter
still stands as it was when the case was drawn. Where it has gone on since (other documentation, a
query, a version of its own), what was settled is kept and changes nothing.
"""

from datetime import datetime
from typing import Annotated, Literal

from msgspec.structs import replace
from pydantic import Field

from schemas.encounter import EncounterDocumented
from schemas.event import key_of
from schemas.values import DiagnosisCode, Id
from services.chassis.effects import Effects, Refused
from services.chassis.incoming import Command, Incoming
from services.coding.codesets.library import NoReleaseError
from services.coding.domain.audit.agreement import agree
from services.coding.domain.encounter_state import Proposal
from services.coding.domain.review.coder_decision import DecisionRefusedError, decided
from services.coding.domain.review.kept_evidence import with_kept
from services.coding.handlers import NO_RELEASE, Case, Desk
from services.coding.held_by_edits import with_despite
from services.coding.records import AuditCase, CodingWorkspace, DecisionRow
from services.coding.resolve_encounter import DecidedLine, decision_of

AUDITOR_ROLES = frozenset(("auditor", "coding_lead"))


class SettleAudit(Command):
    """Take the first coding, the second, or give the codes."""

    encounter_id: Id
    take: Literal["first", "second", ""] = ""
    diagnoses: Annotated[tuple[DiagnosisCode, ...], Field(max_length=12)] = ()
    lines: Annotated[tuple[DecidedLine, ...], Field(max_length=50)] = ()
    despite_edits: bool = False

    @property
    def key(self) -> str:
        """The encounter's key."""
        return key_of(self.practice_id, self.encounter_id)


def settle_audit(
    desk: Desk, workspace: CodingWorkspace, incoming: Incoming[SettleAudit], now: datetime
) -> Effects:
    """Keep what was settled; a coded encounter that it changes gets a new version."""
    command = incoming.event
    key = (command.practice_id, command.encounter_id)
    case = _to_settle(workspace.audit_cases.get(key), command)
    final = _settled(desk, command, case)
    workspace.audit_cases[key] = replace(
        case,
        status="adjudicated",
        final=final,
        final_by=command.actor,
        final_at=now,
        reason=command.reason,
    )
    row = workspace.encounters.get(key)
    if row is None or row.state.state != "coded" or row.state.version != case.version:
        return Effects()
    standing = row.state.final or Proposal()
    if agree(standing, final):
        return Effects()
    amended = with_kept(final, standing)
    documentation = EncounterDocumented.from_json(row.documentation)
    try:
        held = desk.held(workspace, documentation, amended, despite=command.despite_edits)
    except DecisionRefusedError as refusal:
        raise Refused(refusal.reason, refusal.message) from None
    except NoReleaseError as missing:
        raise Refused(NO_RELEASE, str(missing)) from None
    workspace.decisions.append(
        DecisionRow(
            *key,
            row.state.revision,
            now,
            command.actor,
            command.role,
            "adjudicate",
            with_despite(command.reason, held),
            standing,
            amended,
        )
    )
    open_case = Case(key, row.state, documentation, row.documentation, now)
    return desk.coded(workspace, open_case, amended, "coder")


def _to_settle(case: AuditCase | None, command: SettleAudit) -> AuditCase:
    if command.role not in AUDITOR_ROLES:
        raise Refused("role_not_allowed", "the role that settles it is auditor or coding_lead")
    if not command.reason.strip():
        raise Refused("reason_missing", "a decision needs a reason")
    if case is None:
        raise Refused("not_sampled", f"encounter {command.encounter_id} is not in the sample")
    if case.status != "differs":
        raise Refused("nothing_to_settle", f"the case is {case.status}: there is nothing to settle")
    if command.actor in (case.coder, case.second_by):
        raise Refused("same_person", "who settles it is neither of the two coders")
    return case


def _settled(desk: Desk, command: SettleAudit, case: AuditCase) -> Proposal:
    if command.take:
        taken = case.first if command.take == "first" else case.second
        return taken or Proposal()
    try:
        return decided(
            decision_of(command.diagnoses, command.lines),
            Proposal(),
            desk.library.on(case.service_date),
            case.service_date,
        )
    except DecisionRefusedError as refusal:
        raise Refused(refusal.reason, refusal.message) from None
    except NoReleaseError as missing:
        raise Refused(NO_RELEASE, str(missing)) from None
