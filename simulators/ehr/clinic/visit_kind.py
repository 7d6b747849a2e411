"""Kinds of visit, as data: what brings the patient, what is written, done, given and drawn."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import msgspec

from schemas.encounter import ProblemKind, RiskElement, Setting
from schemas.reference import Programme
from schemas.values import Sex

Specialty = Literal["family", "internal", "urgent"]
VisitKindName = Literal["problem", "preventive", "procedure", "laboratory", "immunization"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemTemplate:
    """A problem in the wordings that clinicians use; ``chance`` is in percent."""

    wording: tuple[str, ...]
    plan: tuple[str, ...]
    icd10: str = ""
    icd10_left: str = ""
    icd10_right: str = ""
    snomed: str = ""
    laterality: bool = False
    chance: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureTemplate:
    """A procedure; an ``interpreted`` one needs a report, whose text is ``finding``."""

    name: str
    cpt: str
    laterality: bool = False
    interpreted: bool = False
    finding: str = ""
    chance: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LabTemplate:
    """A laboratory test and what it shows when it was done in the practice."""

    name: str
    cpt: str
    loinc: str
    in_house: bool
    resulted: bool
    finding: str = ""
    chance: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class VaccineTemplate:
    """A vaccine by CVX code, with the number of its components."""

    name: str
    cvx: str
    components: int = 1
    route: Literal["injection", "oral", "nasal"] = "injection"
    counselling: bool = False
    chance: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DrugTemplate:
    """A drug with possible doses and the content of its vial; both as decimal strings."""

    name: str
    hcpcs: str
    ndc: str
    doses: tuple[str, ...]
    unit: Literal["mg", "mcg", "g", "mL", "unit", "mEq"]
    vial: str
    route: Literal["intramuscular", "subcutaneous", "intravenous_push", "infusion", "oral"]
    container: Literal["single_dose", "multi_dose", "unknown"]
    local: bool = False
    chance: int = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DataTemplate:
    """The data column of medical decision making."""

    external_notes: int = 0
    results_reviewed: int = 0
    tests_ordered: int = 0
    independent_historian: bool = False
    independent_interpretation: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitKind:
    """One kind of visit: who has it, where, how often, and what its documentation says.

    ``weights`` is by specialty; ``ages`` in years and ``ages_months`` in months are inclusive.
    """

    kind: str
    weights: dict[Specialty, int]
    complaint: tuple[str, ...]
    hpi: tuple[str, ...]
    ros: tuple[str, ...]
    exam: tuple[str, ...]
    problems: tuple[ProblemTemplate, ...]
    ages: tuple[int, int] | None = None
    ages_months: tuple[int, int] | None = None
    sex: Sex | None = None
    programmes: tuple[Programme, ...] = ()
    visit_kind: VisitKindName = "problem"
    setting: Setting | None = None
    place_of_service: str | None = None
    procedure_note: tuple[str, ...] = ()
    uncertain: tuple[str, ...] = ()
    mdm_problems: tuple[tuple[ProblemKind, int], ...] = ()
    data: DataTemplate = field(default_factory=DataTemplate)
    risk: tuple[RiskElement, ...] = ()
    minutes: tuple[int, int] | None = None
    procedures: tuple[ProcedureTemplate, ...] = ()
    labs: tuple[LabTemplate, ...] = ()
    vaccines: tuple[VaccineTemplate, ...] = ()
    drugs: tuple[DrugTemplate, ...] = ()
    prior_authorization: bool = False

    @property
    def age_months(self) -> tuple[int, int]:
        """The youngest and oldest age, in months, at which this visit happens."""
        if self.ages_months is not None:
            return self.ages_months
        youngest, oldest = self.ages or (0, 95)
        return youngest * 12, oldest * 12 + 11


@cache
def visit_kinds() -> tuple[VisitKind, ...]:
    """Every kind of visit, in the order of the data files."""
    found: list[VisitKind] = []
    folder = files("simulators.ehr.clinic").joinpath("visits")
    for source in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if source.name.endswith(".toml"):
            document: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))
            found.extend(msgspec.convert(document["visits"], type=tuple[VisitKind, ...]))
    return tuple(found)
