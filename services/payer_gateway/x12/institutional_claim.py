"""An institutional claim (837I, 005010X223A2) as values. Amounts are integer cents throughout.

Billing provider, subscriber, patient, payer, other payers and drugs are those of the professional
claim: the loops are the same.
"""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal
from typing import TypeVar

from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.parties import Party, Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.professional_claim import (
    ORIGINAL,
    BatchHeader,
    BillingProvider,
    Claim,
    Drug,
    LineAdjudication,
    OtherPayer,
    Patient,
    PayerName,
    Subscriber,
)
from services.payer_gateway.x12.segments import FreeSegment
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

GUIDE = "005010X223A2"

DIAGNOSIS_KINDS = ("principal", "admitting", "visit reason", "external cause", "other")
"""What a diagnosis of an institutional claim is for, in the order of the guide's HI segments."""

DIAGNOSIS_QUALIFIERS: dict[str, str] = {
    "ABK": "principal",
    "BK": "principal",
    "ABJ": "admitting",
    "BJ": "admitting",
    "APR": "visit reason",
    "PR": "visit reason",
    "ABN": "external cause",
    "BN": "external cause",
    "ABF": "other",
    "BF": "other",
}
"""HI0x-1 (data element 1270): the first of each pair is ICD-10-CM, the second ICD-9-CM."""


@dataclass(frozen=True, slots=True)
class InstitutionalDiagnosis:
    """One HI composite of a diagnosis: code without its point, qualifier, presence on admission.

    ``present_on_admission`` is HI0x-9: Y, N, U (unknown), W (cannot be determined), empty where
    the code is exempt or the claim is no inpatient one.
    """

    code: str
    qualifier: str = "ABF"
    present_on_admission: str = ""

    @property
    def kind(self) -> str:
        """One of ``DIAGNOSIS_KINDS``, empty for a qualifier that is none of the guide's."""
        return DIAGNOSIS_QUALIFIERS.get(self.qualifier, "")


@dataclass(frozen=True, slots=True)
class InpatientProcedure:
    """HI*BBR or BBQ (ICD-10-PCS; BR, BQ in ICD-9, CAH alternative medicine) and its day."""

    code: str
    performed: date | None
    qualifier: str = "BBQ"

    @property
    def is_principal(self) -> bool:
        """Whether this is the principal procedure (BBR, BR, CAH)."""
        return self.qualifier in {"BBR", "BR", "CAH"}


@dataclass(frozen=True, slots=True)
class Occurrence:
    """HI*BH: an event that bears on the claim, and its day."""

    code: str
    day: date | None


@dataclass(frozen=True, slots=True)
class OccurrenceSpan:
    """HI*BI: an event that lasted."""

    code: str
    first: date | None
    last: date | None


@dataclass(frozen=True, slots=True)
class ValueAmount:
    """HI*BE: a value code and its amount in cents."""

    code: str
    amount_cents: int


