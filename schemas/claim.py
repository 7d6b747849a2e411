"""Claims between billing and the payer gateway, and what payers answer."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from schemas.event import Event
from schemas.quantity import Quantity
from schemas.values import (
    Adjustment,
    Cents,
    ChargeCents,
    DiagnosisCode,
    Id,
    Instant,
    Modifier,
    PlaceOfService,
    ProcedureCode,
    ServiceDate,
    ShortText,
    Units,
    Value,
)

ClaimId = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Z0-9]{1,20}$"),
    Field(description="CLM01; a hash of encounter, payer level and version"),
]
PayerLevel = Annotated[int, Field(strict=True, ge=1, le=3)]
Version = Annotated[int, Field(strict=True, ge=1, le=10_000)]
LineNumber = Annotated[int, Field(ge=1, le=50)]


class ClaimLine(Value):
    """One service line as billed (837P loop 2400)."""

    line: LineNumber
    code: ProcedureCode
    modifiers: Annotated[tuple[Modifier, ...], Field(max_length=4)] = ()
    units: Units
    charge_cents: ChargeCents
    diagnosis_pointers: Annotated[tuple[int, ...], Field(min_length=1, max_length=4)]
    ndc: Annotated[str, StringConstraints(pattern=r"^[0-9]{11}$")] | None = None
    ndc_quantity: Quantity | None = Field(
        default=None, description="of the drug, in its own unit; the line's units count the code's"
    )
    ndc_unit: Literal["UN", "ML", "GR", "ME", "F2"] | None = Field(
        default=None, description="CTP05-1 (data element 355); without quantity and unit no 2410"
    )


class PriorPayerLine(Value):
    """What an earlier payer did with one line (837 loop 2430)."""

    line: LineNumber
    paid_cents: Cents
    adjustments: tuple[Adjustment, ...] = ()


class PriorPayer(Value):
    """What an earlier payer did with the claim (837 loops 2320 and 2330)."""

    payer_id: Id
    coverage_id: Id
    level: PayerLevel
    paid_cents: Cents
    payer_control_number: ShortText = ""
    adjudicated_on: date
    adjustments: tuple[Adjustment, ...] = ()
    lines: tuple[PriorPayerLine, ...] = ()


class ClaimSubmitted(Event):
    """A scrubbed claim, ready to be sent to one payer; the gateway adds who the patient is."""

    TOPIC: ClassVar[str] = "billing.claim-submitted.v1"
    KEY_FIELD: ClassVar[str] = "encounter_id"

    encounter_id: Id
    claim_id: ClaimId
    payer_level: PayerLevel
    version: Version
    frequency_code: Literal["1", "7", "8"] = "1"
    payer_control_number: ShortText = Field(default="", description="REF*F8 for frequency 7 and 8")
    payer_id: Id
    coverage_id: Id
    patient_id: Id
    rendering_provider_id: Id
    referring_provider_id: Id | None = None
    service_date: ServiceDate
    place_of_service: PlaceOfService
    diagnoses: Annotated[tuple[DiagnosisCode, ...], Field(min_length=1, max_length=12)]
    lines: Annotated[tuple[ClaimLine, ...], Field(min_length=1, max_length=50)]
    total_charge_cents: ChargeCents
    patient_paid_cents: ChargeCents = 0
    prior_payers: tuple[PriorPayer, ...] = ()
    prior_authorization: ShortText = ""
    filing_deadline: date
    submitted_at: Instant


class ClaimTransmitted(Event):
    """The claim left the gateway, in exactly one file per version."""

    TOPIC: ClassVar[str] = "payer.claim-transmitted.v1"
    KEY_FIELD: ClassVar[str] = "encounter_id"

    encounter_id: Id
    claim_id: ClaimId
    payer_id: Id
    file_name: ShortText
    interchange_control_number: ShortText
    transmitted_at: Instant


class AcknowledgementReason(Value):
    """Why a claim was accepted or rejected: codes and our own words."""

    code: ShortText
    message: ShortText = ""


class ClaimAcknowledged(Event):
    """An answer before adjudication: TA1, 999, 277CA, or the gateway's edits before sending."""

    TOPIC: ClassVar[str] = "payer.claim-acknowledged.v1"
    KEY_FIELD: ClassVar[str] = "encounter_id"

    encounter_id: Id
    claim_id: ClaimId
    payer_id: Id
    stage: Literal["gateway", "TA1", "999", "277CA"]
    outcome: Literal["accepted", "forwarded", "rejected"]
    payer_control_number: ShortText = ""
    reasons: tuple[AcknowledgementReason, ...] = ()
    received_at: Instant


