"""Documentation of an encounter only goes on, and what does not is found where it was taken in."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

from claimstream.lineage.history import Fact
from claimstream.verify.delivery import ServiceState
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon
from claimstream.verify.lineage import ORDER
from claimstream.verify.revisions import Revised
from schemas.encounter import EncounterDocumented
from tests.builders import make
from tests.support import NOON
from tests.unit.lineage.facts import fact

TOPIC = EncounterDocumented.TOPIC


def revision(number: int, identity: int, *, partition: int = 0, **changes: Any) -> Fact:
    """A revision of one encounter under an id of its own."""
    event = make(
        EncounterDocumented,
        practice_id="P1",
        encounter_id="E1",
        revision=number,
        revision_reason="initial" if number == 1 else "addendum",
        **changes,
    )
    return fact(event, event_id=UUID(int=identity), partition=partition)


def found(
    facts: Sequence[Fact],
    *,
    unread: Sequence[Fact] = (),
    letters: Sequence[Fact] = (),
    waiting: Sequence[Fact] = (),
    since: datetime | None = None,
) -> list[str]:
    def identities(some: Sequence[Fact]) -> frozenset[UUID]:
        return frozenset(each.delivery.identity for each in some)

    coding = ServiceState(
        "coding",
        frozenset({TOPIC}),
        inbox=identities(facts) - identities(unread),
        letters=identities(letters),
        waiting=identities(waiting),
    )
    report = Report()
    revised = Revised(report, [coding])
    revised.take(facts)
    revised.close(Horizon({TOPIC: since} if since else {}))
    assert {(each.check, each.subject) for each in report.findings} <= {(ORDER, "P1:E1")}
    assert all(each.at for each in report.findings)
    return [each.message for each in report.findings]


def test_of_three_revisions_every_order_but_their_own_is_found() -> None:
    facts = [revision(number, number) for number in (1, 2, 3)]
    for order in permutations(facts):
        assert bool(found(order)) == (list(order) != facts)


def test_the_finding_names_both_revisions() -> None:
    assert found([revision(2, 2), revision(1, 1)]) == [
        f"{TOPIC}: revision 1 follows revision 2",
    ]


def test_another_content_under_the_same_number_is_found() -> None:
    assert found([revision(1, 1), revision(1, 2, patient_id="OTHER")]) == [
        f"{TOPIC}: revision 1 follows revision 1",
    ]


def test_what_repeats_an_earlier_revision_word_for_word_says_nothing_new() -> None:
    assert found([revision(1, 1), revision(2, 2), revision(1, 3), revision(2, 4)]) == []
    behind = [revision(2, 2, partition=3), revision(1, 3, partition=3), revision(1, 1)]
    assert found(behind) == []


def test_partitions_have_no_order_among_them() -> None:
    assert found([revision(2, 2, partition=3), revision(1, 1)]) == []


def test_what_no_service_took_in_is_not_held_against_the_ehr() -> None:
    late = revision(1, 1)
    facts = [revision(2, 2), late]
    assert found(facts, unread=[late]) == []
    assert found(facts, letters=[late]) == []
    assert found(facts, waiting=[late]) == []


def test_the_first_saying_may_have_been_removed_by_retention_unless_the_service_is_younger() -> (
    None
):
    facts = [revision(2, 2), revision(1, 1, service_date=date(2026, 3, 2))]
    cut = datetime(2026, 3, 1, tzinfo=NOON.tzinfo)
    assert found(facts, since=cut + timedelta(days=1)) == []
    assert found(facts, since=cut) != []
