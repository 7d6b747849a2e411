"""How far back the topics reach after retention, and which checks must not look further."""

from datetime import UTC, date, datetime, timedelta

from claimstream.lineage.history import Fact, History
from claimstream.verify.finding import Report
from claimstream.verify.horizon import Horizon, horizon_of
from claimstream.verify.lineage import check_causes
from claimstream.verify.money import check_cash, check_remittances
from schemas.claim import ClaimAdjudicated, ClaimSubmitted, ClaimTransmitted, RemittanceReceived
from schemas.coding import EncounterCoded
from schemas.encounter import EncounterDocumented
from schemas.event import Event
from tests.builders import make
from tests.support import NOON
from tests.unit.lineage.facts import fact, told

TOPIC = EncounterDocumented.TOPIC
HERE = {"practice_id": "P1", "encounter_id": "E1"}
LONG_BEFORE = Horizon({TOPIC: NOON - timedelta(days=400)})


def history(*facts: Fact, starts: dict[tuple[str, int], int]) -> History:
    return History(facts, (), {}, starts)


def test_a_topic_that_was_never_cut_reaches_back_for_ever() -> None:
    found = horizon_of(history(fact(make(EncounterDocumented)), starts={(TOPIC, 0): 0}))
    assert found.covers(TOPIC, None)
    assert found.covers(TOPIC, date(1990, 1, 1))


def test_a_topic_reaches_back_to_the_youngest_beginning_of_its_cut_partitions() -> None:
    facts = [
        fact(make(EncounterDocumented), at=NOON, partition=0, offset=5),
        fact(make(EncounterDocumented), at=NOON + timedelta(days=3), partition=1, offset=9),
        fact(make(EncounterDocumented), at=NOON + timedelta(days=9), partition=1, offset=10),
    ]
    found = horizon_of(history(*facts, starts={(TOPIC, 0): 5, (TOPIC, 1): 9}))
    assert found.since == {TOPIC: NOON + timedelta(days=3)}
    assert not found.covers(TOPIC, NOON + timedelta(days=3))
    assert found.covers(TOPIC, NOON + timedelta(days=4))
    assert not found.covers(TOPIC, None)


def test_a_topic_with_an_emptied_partition_proves_nothing_that_is_missing() -> None:
    found = horizon_of(history(starts={(TOPIC, 0): 5}))
    assert not found.covers(TOPIC, datetime(2999, 1, 1, tzinfo=UTC))


def uncaused(horizon: Horizon, *events: Event) -> list[str]:
    report = Report()
    check_causes(report, told(events), horizon)
    return [each.subject for each in report.findings]


def test_codes_whose_documentation_retention_removed_follow_from_nothing_we_can_see() -> None:
    old = make(EncounterCoded, **HERE, service_date=date(2020, 1, 1))
    assert uncaused(Horizon({TOPIC: NOON}), old) == []
    assert uncaused(Horizon(), old) == ["P1:E1"]


def test_codes_of_a_day_that_the_topic_still_covers_need_their_documentation() -> None:
    young = make(EncounterCoded, **HERE, service_date=NOON.date())
    assert uncaused(LONG_BEFORE, young) == ["P1:E1"]


def test_a_file_about_a_claim_that_retention_removed_is_not_blamed() -> None:
    sent = make(ClaimTransmitted, **HERE, claim_id="C1")
    assert uncaused(Horizon({ClaimSubmitted.TOPIC: NOON}), sent) == []
    assert uncaused(Horizon({TOPIC: NOON}), sent) == ["P1:E1"]


def adjudicated(paid: int) -> ClaimAdjudicated:
    return make(
        ClaimAdjudicated, **HERE, claim_id="C1", remittance_id="R1", paid_cents=paid, lines=()
    )


def test_a_remittance_is_summed_only_where_all_of_its_claims_are_still_there() -> None:
    whole = make(
        RemittanceReceived,
        practice_id="P1",
        remittance_id="R1",
        payment_cents=500,
        claims_paid_cents=500,
        provider_adjustments=(),
    )
    for since, expected in ((NOON, 0), (NOON - timedelta(days=2), 1)):
        report = Report()
        check_remittances(report, told([whole]), Horizon({ClaimAdjudicated.TOPIC: since}))
        assert len(report.findings) == expected


def test_cash_is_compared_only_for_claims_that_began_after_what_was_removed() -> None:
    facts = told([make(ClaimSubmitted, **HERE, claim_id="C1"), adjudicated(500)])
    for since, expected in ((NOON, 0), (NOON - timedelta(days=2), 1)):
        report = Report()
        horizon = Horizon({ClaimAdjudicated.TOPIC: since})
        check_cash(report, facts, {("P1", "C1"): 700}, 0, horizon)
        assert len(report.findings) == expected


def test_cash_of_a_claim_whose_submission_is_gone_is_not_compared() -> None:
    report = Report()
    horizon = Horizon({ClaimAdjudicated.TOPIC: NOON - timedelta(days=2)})
    check_cash(report, told([adjudicated(500)]), {("P1", "C1"): 700}, 0, horizon)
    assert report.findings == []
