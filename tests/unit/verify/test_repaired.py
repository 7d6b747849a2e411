"""What was decided by a repaired copy is checked by that copy."""

from datetime import timedelta

from msgspec.structs import replace

from claimstream.lineage.history import Fact, History
from claimstream.verify.finding import Report
from claimstream.verify.lineage import CAUSE, check_causes
from claimstream.verify.repaired import Decided, with_repairs
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.coding import EncounterCoded
from schemas.encounter import EncounterDocumented
from services.chassis.record import Record, deliver, identity_of_bytes
from tests.builders import make
from tests.support import record


def fact(one: Record) -> Fact:
    return Fact(deliver(one, MODEL_OF_TOPIC))


def decided(came: Record, mended: Record) -> list[Decided]:
    """What was decided by a copy of a record that came under its present reading."""
    return [Decided(fact(came).delivery.identity, fact(mended))]


def test_an_encounter_that_only_its_repaired_copy_documents_was_documented() -> None:
    documented = record(make(EncounterDocumented, practice_id="P1", encounter_id="E1"), offset=4)
    coded = record(make(EncounterCoded, practice_id="P1", encounter_id="E1"), offset=9)
    broken = replace(documented, value=b"{")
    history = History((fact(broken), fact(coded)), (), {})
    before, after = Report(), Report()
    check_causes(before, history.facts)
    check_causes(after, with_repairs(history, decided(broken, documented)).facts)
    assert [finding.check for finding in before.findings] == [CAUSE]
    assert after.findings == []


def test_another_record_in_the_old_place_of_one_that_was_repaired_stays_as_it_is() -> None:
    one = record(make(EncounterDocumented, practice_id="P1", encounter_id="E1"), offset=4)
    other = record(make(EncounterDocumented, practice_id="P1", encounter_id="E2"), offset=4)
    history = History((fact(other),), (), {})
    assert with_repairs(history, decided(replace(one, value=b"{"), one)) == history
    assert with_repairs(history, decided(one, one)) == history


def test_a_record_that_was_repaired_is_found_where_it_lies_since_its_topic_was_made_again() -> None:
    spoken = make(EncounterDocumented, practice_id="P1", encounter_id="E1")
    refused = record(spoken, offset=4)
    copy = replace(refused, value=refused.value.replace(b"E1", b"E7") if refused.value else None)
    mended = replace(copy, key=b"P1:E7")
    moved = replace(refused, partition=2, offset=0)
    (only,) = with_repairs(History((fact(moved),), (), {}), decided(refused, mended)).facts
    assert only.event is not None
    assert only.event.key == "P1:E7"
    assert (only.record.partition, only.record.offset) == (2, 0)


def test_a_record_that_no_earlier_release_could_read_is_known_by_its_bytes() -> None:
    readable = record(make(EncounterDocumented, practice_id="P1", encounter_id="E1"), offset=4)
    mended = replace(readable, recorded_at=readable.recorded_at + timedelta(hours=1))
    by_bytes = [Decided(identity_of_bytes(readable), fact(mended))]
    (only,) = with_repairs(History((fact(readable),), (), {}), by_bytes).facts
    assert only == fact(mended)


def test_a_copy_of_what_lies_elsewhere_is_not_counted_twice() -> None:
    one = record(make(EncounterDocumented, practice_id="P1", encounter_id="E1"), offset=4)
    spoilt = replace(one, offset=5, value=b"{")
    history = History((fact(one), fact(spoilt)), (), {})
    assert with_repairs(history, decided(spoilt, replace(one, offset=5))) == history
