"""What the coding service publishes: coded encounters, queries to providers, changes of state."""

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from schemas.event import Event
from schemas.phi import Phi
from schemas.values import (
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

Version = Annotated[int, Field(strict=True, ge=1, le=10_000)]


class Evidence(Value):
    """Where in the documentation a code comes from; offsets, never the text itself."""

    source: Literal["structured", "note"]
    item_id: Id | None = None
    section: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="index into the encounter's note sections"
    )
    start: Annotated[int, Field(ge=0)] | None = None
    end: Annotated[int, Field(ge=0)] | None = None


class CodedDiagnosis(Value):
    """An ICD-10-CM code in its order; the first is the first-listed diagnosis."""

    code: DiagnosisCode
    evidence: tuple[Evidence, ...] = ()
    rules: tuple[ShortText, ...] = ()
    confidence_permille: Annotated[int, Field(ge=0, le=1000)] = 1000
    present_on_admission: Literal["Y", "N", "U", "W", "exempt"] | None = Field(
        default=None, description="of an inpatient, where it is documented or follows from the code"
    )


class CodedLine(Value):
    """A procedure, drug, vaccine or visit with modifiers, units and diagnosis pointers."""

    line: Annotated[int, Field(ge=1, le=50)]
    code: ProcedureCode
    modifiers: Annotated[tuple[Modifier, ...], Field(max_length=4)] = ()
    units: Units = 1
    diagnosis_pointers: Annotated[tuple[int, ...], Field(min_length=1, max_length=4)]
    ndc: Annotated[str, StringConstraints(pattern=r"^[0-9]{11}$")] | None = None
    evidence: tuple[Evidence, ...] = ()
    rules: tuple[ShortText, ...] = ()
    confidence_permille: Annotated[int, Field(ge=0, le=1000)] = 1000


class CodeRelease(Value):
    """A code set and the release that was in force on the date of service."""

    code_set: ShortText
    release: ShortText
    stands_in: bool = Field(
        default=False, description="configuration chose it, since none covers the date of service"
    )


class EncounterCoded(Event):
    """Codes for one encounter; a higher version replaces a lower one."""

    TOPIC: ClassVar[str] = "coding.encounter-coded.v1"
    KEY_FIELD: ClassVar[str] = "encounter_id"

    encounter_id: Id
    version: Version
    revision: Version = Field(description="the documentation's revision that was coded")
    patient_id: Id
    rendering_provider_id: Id
    referring_provider_id: Id | None = None
    service_date: ServiceDate
    place_of_service: PlaceOfService
    diagnoses: Annotated[tuple[CodedDiagnosis, ...], Field(min_length=1, max_length=12)]
    lines: Annotated[tuple[CodedLine, ...], Field(min_length=1, max_length=50)]
    prior_authorization: ShortText = ""
    releases: tuple[CodeRelease, ...] = ()
    rules_version: ShortText
    decided_by: Literal["engine", "coder"]
    coded_at: Instant


class DocumentationQueryOpened(Event):
    """A neutral question to the provider; the encounter waits for the answer."""

    TOPIC: ClassVar[str] = "coding.documentation-query-opened.v1"
    KEY_FIELD: ClassVar[str] = "encounter_id"

    encounter_id: Id
    query_id: Id
    provider_id: Id
    kind: Literal[
        "missing_signature",
        "missing_laterality",
        "contradiction",
        "missing_dose",
        "missing_report",
        "missing_diagnosis",
        "missing_time_or_decision_making",
    ]
    item_id: Id | None = None
    question: Annotated[ShortText, Phi("clinical")]
    answer_due: date
    gap: ShortText = Field(
        default="", description="what exactly is open, where kind is only its family"
    )


class EncounterStateChanged(Event):
    """An encounter moved in coding, and why; emitted where no other event says it."""

    TOPIC: ClassVar[str] = "coding.encounter-state-changed.v1"
    KEY_FIELD: ClassVar[str] = "encounter_id"

    encounter_id: Id
    from_state: ShortText
    to_state: Literal["received", "query_open", "escalated", "coder_queue", "coded", "not_billable"]
    reason: ShortText
    changed_at: Instant
