"""Nothing doubled, nothing out of order, nothing without a cause: over the events alone."""

from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from claimstream.lineage.history import Fact
from claimstream.lineage.standing import words_of
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from schemas import claim, coding, encounter, patient_account
from schemas.event import Event, key_of
from schemas.event_id import text_of

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

_GROWS: dict[type[Event], Callable[[Any], tuple[str, int]]] = {
    coding.EncounterCoded: lambda event: (event.encounter_id, event.version),
    claim.ClaimSubmitted: lambda event: (
        f"{event.encounter_id} level {event.payer_level}",
        event.version,
    ),
    claim.ClaimAdjudicated: lambda event: (
        f"{event.claim_id} in {event.remittance_id}",
        event.sequence,
    ),
    patient_account.PatientBalanceDue: lambda event: (event.encounter_id, event.version),
    patient_account.StatementIssued: lambda event: (event.account_id, event.number),
}
_NEVER_FALLS: dict[type[Event], Callable[[Any], tuple[str, int]]] = {
    coding.EncounterCoded: lambda event: (f"{event.encounter_id} revision", event.revision),
}


@dataclass(slots=True)
class Doubled:
    """No two events say the same thing under different ids."""

    report: Report
    _seen: set[tuple[object, ...]] = field(default_factory=set)

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more facts."""
        for fact in facts:
            event = fact.event
            identity = IDENTITY.get(type(event)) if event is not None else None
            if event is None or identity is None:
                continue
            said = (event.TOPIC, event.practice_id, *identity(event))
            if said in self._seen:
                self.report.found(
                    DOUBLED,
                    event.key,
                    f"{event.TOPIC} says twice: {said[2:]}",
                    fact.record.recorded_at,
                )
            self._seen.add(said)
            self.report.looked_at(DOUBLED, 1)


def check_doubled(report: Report, facts: Iterable[Fact]) -> None:
    """``Doubled`` over all facts at once."""
    Doubled(report).take(facts)


@dataclass(slots=True)
class Ordered:
    """Versions of one thing only grow, and the events of one key on one topic follow in time.

    The EHR's own events have no such order: ``Revised`` looks at documentation.

    A claim's payments follow as they stand in their remittance, but for those that the gateway had
    ``set_aside`` and released later. Remittances have no order among them.

    ``went_back``: how far the clock itself is known to have gone back.
    """

    report: Report
    went_back: timedelta = timedelta()
    set_aside: Set[tuple[str, int]] = frozenset()
    _number: dict[tuple[str, str, str], int] = field(default_factory=dict)
    _last: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more facts, each partition's in its order."""
        for fact in facts:
            event = fact.event
            if event is None or event.TOPIC.startswith("ehr."):
                continue
            said_at = fact.occurred_at
            before = self._last.get((event.TOPIC, event.key))
            if before is not None and said_at < before - self.went_back:
                self._found(fact, event, "an earlier event follows a later one")
            self._last[event.TOPIC, event.key] = said_at
            self.report.looked_at(ORDER, 1)
            if self._was_set_aside(event):
                continue
            for numbered, step in ((_GROWS, 1), (_NEVER_FALLS, 0)):
                if type(event) in numbered:
                    self._follow(fact, event, *numbered[type(event)](event), step)

    def _was_set_aside(self, event: Event) -> bool:
        return (
            isinstance(event, claim.ClaimAdjudicated)
            and (event.remittance_id, event.sequence) in self.set_aside
        )

    def _follow(self, fact: Fact, event: Event, name: str, number: int, step: int) -> None:
        place = (event.TOPIC, event.practice_id, name)
        if number < self._number.get(place, 0) + step:
            self._found(fact, event, f"{name} went back to {number}")
        self._number[place] = number

    def _found(self, fact: Fact, event: Event, what: str) -> None:
        self.report.found(ORDER, event.key, f"{event.TOPIC}: {what}", fact.record.recorded_at)


def check_order(
    report: Report, facts: Iterable[Fact], set_aside: Set[tuple[str, int]] = frozenset()
) -> None:
    """``Ordered`` over all facts at once."""
    Ordered(report, set_aside=set_aside).take(facts)


Place: TypeAlias = tuple[str, str]


