"""Nothing doubled, nothing out of order, nothing without a cause, nothing forgotten."""

from datetime import timedelta
from itertools import pairwise
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from claimstream.lineage.history import Fact
from claimstream.verify.finding import Report
from claimstream.verify.lineage import (
    CAUSE,
    DOUBLED,
    EXPLAINED,
    ORDER,
    Explained,
    check_causes,
    check_doubled,
    check_explained,
    check_order,
)
from schemas.catalogue import MODEL_OF_TOPIC
from schemas.claim import (
    ClaimAcknowledged,
    ClaimAdjudicated,
    ClaimSubmitted,
    ClaimTransmitted,
    RemittanceReceived,
)
from schemas.coding import DocumentationQueryOpened, EncounterCoded
from schemas.encounter import EncounterDocumented
from schemas.event import Event
from schemas.patient_account import PatientBalanceDue, PatientPaymentReceived, StatementIssued
from schemas.reference import PatientRegistered
from services.chassis.record import deliver
from tests.builders import make
from tests.support import NOON
from tests.unit.lineage.facts import fact, told

HERE = {"practice_id": "P1", "encounter_id": "E1"}


def doubled(*events: Event) -> list[str]:
    report = Report()
    check_doubled(report, told(events))
    assert {finding.check for finding in report.findings} <= {DOUBLED}
    assert all(finding.at for finding in report.findings)
    return [finding.subject for finding in report.findings]


def disordered(*events: Event) -> list[str]:
    report = Report()
    check_order(report, told(events))
    assert {finding.check for finding in report.findings} <= {ORDER}
    return [finding.message for finding in report.findings]


def uncaused(*events: Event) -> list[str]:
    report = Report()
    check_causes(report, told(events))
    assert {finding.check for finding in report.findings} <= {CAUSE}
    return [finding.message for finding in report.findings]


SAME_THING: list[tuple[type[Event], dict[str, object], dict[str, object]]] = [
    (EncounterCoded, {"version": 2}, {"rules_version": "other"}),
    (DocumentationQueryOpened, {"query_id": "Q1"}, {"kind": "missing_signature"}),
    (ClaimSubmitted, {"claim_id": "C1"}, {"payer_id": "OTHER"}),
    (ClaimTransmitted, {"claim_id": "C1"}, {"file_name": "other.837"}),
    (ClaimAdjudicated, {"remittance_id": "R1", "sequence": 2}, {"paid_cents": 1}),
    (RemittanceReceived, {"remittance_id": "R1"}, {"claim_count": 9}),
    (PatientBalanceDue, {"version": 2}, {"balance_cents": 1}),
    (PatientPaymentReceived, {"payment_id": "M1"}, {"amount_cents": 1}),
    (StatementIssued, {"statement_id": "S1"}, {"total_cents": 1}),
]


@pytest.mark.parametrize(("kind", "identity", "rest"), SAME_THING, ids=lambda part: str(part)[:40])
def test_what_is_said_twice_under_two_ids_is_found(
    kind: type[Event], identity: dict[str, object], rest: dict[str, object]
) -> None:
    first = make(kind, **identity)
    second = make(kind, **identity, **rest)
    assert doubled(first, second) == [second.key]


@pytest.mark.parametrize(("kind", "identity", "rest"), SAME_THING, ids=lambda part: str(part)[:40])
def test_the_same_ids_in_another_practice_are_something_else(
    kind: type[Event], identity: dict[str, object], rest: dict[str, object]
) -> None:
    assert doubled(make(kind, **identity), make(kind, **identity, practice_id="P2")) == []


def test_another_version_and_another_claim_are_something_else() -> None:
    assert doubled(make(EncounterCoded, version=1), make(EncounterCoded, version=2)) == []
    assert doubled(make(ClaimSubmitted, claim_id="C1"), make(ClaimSubmitted, claim_id="C2")) == []
    assert doubled(make(ClaimAcknowledged), make(ClaimAcknowledged, stage="999")) == []


def test_a_version_that_goes_back_is_found() -> None:
    versions = [make(EncounterCoded, **HERE, version=version) for version in (1, 3, 2)]
    assert disordered(*versions) == [f"{EncounterCoded.TOPIC}: E1 went back to 2"]


def test_codes_of_an_older_revision_after_those_of_a_newer_one_are_found() -> None:
    coded = [
        make(EncounterCoded, **HERE, version=version, revision=revision)
        for version, revision in ((1, 1), (2, 3), (3, 3), (4, 2))
    ]
    assert disordered(*coded) == [f"{EncounterCoded.TOPIC}: E1 revision went back to 2"]


