"""The life of an encounter in coding, as a value; each change gives a new one.

received -> query_open -> (escalated) -> received -> coder_queue | coded; coded again as version + 1
when the documentation changes; not_billable from anywhere and for good.
"""

from datetime import date
from hashlib import blake2b
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from schemas.encounter import EncounterDocumented
from services.coding.domain.coding_result import Diagnosis, Line, Rejected, Release
from services.coding.domain.edits.verdicts import Verdict

State = Literal["received", "query_open", "escalated", "coder_queue", "coded", "not_billable"]


class IllegalStepError(Exception):
    """The life cycle does not allow this; ``reason`` is a stable code."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class OpenQuery(Struct, frozen=True, array_like=True, gc=False):
    """A question that waits for the provider; ``subject`` is the gap it is about."""

    query_id: str
    kind: str
    item_id: str | None
    subject: str
    due: date


class Proposal(Struct, frozen=True, array_like=True, gc=False):
    """What the engine (or a coder) arrived at, kept for the queue and for comparing versions.

    ``edits``: what the edits found wrong or doubtful with the engine's lines.
    """

    diagnoses: tuple[Diagnosis, ...] = ()
    lines: tuple[Line, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    releases: tuple[Release, ...] = ()
    rules_version: str = ""
    edits: tuple[Verdict, ...] = ()

    def content(self) -> tuple[object, ...]:
        """What billing would see; two proposals with the same content are one version."""
        return (
            tuple(diagnosis.code for diagnosis in self.diagnoses),
            tuple(
                (line.code, line.modifiers, line.units, line.pointers, line.ndc)
                for line in self.lines
            ),
        )


class EncounterState(Struct, frozen=True, array_like=True, gc=False):
    """One encounter. ``seen`` holds the digest of each revision; ``version`` is 0 until coded.

    ``decided_by``: "engine" or "coder" once coded; empty for rows from before it was kept.
    """

    state: State
    revision: int
    patient_id: str
    rendering_provider_id: str
    service_date: date
    seen: tuple[tuple[int, str], ...]
    version: int = 0
    coded_revision: int = 0
    open_queries: tuple[OpenQuery, ...] = ()
    asked: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    proposal: Proposal = Proposal()
    final: Proposal | None = None
    decided_by: str = ""


def query_id(practice_id: str, encounter_id: str, subject: str, revision: int) -> str:
    """The id of the question about one gap of one revision; the same on every replay."""
    text = "\x1f".join((practice_id, encounter_id, subject, str(revision)))
    return f"Q{blake2b(text.encode(), digest_size=10).hexdigest().upper()}"


def is_repeat(known: EncounterState | None, revision: int, digest: str) -> bool:
    """Whether this very revision was taken in before.

    Raises ``IllegalStepError`` for another content under an old number, or after the end.
    """
    if known is None:
        return False
    before = dict(known.seen).get(revision)
    if before == digest:
        return True
    if before is not None:
        raise IllegalStepError(
            "revision_conflict", f"revision {revision} was received before with other content"
        )
    if revision < known.revision:
        raise IllegalStepError(
            "stale_revision", f"revision {revision} comes after revision {known.revision}"
        )
    if known.state == "not_billable":
        raise IllegalStepError(
            "already_not_billable", "the encounter was closed as not billable; nothing reopens it"
        )
    return False


def received(
    known: EncounterState | None, encounter: EncounterDocumented, digest: str
) -> EncounterState:
    """The encounter with a new revision of its documentation, to be reviewed anew."""
    seen = ((encounter.revision, digest),)
    if known is None:
        return EncounterState(
            "received",
            encounter.revision,
            encounter.patient_id,
            encounter.rendering_provider_id,
            encounter.service_date,
            seen,
        )
    return replace(
        known,
        state="received",
        revision=encounter.revision,
        patient_id=encounter.patient_id,
        rendering_provider_id=encounter.rendering_provider_id,
        service_date=encounter.service_date,
        seen=(*known.seen, *seen),
        answered=(),
        reasons=(),
    )


def with_answer(known: EncounterState, answered_query: str) -> tuple[EncounterState, OpenQuery]:
    """The encounter with one query answered.

    Raises ``IllegalStepError`` when no such query is open.
    """
    found = next((q for q in known.open_queries if q.query_id == answered_query), None)
    if found is None or known.state == "not_billable":
        raise IllegalStepError("query_not_open", "no such query is open for this encounter")
    return (
        replace(
            known,
            state="received",
            open_queries=tuple(q for q in known.open_queries if q is not found),
            answered=(*known.answered, found.subject),
        ),
        found,
    )


def with_queries(known: EncounterState, queries: tuple[OpenQuery, ...]) -> EncounterState:
    """The encounter held for the provider; ``queries`` are all that are open now."""
    asked = tuple(dict.fromkeys((*known.asked, *(query.query_id for query in queries))))
    return replace(known, state="query_open", open_queries=queries, asked=asked)


def escalated(known: EncounterState, overdue: str) -> EncounterState | None:
    """The encounter with an unanswered query past its limit; None when it no longer matters."""
    if known.state != "query_open" or all(q.query_id != overdue for q in known.open_queries):
        return None
    return replace(known, state="escalated")


def queued(known: EncounterState, reasons: tuple[str, ...]) -> EncounterState:
    """The encounter in the coder queue, with what a person has to decide."""
    return replace(known, state="coder_queue", open_queries=(), reasons=reasons)


def coded(known: EncounterState, final: Proposal, decided_by: str = "") -> EncounterState:
    """The encounter coded; the version rises only when the codes differ from those before."""
    changed = known.final is None or known.final.content() != final.content()
    return replace(
        known,
        state="coded",
        version=known.version + int(changed),
        coded_revision=known.revision,
        open_queries=(),
        reasons=(),
        final=final,
        decided_by=decided_by,
    )


def not_billable(known: EncounterState, reason: str) -> EncounterState:
    """The encounter closed without a claim; raises ``IllegalStepError`` when it already is."""
    if known.state == "not_billable":
        raise IllegalStepError("already_not_billable", "the encounter is not billable already")
    return replace(known, state="not_billable", open_queries=(), reasons=(reason,))


def with_proposal(known: EncounterState, proposal: Proposal) -> EncounterState:
    """The encounter with what the rules propose now."""
    return replace(known, proposal=proposal)


def with_settled(known: EncounterState, mark: str) -> EncounterState:
    """The encounter with the mark that an answer held the fact that was asked for."""
    return replace(known, answered=(*known.answered, mark))
