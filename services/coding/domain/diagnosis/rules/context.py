"""What the guideline rules may ask about an encounter beside its diagnoses."""

import re
from collections.abc import Iterator
from functools import lru_cache

from schemas.encounter import EncounterDocumented
from services.coding.domain.code_sets import DiagnosisCodes, DiagnosisNode
from services.coding.domain.coding_result import Diagnosis, PatientFacts
from services.coding.domain.diagnosis.exclusions import Exclusions
from services.coding.domain.diagnosis.specificity import base_of, is_billable
from services.coding.domain.reading.assertion import assertion
from services.coding.domain.reading.note_reading import NoteReading

_WORD = re.compile(r"[a-z0-9]+")
_LONGEST_KEPT = 2_000
# What a rule asks stands early in a note; one of a megabyte is not read again for each question.
_LONGEST_READ = 60_000
_EXCLUDED_KINDS = ("family", "allergies")


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
        self._words: frozenset[str] | None = None

    @property
    def age(self) -> int:
        """Completed years on the date of service."""
        return self.patient.age_on(self.encounter.service_date)

    @property
    def days(self) -> int:
        """Days of life on the date of service."""
        return self.patient.days_on(self.encounter.service_date)

    @property
    def words(self) -> frozenset[str]:
        """Every word of the documentation, in lower case: a quick look before a closer one."""
        if self._words is None:
            encounter = self.encounter
            found = set(words_of(encounter.chief_complaint))
            for problem in encounter.problems:
                found |= words_of(problem.description)
            for section in encounter.note:
                long = len(section.text) > _LONGEST_KEPT
                text = section.text[:_LONGEST_READ]
                found |= _words_in(text) if long else words_of(text)
            self._words = frozenset(found)
        return self._words

    def affirmed(self, pattern: re.Pattern[str]) -> str:
        """The first words that ``pattern`` finds and the documentation affirms; "" when none."""
        return next(self.all_affirmed(pattern), "")

    def all_affirmed(self, pattern: re.Pattern[str]) -> Iterator[str]:
        """The affirmed finds, each with the rest of its sentence left out."""
        for text in self.statements(pattern):
            for match in pattern.finditer(text):
                if assertion(text, match.start(), match.end()) == "affirmed":
                    yield match.group()

    def statements(self, pattern: re.Pattern[str]) -> Iterator[str]:
        """Problems, complaint and sentences of the patient in which ``pattern`` finds something."""
        encounter = self.encounter
        for problem in encounter.problems:
            if problem.status == "active" and pattern.search(problem.description):
                yield problem.description
        if pattern.search(encounter.chief_complaint):
            yield encounter.chief_complaint
        for section, passage in zip(encounter.note, self._note.passages, strict=True):
            first = pattern.search(section.text, 0, _LONGEST_READ)
            if first is None:
                continue
            for sentence in passage.sentences:
                if sentence.start > _LONGEST_READ:
                    break
                wanted = sentence.end > first.start() and sentence.kind not in _EXCLUDED_KINDS
                if wanted and pattern.search(sentence.text):
                    yield sentence.text

    def asserted(self, text: str, match: re.Match[str]) -> str:
        """How a statement asserts what was found in it."""
        return assertion(text, match.start(), match.end())

    def is_the_patients(self, text: str, pattern: re.Pattern[str]) -> bool:
        """Whether a statement says of the patient what ``pattern`` finds, as now or as past."""
        match = pattern.search(text)
        return match is not None and assertion(text, match.start(), match.end()) in (
            "affirmed",
            "historical",
        )

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


@lru_cache(maxsize=8_192)
def words_of(text: str) -> frozenset[str]:
    """The words of a short text in lower case."""
    return _words_in(text)


def _words_in(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))
