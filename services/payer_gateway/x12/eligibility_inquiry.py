"""Eligibility inquiries (270, 005010X279A1) as values: is this person covered, and for what."""

from dataclasses import dataclass, field
from datetime import date, time

from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.member import Member, Participant
from services.payer_gateway.x12.parties import Party, Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.segments import FreeSegment

GUIDE = "005010X279A1"


@dataclass(frozen=True, slots=True)
class Question:
    """Loop 2110: what is asked about: service types (EQ01) or a procedure (EQ02).

    ``amounts`` are AMT pairs in cents (R spend down, PB billed), ``facility`` III as sent.
    """

    service_types: tuple[str, ...] = ()
    procedure: Procedure | None = None
    coverage_level: str = ""
    pointers: tuple[int, ...] = ()
    amounts: tuple[tuple[str, int], ...] = ()
    facility: FreeSegment = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()


@dataclass(frozen=True, slots=True)
class EligibilityRequest:
    """What is asked about one person, with the levels above.

    ``source`` is the payer (NM101 PR, 2B, 36, GP, P5), ``receiver`` who asks (1P, FA ...).
    ``dependent`` is None where the subscriber is the patient.
    """

    source: Party
    receiver: Participant
    subscriber: Member
    questions: tuple[Question, ...]
    dependent: Member | None = None
    position: int = field(default=0, compare=False)

    @property
    def patient(self) -> Member:
        """Whom the questions are about."""
        return self.dependent or self.subscriber

    @property
    def trace(self) -> str:
        """The first trace number, which the answer gives back; empty where none is sent."""
        return next((trace.number for trace in self.patient.traces), "")


@dataclass(frozen=True, slots=True)
class EligibilityInquiry:
    """One 270 transaction set. ``purpose`` is BHT02: 13 request, 01 cancellation."""

    reference: str
    created: date | None
    created_at: time | None
    requests: tuple[EligibilityRequest, ...]
    purpose: str = "13"
    kind: str = ""
