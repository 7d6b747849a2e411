"""What billing takes of coded encounters and of payers' decisions: what it keeps or decides by.

Evidence, rules and releases of a code, and what a payer says twice, are not read.
"""

from datetime import date
from typing import Annotated, ClassVar

from msgspec import Meta

from schemas.claim import ClaimAdjudicated
from schemas.coding import EncounterCoded
from schemas.event import Event
from schemas.view import (
    AdjustmentPart,
    CentsNumber,
    ClaimIdText,
    DiagnosisText,
    IdText,
    LineNumber,
    ModifierText,
    NdcText,
    Part,
    PlaceOfServiceText,
    ProcedureText,
    ShortString,
    UnitsNumber,
    VersionNumber,
    View,
    WideNumber,
    WidePositiveNumber,
    check_served,
)


class CodedDiagnosis(Part, frozen=True):
    """An ICD-10-CM code in its order."""

    code: DiagnosisText


class CodedLine(Part, frozen=True):
    """A procedure, drug, vaccine or visit."""

    line: LineNumber
    code: ProcedureText
    diagnosis_pointers: Annotated[tuple[WideNumber, ...], Meta(min_length=1, max_length=4)]
    modifiers: Annotated[tuple[ModifierText, ...], Meta(max_length=4)] = ()
    units: UnitsNumber = 1
    ndc: NdcText | None = None


class CodedEncounter(View, frozen=True):
    """``EncounterCoded`` as billing reads it."""

    CONTRACT: ClassVar[type[Event]] = EncounterCoded

    encounter_id: IdText
    version: VersionNumber
    patient_id: IdText
    rendering_provider_id: IdText
    service_date: date
    place_of_service: PlaceOfServiceText
    diagnoses: Annotated[tuple[CodedDiagnosis, ...], Meta(min_length=1, max_length=12)]
    lines: Annotated[tuple[CodedLine, ...], Meta(min_length=1, max_length=50)]
    referring_provider_id: IdText | None = None
    prior_authorization: ShortString = ""

    def __post_init__(self) -> None:
        check_served(self.service_date)


class DecidedLine(Part, frozen=True):
    """What the payer decided for one line (835 loop 2110)."""

    code: ShortString
    charge_cents: CentsNumber
    paid_cents: CentsNumber
    line: LineNumber | None = None
    submitted_code: ShortString = ""
    modifiers: tuple[ModifierText, ...] = ()
    units: WideNumber = 1
    adjustments: tuple[AdjustmentPart, ...] = ()
    remark_codes: tuple[ShortString, ...] = ()


class DecidedClaim(View, frozen=True):
    """``ClaimAdjudicated`` as billing reads it (835 loop 2100)."""

    CONTRACT: ClassVar[type[Event]] = ClaimAdjudicated

    encounter_id: IdText
    claim_id: ClaimIdText
    payer_id: IdText
    remittance_id: IdText
    trace_number: ShortString
    sequence: WidePositiveNumber
    paid_on: date
    claim_status_code: Annotated[str, Meta(pattern=r"^[0-9]{1,2}\Z")]
    charge_cents: CentsNumber
    paid_cents: CentsNumber
    payer_control_number: ShortString = ""
    adjustments: tuple[AdjustmentPart, ...] = ()
    lines: tuple[DecidedLine, ...] = ()
    crossover_payer_id: ShortString = ""
