"""ICD-10-CM Official Guidelines that look at all diagnoses of an encounter together.

The rules are in ``rules``, one module a theme; here they are applied to an encounter, put in
order by the tabular list, and checked for what only a person can settle. Section numbers are those
of the FY2026 guidelines.
"""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.coding_result import Diagnosis, Rejected
from services.coding.domain.diagnosis.exclusions import Exclusions
from services.coding.domain.diagnosis.rules.book import RULES
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.drug_codes import is_underdosing
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import RuleBook
from services.coding.domain.diagnosis.rules.sequence import (
    EXTERNAL_CAUSES,
    Sequencer,
    is_below_manifestation,
    is_manifestation,
)
from services.coding.domain.diagnosis.rules.tabular_notes import TabularNotes, within

MAX_DIAGNOSES = 12
_KEPT = 8_192
_SECONDARY_ONLY = ("Z68", "Z79", "Z3A", "Z37", "Z16", "Z15", "Z67", "R29.7", "B95", "B96", "B97")
_FEMALE_ONLY = (
    "O",
    "N70",
    "N71",
    "N72",
    "N73",
    "N74",
    "N75",
    "N76",
    "N77",
    "N80",
    "N81",
    "N83",
    "N84",
    "N85",
    "N86",
    "N87",
    "N88",
    "N89",
    "N91",
    "N92",
    "N93",
    "N94",
    "N95",
    "C51",
    "C52",
    "C53",
    "C54",
    "C55",
    "C56",
    "C57",
    "C58",
    "Z33",
    "Z34",
    "Z3A",
)
_MALE_ONLY = (
    "N40",
    "N41",
    "N42",
    "N43",
    "N44",
    "N45",
    "N46",
    "N47",
    "N48",
    "N49",
    "N50",
    "N51",
    "N52",
    "N53",
    "C60",
    "C61",
    "C62",
    "C63",
)


def without_repeats(diagnoses: Sequence[Diagnosis]) -> list[Diagnosis]:
    """Each code once (I.B.12); evidence of repeats is kept together, the surer one counts."""
    if len({diagnosis.code for diagnosis in diagnoses}) == len(diagnoses):
        return list(diagnoses)
    found: dict[str, Diagnosis] = {}
    for diagnosis in diagnoses:
        before = found.get(diagnosis.code)
        found[diagnosis.code] = (
            diagnosis
            if before is None
            else replace(
                before,
                evidence=tuple(dict.fromkeys(before.evidence + diagnosis.evidence)),
                rules=tuple(dict.fromkeys(before.rules + diagnosis.rules)),
                confidence=max(before.confidence, diagnosis.confidence),
            )
        )
    return list(found.values())


class Guidelines:
    """The rules and the tabular order of one release; remembers what it has looked up."""

    def __init__(self, codes: DiagnosisCodes) -> None:
        self._codes = codes
        self.exclusions = Exclusions(codes)
        self._notes = TabularNotes(codes)
        self._sequencer = Sequencer(codes, self._notes)
        self._book = RuleBook(RULES)
        self._conflicts: dict[tuple[str, ...], tuple[str, ...]] = {}

    def arrange(self, diagnoses: Sequence[Diagnosis], context: Context) -> Listing:
        """The diagnoses to report, in order and at most twelve; what was left out, and why."""
        found = self._book.apply(without_repeats(diagnoses), context)
        ordered = self._sequencer.ordered(found.diagnoses)
        conflicts = self.conflicts(ordered, context.patient.sex)
        beyond = [Rejected(each.code, "beyond_twelve") for each in ordered[MAX_DIAGNOSES:]]
        return Listing(
            tuple(ordered[:MAX_DIAGNOSES]),
            (*dict.fromkeys(found.rejected), *beyond),
            (*found.reasons, *conflicts) if conflicts else found.reasons,
        )

    def conflicts(self, diagnoses: Sequence[Diagnosis], sex: str) -> tuple[str, ...]:
        """Reasons for a coder to look: Excludes1 pairs (I.A.12.a), first-listed code, sex."""
        listed = (sex, *(diagnosis.code for diagnosis in diagnoses))
        found = self._conflicts.get(listed)
        if found is None:
            if len(self._conflicts) >= _KEPT:
                self._conflicts.clear()
            found = self._conflicts[listed] = tuple(self._conflicts_of(sex, listed[1:]))
        return found

    def _conflicts_of(self, sex: str, codes: Sequence[str]) -> Iterator[str]:
        for number, one in enumerate(codes):
            for other in codes[number + 1 :]:
                if self.exclusions.conflict(one, other):
                    yield f"excludes1:{one}:{other}"
            if (sex == "M" and one.startswith(_FEMALE_ONLY)) or (
                sex == "F" and one.startswith(_MALE_ONLY)
            ):
                yield f"sex_conflict:{one}"
        if codes:
            first = codes[0]
            if is_manifestation(self._codes, first):
                yield f"manifestation_first:{first}"
            elif first.startswith((*EXTERNAL_CAUSES, *_SECONDARY_ONLY)) or is_underdosing(first):
                yield f"secondary_only_first:{first}"
            yield from self._without_etiology(codes)

    def _without_etiology(self, codes: Sequence[str]) -> Iterator[str]:
        """A manifestation for which the tabular list names its causes, and none is reported."""
        for code in codes[1:]:
            if is_below_manifestation(self._codes, code):
                causes = self._notes.code_first(code)
                if causes and not any(within(other, causes) for other in codes):
                    yield f"etiology_needed:{code}"


__all__ = ["MAX_DIAGNOSES", "Guidelines", "is_manifestation", "without_repeats"]
