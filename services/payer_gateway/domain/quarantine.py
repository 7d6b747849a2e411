"""What could not be used: kept whole with its reason until a person releases or rejects it."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from msgspec import Struct

from schemas.catalogue import MODEL_OF_TOPIC
from schemas.claim import ClaimAcknowledged, ClaimAdjudicated, RemittanceReceived
from schemas.event import Event
from services.payer_gateway.x12.finding import Finding


@dataclass(frozen=True, slots=True)
class KeptFinding:
    """A finding as it is kept: no PHI, amounts in cents."""

    rule: str
    message: str
    path: str = ""
    segment: int = 0
    element: str = ""
    expected_cents: int | None = None
    found_cents: int | None = None


def kept(finding: Finding) -> KeptFinding:
    """The part of a codec's finding that is kept."""
    return KeptFinding(
        finding.rule,
        finding.message,
        finding.path,
        finding.segment,
        finding.element,
        finding.expected_cents,
        finding.found_cents,
    )


class RemittanceKey(Struct, frozen=True, gc=False):
    """What makes a payment the same: TRN03, TRN02, BPR16 (ISO), BPR02 in cents."""

    payer_number: str
    trace_number: str
    paid_on: str
    payment_cents: int


@dataclass(frozen=True, slots=True)
class LoadedRemittance:
    """A payment as it was loaded; ``quarantined_claims`` are not published yet."""

    key: RemittanceKey
    remittance_id: str
    practice_id: str
    payer_id: str
    claims_paid_cents: int
    provider_adjustment_cents: int
    claim_count: int
    quarantined_claims: int


@dataclass(frozen=True, slots=True)
class Held:
    """What a release publishes.

    events: topic and JSON of each. claim_ids: claims that must be known by then; their encounter
    and practice are put into the events. remittance: loaded by the release, if not by another
    file meanwhile. read_again: the file is read once more instead.
    """

    events: tuple[tuple[str, str], ...] = ()
    claim_ids: tuple[str, ...] = ()
    remittance: LoadedRemittance | None = None
    read_again: bool = False


@dataclass(frozen=True, slots=True)
class QuarantineItem:
    """One thing set aside. subject: a claim id, trace or file name, never PHI."""

    item_id: UUID
    practice_id: str
    payer_id: str
    kind: str
    subject: str
    reason: str
    findings: tuple[KeptFinding, ...] = ()
    held: Held = field(default_factory=Held)
    file_sha256: str | None = None
    state: str = "open"
    settled_because: str = ""
    settled_at: datetime | None = None


def held_event(event: Event) -> tuple[str, str]:
    """An event as it is held."""
    return event.TOPIC, event.to_json().decode()


def released_event(topic: str, value: str) -> Event:
    """The event that was held."""
    return MODEL_OF_TOPIC[topic].from_json(value.encode())


def discriminator_of(event: Event) -> str:
    """What tells this event from others of its kind that one file causes, on every reading."""
    match event:
        case ClaimAdjudicated():
            return f"{event.remittance_id}:{event.sequence}"
        case ClaimAcknowledged():
            known = f"{event.practice_id}:{event.claim_id}:{event.stage}:{event.outcome}"
            return ":".join(filter(None, (known, event.payer_control_number)))
        case RemittanceReceived():
            return event.remittance_id
        case _:
            return event.key