@dataclass(slots=True)
class Causes:
    """Codes follow documentation, claims follow codes, and payers answer what was submitted.

    A cause that retention may have removed is not missed: the topic of causes must reach back to
    the beginning of the lineage, which is the date of service, or else when the claim was coded.
    """

    report: Report
    _documented: set[Place] = field(default_factory=set)
    _coded: set[Place] = field(default_factory=set)
    _submitted: set[Place] = field(default_factory=set)
    _served: dict[Place, date] = field(default_factory=dict)
    _effects: list[tuple[str, Place, str, str]] = field(default_factory=list)

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more facts, in any order."""
        for fact in facts:
            event = fact.event
            if isinstance(event, encounter.EncounterDocumented):
                self._documented.add((event.practice_id, event.encounter_id))
            elif isinstance(event, coding.EncounterCoded):
                place = (event.practice_id, event.encounter_id)
                self._coded.add(place)
                self._served[place] = event.service_date
                self._effects.append((encounter.EncounterDocumented.TOPIC, place, "", event.key))
            elif isinstance(event, claim.ClaimSubmitted):
                place = (event.practice_id, event.encounter_id)
                self._submitted.add((event.practice_id, event.claim_id))
                self._served[place] = event.service_date
                self._effects.append((coding.EncounterCoded.TOPIC, place, "", event.key))
            elif isinstance(event, claim.ClaimTransmitted | claim.ClaimAdjudicated):
                place = (event.practice_id, event.encounter_id)
                self._effects.append((claim.ClaimSubmitted.TOPIC, place, event.claim_id, event.key))

    def close(self, horizon: Horizon) -> None:
        """Say what has no cause, now that all facts were seen."""
        for of, place, claim_id, key in self._effects:
            missing = ""
            if of == encounter.EncounterDocumented.TOPIC:
                if place not in self._documented:
                    missing = "was coded and never documented"
            elif of == coding.EncounterCoded.TOPIC:
                if place not in self._coded:
                    missing = "was billed and never coded"
            elif (place[0], claim_id) not in self._submitted:
                missing = f"claim {claim_id} was never submitted"
            if missing and not horizon.covers(of, self._served.get(place)):
                continue
            self.report.looked_at(CAUSE, 1)
            if missing:
                self.report.found(CAUSE, key, missing)


def check_causes(report: Report, facts: Iterable[Fact], horizon: Horizon | None = None) -> None:
    """``Causes`` over all facts at once."""
    causes = Causes(report)
    causes.take(facts)
    causes.close(horizon or Horizon())


@dataclass(slots=True)
class Explained:
    """No encounter was taken in and then forgotten.

    What repeats a revision word for word says nothing new, whatever its id, and neither does what
    a person ``dismissed``: coding answers neither. Documentation that something of coding's names
    as its cause was answered, however wrong the clock of whoever published it.
    """

    report: Report
    dismissed: frozenset[UUID] = frozenset()
    _documented: dict[Place, dict[bytes, tuple[datetime, UUID]]] = field(default_factory=dict)
    _spoken: dict[Place, datetime] = field(default_factory=dict)
    _causes: set[bytes] = field(default_factory=set)

    def take(self, facts: Iterable[Fact]) -> None:
        """Look at some more facts: when each encounter was documented, and spoken of otherwise."""
        for fact in facts:
            event = fact.event
            if event is None:
                continue
            moment = fact.record.recorded_at
            if isinstance(event, encounter.EncounterDocumented):
                said = self._documented.setdefault((event.practice_id, event.encounter_id), {})
                identity, content = fact.delivery.identity, words_of(event)
                if identity not in self.dismissed and (
                    content not in said or moment < said[content][0]
                ):
                    said[content] = (moment, identity)
                continue
            if event.TOPIC.startswith("coding."):
                self._causes.update(
                    raw for name, raw in fact.record.headers if name == "ce_causationid" and raw
                )
            for name in encounters_named(event):
                place = (event.practice_id, name)
                self._spoken[place] = max(self._spoken.get(place, moment), moment)

    def again(self, copies: Iterable[Fact]) -> None:
        """Of what was published again under its id the earliest counts, not what was read first."""
        for fact in copies:
            event = fact.event
            if not isinstance(event, encounter.EncounterDocumented):
                continue
            said = self._documented.get((event.practice_id, event.encounter_id), {})
            for content, (moment, identity) in said.items():
                if identity == fact.delivery.identity:
                    said[content] = (min(moment, fact.record.recorded_at), identity)

    def close(self, set_aside: Mapping[str, str], waiting: int) -> None:
        """Say what was forgotten; ``waiting`` many may still be on their way."""
        self.report.looked_at(EXPLAINED, len(self._documented))
        for place, said in self._documented.items() if waiting == 0 else ():
            if self._is_silent(place, said) and key_of(*place) not in set_aside:
                self.report.found(
                    EXPLAINED,
                    key_of(*place),
                    "nothing happened after documentation",
                    max(said.values())[0],
                )

    def _is_silent(self, place: Place, said: Mapping[bytes, tuple[datetime, UUID]]) -> bool:
        if not said:
            return False
        moment, identity = max(said.values())
        spoken = self._spoken.get(place)
        return (spoken is None or spoken < moment) and text_of(
            identity
        ).encode() not in self._causes


def encounters_named(event: Event) -> list[str]:
    """The encounters that an event speaks of: its own, or those that it lists."""
    own = getattr(event, "encounter_id", None)
    names = [own] if own else [part.encounter_id for part in getattr(event, "items", ())]
    return names + [part.encounter_id for part in getattr(event, "allocations", ())]


def check_explained(
    report: Report,
    facts: Iterable[Fact],
    set_aside: Mapping[str, str],
    waiting: int,
    dismissed: frozenset[UUID] = frozenset(),
) -> None:
    """``Explained`` over all facts at once."""
    explained = Explained(report, dismissed)
    explained.take(facts)
    explained.close(set_aside, waiting)
