"""A result says what was found, with the seed, the fault and the event."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from claimstream.chaos.campaign import Result
from claimstream.chaos.journal import Entry
from claimstream.chaos.options import ChaosOptions
from claimstream.chaos.outcome import Difference
from claimstream.verify.finding import Finding

OPTIONS = ChaosOptions(encounters=300, faults=2, seed=9, rate=10)
STRUCK = Entry(datetime(2026, 3, 2, tzinfo=UTC), 12.5, "fault", 1, "kill-service", "billing", 0.4)


def test_nothing_found_is_clean() -> None:
    result = Result(OPTIONS, [STRUCK])
    assert result.is_clean
    assert result.sentences() == []


def test_a_difference_names_subject_values_and_the_first_event() -> None:
    result = Result(OPTIONS, [STRUCK])
    result.differences = [
        Difference("encounter P1:E1", "charge_cents", "100", "200", "coded 100 / coded 200")
    ]
    assert not result.is_clean
    (sentence,) = result.sentences()
    assert "encounter P1:E1: charge_cents is '200' and without faults '100'" in sentence
    assert sentence.endswith("the first event that differs: coded 100 / coded 200")


def test_a_difference_names_the_last_fault_before_its_event() -> None:
    result = Result(OPTIONS, [STRUCK])
    later, earlier = STRUCK.at + timedelta(seconds=1), STRUCK.at - timedelta(seconds=1)
    told = ("encounter P1:E1", "charge_cents", "100", "200", "coded 100 / coded 200")
    result.differences = [Difference(*told, at=later), Difference(*told, at=earlier)]
    first, second = result.sentences()
    assert first.endswith("coded 200, after fault 1, kill-service (billing)")
    assert second.endswith("coded 200")


def test_a_finding_of_the_proof_is_not_clean() -> None:
    result = Result(OPTIONS, findings=[Finding("nothing doubled", "P1:E1", "twice")])
    assert not result.is_clean
    assert result.sentences() == ["nothing doubled: P1:E1: twice"]


def test_a_finding_of_the_proof_names_the_last_fault_before_its_record() -> None:
    result = Result(OPTIONS, [STRUCK, replace(STRUCK, number=2, at=STRUCK.at + timedelta(hours=1))])
    later, earlier = STRUCK.at + timedelta(seconds=1), STRUCK.at - timedelta(seconds=1)
    said = ("nothing doubled", "P1:E1", "twice")
    result.findings = [Finding(*said, at=later), Finding(*said, at=earlier), Finding(*said)]
    first, *others = result.sentences()
    assert first == "nothing doubled: P1:E1: twice, after fault 1, kill-service (billing)"
    assert others == ["nothing doubled: P1:E1: twice"] * 2
    told = json.loads(json.dumps(result.document()))["findings"]
    assert [each["at"] for each in told] == [later.isoformat(), earlier.isoformat(), None]


def test_the_document_has_the_seed_and_every_fault_with_its_time() -> None:
    document = json.loads(json.dumps(Result(OPTIONS, [STRUCK]).document()))
    assert document["options"]["seed"] == 9
    assert document["faults"] == {"kill-service": 1}
    assert document["struck"] == [
        {
            "number": 1,
            "at": "2026-03-02T00:00:00+00:00",
            "fault": "kill-service",
            "detail": "billing",
        }
    ]


def test_days_and_pace_follow_from_encounters_and_rate() -> None:
    options = ChaosOptions(encounters=1000, faults=10, seed=1, rate=20)
    assert options.load_seconds == 50
    assert options.days == 60
    assert options.pace * options.load_seconds <= 60 * 86_400 < (options.pace + 1) * 50
