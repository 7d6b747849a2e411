"""A professional claim (837P, 005010X222A1) as values. Amounts are integer cents throughout."""

from dataclasses import dataclass, field
from datetime import date, time
from decimal import Decimal

from services.payer_gateway.x12.adjustment import Adjustment
from services.payer_gateway.x12.dates import QualifiedDate
from services.payer_gateway.x12.parties import Address, Contact, Name, Party, Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.segments import FreeSegment
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

GUIDE = "005010X222A1"

ORIGINAL = "1"
REPLACEMENT = "7"
VOID = "8"


@dataclass(frozen=True, slots=True)
class BillingProvider:
    """Loops 2000A, 2010AA and 2010AB. ``tax_id_qualifier`` is EI or SY (REF01)."""

    name: Name
    npi: str
    address: Address | None
    tax_id: str
    tax_id_qualifier: str = "EI"
    taxonomy: str = ""
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()
    pay_to_address: Address | None = None
    pay_to_entity: str = "2"
    extra: tuple[FreeSegment, ...] = ()


@dataclass(frozen=True, slots=True)
class Subscriber:
    """Loops 2000B and 2010BA: who holds the coverage billed.

    ``payer_sequence`` is SBR01 (P, S, T ...), ``filing_indicator`` SBR09, ``insurance_type``
    SBR05 (Medicare secondary only). Address, birth date and sex are needed where the subscriber
    is the patient.
    """

    payer_sequence: str
    name: Name
    member_id: str
    filing_indicator: str = ""
    group_number: str = ""
    group_name: str = ""
    insurance_type: str = ""
    member_id_qualifier: str = "MI"
    address: Address | None = None
    birth_date: date | None = None
    sex: str = ""
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()
    patient_information: FreeSegment = ()


@dataclass(frozen=True, slots=True)
class Patient:
    """Loops 2000C and 2010CA: a patient other than the subscriber. ``relationship`` is PAT01."""

    relationship: str
    name: Name
    address: Address | None
    birth_date: date | None
    sex: str
    references: tuple[Reference, ...] = ()
    contacts: tuple[Contact, ...] = ()
    patient_information: FreeSegment = ()


