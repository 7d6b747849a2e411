"""Claim acknowledgements (277CA, 005010X214) as values: what became of each claim of a batch."""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from functools import lru_cache

from services.payer_gateway.x12.codes import CATEGORY_RANKS, REJECTING_CATEGORIES
from services.payer_gateway.x12.parties import Name, Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.segments import Element

GUIDE = "005010X214"

ACCEPT = "WQ"
REJECT = "U"


@dataclass(frozen=True, slots=True)
class StatusCode:
    """STC01, STC10 or STC11 (C043): category, status code, entity identifier.

    ``code_list`` is RX where the status is a code of the pharmacy's list (NCPDP reject codes).
    """

    category: str
    status: str
    entity: str = ""
    code_list: str = ""


@lru_cache(maxsize=1024)
def read_status_code(composite: str, separator: str) -> StatusCode:
    """The codes of a C043."""
    parts = [*composite.split(separator), "", "", ""]
    return StatusCode(*parts[:4])


def write_status_code(code: StatusCode) -> Element:
    """The composite."""
    return (code.category, code.status, code.entity, code.code_list)


@dataclass(frozen=True, slots=True)
class Status:
    """STC: up to three status codes, date, action (WQ accept, U reject), amount in cents, text."""

    codes: tuple[StatusCode, ...]
    effective: date | None = None
    action: str = ""
    amount_cents: int | None = None
    message: str = ""

    @property
    def category(self) -> str:
        """The category of the first code."""
        return self.codes[0].category if self.codes else ""

    @property
    def is_rejection(self) -> bool:
        """Whether this says the claim was not taken: by its category, or by its action."""
        return self.category in REJECTING_CATEGORIES or self.action == REJECT


@dataclass(frozen=True, slots=True)
class LineStatus:
    """Loop 2220D: one service line. ``line_control_number`` is REF*FJ, our REF*6R."""

    procedure: Procedure
    charge_cents: int
    statuses: tuple[Status, ...]
    units: Decimal | None = None
    revenue_code: str = ""
    line_control_number: str = ""
    prescription_number: str = ""
    service_from: date | None = None
    service_to: date | None = None


@dataclass(frozen=True, slots=True)
class ClaimStatus:
    """Loops 2100D and 2200D: one claim. ``claim_id`` is TRN02, our CLM01.

    ``payer_claim_number`` is REF*1K, ``clearinghouse_number`` REF*D9, ``bill_type`` REF*BLT.
    """

    claim_id: str
    patient: Name
    member_id: str
    statuses: tuple[Status, ...]
    member_id_qualifier: str = "MI"
    payer_claim_number: str = ""
    clearinghouse_number: str = ""
    bill_type: str = ""
    service_from: date | None = None
    service_to: date | None = None
    lines: tuple[LineStatus, ...] = ()
    position: int = field(default=0, compare=False)

    @property
    def is_rejected(self) -> bool:
        """Whether any status of the claim or of its lines rejects it."""
        every = (*self.statuses, *(s for line in self.lines for s in line.statuses))
        return any(status.is_rejection for status in every)

    @property
    def is_accepted(self) -> bool:
        """Whether the claim went into adjudication (A2) and nothing rejects it."""
        return not self.is_rejected and any(s.category == "A2" for s in self.statuses)

    @property
    def leading(self) -> Status | None:
        """The status that has come furthest: a rejection before an acceptance before a receipt."""
        ranked = sorted(self.statuses, key=lambda s: CATEGORY_RANKS.get(s.category, 0))
        return ranked[-1] if ranked else None


@dataclass(frozen=True, slots=True)
class Totals:
    """Accepted and rejected claims and charges in cents; None where not sent."""

    accepted: int | None = None
    rejected: int | None = None
    accepted_cents: int | None = None
    rejected_cents: int | None = None


@dataclass(frozen=True, slots=True)
class ProviderStatus:
    """Loops 2100C and 2200C: a billing provider and its claims."""

    name: Name
    identifier: str
    identifier_qualifier: str = "XX"
    trace: str = "0"
    statuses: tuple[Status, ...] = ()
    references: tuple[Reference, ...] = ()
    totals: Totals = Totals()
    claims: tuple[ClaimStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverStatus:
    """Loops 2100B and 2200B: the submitter answered. ``batch_id`` is TRN02, our BHT03."""

    name: Name
    identifier: str
    batch_id: str
    statuses: tuple[Status, ...]
    totals: Totals = Totals()
    providers: tuple[ProviderStatus, ...] = ()


@dataclass(frozen=True, slots=True)
class ClaimAcknowledgement:
    """One 277CA transaction set from a payer (PR) or clearinghouse (AY).

    ``reference`` is BHT03 and ``trace`` TRN02 of the source, ``received`` DTP*050 and
    ``processed`` DTP*009.
    """

    reference: str
    created: date | None
    created_at: time | None
    source: Name
    source_id: str
    trace: str
    received: date | None
    processed: date | None
    receivers: tuple[ReceiverStatus, ...]
    source_role: str = "PR"
    source_id_qualifier: str = "PI"

    @property
    def claims(self) -> tuple[ClaimStatus, ...]:
        """The claims of all receivers and providers, in order."""
        return tuple(
            claim
            for receiver in self.receivers
            for provider in receiver.providers
            for claim in provider.claims
        )
