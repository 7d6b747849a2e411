"""Own events from a file: read line by line, or refused by line and path."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event_id import record_id
from simulators.ehr.events_file import read_events
from simulators.ehr.finding import Finding
from simulators.ehr.scheduled import Scheduled

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
ENCOUNTER: dict[str, Any] = {
    "practice_id": "ELM",
    "encounter_id": "V-1",
    "revision": 1,
    "patient_id": "P-1",
    "rendering_provider_id": "DR-1",
    "setting": "office",
    "place_of_service": "11",
    "service_date": "2026-03-02",
}
TOPIC = "ehr.encounter-documented.v1"


def line(data: Any = None, **changes: Any) -> bytes:
    return json.dumps(
        {"type": TOPIC, "data": ENCOUNTER if data is None else data, **changes}
    ).encode()


def read(*lines: bytes) -> tuple[list[Scheduled], list[Finding]]:
    findings: list[Finding] = []
    return list(read_events(lines, "events.jsonl", NOW, findings.append)), findings


@pytest.mark.parametrize(
    ("raw", "path", "reason"),
    [
        (b"{", "$", "not_an_object"),
        (b"[]", "$", "not_an_object"),
        (b"\xff{}", "$", "not_an_object"),
        (b"[" * 50_000, "$", "not_an_object"),
        (line(extra=1), "$", "field_unknown"),
        (line(type="ehr.unknown.v1"), "type", "type_unknown"),
        (line(type=None), "type", "type_invalid"),
        (line(type="coding.encounter-coded.v1"), "type", "type_not_owned"),
        (b'{"type": "ehr.encounter-documented.v1"}', "data", "data_missing"),
        (line(data=[]), "data.data", "contract_broken"),
        (line(id=""), "id", "id_invalid"),
        (line(id=7), "id", "id_invalid"),
        (line(time="2026-03-02T10:00:00"), "time", "time_invalid"),
        (line(time="noon"), "time", "time_invalid"),
        (line({**ENCOUNTER, "revision": 0}), "data.revision", "contract_broken"),
        (line({**ENCOUNTER, "revision": 10**400}), "data.revision", "contract_broken"),
        (line({**ENCOUNTER, "surprise": 1}), "data.surprise", "contract_broken"),
        (
            line({**ENCOUNTER, "problems": [{"item_id": "a b", "description": "x"}]}),
            "data.problems[0].item_id",
            "contract_broken",
        ),
    ],
)
def test_a_line_that_cannot_be_read_is_reported_by_number_and_path(
    raw: bytes, path: str, reason: str
) -> None:
    items, findings = read(line(), raw, line(id="second"))
    assert len(items) == 2
    assert [(one.path, one.reason) for one in findings] == [(f"line 2: {path}", reason)]


def test_a_dose_that_is_a_number_and_no_string_is_refused() -> None:
    drug = {
        "item_id": "d1",
        "description": "x",
        "dose": 0.5,
        "dose_unit": "mg",
        "route": "oral",
    }
    _, findings = read(line({**ENCOUNTER, "drugs": [drug]}))
    assert [one.path for one in findings] == ["line 1: data.drugs[0].dose"]


def test_a_finding_never_repeats_what_the_line_holds() -> None:
    _, findings = read(line({**ENCOUNTER, "chief_complaint": 5, "service_date": "SECRET-1980"}))
    assert "SECRET-1980" not in str(findings[0])


def test_blank_lines_mean_nothing() -> None:
    items, findings = read(b"", b"   \r\n", line())
    assert len(items) == 1
    assert findings == []


def test_an_id_of_its_own_names_the_event_for_ever() -> None:
    items, _ = read(line(id="visit-1"), line(id="0195a0f2-7c1e-7a35-9d6b-1f2a3b4c5d6e"))
    ids = [dict(item.record().headers)["ce_id"].decode() for item in items]
    assert ids == [
        str(record_id("urn:claimstream:ehr:ELM", "visit-1")),
        "0195a0f2-7c1e-7a35-9d6b-1f2a3b4c5d6e",
    ]


def test_without_an_id_the_same_content_at_the_same_time_is_the_same_event() -> None:
    told = line(time="2026-03-02T10:00:00-05:00")
    changed = line({**ENCOUNTER, "revision": 2}, time="2026-03-02T10:00:00-05:00")
    items, _ = read(told, told, changed)
    first, second, third = (item.record() for item in items)
    assert first == second
    assert dict(first.headers)["ce_id"] != dict(third.headers)["ce_id"]


def test_the_time_given_is_the_time_of_the_event() -> None:
    items, _ = read(line(time="2026-03-02T10:00:00-05:00"), line())
    assert [item.at.isoformat() for item in items] == [
        "2026-03-02T10:00:00-05:00",
        "2026-03-02T12:00:00+00:00",
    ]


@given(st.binary(max_size=200))
def test_no_bytes_at_all_stop_the_reading(raw: bytes) -> None:
    items, findings = read(raw.replace(b"\n", b" "), line())
    assert len(items) == 1
    assert len(findings) <= 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@given(st.sampled_from(sorted(ENCOUNTER)), _JSON)
def test_no_value_of_a_field_stops_the_reading(field: str, value: Any) -> None:
    items, findings = read(line({**ENCOUNTER, field: value}), line())
    assert len(items) + len(findings) == 2
    assert items
