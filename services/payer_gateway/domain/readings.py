"""What the gateway takes of submitted claims: what an 837P carries, and what tells it is late."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta, field

from schemas.claim import ClaimLine, ClaimSubmitted, PriorPayer
from schemas.event import Event
from schemas.values import Adjustment
from schemas.view import (
    AdjustmentPart,
    CentsNumber,
    ChargeNumber,
    ClaimIdText,
    DiagnosisText,
    IdText,
    InstantText,
    LineNumber,
    ModifierText,
    NdcText,
    Part,
    PayerLevelNumber,
    PlaceOfServiceText,
    ProcedureText,
    QuantityText,
    ShortString,
    UnitsNumber,
    VersionNumber,
    View,
    WideNumber,
    check_served,
    instant,
)


class SubmittedLine(Part, frozen=True):
    """One service line as billed (837P loop 2400)."""

    line: LineNumber
    code: ProcedureText
    units: UnitsNumber
    charge_cents: ChargeNumber
    diagnosis_pointers: Annotated[tuple[WideNumber, ...], Meta(min_length=1, max_length=4)]
    modifiers: Annotated[tuple[ModifierText, ...], Meta(max_length=4)] = ()
    ndc: NdcText | None = None
    quantity_text: QuantityText | None = field(name="ndc_quantity", default=None)
    ndc_unit: Literal["UN", "ML", "GR", "ME", "F2"] | None = None

    @property
    def ndc_quantity(self) -> Decimal | None:
        """Of the drug, in its own unit."""
        return None if self.quantity_text is None else Decimal(self.quantity_text)


class EarlierLine(Part, frozen=True):
    """What an earlier payer did with one line (837 loop 2430)."""

    line: LineNumber
    paid_cents: CentsNumber
    adjustments: tuple[AdjustmentPart, ...] = ()


class EarlierPayer(Part, frozen=True):
    """What an earlier payer did with the claim (837 loops 2320 and 2330)."""

    payer_id: IdText
    coverage_id: IdText
    level: PayerLevelNumber
    paid_cents: CentsNumber
    adjudicated_on: date
    payer_control_number: ShortString = ""
    adjustments: tuple[AdjustmentPart, ...] = ()
    lines: tuple[EarlierLine, ...] = ()


class SubmittedClaim(View, frozen=True):
    """``ClaimSubmitted`` as the gateway reads it."""

    CONTRACT: ClassVar[type[Event]] = ClaimSubmitted

    encounter_id: IdText
    claim_id: ClaimIdText
    payer_level: PayerLevelNumber
    version: VersionNumber
    payer_id: IdText
    coverage_id: IdText
    patient_id: IdText
    rendering_provider_id: IdText
    service_date: date
    place_of_service: PlaceOfServiceText
    diagnoses: Annotated[tuple[DiagnosisText, ...], Meta(min_length=1, max_length=12)]
    lines: Annotated[tuple[SubmittedLine, ...], Meta(min_length=1, max_length=50)]
    total_charge_cents: ChargeNumber
    submitted_text: InstantText = field(name="submitted_at")
    frequency_code: Literal["1", "7", "8"] = "1"
    payer_control_number: ShortString = ""
    referring_provider_id: IdText | None = None
    patient_paid_cents: ChargeNumber = 0
    prior_payers: tuple[EarlierPayer, ...] = ()
    prior_authorization: ShortString = ""

    def __post_init__(self) -> None:
        check_served(self.service_date)
        instant(self.submitted_text)

    @property
    def submitted_at(self) -> datetime:
        """When billing submitted the claim."""
        return instant(self.submitted_text)


AnyClaim: TypeAlias = SubmittedClaim | ClaimSubmitted
AnyLine: TypeAlias = SubmittedLine | ClaimLine
AnyPayer: TypeAlias = EarlierPayer | PriorPayer
AnyAdjustment: TypeAlias = AdjustmentPart | Adjustment
