"""What coding an encounter gives: codes with evidence and reasons, queries, and what holds it."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal

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


@dataclass(frozen=True, slots=True)
class EvidenceAt:
    """Where a code comes from: a structured item, or characters of a note section."""

    source: Source
    item_id: str | None = None
    section: int | None = None
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A proposed ICD-10-CM code; confidence in permille."""

    code: str
    evidence: tuple[EvidenceAt, ...] = ()
    rules: tuple[str, ...] = ()
    confidence: int = 1000


@dataclass(frozen=True, slots=True)
class Line:
    """A proposed service line; ``pointers`` count diagnoses from 1."""

    code: str
    modifiers: tuple[str, ...] = ()
    units: int = 1
    pointers: tuple[int, ...] = ()
    ndc: str | None = None
    evidence: tuple[EvidenceAt, ...] = ()
    rules: tuple[str, ...] = ()
    confidence: int = 1000


@dataclass(frozen=True, slots=True)
class Query:
    """A neutral question to the provider about one gap in the documentation."""

    kind: QueryKind
    question: str
    item_id: str | None = None

    @property
    def subject(self) -> str:
        """What the query is about; the same gap is asked for once."""
        return f"{self.kind}:{self.item_id or ''}"


@dataclass(frozen=True, slots=True)
class Rejected:
    """A code or item that was considered and not coded, and why."""

    subject: str
    reason: str
    item_id: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """A code-set release that was used."""

    code_set: str
    release: str
    stands_in: bool = False


@dataclass(frozen=True, slots=True)
class CodingResult:
    """The proposal for one encounter.

    ``queries`` hold it for the provider; ``reasons`` send it to a coder; neither: it is coded.
    ``confidence`` is that of the least sure code, in permille.
    """

    diagnoses: tuple[Diagnosis, ...]
    lines: tuple[Line, ...]
    queries: tuple[Query, ...]
    reasons: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    releases: tuple[Release, ...]
    confidence: int
    rules_version: str

    @property
    def route(self) -> Literal["query", "coder", "automatic"]:
        """Who acts next."""
        if self.queries:
            return "query"
        return "coder" if self.reasons else "automatic"


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """What coding needs to know of a patient; ``programme`` is the primary payer's, "" self-pay."""

    birth_date: date
    sex: Literal["F", "M", "U"]
    programme: str = ""

    def age_on(self, day: date) -> int:
        """Completed years on ``day``."""
        before = (day.month, day.day) < (self.birth_date.month, self.birth_date.day)
        return day.year - self.birth_date.year - int(before)

    def days_on(self, day: date) -> int:
        """Days of life on ``day``."""
        return (day - self.birth_date).days


@dataclass(frozen=True, slots=True)
class PastVisit:
    """A face-to-face professional service of the practice to this patient."""

    encounter_id: str
    service_date: date
    taxonomy: str
    visit_code: str = ""


@dataclass(frozen=True, slots=True)
class VisitHistory:
    """What the practice did for this patient before, and the rendering provider's taxonomy."""

    taxonomy: str = ""
    visits: tuple[PastVisit, ...] = ()


@dataclass(frozen=True, slots=True)
class CodingOptions:
    """Dated configuration of the rules; confidences in permille."""

    automatic_from: int = 800
    answered: frozenset[str] = field(default_factory=frozenset)
