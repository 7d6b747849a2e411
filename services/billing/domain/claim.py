"""A claim to one payer: what was billed, to whom, and where it stands."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from hashlib import blake2b

import msgspec

from services.billing.domain.claim_adjustment import LineAdjustment

VOID = "8"
"""CLM05-3: takes an adjudicated claim back."""


@dataclass(frozen=True, slots=True)
class BilledLine:
    """One service line as billed, with its price (837P loop 2400). Cents."""

    line: int
    code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    diagnosis_pointers: tuple[int, ...]
    ndc: str = ""


@dataclass(frozen=True, slots=True)
class PriorLine:
    """What an earlier payer did with one line (837 loop 2430)."""

    line: int
    paid_cents: int
    adjustments: tuple[LineAdjustment, ...]


@dataclass(frozen=True, slots=True)
class PriorPayerOutcome:
    """What an earlier payer did with the claim (837 loops 2320 and 2330)."""

    level: int
    payer_id: str
    coverage_id: str
    paid_cents: int
    payer_control_number: str
    adjudicated_on: date
    lines: tuple[PriorLine, ...]


@dataclass(frozen=True, slots=True)
class ClaimContent:
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

    def digest(self) -> str:
        """Equal for equal contents."""
        return blake2b(msgspec.json.encode(self), digest_size=12).hexdigest()


@dataclass(frozen=True, slots=True)
class Claim:
    """One version of a claim to the payer of one level.

    replaced_by: the claim id that stands in its place, or empty. edits: why it is held.
    """

    claim_id: str
    level: int
    version: int
    state: str
    content: ClaimContent
    digest: str
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
        return replace(self, content=content, digest=content.digest())
