"""What the coding service does about each input: look up, decide by the rules, say what follows."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from hashlib import sha256
from typing import Any

from msgspec import Struct
from msgspec.structs import replace
from pydantic import ValidationError

from schemas import coding as contract
from schemas.encounter import DocumentationQueryAnswered, EncounterDocumented
from schemas.reference import CoverageRegistered, PatientRegistered, ProviderRegistered
from services.chassis.effects import Effects, Refused, Waiting, reference
from services.chassis.incoming import DeadlineDue, Incoming
from services.coding import coded_event
from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.domain import encounter_state as life
from services.coding.domain.coding_result import CodingResult, PastVisit
from services.coding.domain.diagnosis.diagnosis_coding import settled
from services.coding.domain.encounter_state import EncounterState, OpenQuery, Proposal
from services.coding.domain.engine import code_encounter
from services.coding.domain.procedures.later_encounters import after, judged_otherwise
from services.coding.domain.review.cloned_text import sketch
from services.coding.domain.review.coder_decision import DecisionRefusedError, decided
from services.coding.domain.review.kept_evidence import with_kept
from services.coding.domain.review.query_answer import merged, settles
from services.coding.held_by_edits import held_by_edits, with_despite
from services.coding.known_patient import known_patient
from services.coding.records import (
    CodingWorkspace,
    CoverageCopy,
    DecisionRow,
    EncounterRow,
    Key,
    PatientCopy,
    PolicyCopy,
    SketchRow,
    VisitRow,
)
from services.coding.resolve_encounter import ResolveEncounter
from services.coding.semantic.opening import meanings
from services.coding.settings import CodingSettings

QUERY_OVERDUE = "query_overdue"
LOOK_AGAIN = "look_again"
"""An earlier encounter of the patient came in after this one was coded."""
LEAD_ROLE = "coding_lead"
CODER_ROLES = frozenset(("coder", LEAD_ROLE))
REFUSED = "refused_by_coder"
"""A coder will not decide what was proposed; a coding lead does."""
NO_RELEASE = "no_code_set_release"
"""No release covers the date of service and none stands in: coded again once one is loaded."""
_LONGEST_REASON = 400


class Case(Struct, frozen=True):
    """One encounter being decided: its state, its documentation (parsed and as JSON), the time."""

    key: Key
    state: EncounterState
    documentation: EncounterDocumented
    raw: bytes
    now: datetime


def provider_registered(
    workspace: CodingWorkspace, incoming: Incoming[ProviderRegistered], _now: datetime
) -> Effects:
    """Keep the provider's taxonomy; wake what waits for the provider."""
    event = incoming.event
    workspace.providers[event.practice_id, event.provider_id] = event.taxonomy
    return _arrived("provider", event.practice_id, event.provider_id)


def patient_registered(
    workspace: CodingWorkspace, incoming: Incoming[PatientRegistered], _now: datetime
) -> Effects:
    """Keep birth date and sex; wake what waits for the patient."""
    event = incoming.event
    workspace.patients[event.practice_id, event.patient_id] = PatientCopy(
        event.birth_date, event.sex
    )
    return _arrived("patient", event.practice_id, event.patient_id)


def coverage_registered(
    workspace: CodingWorkspace, incoming: Incoming[CoverageRegistered], _now: datetime
) -> Effects:
    """Keep programme, rank and dates of each policy; wake what waits for the coverage."""
    event = incoming.event
    workspace.coverages[event.practice_id, event.patient_id] = CoverageCopy(
        tuple(
            PolicyCopy(policy.rank, policy.programme, policy.effective_from, policy.effective_to)
            for policy in event.policies
        )
    )
    return _arrived("coverage", event.practice_id, event.patient_id)


def _arrived(kind: str, practice_id: str, own_id: str) -> Effects:
    effects = Effects()
    effects.arrived(reference(kind, practice_id, own_id))
    return effects


