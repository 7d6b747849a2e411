"""Whatever one element of a bundle is replaced by, reading ends with events and findings."""

import copy
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.ehr.bundles import (
    SNOMED,
    Read,
    claim,
    concept,
    condition,
    encounter,
    part,
    saved,
    visit,
)

LAB = [concept("c", "LAB", "Laboratory")]
WHOLE = visit(
    condition(bodySite=[concept(SNOMED, "7771000", "Left")], abatementDateTime="2024-05-01"),
    part("Procedure", status="completed", code=concept(SNOMED, "1", "Suture")),
    part("Immunization", status="completed", vaccineCode=concept("cvx", "115", "Tdap")),
    part(
        "MedicationAdministration",
        status="completed",
        context={"reference": "Encounter/enc-1"},
        medicationCodeableConcept=concept("rx", "1", "Ketorolac"),
        dosage={"dose": {"value": 0.5, "unit": "mg"}, "route": concept("r", "IM")},
    ),
    part(
        "DiagnosticReport",
        status="final",
        category=LAB,
        code=concept("http://loinc.org", "58410-2", "Blood count"),
        result=[{"reference": "urn:uuid:observation-1"}],
        presentedForm=[{"contentType": "text/plain", "data": "QWxsIHdlbGwu"}],
    ),
    part("Observation", status="final", category=LAB, code=concept("l", "718-7", "Hb")),
    part(
        "DocumentReference",
        status="current",
        context={"encounter": [{"reference": "Encounter/enc-1"}]},
        content=[{"attachment": {"contentType": "text/plain", "data": "SGlzdG9yeTo="}}],
    ),
    {
        "resourceType": "Coverage",
        "id": "cov-1",
        "status": "active",
        "order": 1,
        "beneficiary": {"reference": "Patient/pat-1"},
        "payor": [{"display": "Medicare"}],
        "period": {"start": "2020-01-01", "end": "2030-01-01"},
    },
    claim("private"),
    encounter(id="enc-2", period={"start": "2023-01-05"}),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The path of every element below ``value``."""
    children = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else ()
    )
    for name, child in children:
        yield (*path, name)
        yield from places(child, (*path, name))


PLACES = [place for place in places(WHOLE) if len(place) > 2]
VALUES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(min_value=-(10**20), max_value=10**20),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=20),
    st.sampled_from(["", "2024", "2024-02-30T10:00:00Z", "9999-12-31", "Patient/pat-1", "x" * 900]),
    st.just([]),
    st.just({}),
    st.just([[{}]]),
    st.just({"coding": [{"code": "c"}], "reference": "Encounter/enc-1"}),
)


def replaced(place: tuple[Any, ...], value: Any) -> dict[str, Any]:
    document = copy.deepcopy(WHOLE)
    inner: Any = document
    for name in place[:-1]:
        inner = inner[name]
    inner[place[-1]] = value
    return document


def test_the_whole_bundle_is_good_before_anything_is_replaced(tmp_path: Path) -> None:
    found = Read(saved(tmp_path, WHOLE))
    assert found.unreadable == []
    assert len(found.encounters) == 2


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(PLACES), VALUES)
def test_no_replaced_element_stops_the_reading(place: tuple[Any, ...], value: Any) -> None:
    with tempfile.TemporaryDirectory() as folder:
        found = Read(saved(Path(folder), replaced(place, value)))
    for item in found.items:
        json.loads(item.record().value)
    assert len(found.encounters) + len(found.unreadable) + len(found.left_out) >= 1
    for path, reason in found.unreadable:
        assert path.startswith(("Bundle", "$"))
        assert reason.replace("_", "").isalnum()
