"""A remittance advice (835, 005010X221A1) as values. Amounts are integer cents throughout."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from services.payer_gateway.x12.adjustment import Adjustment
from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.parties import Address, Contact, Party, Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.segments import FreeSegment
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

REVERSAL = "22"
"""CLP02 of a claim that takes back an earlier one, every amount negated."""

FORWARDED = frozenset({"19", "20", "21"})
"""CLP02 of a claim the payer has sent on to the next payer itself (crossover)."""

GUIDE = "005010X221A1"


@dataclass(frozen=True, slots=True)
class BankAccount:
    """BPR06 to BPR09 (payer) or BPR12 to BPR15 (payee)."""

    routing_qualifier: str = ""
    routing_number: str = ""
    account_qualifier: str = ""
    account_number: str = ""


@dataclass(frozen=True, slots=True)
class Payer:
    """Loop 1000A. ``identifier`` is N104, the national plan id, rarely sent."""

    name: str
    identifier_qualifier: str = ""
    identifier: str = ""
    address: Address | None = None
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()


@dataclass(frozen=True, slots=True)
class Payee:
    """Loop 1000B. ``identifier`` is an NPI where the qualifier is XX, a tax id where FI."""

    name: str
    identifier_qualifier: str = "XX"
    identifier: str = ""
    address: Address | None = None
    references: tuple[Reference, ...] = ()
    delivery: FreeSegment = ()


@dataclass(frozen=True, slots=True)
class ServicePayment:
    """Loop 2110: one service line as paid.

    ``submitted_procedure`` (SVC06) is sent where the payer paid another code than was billed.
    ``amounts`` are AMT pairs of qualifier and cents, ``remark_codes`` LQ pairs of list (HE, RX)
    and code. Balance: charge less adjustments is paid.
    """

    procedure: Procedure
    charge_cents: int
    paid_cents: int
    revenue_code: str = ""
    units: Decimal | None = None
    submitted_procedure: Procedure | None = None
    submitted_units: Decimal | None = None
    dates: tuple[QualifiedDate, ...] = ()
    adjustments: tuple[Adjustment, ...] = ()
    references: tuple[Reference, ...] = ()
    amounts: tuple[tuple[str, int], ...] = ()
    quantities: tuple[tuple[str, Decimal], ...] = ()
    remark_codes: tuple[tuple[str, str], ...] = ()
    position: int = field(default=0, compare=False)

    @property
    def line_control_number(self) -> str:
        """REF*6R: the number the provider gave the line, empty where the payer dropped it."""
        for reference in self.references:
            if reference.qualifier == "6R":
                return reference.value
        return ""

    @property
    def allowed_cents(self) -> int | None:
        """AMT*B6, the allowed amount in cents, None where it is not sent."""
        for qualifier, cents in self.amounts:
            if qualifier == "B6":
                return cents
        return None

    @property
    def service_from(self) -> date | None:
        """DTM*472, or DTM*150 of a period."""
        return next((d.first for d in self.dates if d.qualifier in {"472", "150"}), None)

    @property
    def service_to(self) -> date | None:
        """DTM*472, or DTM*151 of a period."""
        return next((d.first for d in self.dates if d.qualifier in {"472", "151"}), None)


@dataclass(frozen=True, slots=True)
class RemittanceClaim:
    """Loop 2100: one claim as adjudicated.

    ``claim_id`` is CLP01, our CLM01. ``patient_responsibility_cents`` is None where CLP05 is not
    sent. ``parties`` are the NM1 loops: QC patient, IL insured, 74 corrected, 82 rendering, TT
    crossover carrier. ``adjudication`` holds MIA and MOA as sent. ``group_number`` is the LX01
    it stands under. ``index`` is its place among the CLP loops as read, ``position`` and
    ``last_position`` are its segments in the transaction set.
    """

    claim_id: str
    status: str
    charge_cents: int
    paid_cents: int
    patient_responsibility_cents: int | None = None
    filing_indicator: str = ""
    payer_claim_number: str = ""
    facility_code: str = ""
    frequency: str = ""
    drg: tuple[str, str, str] = ("", "", "")
    adjustments: tuple[Adjustment, ...] = ()
    parties: tuple[Party, ...] = ()
    adjudication: tuple[FreeSegment, ...] = ()
    references: tuple[Reference, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    contacts: tuple[Contact, ...] = ()
    amounts: tuple[tuple[str, int], ...] = ()
    quantities: tuple[tuple[str, Decimal], ...] = ()
    services: tuple[ServicePayment, ...] = ()
    group_number: str = "1"
    index: int | None = field(default=None, compare=False)
    position: int = field(default=0, compare=False)
    last_position: int = field(default=0, compare=False)

    @property
    def is_reversal(self) -> bool:
        """Whether this claim takes back an earlier one."""
        return self.status == REVERSAL

    @property
    def is_forwarded(self) -> bool:
        """Whether the payer sent the claim on to another payer."""
        return self.status in FORWARDED

    @property
    def remark_codes(self) -> tuple[str, ...]:
        """Remittance advice remark codes of the claim: MIA05, MIA20 to 23, MOA03 to 07."""
        places = {"MIA": (5, 20, 21, 22, 23), "MOA": (3, 4, 5, 6, 7)}
        return tuple(
            code
            for segment in self.adjudication
            for place in places.get(str(segment[0]), ())
            if place < len(segment) and isinstance(code := segment[place], str) and code
        )

    def party(self, role: str) -> Party | None:
        """The first NM1 loop of that role."""
        return next((party for party in self.parties if party.role == role), None)


@dataclass(frozen=True, slots=True)
class ProviderAdjustment:
    """One pair of a PLB: positive lowers the payment, negative raises it.

    ``reason`` is PLB03-1 (WO, FB, L6, 72 ...), ``reference`` PLB03-2, ``fiscal_year_end`` PLB02.
    """

    provider_id: str
    fiscal_year_end: date | None
    reason: str
    reference: str
    amount_cents: int


class ProviderSummary(NamedTuple):
    """A TS3 or TS2 segment as sent, and the LX01 it stands under."""

    group_number: str
    segment: FreeSegment


@dataclass(frozen=True, slots=True)
class Remittance:
    """One 835 transaction set: one payment, or a notice that none is made.

    ``handling`` is BPR01, ``method`` BPR04 (ACH, CHK, NON ...), ``payment_date`` BPR16,
    ``trace_number`` TRN02, ``payer_id`` TRN03, ``production_date`` DTM*405. ``summaries`` are TS3
    and TS2 segments. ``provider_adjustments_complete`` is False
    where a PLB could not be read.
    """

    handling: str
    payment_cents: int
    credit_debit: str
    method: str
    payment_date: date | None
    trace_number: str
    payer_id: str
    payer: Payer
    payee: Payee
    claims: tuple[RemittanceClaim, ...] = ()
    provider_adjustments: tuple[ProviderAdjustment, ...] = ()
    payment_format: str = ""
    payer_account: BankAccount = BankAccount()
    originator_id: str = ""
    originator_supplement: str = ""
    payee_account: BankAccount = BankAccount()
    trace_supplement: str = ""
    currency: FreeSegment = ()
    references: tuple[Reference, ...] = ()
    production_date: date | None = None
    summaries: tuple[ProviderSummary, ...] = ()
    unreadable: tuple[UnreadableClaim, ...] = ()
    provider_adjustments_complete: bool = True
