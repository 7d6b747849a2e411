"""What a provider answers to a documentation query, and when. Seeded, and pure."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from schemas.coding import DocumentationQueryOpened
from schemas.encounter import DocumentationQueryAnswered, EncounterDocumented, Signature
from schemas.values import Laterality
from simulators.ehr.scheduled import Scheduled

_LATE_PERCENT = 5
_SEEN_BEFORE = "new_or_established"
_SIDES: tuple[Laterality, ...] = ("left", "right")


@dataclass(frozen=True, slots=True)
class Query:
    """A documentation query as it was read: its event id and the moment it was asked."""

    opened: DocumentationQueryOpened
    event_id: str
    asked_at: datetime


def _choices(seed: int, query: DocumentationQueryOpened) -> random.Random:
    return random.Random(f"{seed}/{query.practice_id}/{query.encounter_id}/{query.query_id}")


def answer_time(query: Query, seed: int, *, at_once: bool = False) -> datetime:
    """When the provider answers: hours to three days later; a few only after the due date.

    ``at_once`` is for a clock that runs as slowly as a person's day.
    """
    if at_once:
        return query.asked_at
    rng = _choices(seed, query.opened)
    waited = timedelta(hours=rng.randrange(2, 72), minutes=rng.randrange(60))
    if rng.randrange(100) < _LATE_PERCENT:
        overdue = max(query.opened.answer_due - query.asked_at.date(), timedelta(0))
        waited += overdue + timedelta(days=1)
    return query.asked_at + waited


def true_side(
    opened: DocumentationQueryOpened, known: EncounterDocumented | None, seed: int
) -> Laterality:
    """The side of the item asked about: as the chart knows it, else drawn once and for all."""
    if known is not None:
        items = {problem.item_id: problem.laterality for problem in known.problems}
        items |= {procedure.item_id: procedure.laterality for procedure in known.procedures}
        asked = items.get(opened.item_id or "")
        side = asked or next((found for found in items.values() if found), None)
        if side is not None:
            return side
    return random.Random(f"{seed}/{opened.practice_id}/{opened.encounter_id}/side").choice(_SIDES)


def _dose_in_words(opened: DocumentationQueryOpened, known: EncounterDocumented | None) -> str:
    drugs = {drug.item_id: drug for drug in known.drugs} if known is not None else {}
    drug = drugs.get(opened.item_id or "")
    if drug is None or not drug.wasted:
        return "Record checked against the supply log: 0 was discarded."
    wasted: Decimal = drug.wasted
    return f"Record checked against the supply log: {wasted} {drug.dose_unit} was discarded."


def _time_in_words(
    opened: DocumentationQueryOpened, known: EncounterDocumented | None, seed: int
) -> str:
    minutes = known.total_minutes if known is not None else None
    if minutes is None:
        minutes = _choices(seed, opened).randrange(14, 34)
    return f"Total time on the date of the encounter was {minutes} minutes."


def _seen_in_words(known: EncounterDocumented | None) -> str:
    """As the chart has it; a patient of whom nothing earlier was sent has not been here before."""
    if known is not None and known.new_patient is False:
        return "Established patient of this practice, last seen within the year."
    return "This was the first visit here."


def _diagnosis_in_words(known: EncounterDocumented | None) -> str:
    if known is None or not known.problems:
        return ""
    lines = [f"{n}. {problem.description}." for n, problem in enumerate(known.problems, start=1)]
    return "\n".join(lines)


def answer(
    query: Query, known: EncounterDocumented | None, seed: int, *, at_once: bool = False
) -> Scheduled | None:
    """The provider's answer; None when the provider has nothing to say.

    ``known`` is the whole truth about the encounter where the simulated EHR has it. Of an
    encounter that it does not know, it can sign, name a side or give the time spent, and cannot
    name a diagnosis.
    """
    opened = query.opened
    at = answer_time(query, seed, at_once=at_once)
    signature: Signature | None = None
    laterality: Laterality | None = None
    text = ""
    match opened.kind:
        case "missing_signature":
            signature = Signature(provider_id=opened.provider_id, signed_at=at)
            text = "Reviewed and signed."
        case "missing_laterality":
            laterality = true_side(opened, known, seed)
            text = f"The {laterality} side was treated."
        case "contradiction":
            sided = known is None or any(problem.laterality for problem in known.problems)
            laterality = true_side(opened, known, seed) if sided else None
            text = "The problem list is right and stands."
            if laterality is not None:
                text = f"The {laterality} side is right."
        case "missing_dose":
            text = _dose_in_words(opened, known)
        case "missing_report":
            text = "Tracing or images read by me on the date of service; the reading stands."
        case "missing_diagnosis":
            text = _diagnosis_in_words(known)
        case "missing_time_or_decision_making":
            asked_for_time = opened.gap != _SEEN_BEFORE
            text = _time_in_words(opened, known, seed) if asked_for_time else _seen_in_words(known)
    if not text:
        return None
    event = DocumentationQueryAnswered(
        practice_id=opened.practice_id,
        encounter_id=opened.encounter_id,
        query_id=opened.query_id,
        answered_by=opened.provider_id,
        answered_at=at,
        addendum=text,
        signature=signature,
        laterality=laterality,
        problem_status="active" if opened.kind == "contradiction" else None,
    )
    return Scheduled(event, at, causation_id=query.event_id)
