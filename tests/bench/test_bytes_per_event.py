"""What an event weighs is the same on every machine: an encounter's path, event by event, and the
published example of what lies beside it.

``MOST`` records the bytes of key, headers and value; a change that raises one must say why.
A documented encounter weighs 121 more than it did: who saw the patient, by which medium, whether as
the admitting physician, and what was done before, each named even where there is nothing to say.
"""

from uuid import UUID

import pytest

from schemas.catalogue import MODEL_OF_TOPIC
from schemas.envelope import encode
from schemas.event import Event
from tests.bench import stories
from tests.builders import make
from tests.support import NOON

_CLAIMS = stories.submitted(["1"])
_ADJUDICATED = stories.adjudicated(_CLAIMS)
PATH: list[Event] = [
    *stories.documented(["1"], signed=True),
    *stories.coded(["1"]),
    *_CLAIMS,
    *stories.transmitted(_CLAIMS),
    *stories.acknowledged(_CLAIMS),
    *_ADJUDICATED,
    *stories.deposits(_ADJUDICATED),
    *stories.balances(["1"]),
]

BESIDE: list[Event] = [
    make(contract)
    for topic, contract in sorted(MODEL_OF_TOPIC.items())
    if topic not in {event.TOPIC for event in PATH}
]

MOST = {
    "ehr.encounter-documented.v1": 1280,
    "coding.encounter-coded.v1": 862,
    "billing.claim-submitted.v1": 1029,
    "payer.claim-transmitted.v1": 573,
    "payer.claim-acknowledged.v1": 565,
    "payer.claim-adjudicated.v1": 955,
    "payer.remittance-received.v1": 615,
    "billing.patient-balance-due.v1": 1081,
    "billing.claim-state-changed.v1": 782,
    "coding.documentation-query-opened.v1": 812,
    "coding.encounter-state-changed.v1": 705,
    "ehr.coverage-registered.v1": 797,
    "ehr.documentation-query-answered.v1": 830,
    "ehr.patient-registered.v1": 840,
    "ehr.practice-registered.v1": 720,
    "ehr.provider-registered.v1": 656,
    "patient.payment-received.v1": 698,
    "patient.statement-issued.v1": 887,
    "patient.statement-suppressed.v1": 685,
}
_ID = UUID("019c9b2e-7a00-7a6f-8a55-3f1f0c6f1d10")


def weight(event: Event) -> int:
    """Bytes of an event as it lies on its topic, before the broker's compression."""
    made = encode(
        event,
        event_id=_ID,
        source="urn:claimstream:payer_gateway",
        occurred_at=NOON,
        causation_id=str(_ID),
    )
    headers = sum(len(name) + len(value) for name, value in made.headers)
    return len(made.key) + headers + len(made.value)


@pytest.mark.parametrize("event", [*PATH, *BESIDE], ids=lambda event: event.TOPIC)
def test_an_event_weighs_no_more_than_recorded(event: Event) -> None:
    assert weight(event) <= MOST[event.TOPIC]


def test_every_topic_is_recorded() -> None:
    assert set(MOST) == {event.TOPIC for event in (*PATH, *BESIDE)} == set(MODEL_OF_TOPIC)
