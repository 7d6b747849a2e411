"""Every event that a published schema allows is decided or refused with a reason, by hypothesis."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DataObject

from schemas.catalogue import subscriptions
from schemas.event import Event, key_of
from schemas.examples import example
from services.chassis.record import Record
from tests.builders import documents, make
from tests.fuzz.frame import framed
from tests.fuzz.record_targets import EDGES
from tests.support import NOON, record

READ = [
    pytest.param(name, model, id=f"{name}-{topic}")
    for name in EDGES
    for topic, model in subscriptions(name).items()
]
_FEW = settings(max_examples=25, suppress_health_check=list(HealthCheck), deadline=None)
_ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.lists(st.nothing()),
    st.dictionaries(st.text(max_size=3), st.none(), max_size=2),
)


def _record(model: type[Event], document: dict[str, Any]) -> Record:
    """The document under the key that its own ids give, with a good envelope."""
    good = record(make(model))
    practice, own = str(document.get("practice_id")), str(document.get(model.KEY_FIELD))
    key = practice if model.KEY_FIELD == "practice_id" else key_of(practice, own)
    value = json.dumps(document).encode("utf-8", "surrogatepass")
    return Record(good.topic, 0, 0, NOON, key.encode("utf-8", "surrogatepass"), good.headers, value)


@pytest.mark.parametrize(("service", "model"), READ)
@_FEW
@given(data=st.data())
def test_what_the_schema_allows_is_acted_on_or_refused_with_a_reason(
    service: str, model: type[Event], data: DataObject
) -> None:
    document = data.draw(documents(model))
    outcome = EDGES[service]().check(framed(_record(model, document)))
    assert outcome not in {"contract_broken", "not_json", "key_mismatch", "header_missing"}


@pytest.mark.parametrize(("service", "model"), READ)
@_FEW
@given(data=st.data())
def test_one_odd_value_anywhere_is_acted_on_or_refused_with_a_reason(
    service: str, model: type[Event], data: DataObject
) -> None:
    document = json.loads(example(model.TOPIC).to_json())
    field = data.draw(st.sampled_from(sorted(document)))
    document[field] = data.draw(_ODD)
    assert EDGES[service]().check(framed(_record(model, document)))
