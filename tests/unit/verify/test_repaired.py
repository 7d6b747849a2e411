"""What was decided by a repaired copy is checked by that copy."""

from dataclasses import replace

from claimstream.lineage.history import Fact, History
from claimstream.verify.finding import Report
from claimstream.verify.lineage import CAUSE, check_causes
from claimstream.verify.repaired import with_repairs
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.coding import EncounterCoded
from schemas.encounter import EncounterDocumented
from services.chassis.record import Record, deliver
from tests.builders import make
from tests.support import record


def fact(one: Record) -> Fact:
    return Fact(deliver(one, MODEL_OF_TOPIC))


def test_an_encounter_that_only_its_repaired_copy_documents_was_documented() -> None:
    documented = record(make(EncounterDocumented, practice_id="P1", encounter_id="E1"), offset=4)
    coded = record(make(EncounterCoded, practice_id="P1", encounter_id="E1"), offset=9)
    history = History((fact(replace(documented, value=b"{")), fact(coded)), (), {})
    before, after = Report(), Report()
    check_causes(before, history.facts)
    check_causes(after, with_repairs(history, [fact(documented)]).facts)
    assert [finding.check for finding in before.findings] == [CAUSE]
    assert after.findings == []


def test_other_records_stay_as_they_are() -> None:
    one = record(make(EncounterDocumented, practice_id="P1", encounter_id="E1"), offset=4)
    history = History((fact(one),), (), {})
    assert with_repairs(history, [fact(replace(one, offset=5))]) == history


def test_a_copy_of_what_lies_elsewhere_is_not_counted_twice() -> None:
    one = record(make(EncounterDocumented, practice_id="P1", encounter_id="E1"), offset=4)
    spoilt = fact(replace(one, offset=5, value=b"{"))
    history = History((fact(one), spoilt), (), {})
    assert with_repairs(history, [fact(replace(one, offset=5))]) == history
