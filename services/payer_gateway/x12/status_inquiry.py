"""Claim status inquiries (276, 005010X212) as values: what is asked about a claim sent before."""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

from services.payer_gateway.x12.parties import Name, Party, Reference
from services.payer_gateway.x12.procedure import Procedure

GUIDE = "005010X212"


@dataclass(frozen=True, slots=True)
class Insured:
    """Loops 2000D and 2100D, 2000E and 2100E: a subscriber or a dependent, as the payer knows them.

    ``identifier_qualifier`` is MI, II or 24 for a subscriber, empty for a dependent.
    """

    name: Name
    identifier: str = ""
    identifier_qualifier: str = ""
    birth_date: date | None = None
    sex: str = ""


@dataclass(frozen=True, slots=True)
class LineInquiry:
    """Loop 2210: one service line. ``control_number`` is REF*FJ, our REF*6R of the claim.

    A line of a revenue code alone has it as its procedure, with the qualifier NU.
    """

    procedure: Procedure
    charge_cents: int | None
    units: Decimal | None = None
    revenue_code: str = ""
    control_number: str = ""
    service_from: date | None = None
    service_to: date | None = None


@dataclass(frozen=True, slots=True)
class ClaimInquiry:
    """Loop 2200D or 2200E with the levels it stands below.

    ``trace`` is TRN02, which the answer gives back. ``source`` is the payer (PR), ``receiver``
    who asks (41), ``provider`` whose claim it is (1P). ``dependent`` is None where the subscriber
    is the patient. ``references`` are 1K the payer's claim number, BLT type of bill, EJ our
    patient account number, LU location, 6P group, XZ prescription, D9 clearinghouse id.
    ``charge_cents`` is AMT*T3, ``service_from`` and ``service_to`` DTP*472.
    """

    trace: str
    source: Party
    receiver: Party
    provider: Party
    subscriber: Insured
    dependent: Insured | None = None
    charge_cents: int | None = None
    references: tuple[Reference, ...] = ()
    service_from: date | None = None
    service_to: date | None = None
    lines: tuple[LineInquiry, ...] = ()
    position: int = field(default=0, compare=False)

    def reference(self, qualifier: str) -> str:
        """The first REF of that qualifier, empty where there is none."""
        return next((r.value for r in self.references if r.qualifier == qualifier), "")


@dataclass(frozen=True, slots=True)
class StatusInquiry:
    """One 276 transaction set. ``reference`` is BHT03, which names the set in an answer to it."""

    reference: str
    created: date | None
    created_at: time | None
    claims: tuple[ClaimInquiry, ...]