class Desk:
    """The handlers that code: they share the code sets and the settings."""

    def __init__(self, library: CodeSetLibrary, settings: CodingSettings) -> None:
        self.library = library
        self._settings = settings
        self._options = settings.options()
        self._meanings = meanings(library, settings)

    def encounter_documented(
        self,
        workspace: CodingWorkspace,
        incoming: Incoming[EncounterDocumented],
        now: datetime,
    ) -> Effects:
        """Take in a revision: code it, ask, queue it, or close a cancelled encounter."""
        event = incoming.event
        key = (event.practice_id, event.encounter_id)
        row = workspace.encounters.get(key)
        known = row.state if row is not None else None
        raw = event.to_json()
        digest = sha256(raw).hexdigest()
        if known is not None and _lawful(partial(life.is_repeat, known, event.revision, digest)):
            return Effects()
        started = life.received(known, event, digest)
        case = Case(key, started, event, raw, now)
        before = known.state if known is not None else "received"
        if event.revision_reason == "cancellation":
            return _close(workspace, case, before, "cancelled")
        _await_references(workspace, event)
        return self.reviewed(workspace, case, before)

    def query_answered(
        self,
        workspace: CodingWorkspace,
        incoming: Incoming[DocumentationQueryAnswered],
        now: datetime,
    ) -> Effects:
        """Merge the answer into the documentation and review it again."""
        event = incoming.event
        key = (event.practice_id, event.encounter_id)
        row = workspace.encounters.get(key)
        if row is None:
            raise Refused("encounter_unknown", "the answer is about an encounter not received")
        if event.query_id in row.state.asked and all(
            query.query_id != event.query_id for query in row.state.open_queries
        ):
            return Effects()
        answered, query = _lawful(partial(life.with_answer, row.state, event.query_id))
        documentation = merged(
            EncounterDocumented.from_json(row.documentation), event, query.kind, query.item_id
        )
        if settles(event, query.kind):
            answered = life.with_settled(answered, settled(query.subject))
        case = Case(key, answered, documentation, documentation.to_json(), now)
        return self.reviewed(workspace, case, row.state.state)

    def query_overdue(
        self, workspace: CodingWorkspace, incoming: Incoming[DeadlineDue], now: datetime
    ) -> Effects:
        """Escalate an encounter whose query was not answered in time."""
        due = incoming.event
        key = (due.practice_id, due.key.partition(":")[2])
        row = workspace.encounters.get(key)
        effects = Effects()
        if row is None:
            return effects
        raised = life.escalated(row.state, str(due.payload.get("query_id", "")))
        if raised is not None:
            workspace.encounters[key] = EncounterRow(raised, row.documentation)
            effects.emit(_moved(key, "query_open", "escalated", "query_unanswered", now))
        return effects

    def resolve(
        self, workspace: CodingWorkspace, incoming: Incoming[ResolveEncounter], now: datetime
    ) -> Effects:
        """A coder accepts, changes or closes an encounter of the queue."""
        command = incoming.event
        if command.role not in CODER_ROLES:
            raise Refused("role_not_allowed", "only a coder may resolve an encounter")
        if not command.reason.strip():
            raise Refused("reason_missing", "a decision needs a reason")
        key = (command.practice_id, command.encounter_id)
        row = workspace.encounters.get(key)
        if row is None:
            raise Refused("encounter_unknown", "there is no such encounter")
        if row.state.state not in ("coder_queue", "escalated", "query_open"):
            raise Refused("not_in_queue", f"the encounter is {row.state.state}")
        if REFUSED in row.state.reasons and command.role != LEAD_ROLE:
            raise Refused("lead_required", "a coder refused this case: a coding lead decides it")
        documentation = EncounterDocumented.from_json(row.documentation)
        case = Case(key, row.state, documentation, row.documentation, now)
        effects, despite = self._resolved(workspace, case, command)
        after = workspace.encounters.get(key)
        workspace.decisions.append(
            DecisionRow(
                *key,
                row.state.revision,
                now,
                command.actor,
                command.role,
                command.action,
                with_despite(command.reason, despite),
                row.state.proposal,
                Proposal() if after is None else _decided_codes(after.state),
            )
        )
        return effects

    def _resolved(
        self, workspace: CodingWorkspace, case: Case, command: ResolveEncounter
    ) -> tuple[Effects, tuple[str, ...]]:
        """What follows, and the edits that the decision goes against."""
        before, day = case.state.state, case.state.service_date
        if command.action == "not_billable":
            return _close(workspace, case, before, "coder"), ()
        if command.action == "code_again":
            return self.reviewed(workspace, case, before), ()
        if command.action == "refuse":
            reasons = tuple(dict.fromkeys((*case.state.reasons, REFUSED)))
            return queued(workspace, case, before, reasons), ()
        try:
            final = decided(command.decision(), case.state.proposal, self.library.on(day), day)
            final = with_kept(final, case.state.proposal)
            held = self.held(workspace, case.documentation, final, despite=command.despite_edits)
        except DecisionRefusedError as refusal:
            raise Refused(refusal.reason, refusal.message) from None
        except NoReleaseError as missing:
            raise Refused(NO_RELEASE, str(missing)) from None
        return self.coded(workspace, case, final, "coder"), held

    def held(
        self,
        workspace: CodingWorkspace,
        documentation: EncounterDocumented,
        final: Proposal,
        *,
        despite: bool,
    ) -> tuple[str, ...]:
        """The edits that a person's codes go against; see ``held_by_edits``."""
        sets = self.library.on(documentation.service_date)
        return held_by_edits(workspace, documentation, final, sets, self._settings, despite=despite)

    def reviewed(self, workspace: CodingWorkspace, case: Case, before: str) -> Effects:
        """Code the case by the rules: ask, queue or code it."""
        try:
            result = self.proposed(workspace, case.documentation, case.state)
        except NoReleaseError as missing:
            reasons = (f"{NO_RELEASE}:{missing}",)
            return queued(workspace, case, before, reasons)
        _remember_note(workspace, case.documentation)
        proposal = coded_event.proposal(result)
        case = replace(case, state=life.with_proposal(case.state, proposal))
        if result.queries:
            return self._asked(workspace, case, result)
        if not result.reasons:
            return self.coded(workspace, case, proposal, "engine")
        return queued(workspace, case, before, result.reasons)

    def proposed(
        self, workspace: CodingWorkspace, documentation: EncounterDocumented, state: EncounterState
    ) -> CodingResult:
        """What the rules make of the documentation now.

        Raises ``Waiting`` for an unknown patient and ``NoReleaseError``.
        """
        patient, history = known_patient(workspace, documentation, self._settings)
        sets = self.library.on(documentation.service_date)
        answered = frozenset(state.answered)
        options = self._settings.options(answered) if answered else self._options
        result = code_encounter(documentation, patient, history, sets, options)
        if self._meanings is None:
            return result
        return self._meanings.beside(result, documentation, sets)

    def _asked(self, workspace: CodingWorkspace, case: Case, result: CodingResult) -> Effects:
        effects = Effects()
        key, state = case.key, case.state
        limit = case.now + self._settings.query_limit
        known = {query.subject: query for query in state.open_queries}
        queries: list[OpenQuery] = []
        for query in result.queries:
            still_open = known.get(query.subject)
            if still_open is not None:
                queries.append(still_open)
                continue
            opened = OpenQuery(
                life.query_id(*key, query.subject, state.revision),
                query.kind,
                query.item_id,
                query.subject,
                limit.date(),
            )
            queries.append(opened)
            effects.emit(
                contract.DocumentationQueryOpened(
                    practice_id=key[0],
                    encounter_id=key[1],
                    query_id=opened.query_id,
                    provider_id=case.documentation.rendering_provider_id,
                    kind=query.kind,
                    item_id=query.item_id,
                    question=query.question,
                    answer_due=opened.due,
                    gap=query.gap,
                ),
                opened.query_id,
            )
            effects.schedule(
                QUERY_OVERDUE, key[0], ":".join(key), limit, {"query_id": opened.query_id}
            )
        asked = life.with_queries(state, tuple(queries))
        workspace.encounters[key] = EncounterRow(asked, case.raw)
        return effects

    def coded(
        self, workspace: CodingWorkspace, case: Case, final: Proposal, decided_by: str
    ) -> Effects:
        """The case with these codes: a new version where they differ from those before.

        Raises ``Refused`` for codes that no claim can carry.
        """
        coded = life.coded(case.state, final, decided_by)
        effects = Effects()
        try:
            if coded.version == case.state.version:
                effects.emit(
                    _moved(case.key, case.state.state, "coded", "codes_unchanged", case.now)
                )
            else:
                effects.emit(
                    coded_event.encounter_coded(
                        case.documentation, coded, final, decided_by, case.now
                    )
                )
        except ValidationError:
            raise Refused("codes_invalid", "the codes do not fit the contract") from None
        workspace.encounters[case.key] = EncounterRow(coded, case.raw)
        visit = _remember_visit(workspace, case.documentation, final)
        if visit is not None:
            self._look_again(workspace, case, visit, effects)
        return effects

    def _look_again(
        self, workspace: CodingWorkspace, case: Case, came: PastVisit, effects: Effects
    ) -> None:
        """Have later encounters judged again that were coded without this one.

        Where no release covers its date, nothing says on which of them it bears: on any.
        """
        practice_id, patient_id = case.key[0], case.documentation.patient_id
        visits = workspace.histories.get((practice_id, patient_id)) or ()
        if all(visit.service_date <= came.service_date for visit in visits):
            return
        try:
            later = judged_otherwise(came, visits, self.library.on(came.service_date))
        except NoReleaseError:
            later = after(came, visits)
        for encounter_id in later:
            effects.schedule(
                LOOK_AGAIN,
                practice_id,
                f"{practice_id}:{encounter_id}",
                case.now,
                {"earlier": came.encounter_id},
            )


