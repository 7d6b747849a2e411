"""Encounters as the EHR documents them, and its answers to documentation queries.

Each ``EncounterDocumented`` is a whole snapshot: revision 2 replaces revision 1. Numbers that are
not money (doses) are decimal strings; none is a float.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field, StringConstraints

from schemas.event import Event
from schemas.phi import Phi
from schemas.quantity import Quantity, QuantityOrZero
from schemas.values import (
    Coding,
    DiagnosisCode,
    Id,
    Instant,
    Laterality,
    LongText,
    PlaceOfService,
    ProcedureCode,
    ServiceDate,
    ShortText,
    Units,
    Value,
)

Setting = Literal[
    "office",
    "telehealth",
    "emergency",
    "inpatient",
    "outpatient_hospital",
    "nursing_facility",
    "home",
]
Count = Annotated[int, Field(strict=True, ge=0, le=10_000)]


class NoteSection(Value):
    """One headed part of the clinical note; evidence points into ``text`` by character offset."""

    heading: Annotated[ShortText, Phi("clinical")]
    text: Annotated[LongText, Phi("clinical")]


class Problem(Value):
    """A diagnosis or complaint in the provider's words, with the EHR's own code if it gave one."""

    item_id: Id
    description: Annotated[ShortText, Phi("clinical")]
    code: Coding | None = None
    laterality: Laterality | None = None
    status: Literal["active", "suspected", "ruled_out", "resolved", "family_history"] = "active"
    addressed: bool = Field(default=True, description="evaluated or treated at this encounter")
    present_on_admission: Literal["yes", "no", "unknown", "undetermined"] | None = Field(
        default=None, description="of an inpatient, when the order for admission was given"
    )


ProblemKind = Literal[
    "minor",
    "stable_chronic",
    "acute_uncomplicated",
    "stable_acute",
    "acute_uncomplicated_hospital",
    "chronic_exacerbation",
    "undiagnosed_uncertain_prognosis",
    "acute_systemic_symptoms",
    "acute_complicated_injury",
    "chronic_severe_exacerbation",
    "threat_to_life_or_function",
]
RiskElement = Literal[
    "rest_or_bandage",
    "over_the_counter_drug",
    "therapy",
    "minor_surgery",
    "prescription_drug_management",
    "minor_surgery_with_risk",
    "elective_major_surgery",
    "social_determinants_limit_treatment",
    "drug_therapy_with_intensive_monitoring",
    "elective_major_surgery_with_risk",
    "emergency_major_surgery",
    "hospitalisation_decision",
    "do_not_resuscitate_decision",
    "parenteral_controlled_substance",
]


class ProblemAddressed(Value):
    """One kind of problem addressed, for the problems column of medical decision making."""

    kind: ProblemKind
    count: Annotated[int, Field(strict=True, ge=1, le=50)] = 1


class DataReviewed(Value):
    """The data column of medical decision making; each unique test counts once."""

    external_notes: Count = 0
    results_reviewed: Count = 0
    tests_ordered: Count = 0
    independent_historian: bool = False
    independent_interpretation: bool = False
    external_discussion: bool = False


class DecisionMaking(Value):
    """What the provider recorded of medical decision making (three columns)."""

    problems: tuple[ProblemAddressed, ...] = ()
    data: DataReviewed = DataReviewed()
    risk: tuple[RiskElement, ...] = ()


ProblemIds = Annotated[
    tuple[Id, ...],
    Field(max_length=12, description="items of the problem list that this was done for"),
]


Notice = Literal["signed_notice", "no_notice", "voluntary_notice", "excluded_by_statute"]
"""What the patient signed before a service that Medicare may not cover, or that none was needed."""
NoticeOnFile = Annotated[
    Notice | None, Field(description="about a service that is expected not to be covered")
]


class Procedure(Value):
    """A procedure done at the encounter."""

    item_id: Id
    description: Annotated[ShortText, Phi("clinical")]
    code: Coding | None = None
    laterality: Laterality | None = None
    units: Units = 1
    report: bool = Field(default=True, description="a procedure note or interpretation is present")
    problem_ids: ProblemIds = ()
    body_site: Annotated[ShortText, Phi("clinical")] = Field(
        default="", description="where on the body, such as a digit or an eyelid"
    )
    component: Literal["professional", "technical"] | None = Field(
        default=None, description="the part that was done here, where not all of it was"
    )
    separate: Literal["encounter", "structure", "practitioner", "non_overlapping"] | None = Field(
        default=None, description="how it is documented to be apart from others of the day"
    )
    circumstance: (
        Literal[
            "staged",
            "return_to_operating_room",
            "unrelated",
            "repeat_same_provider",
            "repeat_other_provider",
        ]
        | None
    ) = Field(default=None, description="how it stands to an earlier procedure")
    extent: Literal["increased", "reduced", "discontinued"] | None = Field(
        default=None,
        description="against what the code stands for: much more work, less, or broken off",
    )
    assistant: Literal["surgeon", "minimal", "no_resident_available", "non_physician"] | None = (
        Field(default=None, description="the rendering provider only assisted in surgery, and how")
    )
    notice: NoticeOnFile = None
    share: Literal["surgery", "postoperative", "preoperative"] | None = Field(
        default=None,
        description="the part of a surgical package done here, where care was handed over",
    )
    surgeons: Literal["two_surgeons", "team"] | None = Field(
        default=None, description="the operation was done by several surgeons, of whom this is one"
    )


class LabTest(Value):
    """A laboratory test ordered; only one done in the practice's own laboratory is billed."""

    item_id: Id
    description: Annotated[ShortText, Phi("clinical")]
    code: Coding | None = None
    performed_in_house: bool = False
    resulted: bool = False
    problem_ids: ProblemIds = ()
    notice: NoticeOnFile = None