@dataclass(frozen=True, slots=True)
class PayerName:
    """Loop 2010BB: the payer the claim goes to. ``references`` hold G2 and LU provider ids too."""

    name: str
    identifier: str
    identifier_qualifier: str = "PI"
    address: Address | None = None
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One HI composite: qualifier (ABK principal, ABF other; BK and BF in ICD-9) and code.

    The code is written without its decimal point, as the guide wants it.
    """

    code: str
    qualifier: str = "ABF"


@dataclass(frozen=True, slots=True)
class RelatedCauses:
    """CLM11: AA auto accident, EM employment, OA other accident; state and country of the first."""

    causes: tuple[str, ...]
    state: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class OtherPayer:
    """Loops 2320, 2330A and 2330B: another payer of the claim, and what it paid.

    ``paid_cents`` is AMT*D, ``non_covered_cents`` AMT*A8, ``patient_liability_cents`` AMT*EAF;
    None where not sent. ``adjudication`` is MOA and ``inpatient_adjudication`` MIA as sent,
    ``claim_control_number`` REF*F8 of 2330B, ``paid_date`` DTP*573 of 2330B. ``parties`` are loops
    2330C to 2330G (to 2330I in an institutional claim).
    """

    payer_sequence: str
    relationship: str
    subscriber_name: Name
    member_id: str
    payer_name: str
    payer_id: str
    filing_indicator: str = ""
    group_number: str = ""
    group_name: str = ""
    insurance_type: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    paid_cents: int | None = None
    non_covered_cents: int | None = None
    patient_liability_cents: int | None = None
    amounts: tuple[tuple[str, int], ...] = ()
    benefits_assigned: str = "Y"
    patient_signature: str = ""
    release_of_information: str = "Y"
    adjudication: FreeSegment = ()
    inpatient_adjudication: FreeSegment = ()
    member_id_qualifier: str = "MI"
    subscriber_address: Address | None = None
    subscriber_references: tuple[Reference, ...] = ()
    payer_id_qualifier: str = "PI"
    payer_address: Address | None = None
    paid_date: date | None = None
    claim_control_number: str = ""
    payer_references: tuple[Reference, ...] = ()
    parties: tuple[Party, ...] = ()


@dataclass(frozen=True, slots=True)
class LineAdjudication:
    """Loop 2430: what one earlier payer did with the line.

    ``payer_id`` is that payer's 2330B id, ``bundled_line`` SVD06, ``patient_liability_cents``
    AMT*EAF, ``revenue_code`` SVD04 (institutional claims).
    """

    payer_id: str
    paid_cents: int
    procedure: Procedure
    units: Decimal
    paid_date: date | None
    adjustments: tuple[Adjustment, ...] = ()
    bundled_line: str = ""
    patient_liability_cents: int | None = None
    revenue_code: str = ""


@dataclass(frozen=True, slots=True)
class Drug:
    """Loop 2410: the drug given. ``unit`` is F2, GR, ME, ML or UN; ``references`` VY or XZ."""

    ndc: str
    quantity: Decimal | None
    unit: str
    qualifier: str = "N4"
    references: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """Loop 2400. ``control_number`` is REF*6R, which the payer's 835 gives back.

    ``pointers`` are places in the claim's diagnoses from 1, the first the primary one.
    ``place_of_service`` is sent only where it differs from the claim's. ``service_to`` is None for
    one day. ``amounts`` are AMT pairs (T sales tax, F4 postage). ``extra`` keeps segments that
    have no field here, as sent.
    """

    control_number: str
    procedure: Procedure
    charge_cents: int
    units: Decimal
    pointers: tuple[int, ...]
    service_from: date | None
    service_to: date | None = None
    unit: str = "UN"
    place_of_service: str = ""
    emergency: str = ""
    epsdt: str = ""
    family_planning: str = ""
    copay_status: str = ""
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
class Claim:
    """Loop 2300 with the providers, subscriber, payer and patient it belongs to.

    ``claim_id`` is CLM01 (38 characters at most, 20 safe), ``frequency`` CLM05-3: 1 original, 7
    replacement, 8 void. A replacement or void carries the payer's claim number as
    ``Reference("F8", ...)``; a prior authorization is G1, a referral 9F, the clearinghouse's id
    D9. ``patient`` is None where the subscriber is the patient. ``signature``, ``assignment``,
    ``benefits_assigned`` and ``release_of_information`` are CLM06 to CLM09. ``parties`` are loops
    2310A to 2310F. ``amounts`` are AMT pairs (F5 patient paid). ``extra`` keeps segments without
    a field here, as sent. ``position`` and ``last_position`` are its segments in the set read.
    """

    claim_id: str
    billing_provider: BillingProvider
    subscriber: Subscriber
    payer: PayerName
    total_charge_cents: int
    place_of_service: str
    diagnoses: tuple[Diagnosis, ...]
    lines: tuple[ServiceLine, ...]
    patient: Patient | None = None
    frequency: str = ORIGINAL
    facility_qualifier: str = "B"
    signature: str = "Y"
    assignment: str = "A"
    benefits_assigned: str = "Y"
    release_of_information: str = "Y"
    patient_signature: str = ""
    related_causes: RelatedCauses | None = None
    special_program: str = ""
    delay_reason: str = ""
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

    def reference(self, qualifier: str) -> str:
        """The first REF of that qualifier, empty where there is none."""
        return next((r.value for r in self.references if r.qualifier == qualifier), "")

    @property
    def original_claim_number(self) -> str:
        """REF*F8: the payer's number of the claim this one replaces or voids."""
        return self.reference("F8")

    @property
    def patient_paid_cents(self) -> int:
        """AMT*F5, in cents, 0 where it is not sent."""
        return next((cents for qualifier, cents in self.amounts if qualifier == "F5"), 0)


@dataclass(frozen=True, slots=True)
class Submitter:
    """Loop 1000A. ``identifier`` is NM109, the id agreed with the receiver."""

    name: Name
    identifier: str
    contacts: tuple[Contact, ...]


@dataclass(frozen=True, slots=True)
class BatchHeader:
    """BHT and loops 1000A, 1000B. ``batch_id`` is BHT03, which a 277CA gives back.

    ``purpose`` is BHT02 (00 original, 18 reissue), ``kind`` BHT06 (CH chargeable, RP encounters).
    """

    batch_id: str
    created: date | None
    created_at: time | None
    submitter: Submitter
    receiver_name: str
    receiver_id: str
    purpose: str = "00"
    kind: str = "CH"


@dataclass(frozen=True, slots=True)
class ClaimBatch:
    """One 837P transaction set."""

    header: BatchHeader
    claims: tuple[Claim, ...]
    unreadable: tuple[UnreadableClaim, ...] = ()