def _lawful(step: Callable[[], Any]) -> Any:
    """Take a step of the life cycle; what it forbids is refused with its reason."""
    try:
        return step()
    except life.IllegalStepError as illegal:
        raise Refused(illegal.reason, illegal.message) from None


def queued(
    workspace: CodingWorkspace, case: Case, before: str, reasons: tuple[str, ...]
) -> Effects:
    """The case in the coder queue, with what a person has to decide."""
    workspace.encounters[case.key] = EncounterRow(life.queued(case.state, reasons), case.raw)
    effects = Effects()
    reason = " ".join(reasons)[:_LONGEST_REASON]
    effects.emit(_moved(case.key, before, "coder_queue", reason, case.now))
    return effects


def _await_references(workspace: CodingWorkspace, event: EncounterDocumented) -> None:
    patient = (event.practice_id, event.patient_id)
    provider = (event.practice_id, event.rendering_provider_id)
    if patient not in workspace.patients:
        raise Waiting(reference("patient", *patient))
    if patient not in workspace.coverages:
        raise Waiting(reference("coverage", *patient))
    if provider not in workspace.providers:
        raise Waiting(reference("provider", *provider))


def _close(workspace: CodingWorkspace, case: Case, before: str, reason: str) -> Effects:
    closed = _lawful(partial(life.not_billable, case.state, reason))
    workspace.encounters[case.key] = EncounterRow(closed, case.raw)
    if case.state.final is not None:
        patient = (case.key[0], case.state.patient_id)
        others = workspace.histories.get(patient) or ()
        workspace.histories[patient] = tuple(
            visit for visit in others if visit.encounter_id != case.key[1]
        )
        forgotten = PastVisit(case.key[1], case.state.service_date, "", "")
        workspace.visits.append(VisitRow(*patient, forgotten))
    effects = Effects()
    effects.emit(_moved(case.key, before, "not_billable", reason, case.now))
    return effects


