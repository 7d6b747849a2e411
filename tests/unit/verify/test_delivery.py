"""What a service passed is in its inbox or is kept with a reason; one id has one content."""

import dataclasses
from collections.abc import Sequence
from uuid import UUID

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from claimstream.lineage.history import Fact, History
from claimstream.verify.delivery import (
    KEPT,
    LOST,
    ONE_CONTENT,
    ServiceState,
    check_copies,
    check_taken_in,
)
from claimstream.verify.finding import Report
from schemas.claim import ClaimSubmitted
from schemas.coding import EncounterCoded
from schemas.encounter import EncounterDocumented
from services.chassis.record import deliver
from tests.builders import make
from tests.support import record
from tests.unit.lineage.facts import fact

TOPIC = EncounterDocumented.TOPIC


def documented(count: int) -> list[Fact]:
    return [
        fact(make(EncounterDocumented, encounter_id=f"E{number}"), offset=number)
        for number in range(count)
    ]


def unreadable(offset: int = 0) -> Fact:
    kept = replace(record(make(EncounterDocumented), offset=offset), value=b"{")
    return Fact(deliver(kept, {TOPIC: EncounterDocumented}))


def identities(facts: Sequence[Fact]) -> frozenset[UUID]:
    return frozenset(each.delivery.identity for each in facts)


def service(
    facts: Sequence[Fact],
    letters: Sequence[Fact] = (),
    waiting: Sequence[Fact] = (),
    *,
    committed: int,
    outbox: int = 0,
) -> ServiceState:
    return ServiceState(
        "coding",
        frozenset({TOPIC}),
        inbox=identities(facts),
        letters=identities(letters),
        committed={(TOPIC, 0): committed},
        outbox=outbox,
        waiting=identities(waiting),
    )


def replace_inbox(state: ServiceState, *known: UUID) -> ServiceState:
    return dataclasses.replace(state, inbox=frozenset(known))


def checked(facts: Sequence[Fact], state: ServiceState) -> Report:
    report = Report()
    check_taken_in(report, History(tuple(facts), (), {}), state)
    return report


def copied(facts: Sequence[Fact], copies: Sequence[Fact]) -> Report:
    report = Report()
    check_copies(report, History(tuple(facts), tuple(copies), {}))
    return report


def test_a_record_that_was_passed_and_is_in_no_inbox_is_lost() -> None:
    facts = documented(3)
    report = checked(facts, service([facts[0], facts[2]], committed=3))
    (finding,) = report.findings
    assert (finding.check, finding.subject) == (LOST, f"{TOPIC} 0:1")
    assert "coding" in finding.message
    assert finding.at == facts[1].record.recorded_at


def test_a_record_not_yet_passed_is_on_its_way_and_not_lost() -> None:
    facts = documented(3)
    report = checked(facts, service(facts[:1], waiting=documented(3), committed=1, outbox=5))
    assert report.findings == []
    assert report.in_flight == {
        "coding: not yet read": 2,
        "coding: not yet published": 5,
        "coding: waiting behind another": 3,
    }


def test_a_record_taken_in_before_its_offset_was_committed_is_not_on_its_way() -> None:
    facts = documented(2)
    assert checked(facts, service(facts, committed=0)).in_flight["coding: not yet read"] == 0


def test_a_partition_of_which_nothing_was_committed_was_not_passed() -> None:
    elsewhere = [fact(make(EncounterDocumented), partition=7)]
    assert checked(elsewhere, service([], committed=9)).findings == []


def test_a_record_is_not_lost_of_which_a_service_took_the_fields_that_it_reads() -> None:
    refused = unreadable()
    its_own = fact(make(EncounterDocumented)).delivery.identity
    known = replace_inbox(service([], committed=1), its_own)
    assert checked([refused], known).findings == []
    (finding,) = checked([refused], service([], committed=1)).findings
    assert finding.check == LOST


def test_topics_that_a_service_does_not_read_are_no_concern_of_its() -> None:
    facts = [fact(make(EncounterCoded))]
    report = checked(facts, service([], committed=9))
    assert report.findings == []
    assert report.checked[LOST] == 0


def test_an_unreadable_record_without_its_dead_letter_is_found() -> None:
    bad = unreadable()
    (finding,) = checked([bad], service([bad], committed=1)).findings
    assert (finding.check, finding.subject) == (KEPT, f"{TOPIC} 0:0")
    assert finding.at == bad.record.recorded_at


def test_an_unreadable_record_with_its_dead_letter_is_kept() -> None:
    bad = unreadable()
    report = checked([bad], service([bad], [bad], committed=1))
    assert report.findings == []
    assert report.checked == {LOST: 1, KEPT: 1}


def test_an_unreadable_record_that_waits_behind_another_has_its_letter_in_its_turn() -> None:
    first, second = unreadable(0), unreadable(1)
    assert checked([first, second], service([first, second], [first], [second], committed=2)) == (
        Report(
            checked={LOST: 2, KEPT: 1},
            in_flight={
                "coding: not yet read": 0,
                "coding: not yet published": 0,
                "coding: waiting behind another": 1,
            },
        )
    )


@given(st.sets(st.integers(0, 9)), st.integers(0, 10))
def test_exactly_what_is_passed_and_missing_is_found(missing: set[int], committed: int) -> None:
    facts = documented(10)
    taken = [each for each in facts if each.record.offset not in missing]
    report = checked(facts, service(taken, committed=committed))
    assert {finding.subject for finding in report.findings} == {
        f"{TOPIC} 0:{offset}" for offset in missing if offset < committed
    }
    assert report.checked[LOST] == committed


def test_another_content_under_one_id_is_found() -> None:
    first = make(ClaimSubmitted, claim_id="CLAIM1")
    said = fact(first)
    other = fact(
        first.model_copy(update={"claim_id": "CLAIM2"}), event_id=said.delivery.identity, offset=1
    )
    (finding,) = copied([said], [other]).findings
    assert (finding.check, finding.subject) == (ONE_CONTENT, str(said.delivery.identity))
    assert ClaimSubmitted.TOPIC in finding.message


def test_another_key_under_one_id_is_found() -> None:
    said = fact(make(ClaimSubmitted))
    elsewhere = replace(said.record, key=b"P1:other")
    moved = Fact(msgspec.structs.replace(said.delivery, record=elsewhere))
    assert [each.check for each in copied([said], [moved]).findings] == [ONE_CONTENT]


def test_the_same_record_published_again_is_no_finding() -> None:
    said = fact(make(ClaimSubmitted))
    again = fact(make(ClaimSubmitted), offset=5)
    report = copied([said], [again])
    assert report.findings == []
    assert report.checked == {ONE_CONTENT: 2}