class Immunization(Value):
    """A vaccine given."""

    item_id: Id
    description: Annotated[ShortText, Phi("clinical")]
    code: Coding | None = None
    route: Literal["injection", "oral", "nasal"] = "injection"
    components: Annotated[int, Field(strict=True, ge=1, le=10)] = 1
    counselling: bool = False
    lot: ShortText = ""


class DrugAdministration(Value):
    """A drug given at the encounter, with what was given, what was thrown away and from what."""

    item_id: Id
    description: Annotated[ShortText, Phi("clinical")]
    code: Coding | None = None
    dose: Quantity
    dose_unit: Literal["mg", "mcg", "g", "mL", "unit", "mEq"]
    route: Literal["intramuscular", "subcutaneous", "intravenous_push", "infusion", "oral"]
    container: Literal["single_dose", "multi_dose", "unknown"] = "unknown"
    wasted: QuantityOrZero | None = None
    ndc: Annotated[str, StringConstraints(pattern=r"^[0-9]{11}$")] | None = None
    lot: ShortText = ""
    started_at: Instant | None = None
    stopped_at: Instant | None = None
    containers: Annotated[tuple[Quantity, ...], Field(max_length=50)] = Field(
        default=(), description="single-dose containers opened: what each held, in dose_unit"
    )
    problem_ids: ProblemIds = ()
    access: Annotated[int, Field(strict=True, ge=1, le=10)] | None = Field(
        default=None, description="which of several sites of vascular access, where there are more"
    )
    local: bool = Field(
        default=False,
        description="injected into a joint, tendon sheath, nerve or lesion, which is a procedure",
    )


class EarlierProcedure(Value):
    """A procedure of an earlier encounter whose global period may reach this one."""

    code: ProcedureCode
    service_date: ServiceDate
    provider_id: Id | None = None
    diagnoses: tuple[DiagnosisCode, ...] = ()


Minutes = Annotated[int, Field(strict=True, ge=1, le=1_440)]


class Psychotherapy(Value):
    """A session of psychotherapy; ``minutes`` hold no time of a visit or another service."""

    minutes: Minutes | None = None
    kind: Literal[
        "individual", "crisis", "family_with_patient", "family_without_patient", "group"
    ] = "individual"
    interactive_complexity: bool = Field(
        default=False, description="communication was complicated, as CPT defines it"
    )


class Anesthesia(Value):
    """Anesthesia for a procedure: its time, who gave or directed it, and the patient's state.

    The anesthesia code stands among the procedures.
    """

    minutes: Minutes | None = Field(
        default=None, description="in attendance; else from ``started_at`` to ``stopped_at``"
    )
    started_at: Instant | None = None
    stopped_at: Instant | None = None
    provided_by: (
        Literal[
            "personally",
            "directing_one",
            "directing_several",
            "supervising",
            "directed",
            "undirected",
        ]
        | None
    ) = Field(
        default=None,
        description="an anesthesiologist personally, directing one or two to four concurrent "
        "procedures or supervising more; a nurse anesthetist or assistant directed, or not",
    )
    physical_status: Annotated[int, Field(strict=True, ge=1, le=6)] | None = None
    monitored_care: bool = False
    emergency: bool = Field(default=False, description="delay would have put life or limb at risk")
    hypothermia: bool = False
    controlled_hypotension: bool = False