def test_claim_versions_of_one_payer_grow_and_those_of_two_payers_have_no_order() -> None:
    submitted = [
        make(ClaimSubmitted, **HERE, claim_id=f"C{number}", payer_level=level, version=version)
        for number, (level, version) in enumerate(((1, 1), (1, 2), (2, 1), (1, 2)))
    ]
    assert disordered(*submitted[:3]) == []
    assert disordered(*submitted) == [f"{ClaimSubmitted.TOPIC}: E1 level 1 went back to 2"]


def test_a_statement_number_that_comes_again_is_found() -> None:
    issued = [
        make(StatementIssued, account_id="A1", statement_id=name, number=1) for name in ("S1", "S2")
    ]
    assert disordered(*issued) == [f"{StatementIssued.TOPIC}: A1 went back to 1"]


def test_an_event_before_its_forerunner_on_one_key_is_found() -> None:
    later = fact(make(ClaimAcknowledged, **HERE, stage="999"), at=NOON, offset=0)
    earlier = fact(
        make(ClaimAcknowledged, **HERE, stage="277CA"), at=NOON - timedelta(seconds=1), offset=1
    )
    report = Report()
    check_order(report, [later, earlier])
    (finding,) = report.findings
    assert (finding.check, finding.subject) == (ORDER, "P1:E1")
    assert finding.at == earlier.record.recorded_at


def test_other_keys_other_topics_and_the_ehr_keep_no_order_with_each_other() -> None:
    earlier = NOON - timedelta(days=1)
    facts = [
        fact(make(ClaimAcknowledged, **HERE)),
        fact(make(ClaimAcknowledged, practice_id="P1", encounter_id="E2"), at=earlier),
        fact(make(ClaimTransmitted, **HERE), at=earlier),
        fact(make(PatientRegistered), at=NOON),
        fact(make(PatientRegistered), at=earlier),
    ]
    report = Report()
    check_order(report, facts)
    assert report.findings == []
    assert report.checked == {ORDER: 3}


@given(st.lists(st.integers(1, 50), min_size=1, max_size=12))
def test_exactly_the_versions_that_do_not_grow_are_found(versions: list[int]) -> None:
    found = disordered(*(make(EncounterCoded, **HERE, version=number) for number in versions))
    assert len(found) == sum(after <= before for before, after in pairwise(versions))


def paid(sequence: int, **changes: object) -> ClaimAdjudicated:
    given: dict[str, object] = {"claim_id": "CLM1", "remittance_id": "R1", "sequence": sequence}
    return make(ClaimAdjudicated, **HERE, **{**given, **changes})


def test_a_claims_payments_follow_as_they_stand_in_their_remittance() -> None:
    assert disordered(paid(3), paid(4)) == []
    assert disordered(paid(4), paid(3)) == [
        f"{ClaimAdjudicated.TOPIC}: CLM1 in R1 went back to 3",
    ]


def test_other_claims_and_other_remittances_have_positions_of_their_own() -> None:
    assert disordered(paid(4), paid(3, claim_id="CLM2"), paid(1, remittance_id="R2")) == []


def test_what_was_set_aside_follows_when_it_is_released() -> None:
    report = Report()
    check_order(report, told([paid(4), paid(2), paid(5)]), {("R1", 2)})
    assert report.findings == []
    check_order(report, told([paid(4), paid(2), paid(3)]), {("R1", 2)})
    assert [each.message for each in report.findings] == [
        f"{ClaimAdjudicated.TOPIC}: CLM1 in R1 went back to 3"
    ]


def test_every_step_needs_the_one_before_it() -> None:
    assert uncaused(make(EncounterCoded, **HERE)) == ["was coded and never documented"]
    assert uncaused(make(ClaimSubmitted, **HERE)) == ["was billed and never coded"]
    assert uncaused(make(ClaimTransmitted, claim_id="C9")) == ["claim C9 was never submitted"]
    assert uncaused(make(ClaimAdjudicated, claim_id="C9")) == ["claim C9 was never submitted"]


def test_a_cause_in_another_practice_is_none() -> None:
    assert uncaused(
        make(EncounterDocumented, practice_id="P2", encounter_id="E1"),
        make(EncounterCoded, **HERE),
    ) == ["was coded and never documented"]


def test_a_whole_lineage_has_all_its_causes_whatever_is_read_first() -> None:
    lineage = [
        make(EncounterDocumented, **HERE),
        make(EncounterCoded, **HERE),
        make(ClaimSubmitted, **HERE, claim_id="C1"),
        make(ClaimTransmitted, **HERE, claim_id="C1"),
        make(ClaimAdjudicated, **HERE, claim_id="C1"),
    ]
    assert uncaused(*lineage) == []
    assert uncaused(*reversed(lineage)) == []


