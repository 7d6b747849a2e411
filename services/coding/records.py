"""Rows of the coding service's database as values, and the unit of work of one batch."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal

from msgspec import Struct

from services.chassis.workspace import Appended, Rows, Workspace
from services.coding.domain.coding_result import PastVisit, PatientFacts
from services.coding.domain.encounter_state import EncounterState, Proposal

Key = tuple[str, str]


class PatientCopy(Struct, frozen=True, gc=False):
    """What coding keeps of a patient (minimum necessary): birth date and sex."""

    birth_date: date
    sex: str


class PolicyCopy(Struct, frozen=True, gc=False):
    """What coding keeps of a policy: whose programme it is, in which rank and when."""

    rank: int
    programme: str
    effective_from: date
    effective_to: date | None


class CoverageCopy(Struct, frozen=True, gc=False):
    """The policies of one patient; none means self-pay."""

    policies: tuple[PolicyCopy, ...]

    def programme_on(self, day: date) -> str:
        """The primary payer's programme on ``day``; empty for self-pay."""
        first: PolicyCopy | None = None
        for policy in self.policies:
            until = policy.effective_to
            in_force = policy.effective_from <= day and (until is None or day <= until)
            if in_force and (first is None or policy.rank < first.rank):
                first = policy
        return "" if first is None else first.programme


class EncounterRow(Struct, frozen=True, gc=False):
    """An encounter: its life in coding and its documentation with all answers merged (JSON)."""

    state: EncounterState
    documentation: bytes


class VisitRow(Struct, frozen=True, gc=False):
    """What was reported at an encounter, to remember; without code and services it is forgotten."""

    practice_id: str
    patient_id: str
    visit: PastVisit


class DecisionRow(Struct, frozen=True, gc=False):
    """What a person decided about an encounter, with the codes before and after."""

    practice_id: str
    encounter_id: str
    revision: int
    decided_at: datetime
    actor: str
    role: str
    action: str
    reason: str
    before: Proposal
    after: Proposal


class SketchRow(Struct, frozen=True, gc=False):
    """Of a patient's last note, what tells whether the next one is a copy."""

    encounter_id: str
    service_date: date
    hashes: tuple[int, ...]


AuditStatus = Literal["waiting", "agreed", "differs", "adjudicated"]


class AuditCase(Struct, frozen=True):
    """A case of the sample with the codings there are of it."""

    practice_id: str
    encounter_id: str
    version: int
    sampled_at: datetime
    service_date: date
    provider_id: str
    coder: str
    risk_permille: int
    risks: tuple[str, ...]
    status: AuditStatus
    first: Proposal
    second: Proposal | None = None
    second_by: str = ""
    final: Proposal | None = None
    final_by: str = ""
    reason: str = ""
    final_at: datetime | None = None

    @property
    def reference(self) -> Proposal | None:
        """The coding that counts: the settled one, else the second."""
        return self.final if self.final is not None else self.second


@dataclass
class CodingWorkspace(Workspace):
    """All rows that a batch may need, keyed by (practice, own id)."""

    encounters: Rows[Key, EncounterRow] = field(default_factory=Rows)
    patients: Rows[Key, PatientCopy] = field(default_factory=Rows)
    coverages: Rows[Key, CoverageCopy] = field(default_factory=Rows)
    providers: Rows[Key, str] = field(default_factory=Rows)
    histories: Rows[Key, tuple[PastVisit, ...]] = field(default_factory=Rows)
    visits: Appended[VisitRow] = field(default_factory=Appended)
    decisions: Appended[DecisionRow] = field(default_factory=Appended)
    sketches: Rows[Key, SketchRow] = field(default_factory=Rows)
    audit_cases: Rows[Key, AuditCase] = field(default_factory=Rows)


def facts(patient: PatientCopy, coverage: CoverageCopy, day: date) -> PatientFacts:
    """What the rules need to know of a patient on the date of service."""
    sex = patient.sex
    return PatientFacts(
        patient.birth_date,
        "F" if sex == "F" else "M" if sex == "M" else "U",
        coverage.programme_on(day),
    )
