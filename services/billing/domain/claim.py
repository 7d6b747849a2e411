"""A claim to one payer: what was billed, to whom, and where it stands."""

from datetime import date, datetime

from msgspec.structs import replace

from services.billing.domain.claim_adjustment import LineAdjustment
from services.billing.domain.kept import Kept

VOID = "8"
"""CLM05-3: takes an adjudicated claim back."""


class BilledLine(Kept, frozen=True):
    """One service line as billed, with its price (837P loop 2400). Cents."""

    line: int
    code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    diagnosis_pointers: tuple[int, ...]
    ndc: str = ""


class PriorLine(Kept, frozen=True):
    """What an earlier payer did with one line (837 loop 2430)."""

    line: int
    paid_cents: int
    adjustments: tuple[LineAdjustment, ...]


class PriorPayerOutcome(Kept, frozen=True):
    """What an earlier payer did with the claim (837 loops 2320 and 2330)."""

    level: int
    payer_id: str
    coverage_id: str
    paid_cents: int
    payer_control_number: str
    adjudicated_on: date
    lines: tuple[PriorLine, ...]


class ClaimContent(Kept, frozen=True):
    """Everything of a claim that a payer decides about; a change of it needs a new version."""

    payer_id: str
    coverage_id: str
    service_date: date
    place_of_service: str
    diagnoses: tuple[str, ...]
    lines: tuple[BilledLine, ...]
    rendering_provider_id: str
    referring_provider_id: str
    prior_authorization: str
    prior_payers: tuple[PriorPayerOutcome, ...] = ()

    @property
    def charge_cents(self) -> int:
        """The total charge (CLM02)."""
        return sum(line.charge_cents for line in self.lines)


class Claim(Kept, frozen=True):
    """One version of a claim to the payer of one level.

    replaced_by: the claim id that stands in its place, or empty. edits: why it is held.
    transmitted_at: kept in rows from when billing still heard of it; when a claim left is the
    gateway's to say.
    """

    claim_id: str
    level: int
    version: int
    state: str
    content: ClaimContent
    frequency_code: str = "1"
    payer_control_number: str = ""
    original_control_number: str = ""
    filing_deadline: date | None = None
    edits: tuple[str, ...] = ()
    overrides: tuple[str, ...] = ()
    touched_by_hand: bool = False
    forwarded: bool = False
    accepted_at: datetime | None = None
    submitted_at: datetime | None = None
    transmitted_at: datetime | None = None
    replaced_by: str = ""

    def with_content(self, content: ClaimContent) -> "Claim":
        """The same version with other content; only before it is sent."""
        return replace(self, content=content)
