"""Moving a patient's dates: intervals and ages stay what they were."""

from datetime import date, timedelta
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from simulators.ehr.fhir.when import Shift
from tests.unit.ehr.bundles import encounter, on, read, visit

DAYS = st.dates(min_value=date(1930, 1, 1), max_value=date(2120, 1, 1))


def two_visits() -> dict[str, object]:
    earlier = encounter(id="enc-0", period={"start": "2019-07-01T08:00:00Z"})
    return visit(earlier)


def test_the_newest_date_of_service_lands_on_the_day_asked_for(tmp_path: Path) -> None:
    found = read(tmp_path, two_visits(), newest=on("2026-06-30"))
    assert [one.service_date for one in found.encounters] == [on("2021-10-28"), on("2026-06-30")]


def test_intervals_and_the_age_in_days_stay_what_they_were(tmp_path: Path) -> None:
    before = read(tmp_path, two_visits())
    after = read(tmp_path, two_visits(), newest=on("2026-06-30"))
    for was, now in zip(before.encounters, after.encounters, strict=True):
        assert (
            was.service_date - before.patients[0].birth_date
            == now.service_date - after.patients[0].birth_date
        )
    first, second = before.encounters
    assert second.service_date - first.service_date == timedelta(days=1706)


def test_signature_and_event_time_move_with_the_date_of_service(tmp_path: Path) -> None:
    found = read(tmp_path, visit(), newest=on("2026-06-30"))
    signature = found.encounters[0].signature
    assert signature is not None
    assert signature.signed_at.date() == on("2026-06-30")
    assert all(item.at.date() == on("2026-06-30") for item in found.items)


def test_a_problem_is_judged_before_the_shift_and_not_after(tmp_path: Path) -> None:
    over = {
        "resourceType": "Condition",
        "id": "c",
        "code": {"text": "Acute bronchitis"},
        "clinicalStatus": {"coding": [{"code": "resolved"}]},
        "abatementDateTime": "2024-03-20",
        "encounter": {"reference": "Encounter/enc-1"},
    }
    found = read(tmp_path, visit(over), newest=on("2026-06-30"))
    assert found.encounters[0].problems[0].status == "active"


def test_encounters_before_the_first_day_asked_for_are_left_out_and_counted(
    tmp_path: Path,
) -> None:
    found = read(tmp_path, two_visits(), newest=on("2026-06-30"), since=on("2025-10-01"))
    assert [one.encounter_id for one in found.encounters] == ["enc-1"]
    assert [reason for _, reason in found.left_out] == ["before_since"]
    assert found.unreadable == []


def test_a_shift_out_of_the_calendar_is_reported(tmp_path: Path) -> None:
    far = encounter(id="enc-0", period={"start": "0001-01-02"})
    found = read(tmp_path, visit(far), newest=on("2000-01-01"))
    assert found.unreadable == [("Bundle.entry[4].resource.period", "date_invalid")]
    assert [one.encounter_id for one in found.encounters] == ["enc-1"]


@given(first=DAYS, second=DAYS, days=st.integers(min_value=-20_000, max_value=20_000))
def test_a_shift_keeps_every_interval(first: date, second: date, days: int) -> None:
    shift = Shift(days)
    assert shift.day(second) - shift.day(first) == second - first