@dataclass(frozen=True, slots=True)
class InstitutionalLine:
    """Loop 2400. ``revenue_code`` is SV201, ``procedure`` SV202 (None where none is sent).

    ``unit`` is UN or DA (days), ``non_covered_cents`` SV207. ``control_number`` is REF*6R, which
    the payer's 835 gives back. ``amounts`` are AMT pairs (GT service tax, N8 facility tax).
    ``service_from`` is None where the line has no date of its own. ``extra`` keeps segments that
    have no field here, as sent.
    """

    control_number: str
    revenue_code: str
    charge_cents: int
    units: Decimal
    procedure: Procedure | None = None
    unit: str = "UN"
    non_covered_cents: int | None = None
    service_from: date | None = None
    service_to: date | None = None
    dates: tuple[QualifiedDate, ...] = ()
    references: tuple[Reference, ...] = ()
    amounts: tuple[tuple[str, int], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    drug: Drug | None = None
    parties: tuple[Party, ...] = ()
    adjudications: tuple[LineAdjudication, ...] = ()
    extra: tuple[FreeSegment, ...] = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class InstitutionalClaim:
    """Loop 2300 with the provider, subscriber, payer and patient it belongs to.

    ``facility_code`` (CLM05-1, the type of facility and of care) and ``frequency`` (CLM05-3) make
    the type of bill. ``statement_from`` and ``statement_to`` are DTP*434, ``admission_date`` and
    ``admission_time`` DTP*435, ``discharge_time`` DTP*096. ``admission_type``,
    ``admission_source`` and ``patient_status`` are CL101 to CL103. ``diagnoses`` stand in the
    order of ``DIAGNOSIS_KINDS``. ``drg`` is HI*DR, ``conditions`` HI*BG, ``treatments`` HI*TC.
    ``parties`` are loops 2310A to 2310F (71 attending, 72 operating, ZZ other operating, 82
    rendering, 77 service facility, DN referring). ``amounts`` are AMT pairs (F3 estimated patient
    share). ``signature`` is CLM06, which the guide does not use. ``extra`` keeps segments without
    a field here, as sent. ``position`` and ``last_position`` are its segments in the set read.
    """

    claim_id: str
    billing_provider: BillingProvider
    subscriber: Subscriber
    payer: PayerName
    total_charge_cents: int
    facility_code: str
    statement_from: date | None
    statement_to: date | None
    patient_status: str
    diagnoses: tuple[InstitutionalDiagnosis, ...]
    lines: tuple[InstitutionalLine, ...]
    patient: Patient | None = None
    frequency: str = ORIGINAL
    facility_qualifier: str = "A"
    signature: str = ""
    assignment: str = "A"
    benefits_assigned: str = "Y"
    release_of_information: str = "Y"
    delay_reason: str = ""
    admission_type: str = ""
    admission_source: str = ""
    admission_date: date | None = None
    admission_time: time | None = None
    discharge_time: time | None = None
    drg: str = ""
    procedures: tuple[InpatientProcedure, ...] = ()
    occurrence_spans: tuple[OccurrenceSpan, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    value_amounts: tuple[ValueAmount, ...] = ()
    conditions: tuple[str, ...] = ()
    treatments: tuple[str, ...] = ()
    dates: tuple[QualifiedDate, ...] = ()
    amounts: tuple[tuple[str, int], ...] = ()
    references: tuple[Reference, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    parties: tuple[Party, ...] = ()
    other_payers: tuple[OtherPayer, ...] = ()
    extra: tuple[FreeSegment, ...] = ()
    index: int | None = field(default=None, compare=False)
    position: int = field(default=0, compare=False)
    last_position: int = field(default=0, compare=False)

    @property
    def type_of_bill(self) -> str:
        """The four digits of a UB-04: a zero, the facility code and the frequency."""
        return f"0{self.facility_code}{self.frequency}"

    def reference(self, qualifier: str) -> str:
        """The first REF of that qualifier, empty where there is none."""
        return next((r.value for r in self.references if r.qualifier == qualifier), "")

    @property
    def original_claim_number(self) -> str:
        """REF*F8: the payer's number of the claim this one replaces or voids."""
        return self.reference("F8")

    def diagnoses_of(self, kind: str) -> tuple[InstitutionalDiagnosis, ...]:
        """The diagnoses of one of ``DIAGNOSIS_KINDS``."""
        return tuple(diagnosis for diagnosis in self.diagnoses if diagnosis.kind == kind)

    def party(self, role: str) -> Party | None:
        """The provider of that role (NM101), None where none is named."""
        return next((party for party in self.parties if party.role == role), None)


AnyClaim = TypeVar("AnyClaim", Claim, InstitutionalClaim)
"""A claim of either guide."""


@dataclass(frozen=True, slots=True)
class InstitutionalBatch:
    """One 837I transaction set."""

    header: BatchHeader
    claims: tuple[InstitutionalClaim, ...]
    unreadable: tuple[UnreadableClaim, ...] = ()
