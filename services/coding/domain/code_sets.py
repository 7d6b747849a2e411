"""What the rules ask of code sets, and the values that code sets answer with.

The readers in ``services.coding.codesets`` implement these protocols; the rules know no file.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from services.coding.domain.edits.no_tables import NO_TABLES
from services.coding.domain.edits.tables import EditTables


@dataclass(frozen=True, slots=True)
class DiagnosisNode:
    """A category, subcategory or code of the ICD-10-CM tabular list.

    ``sevenths`` are the seventh characters its codes end with; ``side`` is set when siblings differ
    from it in nothing but the side; ``default_child`` stands for it when nothing more is known;
    ``weak_default``: neither a title nor the index says so, it is only the first one. ``words`` are
    the numbers of the index's words in its title; None where the release does not keep them.
    """

    code: str
    title: str
    parent: str
    children: tuple[str, ...]
    sevenths: str
    side: str
    default_child: str
    weak_default: bool = False
    words: tuple[int, ...] | None = None


class Token(NamedTuple):
    """A word of the phrase index: rarer words weigh more (100 times a natural logarithm)."""

    number: int
    weight: int
    frequency: int


class Postings(NamedTuple):
    """Numbers of the phrases that have a word, in order: those that need it, and the others."""

    essential: Sequence[int]
    optional: Sequence[int]


class Substance(NamedTuple):
    """A row of the table of drugs and chemicals; an empty code: the column has none (I.C.19.e)."""

    key: str
    accidental: str
    self_harm: str
    assault: str
    undetermined: str
    adverse_effect: str
    underdosing: str


class ExternalCause(NamedTuple):
    """A way to name an external cause: words separated by blanks, and the index path (I.C.20)."""

    tokens: str
    optional: str
    code: str
    path: str


SOURCE_INDEX, SOURCE_TITLE, SOURCE_INCLUSION, SOURCE_DERIVED = range(4)
RESIDUAL, UNSPECIFIED, LEFT, RIGHT, BILATERAL, EXTERNAL = 4, 8, 16, 32, 64, 128
"""A phrase's flags: in the two lowest bits where it is from, the alphabetic index, a tabular
title, an inclusion term, or derived from those; then "other" and "not elsewhere classified",
"unspecified", the sides it names, and whether its code is of chapter 20.
"""


class DiagnosisCodes(Protocol):
    """One release of ICD-10-CM with its phrase index.

    By phrase number: ``weights`` is what a phrase's essential words weigh, ``flags`` where it is
    from; ``paths`` is how the index reads, and leaves out phrases without one.
    """

    @property
    def release(self) -> str: ...
    @property
    def weights(self) -> Sequence[int]: ...
    @property
    def flags(self) -> Sequence[int]: ...
    def node(self, code: str) -> DiagnosisNode | None: ...
    def notes(self, code: str) -> Sequence[tuple[str, str]]: ...
    def token(self, text: str) -> Token | None: ...
    def words(self) -> Iterable[str]: ...
    def postings(self, token: int) -> Postings: ...
    def code_of(self, number: int) -> str: ...
    def paths(self, numbers: Sequence[int]) -> Mapping[int, str]: ...
    def substance(self, key: str) -> Substance | None: ...
    def external_causes(self, tokens: Sequence[str]) -> Sequence[ExternalCause]: ...


@dataclass(frozen=True, slots=True)
class HcpcsCode:
    """A HCPCS Level II code; ``dose`` is a decimal string in ``dose_unit``, empty without one.

    ``terminated`` is the last day on which it may be used, or empty.
    """

    code: str
    added: str
    terminated: str
    dose: str
    dose_unit: str

    def valid_on(self, day: date) -> bool:
        """Whether the code was in force on ``day``."""
        text = day.isoformat()
        return self.added <= text and (not self.terminated or text <= self.terminated)


class HcpcsCodes(Protocol):
    """One release of HCPCS Level II."""

    @property
    def release(self) -> str: ...
    def code(self, code: str) -> HcpcsCode | None: ...
    def title(self, code: str) -> str: ...
    def drug_by_name(self, key: str) -> str | None: ...


@dataclass(frozen=True, slots=True)
class ProcedureEntry:
    """A procedure of the demonstration set.

    ``kind``: visit, laboratory, imaging, diagnostic, procedure, vaccine, administration, supply,
    anesthesia (with ``base_units``), or included: what is no service of its own, and has no code.
    ``global_days``: 000, 010, 090, XXX or ZZZ as the fee schedule classifies it.
    ``separate_visit``: an E/M beside it needs modifier 25 (NCCI Policy Manual I.D).
    ``sided``: reported with LT, RT or 50. ``supports``: categories that a line of it points to
    first. ``family``: of a vaccine, for Medicare's administration codes. ``split``: has a
    professional and a technical part (26, TC); ``professional`` and ``technical`` are codes for
    these where they are codes of their own; ``both`` is the code for both sides. ``digits``: done
    on a finger, toe or eyelid, which a modifier names. ``components`` of a vaccine; ``older`` is
    the product for those above ``oldest`` years.
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
    split: bool = False
    professional: str = ""
    technical: str = ""
    both: str = ""
    digits: bool = False
    components: int = 1
    oldest: int | None = None
    older: str = ""
    base_units: int | None = None


class ProcedureCodes(Protocol):
    """The procedures that the practice may report."""

    @property
    def release(self) -> str: ...
    def entry(self, code: str) -> ProcedureEntry | None: ...
    def by_system(self, system: str, code: str) -> ProcedureEntry | None: ...
    def by_name(self, key: str) -> ProcedureEntry | None: ...


@dataclass(frozen=True, slots=True, eq=False)
class CodeSets:
    """The releases for one date of service; ``stands_in`` names sets outside their dates.

    Each is itself and no other: what is remembered of one is found by its identity.
    """

    diagnoses: DiagnosisCodes
    hcpcs: HcpcsCodes
    procedures: ProcedureCodes
    stands_in: frozenset[str] = frozenset()
    edits: EditTables = NO_TABLES
