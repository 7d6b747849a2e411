"""Every record that a service has passed was taken in exactly once, or is kept with a reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from claimstream.lineage.history import Fact, History
from claimstream.verify.finding import Report

LOST = "nothing lost between topics and services"
KEPT = "every refused record is kept with its reason"
ONE_CONTENT = "one event id, one content"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """What a service's database and consumer group say; offsets by topic and partition.

    ``set_aside`` holds the reason of the open dead letter of a key.
    """

    service: str
    topics: frozenset[str]
    inbox: frozenset[UUID] = frozenset()
    letters: frozenset[UUID] = frozenset()
    set_aside: Mapping[str, str] = field(default_factory=dict)
    committed: Mapping[tuple[str, int], int] = field(default_factory=dict)
    outbox: int = 0
    parked: int = 0


def check_taken_in(report: Report, history: History, state: ServiceState) -> None:
    """Records below the committed offset are in the inbox; those that cannot be read are kept."""
    passed = 0
    unread = 0
    for fact in history.facts:
        record, delivery = fact.record, fact.delivery
        if record.topic not in state.topics:
            continue
        taken = delivery.identity in state.inbox
        if record.offset >= state.committed.get((record.topic, record.partition), 0):
            unread += not taken
            continue
        passed += 1
        where = f"{record.topic} {record.partition}:{record.offset}"
        if not taken:
            report.found(LOST, where, f"{state.service} passed it and does not know it")
        elif delivery.refusal is not None and delivery.identity not in state.letters:
            report.found(KEPT, where, f"{state.service} kept no dead letter of it")
    report.looked_at(LOST, passed)
    report.looked_at(KEPT, len(state.letters))
    report.in_flight[f"{state.service}: not yet read"] = unread
    report.in_flight[f"{state.service}: not yet published"] = state.outbox
    report.in_flight[f"{state.service}: waiting behind another"] = state.parked


def check_copies(report: Report, history: History) -> None:
    """What was published again under one id is the same, to the byte."""
    first: dict[tuple[str, UUID], Fact] = {
        (fact.record.topic, fact.delivery.identity): fact for fact in history.facts
    }
    for copy in history.copies:
        original = first[copy.record.topic, copy.delivery.identity]
        if (copy.record.key, copy.record.value) != (original.record.key, original.record.value):
            report.found(
                ONE_CONTENT,
                str(copy.delivery.identity),
                f"{copy.record.topic} holds two contents under it",
            )
    report.looked_at(ONE_CONTENT, len(history.facts) + len(history.copies))
