"""What the guideline rules may ask about an encounter beside its diagnoses."""

import re
from collections.abc import Collection, Iterator, Sequence

from schemas.encounter import EncounterDocumented
from services.coding.domain.code_sets import DiagnosisCodes, DiagnosisNode
from services.coding.domain.coding_result import Diagnosis, PatientFacts
from services.coding.domain.diagnosis.exclusions import Exclusions
from services.coding.domain.diagnosis.rules.waking_words import WakingWords
from services.coding.domain.diagnosis.specificity import base_of, is_billable
from services.coding.domain.reading.assertion import assertion
from services.coding.domain.reading.note_reading import NoteReading, words_said
from services.coding.domain.reading.pattern_memo import PatternMemo

_KEPT = 4_096


class Context:
    """One encounter, its patient and its note, read only as far as a rule asks."""

    __slots__ = ("_exclusions", "_note", "_words", "codes", "encounter", "inpatient", "patient")

    def __init__(
        self,
        encounter: EncounterDocumented,
        patient: PatientFacts,
        note: NoteReading,
        codes: DiagnosisCodes,
        exclusions: Exclusions,
    ) -> None:
        self.encounter = encounter
        self.patient = patient
        self.codes = codes
        self.inpatient = encounter.setting == "inpatient"
        self._note = note
        self._exclusions = exclusions
        self._words: WordsSaid | None = None

    @property
    def age(self) -> int:
        """Completed years on the date of service."""
        return self.patient.age_on(self.encounter.service_date)

    @property
    def days(self) -> int:
        """Days of life on the date of service."""
        return self.patient.days_on(self.encounter.service_date)

    @property
    def words(self) -> "WordsSaid":
        """Every word of the documentation, in lower case: a quick look before a closer one."""
        if self._words is None:
            encounter = self.encounter
            parts = [each.said for each in self._note.passages]
            parts.append(words_said(encounter.chief_complaint))
            parts.extend([words_said(problem.description) for problem in encounter.problems])
            self._words = WordsSaid(parts)
        return self._words

    def heard(self, words: WakingWords) -> int:
        """The bits of those of ``words`` that the documentation says."""
        return words.heard(self.encounter, self._note)

    def affirmed(self, pattern: re.Pattern[str]) -> str:
        """The first words that ``pattern`` finds and the documentation affirms; "" when none."""
        return next(self.all_affirmed(pattern), "")

    def all_affirmed(self, pattern: re.Pattern[str]) -> Iterator[str]:
        """The affirmed finds, each with the rest of its sentence left out."""
        for text in self.statements(pattern):
            yield from _affirmed(text, pattern)

    def statements(
        self, pattern: re.Pattern[str], names: frozenset[str] | None = None
    ) -> Iterator[str]:
        """Problems, complaint and sentences of the patient in which ``pattern`` finds something.

        ``names``: as ``Passage.statements`` has them.
        """
        encounter = self.encounter
        for problem in encounter.problems:
            if problem.status == "active" and pattern.search(problem.description):
                yield problem.description
        if pattern.search(encounter.chief_complaint):
            yield encounter.chief_complaint
        for passage in self._note.passages:
            yield from passage.statements(pattern, names)

    def asserted(self, text: str, match: re.Match[str]) -> str:
        """How a statement asserts what was found in it."""
        return assertion(text, match.start(), match.end())

    def is_the_patients(self, text: str, pattern: re.Pattern[str]) -> bool:
        """Whether a statement says of the patient what ``pattern`` finds, as now or as past."""
        return _of_the_patient(text, pattern)

    def said_of(self, diagnosis: Diagnosis) -> str:
        """The words that a diagnosis rests on: of its problem, and of its place in the note."""
        found: list[str] = []
        for evidence in diagnosis.evidence:
            if evidence.item_id is not None:
                found.extend(
                    each.description
                    for each in self.encounter.problems
                    if each.item_id == evidence.item_id
                )
            if evidence.section is not None and evidence.start is not None:
                found.extend(
                    sentence.text
                    for sentence in self._note.passages[evidence.section].sentences
                    if sentence.start <= evidence.start < sentence.end
                )
        return "; ".join(found)

    def node(self, code: str) -> DiagnosisNode | None:
        """The tabular node of a code, seventh character and placeholders removed."""
        return base_of(self.codes, code)

    def title(self, code: str) -> str:
        """The tabular title of a code, in lower case."""
        node = base_of(self.codes, code)
        return "" if node is None else node.title.lower()

    def excludes(self, one: str, other: str) -> bool:
        """Whether an Excludes1 note keeps the two apart (I.A.12.a)."""
        return self._exclusions.conflict(one, other)

    def exists(self, code: str) -> bool:
        """Whether the code is complete and valid in the release of the day (I.B.2)."""
        return is_billable(self.codes, code)


class WordsSaid:
    """The words of several texts, asked where they are: most are asked little."""

    __slots__ = ("_parts",)

    def __init__(self, parts: Sequence[frozenset[str]]) -> None:
        self._parts = parts

    def isdisjoint(self, words: Collection[str]) -> bool:
        """Whether none of ``words`` is said."""
        for each in self._parts:  # noqa: SIM110 - a generator costs more than all it asks
            if not each.isdisjoint(words):
                return False
        return True

    def __contains__(self, word: str) -> bool:
        return any(word in each for each in self._parts)

    def __and__(self, words: frozenset[str]) -> frozenset[str]:
        return frozenset().union(*(words & each for each in self._parts))


def _affirmed_in(text: str, pattern: re.Pattern[str]) -> tuple[str, ...]:
    return tuple(
        match.group()
        for match in pattern.finditer(text)
        if assertion(text, match.start(), match.end()) == "affirmed"
    )


def _said_of_the_patient(text: str, pattern: re.Pattern[str]) -> bool:
    match = pattern.search(text)
    return match is not None and assertion(text, match.start(), match.end()) in (
        "affirmed",
        "historical",
    )


_affirmed = PatternMemo(_affirmed_in, _KEPT)
_of_the_patient = PatternMemo(_said_of_the_patient, _KEPT)
