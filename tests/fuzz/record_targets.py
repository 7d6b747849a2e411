"""The four services' edges as targets: their seeds and the story that they know."""

import json
from collections.abc import Callable, Sequence
from functools import cache, partial
from random import Random
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from schemas.claim import ClaimAcknowledged, ClaimAdjudicated, ClaimSubmitted
from schemas.coding import DocumentationQueryOpened, EncounterCoded, EncounterStateChanged
from schemas.encounter import DocumentationQueryAnswered, EncounterDocumented
from schemas.event import Event
from schemas.patient_account import PatientBalanceDue
from schemas.reference import (
    CoverageRegistered,
    PatientRegistered,
    PracticeRegistered,
    ProviderRegistered,
)
from services.billing import app as billing
from services.billing.settings import BillingSettings
from services.billing.workspace import BillingWorkspace
from services.coding import app as coding
from services.coding.records import CodingWorkspace
from services.coding.settings import CodingSettings
from services.patient_statements import app as patient_statements
from services.patient_statements.settings import PatientStatementsSettings
from services.patient_statements.workspace import StatementsWorkspace
from services.payer_gateway import app as payer_gateway
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.state import GatewayWorkspace
from tests.builders import documents, make
from tests.fuzz.frame import framed
from tests.fuzz.mutation import spoiled_json
from tests.fuzz.record_edge import RecordEdge
from tests.fuzz.target import Target
from tests.fuzz.watch import Check
from tests.poison.poison import corpus
from tests.support import record

_DRAWN = 15
_LARGEST_SEED_BYTES = 20_000
_CONNECTED_PAYER = "BLUERIVER"


@cache
def _coding() -> RecordEdge:
    unsigned = make(EncounterDocumented, encounter_id="ASKED", signature=None)
    story = (make(ProviderRegistered), make(PatientRegistered), make(CoverageRegistered))
    return RecordEdge(
        coding.service(CodingSettings()),
        CodingWorkspace,
        (*story, make(EncounterDocumented), unsigned),
    )


@cache
def _billing() -> RecordEdge:
    story = (make(PatientRegistered), make(CoverageRegistered), make(EncounterCoded))
    return RecordEdge(billing.service(BillingSettings()), BillingWorkspace, story)


@cache
def _payer_gateway() -> RecordEdge:
    coverage = make(CoverageRegistered)
    policies = tuple(
        policy.model_copy(update={"payer_id": _CONNECTED_PAYER}) for policy in coverage.policies
    )
    story = (
        make(PracticeRegistered),
        make(ProviderRegistered),
        make(PatientRegistered),
        coverage.model_copy(update={"policies": policies}),
    )
    return RecordEdge(payer_gateway.service(GatewaySettings()), GatewayWorkspace, story)


@cache
def _patient_statements() -> RecordEdge:
    story = (
        make(PracticeRegistered),
        make(PatientRegistered),
        make(CoverageRegistered),
        make(PatientBalanceDue),
    )
    service = patient_statements.service(PatientStatementsSettings())
    return RecordEdge(service, StatementsWorkspace, story)


def _more_of_coding() -> list[Event]:
    asked = [said for said in _coding().said if isinstance(said, DocumentationQueryOpened)]
    answers = [
        make(DocumentationQueryAnswered, encounter_id=each.encounter_id, query_id=each.query_id)
        for each in asked
    ]
    again = make(EncounterDocumented, revision=2, revision_reason="addendum")
    cancelled = make(EncounterDocumented, revision=2, revision_reason="cancellation")
    return [*answers, again, cancelled, make(EncounterDocumented, encounter_id="OTHER")]


def _more_of_billing() -> list[Event]:
    claims = [said for said in _billing().said if isinstance(said, ClaimSubmitted)]
    found: list[Event] = [make(EncounterCoded, version=2), make(EncounterCoded, encounter_id="E2")]
    found.append(make(EncounterStateChanged, to_state="not_billable"))
    for claim in claims:
        named = {"encounter_id": claim.encounter_id, "claim_id": claim.claim_id}
        found.append(make(ClaimAdjudicated, **named))
        found += [
            make(ClaimAcknowledged, **named, outcome=outcome)
            for outcome in ("accepted", "rejected")
        ]
    return found


def _more_of_payer_gateway() -> list[Event]:
    first = make(ClaimSubmitted, payer_id=_CONNECTED_PAYER)
    return [
        first,
        first.model_copy(update={"frequency_code": "7", "payer_control_number": "ICN1"}),
        first.model_copy(update={"referring_provider_id": first.rendering_provider_id}),
    ]


def _more_of_patient_statements() -> list[Event]:
    return [
        make(PatientBalanceDue, version=2, balance_cents=0),
        make(PatientRegistered, deceased=True),
        make(CoverageRegistered, qualified_medicare_beneficiary=True),
    ]


def drawn_documents(model: type[Event], count: int) -> list[dict[str, Any]]:
    """Documents that the schema of ``model`` allows, the same each time."""
    found: list[dict[str, Any]] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(documents(model))
    def draw(document: dict[str, Any]) -> None:
        found.append(document)

    draw()
    return found


def _seeds(edge: Callable[[], RecordEdge], more: Callable[[], list[Event]]) -> list[bytes]:
    """The examples of what the service reads, the story's next events, drawn ones, and poison."""
    read = tuple(edge().service.subscriptions.values())
    events = [make(model) for model in read] + more()
    events += [
        model.from_json(json.dumps(document).encode())
        for model in read
        for document in drawn_documents(model, _DRAWN)
    ]
    frames = [framed(record(event)) for event in events]
    name = edge().service.name
    frames += [framed(each.record()) for each in corpus() if each.service == name]
    return [frame for frame in frames if len(frame) <= _LARGEST_SEED_BYTES]


def _structured(draw: Random, seeds: Sequence[bytes]) -> bytes:
    """A record whose envelope is whole and whose JSON is spoiled."""
    head, blank, value = draw.choice(seeds).partition(b"\n\n")
    return head + blank + spoiled_json(draw, value)


def _check(edge: Callable[[], RecordEdge]) -> Check:
    return edge().check


_EDGES = (
    ("coding", 90, _coding, _more_of_coding),
    ("billing", 240, _billing, _more_of_billing),
    ("payer_gateway", 170, _payer_gateway, _more_of_payer_gateway),
    ("patient_statements", 190, _patient_statements, _more_of_patient_statements),
)

RECORD_TARGETS = tuple(
    Target(
        f"records-{name}",
        f"every topic that {name} reads: decoded, decided, and what follows encoded",
        share,
        cache(partial(_seeds, edge, more)),
        partial(_check, edge),
        _structured,
    )
    for name, share, edge, more in _EDGES
)
EDGES = {name: edge for name, _, edge, _ in _EDGES}