class AdjudicatedLine(Value):
    """What the payer decided for one line (835 loop 2110)."""

    line: LineNumber | None = Field(default=None, description="REF*6R, when the payer returned it")
    code: ShortText
    submitted_code: ShortText = Field(
        default="", description="SVC06, where the payer paid another code than was billed"
    )
    modifiers: tuple[Modifier, ...] = ()
    units: int = 1
    charge_cents: Cents
    paid_cents: Cents
    allowed_cents: Cents | None = None
    adjustments: tuple[Adjustment, ...] = ()
    remark_codes: tuple[ShortText, ...] = ()


class ClaimAdjudicated(Event):
    """One CLP of a balanced remittance (835 loop 2100)."""

    TOPIC: ClassVar[str] = "payer.claim-adjudicated.v1"
    KEY_FIELD: ClassVar[str] = "encounter_id"

    encounter_id: Id
    claim_id: ClaimId
    payer_id: Id
    remittance_id: Id = Field(description="of payer, trace, date and amount")
    trace_number: ShortText
    sequence: Annotated[int, Field(ge=1, description="position of the CLP in its remittance")]
    paid_on: date
    claim_status_code: Annotated[str, StringConstraints(pattern=r"^[0-9]{1,2}$")] = Field(
        description="CLP02"
    )
    payer_control_number: ShortText = ""
    charge_cents: Cents
    paid_cents: Cents
    patient_responsibility_cents: Cents = 0
    adjustments: tuple[Adjustment, ...] = ()
    lines: tuple[AdjudicatedLine, ...] = ()
    remark_codes: tuple[ShortText, ...] = ()
    crossover_payer_id: ShortText = ""
    received_at: Instant


class ProviderAdjustment(Value):
    """One PLB pair: money moved at provider level; positive lowers the payment."""

    reason: ShortText
    reference: ShortText = ""
    amount_cents: Cents


class RemittanceReceived(Event):
    """A balanced remittance as a whole: the deposit and its provider-level adjustments."""

    TOPIC: ClassVar[str] = "payer.remittance-received.v1"
    KEY_FIELD: ClassVar[str] = "remittance_id"

    remittance_id: Id
    payer_id: Id
    trace_number: ShortText
    paid_on: date
    payment_cents: ChargeCents = Field(description="BPR02")
    claims_paid_cents: Cents
    claim_count: Annotated[int, Field(ge=0)]
    provider_adjustments: tuple[ProviderAdjustment, ...] = ()
    received_at: Instant


class PassedState(Value):
    """A state that a claim had for the length of a decision, and why it got there."""

    state: ShortText
    reason: ShortText


class ClaimStateChanged(Event):
    """A claim moved in billing, and why; emitted where no other event says it.

    One event for all that one decision did with one claim. That a claim was submitted is said by
    ``ClaimSubmitted``, that one that was submitted is now accepted by ``ClaimAcknowledged``. Who
    waits for a claim to reach a state looks for it in ``passed`` as well as in ``to_state``.
    """

    TOPIC: ClassVar[str] = "billing.claim-state-changed.v1"
    KEY_FIELD: ClassVar[str] = "encounter_id"

    encounter_id: Id
    claim_id: ClaimId
    from_state: ShortText
    to_state: ShortText
    reason: ShortText
    open_insurance_cents: Cents = 0
    open_patient_cents: Cents = 0
    changed_at: Instant
    passed: tuple[PassedState, ...] = Field(
        default=(), description="between from_state and to_state, in order"
    )
