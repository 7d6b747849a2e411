"""What coding an encounter gives: codes with evidence and reasons, queries, and what holds it.

Many are made for each encounter, so they are structs, which are made, compared and encoded in C.
What is kept in the database is kept as arrays: a new field goes last and has a default.
"""

from datetime import date
from typing import Literal

from msgspec import Struct

from services.coding.domain.edits.verdicts import Verdict

Source = Literal["structured", "note"]
QueryKind = Literal[
    "missing_signature",
    "missing_laterality",
    "contradiction",
    "missing_dose",
    "missing_report",
    "missing_diagnosis",
    "missing_time_or_decision_making",
]


class EvidenceAt(Struct, frozen=True, array_like=True, gc=False):
    """Where a code comes from: a structured item, or characters of a note section."""

    source: Source
    item_id: str | None = None
    section: int | None = None
    start: int | None = None
    end: int | None = None


class Diagnosis(Struct, frozen=True, array_like=True, gc=False):
    """A proposed ICD-10-CM code; confidence in permille.

    ``present_on_admission``: of an inpatient, as Appendix I of the guidelines has it (Y, N, U, W,
    exempt), "" where it is not documented or does not apply.
    """

    code: str
    evidence: tuple[EvidenceAt, ...] = ()
    rules: tuple[str, ...] = ()
    confidence: int = 1000
    present_on_admission: str = ""


class Line(Struct, frozen=True, array_like=True, gc=False):
    """A proposed service line; ``pointers`` count diagnoses from 1."""

    code: str
    modifiers: tuple[str, ...] = ()
    units: int = 1
    pointers: tuple[int, ...] = ()
    ndc: str | None = None
    evidence: tuple[EvidenceAt, ...] = ()
    rules: tuple[str, ...] = ()
    confidence: int = 1000


class Query(Struct, frozen=True, gc=False):
    """A neutral question to the provider about one gap in the documentation.

    ``gap`` is what exactly is open, where ``kind`` is only its family.
    """

    kind: QueryKind
    question: str
    item_id: str | None = None
    gap: str = ""

    @property
    def subject(self) -> str:
        """What the query is about; the same gap is asked for once."""
        return f"{self.gap or self.kind}:{self.item_id or ''}"


class Rejected(Struct, frozen=True, array_like=True, gc=False):
    """A code or item that was considered and not coded, and why."""

    subject: str
    reason: str
    item_id: str | None = None


class Release(Struct, frozen=True, array_like=True, gc=False):
    """A code-set release that was used."""

    code_set: str
    release: str
    stands_in: bool = False


class Element(Struct, frozen=True, array_like=True, gc=False):
    """One thing that counts in a column of decision making, and where it stands."""

    kind: str
    count: int = 1
    evidence: tuple[EvidenceAt, ...] = ()


class Column(Struct, frozen=True, array_like=True, gc=False):
    """A column of decision making: its level from 1 (straightforward) to 4 (high), and why."""

    level: int
    elements: tuple[Element, ...] = ()


class VisitLevel(Struct, frozen=True, array_like=True, gc=False):
    """How the level of a visit was found: by decision making or by total time (MLN006764).

    The columns are None where no decision making is documented; ``basis`` is empty for a visit
    that has no levels.
    """

    code: str
    basis: Literal["mdm", "time", ""]
    problems: Column | None = None
    data: Column | None = None
    risk: Column | None = None
    minutes: int | None = None
    time_evidence: tuple[EvidenceAt, ...] = ()


class CodingResult(Struct, frozen=True, gc=False):
    """The proposal for one encounter.

    ``queries`` hold it for the provider; ``reasons`` send it to a coder; neither: it is coded.
    ``confidence`` is that of the least sure code, in permille. ``edits``: the verdicts but for
    plain passes.
    """

    diagnoses: tuple[Diagnosis, ...]
    lines: tuple[Line, ...]
    queries: tuple[Query, ...]
    reasons: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    releases: tuple[Release, ...]
    confidence: int
    rules_version: str
    edits: tuple[Verdict, ...] = ()
    visit_levels: tuple[VisitLevel, ...] = ()

    @property
    def route(self) -> Literal["query", "coder", "automatic"]:
        """Who acts next."""
        if self.queries:
            return "query"
        return "coder" if self.reasons else "automatic"


class PatientFacts(Struct, frozen=True, gc=False):
    """What coding needs to know of a patient; ``programme`` is the primary payer's, "" self-pay."""

    birth_date: date
    sex: Literal["F", "M", "U"]
    programme: str = ""

    def age_on(self, day: date) -> int:
        """Completed years on ``day``."""
        birth = self.birth_date
        years = day.year - birth.year
        return years - 1 if (day.month, day.day) < (birth.month, birth.day) else years

    def days_on(self, day: date) -> int:
        """Days of life on ``day``."""
        return (day - self.birth_date).days


class PastService(Struct, frozen=True, array_like=True, gc=False):
    """A line that the practice reported; ``diagnoses`` are those it pointed to."""

    code: str
    modifiers: tuple[str, ...] = ()
    units: int = 1
    diagnoses: tuple[str, ...] = ()


class PastVisit(Struct, frozen=True, gc=False):
    """An encounter of this patient that the practice reported, with the specialty's taxonomy.

    ``visit_code`` is its evaluation and management service, empty where it had none.
    """

    encounter_id: str
    service_date: date
    taxonomy: str
    visit_code: str = ""
    provider_id: str = ""
    services: tuple[PastService, ...] = ()

    @property
    def lines(self) -> tuple[PastService, ...]:
        """What was reported; of an encounter kept without its lines, the visit alone."""
        if self.services or not self.visit_code:
            return self.services
        return (PastService(self.visit_code),)


class VisitHistory(Struct, frozen=True, gc=False):
    """What the practice did for this patient before, and the rendering provider's taxonomy.

    ``last_note`` is the sketch of the last note of another encounter. ``complete``: nothing of the
    last three years is missing, so that who is not in it is a new patient.
    """

    taxonomy: str = ""
    visits: tuple[PastVisit, ...] = ()
    last_note: tuple[int, ...] = ()
    complete: bool = False


class CodingOptions(Struct, frozen=True, gc=False):
    """Dated configuration of the rules; confidences in permille.

    ``jurisdiction``: the Medicare contractor's, as the coverage table names it; without one local
    determinations are not looked up. ``telehealth_visits`` and ``consultations``: programmes whose
    payers take 98000 to 98015 and 99242 to 99255; the others get visits of the setting.
    ``calendar_years``: those whose plans count preventive visits by calendar year.
    """

    automatic_from: int = 940
    answered: frozenset[str] = frozenset()
    jurisdiction: str = ""
    telehealth_visits: frozenset[str] = frozenset()
    consultations: frozenset[str] = frozenset()
    calendar_years: frozenset[str] = frozenset()
