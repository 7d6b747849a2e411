"""The simulated clinics: seeded, valid, and as untidy as real ones."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from functools import cache

import pytest

from schemas.catalogue import MODEL_OF_TOPIC
from schemas.encounter import EncounterDocumented
from schemas.envelope import decode
from schemas.event_id import record_id
from schemas.reference import CoverageRegistered, PatientRegistered, ProviderRegistered
from simulators.ehr.clinic.practice import practices
from simulators.ehr.clinic.schedule import generate
from simulators.ehr.clinic.visit_kind import visit_kinds
from simulators.ehr.npi import is_valid
from simulators.ehr.scheduled import Scheduled, is_reference


@cache
def run() -> tuple[Scheduled, ...]:
    return tuple(generate(900, seed=7))


def encounters(items: Iterable[Scheduled] | None = None) -> list[EncounterDocumented]:
    found = (item.event for item in (run() if items is None else items))
    return [event for event in found if isinstance(event, EncounterDocumented)]


def patients() -> dict[str, PatientRegistered]:
    return {
        item.event.patient_id: item.event
        for item in run()
        if isinstance(item.event, PatientRegistered)
    }


def coverages() -> list[CoverageRegistered]:
    return [item.event for item in run() if isinstance(item.event, CoverageRegistered)]


def test_the_same_seed_gives_the_same_records_byte_for_byte() -> None:
    again = tuple(generate(900, seed=7))
    assert [item.record() for item in again] == [item.record() for item in run()]


def test_another_seed_gives_other_patients_under_other_ids() -> None:
    other = {event.encounter_id for event in encounters(generate(50, seed=8))}
    assert not other & {event.encounter_id for event in encounters()}


def test_as_many_encounters_as_asked_for_begin_their_life() -> None:
    assert len({event.encounter_id for event in encounters()}) == 900
    assert encounters(generate(0, seed=7)) == []
    assert len({event.encounter_id for event in encounters(generate(1, seed=7))}) == 1


def test_a_negative_number_of_encounters_is_refused() -> None:
    with pytest.raises(ValueError, match="at least"):
        next(generate(-1, seed=7))


def test_every_event_holds_to_the_contract_when_it_is_read_back_strictly() -> None:
    for item in run():
        record = item.record()
        model = MODEL_OF_TOPIC[record.topic]
        assert model.model_validate_json(record.value) == item.event


def test_events_come_in_the_order_of_their_time() -> None:
    times = [item.at for item in run()]
    assert times == sorted(times)


def test_at_least_thirty_kinds_of_visit_appear() -> None:
    assert len(visit_kinds()) >= 30
    assert len({kind.kind for kind in visit_kinds()}) == len(visit_kinds())
    assert len({item.kind for item in run() if item.kind}) >= 30


def test_every_kind_of_visit_can_happen_somewhere() -> None:
    specialties = {practice.specialty for practice in practices()}
    assert all(set(kind.weights) <= specialties and kind.weights for kind in visit_kinds())


def test_all_three_practices_have_visits() -> None:
    share = Counter(event.practice_id for event in encounters())
    assert set(share) == {practice.practice_id for practice in practices()}
    assert min(share.values()) > 100


def test_dates_of_service_lie_in_the_days_asked_for_and_on_no_sunday() -> None:
    items = generate(200, seed=3, start=date(2026, 2, 1), days=20)
    days = [event.service_date for event in encounters(items)]
    assert min(days) >= date(2026, 2, 1)
    assert max(days) <= date(2026, 2, 20)
    assert all(day.weekday() < 6 for day in days)


def test_all_npis_have_a_valid_check_digit_and_are_nobody_elses() -> None:
    providers = [item.event for item in run() if isinstance(item.event, ProviderRegistered)]
    npis = [provider.npi for provider in providers] + [
        practice.registered().npi for practice in practices()
    ]
    assert all(is_valid(npi) for npi in npis)
    assert len(set(npis)) == len(npis)


def test_every_encounter_names_people_of_its_own_practice() -> None:
    known = {
        (item.event.practice_id, item.event.provider_id)
        for item in run()
        if isinstance(item.event, ProviderRegistered)
    }
    for event in encounters():
        assert (event.practice_id, event.rendering_provider_id) in known
        assert patients()[event.patient_id].practice_id == event.practice_id
        if event.referring_provider_id is not None:
            assert (event.practice_id, event.referring_provider_id) in known


def test_most_references_come_before_the_encounter_and_a_few_come_late() -> None:
    registered: set[str] = set()
    late = 0
    for item in run():
        if isinstance(item.event, PatientRegistered):
            registered.add(item.event.patient_id)
        elif isinstance(item.event, EncounterDocumented):
            late += item.event.patient_id not in registered
    assert 0 < late < 45


def test_patients_are_of_an_age_and_sex_that_their_visit_fits() -> None:
    kinds = {kind.kind: kind for kind in visit_kinds()}
    for item in run():
        if not isinstance(item.event, EncounterDocumented):
            continue
        kind, patient = kinds[item.kind], patients()[item.event.patient_id]
        youngest, oldest = kind.age_months
        days = (item.event.service_date - patient.birth_date).days
        assert youngest * 30 <= days <= (oldest + 1) * 31
        assert kind.sex in {None, patient.sex}


def test_nobody_is_seen_twice_by_one_practice_on_one_day() -> None:
    visits = Counter(
        (event.patient_id, event.service_date) for event in encounters() if event.revision == 1
    )
    first_ids = {
        (event.patient_id, event.service_date, event.encounter_id) for event in encounters()
    }
    assert len(first_ids) == len(visits)


def test_some_events_are_published_twice_under_the_same_id() -> None:
    ids = Counter(
        dict(item.record().headers)["ce_id"]
        for item in run()
        if isinstance(item.event, EncounterDocumented)
    )
    repeated = [count for count in ids.values() if count > 1]
    assert repeated
    assert len(repeated) < 45


def test_there_are_addenda_corrections_and_cancellations_as_a_next_revision() -> None:
    later = Counter(event.revision_reason for event in encounters() if event.revision == 2)
    assert {"addendum", "correction", "cancellation"} <= set(later)
    assert all(event.revision == 1 for event in encounters() if event.revision_reason == "initial")


def test_a_later_revision_comes_after_the_first_and_differs_from_it() -> None:
    first: dict[str, EncounterDocumented] = {}
    for event in encounters():
        if event.revision == 1:
            first[event.encounter_id] = event
            continue
        before = first[event.encounter_id]
        assert before.patient_id == event.patient_id
        assert before.to_json() != event.to_json()


def test_some_notes_have_a_gap_and_the_simulator_knows_the_truth_about_them() -> None:
    gaps = [item for item in run() if item.settled is not None]
    assert 40 < len({item.event.key for item in gaps}) < 140
    for item in gaps:
        assert isinstance(item.event, EncounterDocumented)
        assert item.settled is not None
        assert item.settled.encounter_id == item.event.encounter_id
        assert item.settled.signature is not None
        assert item.settled.problems


def test_patients_of_all_ages_are_insured_in_every_way() -> None:
    mixes = Counter(
        tuple(policy.payer_id for policy in coverage.policies) for coverage in coverages()
    )
    for expected in (
        ("BLUERIVER",),
        ("SUMMIT",),
        ("MEDICARE_B",),
        ("MEDICARE_B", "MEDIGAP_PLUS"),
        ("MEDICARE_B", "STATE_MEDICAID"),
        ("STATE_MEDICAID",),
        (),
    ):
        assert mixes[expected] > 0, expected
    assert any(coverage.qualified_medicare_beneficiary for coverage in coverages())
    ages = [date(2026, 3, 1).year - patient.birth_date.year for patient in patients().values()]
    assert min(ages) <= 1
    assert max(ages) >= 80


def test_a_child_is_insured_through_an_adult_who_is_its_guarantor() -> None:
    children = [patient for patient in patients().values() if patient.birth_date > date(2012, 1, 1)]
    assert children
    policies = {coverage.patient_id: coverage.policies for coverage in coverages()}
    for child in children:
        assert child.guarantor is not None
        for policy in policies[child.patient_id]:
            if policy.programme == "commercial":
                assert policy.relationship == "child"
                assert policy.subscriber is not None
                assert policy.subscriber.birth_date < child.birth_date


def test_about_a_tenth_of_the_insured_ask_the_payer_for_a_certain_answer() -> None:
    items = generate(4000, seed=11)
    primary = [
        item.event.policies[0].member_id
        for item in items
        if isinstance(item.event, CoverageRegistered) and item.event.policies
    ]
    asking = [member for member in primary if "-" in member]
    assert 60 <= len(asking) * 1000 // len(primary) <= 130
    assert len({member.rsplit("-", 1)[0] for member in asking}) >= 8


def test_nothing_about_a_person_is_in_a_key_or_a_header() -> None:
    words: set[str] = set()
    for patient in patients().values():
        words |= {patient.family_name, patient.given_name, patient.birth_date.isoformat()}
        words |= {patient.address.line1, patient.phone or "-none-"}
    for coverage in coverages():
        words |= {policy.member_id for policy in coverage.policies}
    for item in run():
        record = item.record()
        told = record.key.decode() + " ".join(
            raw.decode() for name, raw in record.headers if name != "ce_time"
        )
        hit = [word for word in words if word in told]
        assert hit == []


def test_the_envelope_names_practice_time_and_lineage() -> None:
    for item in run()[:200]:
        record = item.record()
        envelope = decode(record.headers)
        assert envelope.source == f"urn:claimstream:ehr:{item.event.practice_id}"
        assert envelope.occurred_at == item.at
        assert envelope.correlation_id == item.event.key == envelope.partition_key
        assert envelope.event_id == record_id(envelope.source, str(envelope.event_id))
        assert envelope.event_id.version == 7


def test_reference_events_are_told_from_others_by_their_topic() -> None:
    kinds = {type(item.event).__name__ for item in run() if is_reference(item.event)}
    assert kinds == {
        "PracticeRegistered",
        "ProviderRegistered",
        "PatientRegistered",
        "CoverageRegistered",
    }
