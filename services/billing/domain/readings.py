"""What billing takes of coded encounters and of payers' decisions: what it keeps or decides by.

Evidence, rules and releases of a code, and what a payer says twice, are not read.
"""

from datetime import date
from typing import Annotated, ClassVar, Final, Literal

from msgspec import Meta

from schemas.claim import ClaimAdjudicated
from schemas.coding import EncounterCoded
from schemas.event import Event
from schemas.view import CentsNumber, IdText, Part, ShortString, View, WideNumber

_Version = Annotated[int, Meta(ge=1, le=10_000)]
_LineNumber = Annotated[int, Meta(ge=1, le=50)]
_Units = Annotated[int, Meta(ge=1, le=9_999)]
_DiagnosisCode = Annotated[str, Meta(pattern=r"^[A-Z][0-9][0-9A-Z](\.[0-9A-Z]{1,4})?\Z")]
_ProcedureCode = Annotated[str, Meta(pattern=r"^[0-9A-Z][0-9]{3}[0-9A-Z]\Z")]
_Modifier = Annotated[str, Meta(pattern=r"^[0-9A-Z]{2}\Z")]
_SERVED: Final = (date(1900, 1, 1), date(2199, 12, 31))


class CodedDiagnosis(Part, frozen=True):
    """An ICD-10-CM code in its order."""

    code: _DiagnosisCode


class CodedLine(Part, frozen=True):
    """A procedure, drug, vaccine or visit."""

    line: _LineNumber
    code: _ProcedureCode
    diagnosis_pointers: Annotated[tuple[WideNumber, ...], Meta(min_length=1, max_length=4)]
    modifiers: Annotated[tuple[_Modifier, ...], Meta(max_length=4)] = ()
    units: _Units = 1
    ndc: Annotated[str, Meta(pattern=r"^[0-9]{11}\Z")] | None = None


class CodedEncounter(View, frozen=True):
    """``EncounterCoded`` as billing reads it."""

    CONTRACT: ClassVar[type[Event]] = EncounterCoded

    encounter_id: IdText
    version: _Version
    patient_id: IdText
    rendering_provider_id: IdText
    service_date: date
    place_of_service: Annotated[str, Meta(pattern=r"^[0-9]{2}\Z")]
    diagnoses: Annotated[tuple[CodedDiagnosis, ...], Meta(min_length=1, max_length=12)]
    lines: Annotated[tuple[CodedLine, ...], Meta(min_length=1, max_length=50)]
    referring_provider_id: IdText | None = None
    prior_authorization: ShortString = ""

    def __post_init__(self) -> None:
        first, last = _SERVED
        if not first <= self.service_date <= last:
            raise ValueError("the date of service is not one")


class PayerAdjustment(Part, frozen=True):
    """One CAS triplet (X12 835 CAS01-CAS04)."""

    group: Literal["CO", "PR", "OA", "PI", "CR"]
    reason: Annotated[str, Meta(pattern=r"^[0-9A-Z]{1,5}\Z")]
    amount_cents: CentsNumber
    quantity: WideNumber | None = None


class DecidedLine(Part, frozen=True):
    """What the payer decided for one line (835 loop 2110)."""

    code: ShortString
    charge_cents: CentsNumber
    paid_cents: CentsNumber
    line: _LineNumber | None = None
    submitted_code: ShortString = ""
    modifiers: tuple[_Modifier, ...] = ()
    units: WideNumber = 1
    adjustments: tuple[PayerAdjustment, ...] = ()
    remark_codes: tuple[ShortString, ...] = ()


class DecidedClaim(View, frozen=True):
    """``ClaimAdjudicated`` as billing reads it (835 loop 2100)."""

    CONTRACT: ClassVar[type[Event]] = ClaimAdjudicated

    encounter_id: IdText
    claim_id: Annotated[str, Meta(pattern=r"^[A-Z0-9]{1,20}\Z")]
    payer_id: IdText
    remittance_id: IdText
    trace_number: ShortString
    sequence: Annotated[int, Meta(ge=1, le=2**63 - 1)]
    paid_on: date
    claim_status_code: Annotated[str, Meta(pattern=r"^[0-9]{1,2}\Z")]
    charge_cents: CentsNumber
    paid_cents: CentsNumber
    payer_control_number: ShortString = ""
    adjustments: tuple[PayerAdjustment, ...] = ()
    lines: tuple[DecidedLine, ...] = ()
    crossover_payer_id: ShortString = ""
