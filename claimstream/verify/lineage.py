"""Nothing doubled, nothing out of order, nothing without a cause: over the events alone."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from claimstream.lineage.history import Fact
from claimstream.lineage.standing import standings
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from schemas import claim, coding, encounter, patient_account
from schemas.event import Event

DOUBLED = "nothing doubled"
ORDER = "order kept per key"
CAUSE = "every event follows from one before it"
EXPLAINED = "every documented encounter stands somewhere, with a reason"

IDENTITY: dict[type[Event], Callable[[Any], tuple[object, ...]]] = {
    coding.EncounterCoded: lambda event: (event.encounter_id, event.version),
    coding.DocumentationQueryOpened: lambda event: (event.query_id,),
    claim.ClaimSubmitted: lambda event: (event.claim_id,),
    claim.ClaimTransmitted: lambda event: (event.claim_id,),
    claim.ClaimAdjudicated: lambda event: (event.remittance_id, event.sequence),
    claim.RemittanceReceived: lambda event: (event.remittance_id,),
    patient_account.PatientBalanceDue: lambda event: (event.encounter_id, event.version),
    patient_account.PatientPaymentReceived: lambda event: (event.payment_id,),
    patient_account.StatementIssued: lambda event: (event.statement_id,),
}

_NUMBERED: dict[type[Event], Callable[[Any], tuple[str, int]]] = {
    coding.EncounterCoded: lambda event: (event.encounter_id, event.version),
    patient_account.PatientBalanceDue: lambda event: (event.encounter_id, event.version),
    patient_account.StatementIssued: lambda event: (event.account_id, event.number),
}


def check_doubled(report: Report, facts: Sequence[Fact]) -> None:
    """No two events say the same thing under different ids."""
    seen: set[tuple[object, ...]] = set()
    for fact in facts:
        event = fact.event
        identity = IDENTITY.get(type(event)) if event is not None else None
        if event is None or identity is None:
            continue
        said = (event.TOPIC, event.practice_id, *identity(event))
        if said in seen:
            report.found(DOUBLED, event.key, f"{event.TOPIC} says twice: {said[2:]}")
        seen.add(said)
        report.looked_at(DOUBLED, 1)


def check_order(report: Report, facts: Sequence[Fact]) -> None:
    """Versions of one thing only grow, and the events of one key on one topic follow in time."""
    last_number: dict[tuple[str, str, str], int] = {}
    last_fact: dict[tuple[str, str], Fact] = {}
    for fact in facts:
        event = fact.event
        if event is None or event.TOPIC.startswith("ehr."):
            continue
        before = last_fact.get((event.TOPIC, event.key))
        if before is not None and fact.occurred_at < before.occurred_at:
            report.found(ORDER, event.key, f"{event.TOPIC}: an earlier event follows a later one")
        last_fact[event.TOPIC, event.key] = fact
        numbered = _NUMBERED.get(type(event))
        if numbered is not None:
            name, number = numbered(event)
            place = (event.TOPIC, event.practice_id, name)
            if number <= last_number.get(place, 0):
                report.found(ORDER, event.key, f"{event.TOPIC}: {name} went back to {number}")
            last_number[place] = number
        report.looked_at(ORDER, 1)


def check_causes(report: Report, facts: Sequence[Fact], horizon: Horizon | None = None) -> None:
    """Codes follow documentation, claims follow codes, and payers answer what was submitted.

    A cause that retention may have removed is not missed: the topic of causes must reach back to
    the beginning of the lineage, which is the date of service, or else when the claim was coded.
    """
    reach = horizon or Horizon()
    documented: set[tuple[str, str]] = set()
    coded: set[tuple[str, str]] = set()
    submitted: set[tuple[str, str]] = set()
    served: dict[tuple[str, str], date] = {}
    for fact in facts:
        event = fact.event
        if isinstance(event, encounter.EncounterDocumented):
            documented.add((event.practice_id, event.encounter_id))
        elif isinstance(event, coding.EncounterCoded):
            coded.add((event.practice_id, event.encounter_id))
            served[event.practice_id, event.encounter_id] = event.service_date
        elif isinstance(event, claim.ClaimSubmitted):
            submitted.add((event.practice_id, event.claim_id))
            served[event.practice_id, event.encounter_id] = event.service_date
    for fact in facts:
        event = fact.event
        missing, of = "", ""
        if isinstance(event, coding.EncounterCoded):
            of = encounter.EncounterDocumented.TOPIC
            if (event.practice_id, event.encounter_id) not in documented:
                missing = "was coded and never documented"
        elif isinstance(event, claim.ClaimSubmitted):
            of = coding.EncounterCoded.TOPIC
            if (event.practice_id, event.encounter_id) not in coded:
                missing = "was billed and never coded"
        elif isinstance(event, claim.ClaimTransmitted | claim.ClaimAdjudicated):
            of = claim.ClaimSubmitted.TOPIC
            if (event.practice_id, event.claim_id) not in submitted:
                missing = f"claim {event.claim_id} was never submitted"
        else:
            continue
        if missing and not reach.covers(of, served.get((event.practice_id, event.encounter_id))):
            continue
        report.looked_at(CAUSE, 1)
        if missing:
            report.found(CAUSE, event.key, missing)


def check_explained(
    report: Report,
    facts: Sequence[Fact],
    set_aside: Mapping[str, str],
    waiting: int,
) -> None:
    """No encounter was taken in and then forgotten; ``waiting`` many may still be on their way."""
    stands = standings(facts, set_aside)
    silent = [place for place, text in stands.items() if text.startswith("documented (")]
    report.looked_at(EXPLAINED, len(stands))
    if waiting == 0:
        for practice_id, encounter_id in silent:
            report.found(
                EXPLAINED, f"{practice_id}:{encounter_id}", "nothing happened after documentation"
            )
