"""What the rules ask of code sets, and the values that code sets answer with.

The readers in ``services.coding.codesets`` implement these protocols; the rules know no file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol


@dataclass(frozen=True, slots=True)
class DiagnosisNode:
    """A category, subcategory or code of the ICD-10-CM tabular list.

    ``sevenths`` are the seventh characters its codes end with; ``side`` is set when siblings differ
    from it in nothing but the side; ``default_child`` stands for it when nothing more is known;
    ``weak_default``: neither a title nor the index says so, it is only the first one.
    """

    code: str
    title: str
    parent: str
    children: tuple[str, ...]
    sevenths: str
    side: str
    default_child: str
    weak_default: bool = False


class Token(NamedTuple):
    """A word of the phrase index: rarer words weigh more (100 times a natural logarithm)."""

    number: int
    weight: int
    frequency: int


class Phrase(NamedTuple):
    """A phrase of the index: what it names, how much its essential words weigh, where it is from.

    ``source``: 0 alphabetic index, 1 tabular title, 2 inclusion term; ``residual`` marks "other"
    and "not elsewhere classified".
    """

    code: str
    weight: int
    source: int
    residual: bool


class DiagnosisCodes(Protocol):
    """One release of ICD-10-CM with its phrase index."""

    @property
    def release(self) -> str: ...
    @property
    def weights(self) -> Sequence[int]: ...
    def node(self, code: str) -> DiagnosisNode | None: ...
    def notes(self, code: str) -> Sequence[tuple[str, str]]: ...
    def token(self, text: str) -> Token | None: ...
    def postings(self, token: int) -> Sequence[int]: ...
    def exact(self, key: str) -> int | None: ...
    def phrase(self, number: int) -> Phrase: ...
    def path(self, number: int) -> str: ...


@dataclass(frozen=True, slots=True)
class HcpcsCode:
    """A HCPCS Level II code; ``dose`` is a decimal string in ``dose_unit``, empty without one."""

    code: str
    added: str
    terminated: str
    dose: str
    dose_unit: str

    def valid_on(self, day: date) -> bool:
        """Whether the code was in force on ``day``."""
        text = day.isoformat()
        return self.added <= text and (not self.terminated or text < self.terminated)


class HcpcsCodes(Protocol):
    """One release of HCPCS Level II."""

    @property
    def release(self) -> str: ...
    def code(self, code: str) -> HcpcsCode | None: ...
    def drug_by_name(self, key: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ProcedureEntry:
    """A procedure of the demonstration set.

    ``kind``: visit, laboratory, imaging, diagnostic, procedure, vaccine, administration.
    ``global_days``: 000, 010, 090, XXX or ZZZ as the fee schedule classifies it.
    ``separate_visit``: an E/M beside it needs modifier 25 (NCCI Policy Manual I.D).
    ``sided``: reported with LT, RT or 50. ``supports``: categories that a line of it points to
    first. ``family``: of a vaccine, for Medicare's administration codes.
    """

    code: str
    wording: str
    kind: str
    global_days: str = "XXX"
    separate_visit: bool = False
    sided: bool = False
    waived: bool = False
    report: bool = False
    family: str = ""
    supports: tuple[str, ...] = ()


class ProcedureCodes(Protocol):
    """The procedures that the practice may report."""

    @property
    def release(self) -> str: ...
    def entry(self, code: str) -> ProcedureEntry | None: ...
    def by_system(self, system: str, code: str) -> ProcedureEntry | None: ...
    def by_name(self, key: str) -> ProcedureEntry | None: ...


@dataclass(frozen=True, slots=True)
class CodeSets:
    """The releases for one date of service; ``stands_in`` names sets outside their dates."""

    diagnoses: DiagnosisCodes
    hcpcs: HcpcsCodes
    procedures: ProcedureCodes
    stands_in: frozenset[str] = frozenset()