def explained(set_aside: dict[str, str], waiting: int, *events: Event) -> Report:
    report = Report()
    check_explained(report, told(events), set_aside, waiting)
    return report


def test_an_encounter_after_which_nothing_happened_is_found() -> None:
    report = explained({}, 0, make(EncounterDocumented, **HERE))
    assert [(each.check, each.subject) for each in report.findings] == [(EXPLAINED, "P1:E1")]
    assert report.findings[0].at == NOON
    assert report.checked == {EXPLAINED: 1}


def test_while_something_is_on_its_way_nothing_is_called_forgotten() -> None:
    assert explained({}, 1, make(EncounterDocumented, **HERE)).findings == []


def test_an_encounter_that_was_set_aside_or_went_on_is_explained() -> None:
    documented = make(EncounterDocumented, **HERE)
    assert explained({"P1:E1": "key_mismatch"}, 0, documented).findings == []
    assert explained({}, 0, documented, make(EncounterCoded, **HERE)).findings == []


def test_documentation_that_repeats_itself_under_a_new_id_waits_for_no_answer() -> None:
    documented = make(EncounterDocumented, **HERE)
    assert explained({}, 0, documented, make(EncounterCoded, **HERE), documented).findings == []
    facts = told([documented, make(EncounterCoded, **HERE)])
    repeated = fact(documented, event_id=UUID(int=7), at=NOON + timedelta(hours=1), partition=3)
    for order in ([*facts, repeated], [repeated, *facts]):
        report = Report()
        check_explained(report, order, {}, 0)
        assert report.findings == []


def test_a_repeat_of_what_was_forgotten_is_forgotten_too() -> None:
    documented = make(EncounterDocumented, **HERE)
    repeated = fact(documented, event_id=UUID(int=7), at=NOON + timedelta(hours=1))
    report = Report()
    check_explained(report, [*told([documented]), repeated], {}, 0)
    assert [each.subject for each in report.findings] == ["P1:E1"]


def test_an_addendum_after_which_nothing_happened_is_found_unless_a_person_dismissed_it() -> None:
    facts = told([make(EncounterDocumented, **HERE), make(EncounterCoded, **HERE)])
    addendum = fact(
        make(EncounterDocumented, **HERE, revision=2, revision_reason="addendum"),
        event_id=UUID(int=7),
        at=NOON + timedelta(hours=1),
    )
    for dismissed, found in ((frozenset(), 1), (frozenset({UUID(int=7)}), 0)):
        report = Report()
        check_explained(report, [*facts, addendum], {}, 0, dismissed)
        assert len(report.findings) == found


def test_an_encounter_of_which_everything_was_dismissed_is_explained() -> None:
    only = fact(make(EncounterDocumented, **HERE), event_id=UUID(int=7))
    report = Report()
    check_explained(report, [only], {}, 0, frozenset({UUID(int=7)}))
    assert report.findings == []
    assert report.checked == {EXPLAINED: 1}


def test_what_coding_names_as_its_cause_was_answered_by_whatever_clock() -> None:
    documented = fact(
        make(EncounterDocumented, **HERE), event_id=UUID(int=7), at=NOON + timedelta(hours=1)
    )
    coded = fact(make(EncounterCoded, **HERE))
    caused = replace(
        coded.record,
        headers=[*coded.record.headers, ("ce_causationid", str(UUID(int=7)).encode())],
    )
    answered = Fact(deliver(caused, MODEL_OF_TOPIC))
    for answer, found in ((coded, 1), (answered, 0)):
        report = Report()
        check_explained(report, [documented, answer], {}, 0)
        assert len(report.findings) == found


def test_of_documentation_published_twice_the_earlier_counts_whichever_is_read_first() -> None:
    documented = make(EncounterDocumented, **HERE)
    later = fact(documented, event_id=UUID(int=7), at=NOON + timedelta(hours=1), partition=3)
    earlier = fact(documented, event_id=UUID(int=7))
    coded = fact(make(EncounterCoded, **HERE), at=NOON + timedelta(minutes=1))
    report = Report()
    check = Explained(report)
    check.take([later, coded])
    check.again([earlier])
    check.close({}, 0)
    assert report.findings == []


def test_a_record_that_breaks_its_contract_is_no_ones_double_or_cause() -> None:
    whole = fact(make(EncounterCoded), event_id=UUID(int=1))
    broken = Fact(msgspec.structs.replace(whole.delivery, incoming=None))
    report = Report()
    check_doubled(report, [broken, broken])
    check_order(report, [broken, broken])
    check_causes(report, [broken])
    assert report.findings == []
    assert report.checked == {}
