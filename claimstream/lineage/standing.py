"""Where each encounter stands, and why: the last thing that the topics say of it."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from hashlib import blake2b
from types import MappingProxyType
from typing import Any

from claimstream.lineage.history import Fact
from schemas import claim, coding, encounter, patient_account
from schemas.event import Event, key_of

_PAYER_SAID = {
    "1": "processed as primary",
    "2": "processed as secondary",
    "3": "processed as tertiary",
    "4": "patient not recognised",
    "19": "processed, forwarded to the next payer",
    "20": "processed, forwarded to the next payer",
    "21": "processed, forwarded to the next payer",
    "22": "reversed",
    "23": "forwarded to another payer",
}


def _acknowledged(event: claim.ClaimAcknowledged) -> str:
    if event.outcome == "rejected":
        codes = " ".join(reason.code for reason in event.reasons)
        return f"rejected by {event.stage} {codes}".rstrip()
    return f"{event.outcome} by {event.stage}"


def _balance(event: patient_account.PatientBalanceDue) -> str:
    if event.credit_cents:
        return "patient has a credit"
    if event.protection != "none" and not event.balance_cents:
        return f"settled, patient protected ({event.protection})"
    return "patient owes" if event.balance_cents else "settled"


def _claim_state(event: claim.ClaimStateChanged) -> str:
    return f"{event.to_state.replace('_', ' ')} ({event.reason})"


def _encounter_state(event: coding.EncounterStateChanged) -> str:
    return f"{event.to_state.replace('_', ' ')} ({event.reason})"


_STANDING: dict[type[Event], tuple[int, Callable[[Any], str]]] = {
    encounter.EncounterDocumented: (10, lambda event: f"documented ({event.revision_reason})"),
    coding.DocumentationQueryOpened: (20, lambda event: f"query open ({event.kind})"),
    encounter.DocumentationQueryAnswered: (21, lambda _event: "query answered"),
    coding.EncounterStateChanged: (25, _encounter_state),
    coding.EncounterCoded: (30, lambda event: f"coded by {event.decided_by}"),
    claim.ClaimStateChanged: (40, _claim_state),
    claim.ClaimSubmitted: (41, lambda event: f"submitted to payer {event.payer_level}"),
    claim.ClaimTransmitted: (45, lambda _event: "sent"),
    claim.ClaimAcknowledged: (50, _acknowledged),
    claim.ClaimAdjudicated: (
        35,
        lambda event: _PAYER_SAID.get(
            event.claim_status_code, f"claim status {event.claim_status_code}"
        ),
    ),
    patient_account.PatientBalanceDue: (60, _balance),
    patient_account.StatementSuppressed: (70, lambda event: f"no statement ({event.reason})"),
    patient_account.StatementIssued: (71, lambda event: f"statement {event.number} sent"),
    patient_account.PatientPaymentReceived: (55, lambda _event: "patient paid"),
}


def standing_of(fact: Fact) -> tuple[int, str]:
    """The place of a fact among those of one instant, and the standing it leaves in words."""
    found = _STANDING.get(type(fact.event)) if fact.event is not None else None
    return (0, "registered") if found is None else (found[0], found[1](fact.event))


def words_of(event: Event) -> bytes:
    """A digest of what an event says: the same for who says the same again under another id."""
    return blake2b(event.to_json(), digest_size=16).digest()


def _without_repeats(facts: Iterable[Fact]) -> list[Fact]:
    """The facts, of documentation that says the same word for word the earliest alone."""
    first: dict[tuple[str, bytes], Fact] = {}
    others: list[Fact] = []
    for fact in facts:
        if not isinstance(fact.event, encounter.EncounterDocumented):
            others.append(fact)
            continue
        said = (fact.event.key, words_of(fact.event))
        known = first.setdefault(said, fact)
        if fact.record.recorded_at < known.record.recorded_at:
            first[said] = fact
    return [*first.values(), *others]


def standings(
    facts: Iterable[Fact], set_aside: Mapping[str, str] = MappingProxyType({})
) -> dict[tuple[str, str], str]:
    """For every encounter that was documented, where it stands now.

    ``set_aside``: the reason of its open dead letter, by ``practice:encounter``. Documentation that
    repeats itself leaves an encounter where it stands.
    """
    last: dict[tuple[str, str], tuple[object, str]] = {}
    documented: set[tuple[str, str]] = set()
    for fact in _without_repeats(facts):
        event = fact.event
        if event is None:
            continue
        rank, text = standing_of(fact)
        moment = (fact.record.recorded_at, rank)
        own = getattr(event, "encounter_id", None)
        names = [own] if own else [part.encounter_id for part in getattr(event, "items", ())]
        names += [part.encounter_id for part in getattr(event, "allocations", ())]
        for name in names:
            place = (event.practice_id, name)
            if isinstance(event, encounter.EncounterDocumented):
                documented.add(place)
            if place not in last or moment >= last[place][0]:  # type: ignore[operator]
                last[place] = (moment, text)
    return {
        place: f"set aside ({set_aside[key]})" if (key := key_of(*place)) in set_aside else text
        for place, (_, text) in last.items()
        if place in documented
    }


def counted(
    facts: Iterable[Fact], set_aside: Mapping[str, str] = MappingProxyType({})
) -> list[tuple[str, int]]:
    """How many encounters stand where, the most first; details of a reason are left out."""
    texts = (_short(text) for text in standings(facts, set_aside).values())
    return Counter(texts).most_common()


def _short(text: str) -> str:
    state, bracket, reason = text.partition(" (")
    return f"{state} ({reason.rstrip(')').partition(':')[0]})" if bracket else text