Circumstance = Literal[
    "consultation",
    "split_or_shared",
    "teaching_physician",
    "primary_care_exception",
]
"""Asked for by another practitioner, who gets a report; shared in a facility with one of another
kind; seen by a resident, with the teaching physician or by the exception for primary care."""


class Signature(Value):
    """Who signed the documentation, and when."""

    provider_id: Id
    signed_at: Instant


class EncounterDocumented(Event):
    """A documented encounter, whole, as of one revision."""

    TOPIC: ClassVar[str] = "ehr.encounter-documented.v1"
    KEY_FIELD: ClassVar[str] = "encounter_id"

    encounter_id: Id
    revision: Annotated[int, Field(strict=True, ge=1, le=10_000)]
    revision_reason: Literal["initial", "addendum", "correction", "cancellation"] = "initial"
    patient_id: Id
    rendering_provider_id: Id
    referring_provider_id: Id | None = None
    setting: Setting
    place_of_service: PlaceOfService
    service_date: ServiceDate
    visit_kind: Literal["problem", "preventive", "procedure", "laboratory", "immunization"] = (
        "problem"
    )
    new_patient: bool | None = Field(
        default=None, description="as the EHR sees it; the practice's own history decides"
    )
    chief_complaint: Annotated[ShortText, Phi("clinical")] = ""
    note: tuple[NoteSection, ...] = ()
    problems: tuple[Problem, ...] = ()
    decision_making: DecisionMaking | None = None
    total_minutes: Annotated[int, Field(strict=True, ge=1, le=1_440)] | None = None
    procedures: tuple[Procedure, ...] = ()
    lab_tests: tuple[LabTest, ...] = ()
    immunizations: tuple[Immunization, ...] = ()
    drugs: tuple[DrugAdministration, ...] = ()
    prior_authorization: ShortText = ""
    signature: Signature | None = None
    facility_visit: (
        Literal["initial", "subsequent", "same_day_admission_and_discharge", "discharge"] | None
    ) = Field(default=None, description="which visit of a stay; without it, earlier visits decide")
    telehealth: Literal["video", "audio"] | None = None
    seen_by: Literal["practitioner", "clinical_staff"] = "practitioner"
    admitting: bool = Field(default=False, description="the physician who oversees the stay")
    longitudinal_care: bool = Field(
        default=False,
        description="part of a continuing relationship that is the focal point of all needed care "
        "or of care for a serious or complex condition",
    )
    welcome_to_medicare: bool = Field(
        default=False, description="the initial preventive examination of a new beneficiary"
    )
    surgery_date: ServiceDate | None = Field(
        default=None, description="of a major procedure that this visit decided on"
    )
    earlier_procedures: Annotated[tuple[EarlierProcedure, ...], Field(max_length=50)] = ()
    critical_care_minutes: Annotated[int, Field(strict=True, ge=1, le=1_440)] | None = Field(
        default=None, description="of care for a critically ill patient, without other procedures"
    )
    admitted_at: Instant | None = None
    discharged_at: Instant | None = None
    circumstances: Annotated[tuple[Circumstance, ...], Field(max_length=8)] | None = Field(
        default=None, description="of the visit, as documented, that its reporting depends on"
    )
    psychotherapy: Psychotherapy | None = None
    anesthesia: Anesthesia | None = None
    daily_intensive_care: Literal["critical", "intensive"] | None = Field(
        default=None, description="of an inpatient newborn or child under six, for the day"
    )
    weight_grams: Annotated[int, Field(strict=True, ge=200, le=500_000)] | None = Field(
        default=None, description="the patient's weight on the day"
    )


class DocumentationQueryAnswered(Event):
    """The provider's answer to a documentation query: an addendum and the facts it settles."""

    TOPIC: ClassVar[str] = "ehr.documentation-query-answered.v1"
    KEY_FIELD: ClassVar[str] = "encounter_id"

    encounter_id: Id
    query_id: Id
    answered_by: Id
    answered_at: Instant
    addendum: Annotated[LongText, Phi("clinical")]
    signature: Signature | None = None
    laterality: Laterality | None = None
    problem_status: (
        Literal["active", "suspected", "ruled_out", "resolved", "family_history"] | None
    ) = None