def _moved(
    key: Key, before: str, after: str, reason: str, now: datetime
) -> contract.EncounterStateChanged:
    return contract.EncounterStateChanged.model_validate(
        {
            "practice_id": key[0],
            "encounter_id": key[1],
            "from_state": before,
            "to_state": after,
            "reason": reason,
            "changed_at": now,
        }
    )


def _decided_codes(state: EncounterState) -> Proposal:
    """The codes as a decision left them; none for what is not billed."""
    if state.state == "not_billable":
        return Proposal()
    return state.final if state.state == "coded" and state.final is not None else state.proposal


def _remember_note(workspace: CodingWorkspace, documentation: EncounterDocumented) -> None:
    key = (documentation.practice_id, documentation.patient_id)
    hashes = sketch(section.text for section in documentation.note)
    kept = workspace.sketches.get(key) if hashes else None
    row = SketchRow(documentation.encounter_id, documentation.service_date, hashes)
    if hashes and row != kept and (kept is None or kept.service_date <= row.service_date):
        workspace.sketches[key] = row


def _remember_visit(
    workspace: CodingWorkspace, documentation: EncounterDocumented, final: Proposal
) -> PastVisit | None:
    """What is reported now is what other encounters of the patient are judged beside.

    A face-to-face service makes the patient an established one for three years. None where nothing
    is reported, nor was.
    """
    key = (documentation.practice_id, documentation.patient_id)
    taxonomy = (
        workspace.providers.get((documentation.practice_id, documentation.rendering_provider_id))
        or ""
    )
    code = final.lines[0].code if final.lines else ""
    if not coded_event.is_visit(code):
        code = ""
    others = before = workspace.histories.get(key) or ()
    if before:
        others = tuple(v for v in before if v.encounter_id != documentation.encounter_id)
    if not final.lines and len(others) == len(before):
        return None
    visit = PastVisit(
        documentation.encounter_id,
        documentation.service_date,
        taxonomy,
        code,
        documentation.rendering_provider_id,
        coded_event.services(final),
    )
    workspace.histories[key] = (*others, visit) if visit.services else others
    workspace.visits.append(VisitRow(*key, visit))
    return visit
