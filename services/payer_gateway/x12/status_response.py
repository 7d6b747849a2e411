"""Claim status responses (277, 005010X212) as values: the answer to a 276, or news unasked for."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from enum import StrEnum

from services.payer_gateway.x12.claim_status import StatusCode
from services.payer_gateway.x12.parties import Name, Party, Reference
from services.payer_gateway.x12.procedure import Procedure

GUIDE = "005010X212"


class Outcome(StrEnum):
    """What a status category means for the claim."""

    RECEIVED = "received"
    REJECTED = "rejected"
    NOT_FOUND = "not found"
    PENDING = "pending"
    WANTS_INFORMATION = "wants information"
    PAID = "paid"
    DENIED = "denied"
    FINAL = "final"
    ERROR = "error"
    UNKNOWN = "unknown"


_OUTCOMES = {
    **dict.fromkeys(("A3", "A6", "A7", "A8"), Outcome.REJECTED),
    **dict.fromkeys(("A4", "D0"), Outcome.NOT_FOUND),
    "F1": Outcome.PAID,
    "F2": Outcome.DENIED,
}
_OUTCOMES_BY_KIND = {
    "A": Outcome.RECEIVED,
    "P": Outcome.PENDING,
    "R": Outcome.WANTS_INFORMATION,
    "F": Outcome.FINAL,
    "E": Outcome.ERROR,
}


@dataclass(frozen=True, slots=True)
class StatusReport:
    """STC: up to three status codes, and what was charged and paid, in cents.

    ``effective`` is STC02, ``charge_cents`` STC04, ``paid_cents`` STC05, ``adjudicated`` STC06,
    ``payment_date`` STC08, ``payment_trace`` STC09 (the number of the check or transfer, TRN02 of
    the 835). ``action`` (STC03) and ``message`` (STC12) are not of this guide, but some send them.
    """

    codes: tuple[StatusCode, ...]
    effective: date | None = None
    charge_cents: int | None = None
    paid_cents: int | None = None
    adjudicated: date | None = None
    payment_date: date | None = None
    payment_trace: str = ""
    action: str = ""
    message: str = ""

    @property
    def category(self) -> str:
        """The category of the first code, such as F1 (paid) or P3 (waits for information)."""
        return self.codes[0].category if self.codes else ""

    @property
    def outcome(self) -> Outcome:
        """What the first category means: by itself, or by its kind (its letter)."""
        category = self.category
        by_kind = _OUTCOMES_BY_KIND.get(category[:1], Outcome.UNKNOWN)
        return _OUTCOMES.get(category, by_kind)


@dataclass(frozen=True, slots=True)
class LineReport:
    """Loop 2220: one service line. ``control_number`` is REF*FJ, our REF*6R of the claim."""

    procedure: Procedure
    charge_cents: int | None
    paid_cents: int | None
    statuses: tuple[StatusReport, ...]
    units: Decimal | None = None
    revenue_code: str = ""
    control_number: str = ""
    service_from: date | None = None
    service_to: date | None = None


@dataclass(frozen=True, slots=True)
class ClaimReport:
    """Loop 2200D or 2200E: one claim. ``trace`` is TRN02, that of the inquiry.

    ``references`` are 1K the payer's claim number, BLT type of bill, EJ our patient account
    number, XZ prescription, VV voucher, D9 clearinghouse id.
    """

    trace: str
    statuses: tuple[StatusReport, ...]
    references: tuple[Reference, ...] = ()
    service_from: date | None = None
    service_to: date | None = None
    lines: tuple[LineReport, ...] = ()
    position: int = field(default=0, compare=False)

    def reference(self, qualifier: str) -> str:
        """The first REF of that qualifier, empty where there is none."""
        return next((r.value for r in self.references if r.qualifier == qualifier), "")

    @property
    def payer_claim_number(self) -> str:
        """REF*1K."""
        return self.reference("1K")


@dataclass(frozen=True, slots=True)
class PatientReport:
    """Levels 22 and 23: a subscriber or a dependent, and the claims they were the patient of."""

    name: Name
    identifier: str = ""
    identifier_qualifier: str = ""
    claims: tuple[ClaimReport, ...] = ()
    dependents: tuple["PatientReport", ...] = ()


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """Level 19. ``parties`` are one or two names of the provider (loop 2100C).

    ``trace`` and ``statuses`` are there where the payer answers for all of the provider's claims
    at once, such as that it does not know the provider.
    """

    parties: tuple[Party, ...]
    trace: str = ""
    statuses: tuple[StatusReport, ...] = ()
    subscribers: tuple[PatientReport, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    """Level 21: who asked. ``trace`` is BHT03 of the 276 where all of it is answered at once."""

    party: Party
    trace: str = ""
    statuses: tuple[StatusReport, ...] = ()
    providers: tuple[ProviderReport, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceReport:
    """Level 20: the payer, with its contacts."""

    party: Party
    receivers: tuple[ReceiverReport, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusResponse:
    """One 277 transaction set of 005010X212."""

    reference: str
    created: date | None
    created_at: time | None
    sources: tuple[SourceReport, ...]
    kind: str = "DG"

    @property
    def receivers(self) -> Iterator[ReceiverReport]:
        """The receivers of all sources, in order."""
        return (receiver for source in self.sources for receiver in source.receivers)

    @property
    def providers(self) -> Iterator[ProviderReport]:
        """The providers of all receivers, in order."""
        return (provider for receiver in self.receivers for provider in receiver.providers)

    @property
    def claims(self) -> Iterator[ClaimReport]:
        """The claims of all patients, in order."""
        for provider in self.providers:
            for subscriber in provider.subscribers:
                yield from subscriber.claims
                for dependent in subscriber.dependents:
                    yield from dependent.claims
