"""One lineage: everything the topics say of an encounter, a claim, a patient or an account."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from claimstream.lineage.history import Fact
from claimstream.lineage.standing import standing_of
from claimstream.topics.summary import dollars, summary
from schemas.event import Event
from schemas.reference import PracticeRegistered, ProviderRegistered


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a lineage; ``money`` names each amount that the step is about."""

    at: datetime
    service: str
    state: str
    text: str
    money: str
    key: str


_MONEY_FIELDS = (
    ("total_charge_cents", "charged"),
    ("charge_cents", "charged"),
    ("paid_cents", "paid"),
    ("insurance_paid_cents", "insurance paid"),
    ("patient_responsibility_cents", "patient's share"),
    ("patient_paid_cents", "patient paid"),
    ("balance_cents", "balance"),
    ("credit_cents", "credit"),
    ("amount_cents", "amount"),
    ("total_cents", "total"),
)


def _encounters_of(event: Event) -> set[str]:
    found: set[str] = set()
    own = getattr(event, "encounter_id", None)
    if own is not None:
        found.add(own)
    for field in ("items", "allocations"):
        found.update(part.encounter_id for part in getattr(event, field, ()))
    return found


def _names(event: Event) -> set[str]:
    own = (getattr(event, field, None) for field in ("claim_id", "patient_id", "account_id"))
    return _encounters_of(event) | {name for name in own if name is not None}


def trace(facts: Sequence[Fact], wanted: str) -> list[Step]:
    """The steps of what ``wanted`` names: an encounter, a claim, a patient or an account.

    ``wanted`` may be given as ``practice:id`` where two practices use the same id. A claim or a
    patient brings in the whole lineage of its encounters. Empty when nothing is known of it.
    """
    practice, _, own = wanted.rpartition(":")
    known = [
        fact
        for fact in facts
        if fact.event is not None and practice in ("", fact.event.practice_id)
    ]
    hits = [fact for fact in known if fact.event is not None and own in _names(fact.event)]
    encounters = {
        (fact.event.practice_id, encounter)
        for fact in hits
        if fact.event is not None and own in _names(fact.event)
        for encounter in (
            {own} if own in _encounters_of(fact.event) else _encounters_of(fact.event)
        )
    }
    chosen = [
        fact for fact in known if fact.event is not None and _belongs(fact.event, encounters, own)
    ]
    return list(_steps(chosen))


def _belongs(event: Event, encounters: set[tuple[str, str]], own: str) -> bool:
    if isinstance(event, PracticeRegistered | ProviderRegistered):
        return False
    mine = {(event.practice_id, encounter) for encounter in _encounters_of(event)}
    if mine:
        return bool(mine & encounters)
    return own in _names(event)


def _steps(facts: Iterable[Fact]) -> Iterable[Step]:
    for fact in sorted(facts, key=lambda fact: (fact.record.recorded_at, standing_of(fact)[0])):
        if fact.event is None:
            continue
        money = ", ".join(
            f"{word} {dollars(value)}"
            for field, word in _MONEY_FIELDS
            if (value := getattr(fact.event, field, None)) is not None
        )
        yield Step(
            at=fact.occurred_at,
            service=fact.record.topic.partition(".")[0],
            state=standing_of(fact)[1],
            text=summary(fact.event),
            money=money,
            key=fact.event.key,
        )
