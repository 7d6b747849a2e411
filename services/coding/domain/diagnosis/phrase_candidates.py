"""The codes that a phrase may name: what it says first, then what is like it.

What a phrase tells by rule (a bite, an organism, a disease that is past), and what it names once
its course is left out, comes before the search by words; where it names several things that the
guidelines combine, their codes do.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import zip_longest

from msgspec import Struct
from msgspec.structs import replace

from schemas.encounter import EncounterDocumented, Problem
from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.coding_result import EvidenceAt, PatientFacts
from services.coding.domain.diagnosis import told_seventh
from services.coding.domain.diagnosis.diagnosis_coding import DiagnosisCoder, episode_of
from services.coding.domain.diagnosis.guidelines import Guidelines
from services.coding.domain.diagnosis.phrase_match import Candidate, PhraseMatcher
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.eyes_and_ears import STAGED, stages_in
from services.coding.domain.diagnosis.rules.pregnancy import in_told_trimester
from services.coding.domain.diagnosis.specificity import Episode, base_of, is_billable
from services.coding.domain.reading import wording
from services.coding.domain.reading.condition import Condition
from services.coding.domain.reading.line_parts import spoken
from services.coding.domain.reading.meanings import meanings
from services.coding.domain.reading.narrowing import narrowed, told_apart
from services.coding.domain.reading.note_reading import NoteReading

_FEWEST_RANKED = 10
_SURE = 900
# What the index has nothing like is taken from a name that leaves words out.
_POOR, _PASSABLE = 700, 800
_STATUS_RULE = "OG I.C.21.c"
_NARROWED = 800
_NEARLY, _ALIKE = 999, 880
_SEVERAL_MEANINGS = 700
_LONGEST_READ = 240
# What these have with others is combined (I.C.4.a, I.C.9.a).
_LINKED = ("E08", "E09", "E10", "E11", "E13", "I1")
_WITH_SEVENTH = 8
_AT = EvidenceAt("structured", "phrase")
_BODY_MASS = re.compile(
    r"\s*(?:bmi|body mass index)\s*(?:of|is|[:=])?\s*(?P<whole>\d\d)(?:\.(?P<tenth>\d)\d*)?\s*"
    r"(?:kg/m2)?\s*(?:,?\s*adult)?\s*$",
    re.IGNORECASE,
)
_BODY_MASSES = ((700, "45"), (600, "44"), (500, "43"), (450, "42"), (400, "41"))
_NOBODY = PatientFacts(date(1980, 1, 1), "U", "")


class NamedCode(Struct, frozen=True):
    """A billable code that a phrase may name; ``score`` in permille, ``path`` says why."""

    code: str
    score: int
    path: str


class PhraseCandidates:
    """Answers phrases from one release."""

    def __init__(self, codes: DiagnosisCodes, matcher: PhraseMatcher) -> None:
        self._codes = codes
        self._matcher = matcher
        self._coder = DiagnosisCoder(codes, matcher)
        self._guidelines = Guidelines(codes)

    def named(self, text: str, top: int) -> list[NamedCode]:
        """Up to ``top`` different billable codes, best first."""
        several = meanings(text)
        if several:
            answers = [self._of(each, top) for each in several]
            answers.sort(key=_far_ahead, reverse=True)
            found = [
                NamedCode(each.code, each.score * _SEVERAL_MEANINGS // 1000, each.path)
                for rank in zip_longest(*answers)
                for each in rank
                if each is not None
            ]
        else:
            found = self._of(text, top)
        first: dict[str, NamedCode] = {}
        for each in found:
            code = self._as_told(each.code, text)
            first.setdefault(code, each if code == each.code else replace(each, code=code))
        return list(first.values())[:top]

    def _of(self, text: str, top: int) -> list[NamedCode]:
        read = wording.read_problem(spoken(text))
        ranked = self._matcher.rank(
            read.tokens, max(top, _FEWEST_RANKED), read.sides, read.marks, read.denied
        )
        best = ranked[0].score if ranked else 0
        said = self._said(text, 1000 if read.marks else best)
        episode = episode_of(text, "")
        return [
            *said,
            *self._like(read, episode, told_apart(self._codes, read.tokens, ranked, read.sides)),
        ]

    def _as_told(self, code: str, text: str) -> str:
        """The code with the seventh character (I.C.7.a, I.C.19.c.1) or the trimester (I.C.15.a.3)
        that the phrase tells.
        """
        if code[0] == "O":
            return in_told_trimester(self._codes, code, text)
        if len(code) != _WITH_SEVENTH:
            return code
        node = base_of(self._codes, code)
        if node is None:
            return code
        if code.startswith(STAGED) and code[-1] == "0":
            stages = stages_in(text)
            stage = stages.get("") or stages.get(node.side) or next(iter(stages.values()), "0")
            return code[:-1] + stage
        return told_seventh.told(code, node.sevenths, text)

    def _like(
        self, read: wording.Wording, episode: Episode, ranked: Sequence[Candidate]
    ) -> Iterator[NamedCode]:
        """What the index has like it, as far down the tabular list as the words tell."""
        for each in ranked:
            bases = [each.code]
            if each.score >= _NARROWED:
                bases.insert(0, narrowed(self._codes, each.code, read.tokens, read.sides))
            for base in dict.fromkeys(bases):
                for code in self._coder.complete(base, read.sides, episode).codes:
                    yield NamedCode(code, each.score, each.path)

    def _said(self, text: str, best: int) -> Iterator[NamedCode]:
        """What the phrase says by rule, or names once its course is left out.

        ``best`` is how well the index has it as it stands: the better, the less is read into it.
        """
        weighed = _BODY_MASS.match(text)
        if weighed is not None:
            yield NamedCode(_body_mass(weighed), 1000, "body mass index")
        if len(text) > _LONGEST_READ:
            return
        told = self._coder.told(text, _AT)
        if not told and best < _ALIKE:
            told = tuple(each for each in self._coder.harm(text, _AT) if each.confidence >= _SURE)
        if len(told) > 1 and told[0].code.startswith(_LINKED):
            yield from self._combined(text)
        for each in told:
            yield NamedCode(each.code, each.confidence, each.rules[-1])
        if best >= _NEARLY:
            return
        conditions = self._coder.reader.conditions(text)
        if best < _ALIKE:
            conditions = tuple(each for each in conditions if each.assertion != "negated")
        least = _SURE if best >= _POOR else _PASSABLE
        if not conditions or not all(_is_sure(each, least) for each in conditions):
            return
        if len(conditions) == 1 and not _is_of_pregnancy(conditions[0]):
            yield from self._completed(conditions[0], episode_of(text, ""))
        elif len(conditions) == 1 or (best < _SURE and not any(map(_is_of_pregnancy, conditions))):
            yield from self._combined(text)

    def _completed(self, condition: Condition, episode: Episode) -> Iterator[NamedCode]:
        named = condition.named
        if named is not None:
            done = self._coder.complete(named.code, condition.wording.sides, episode)
            for code in done.codes:
                yield NamedCode(code, named.confidence, named.rule)

    def _combined(self, text: str) -> Iterator[NamedCode]:
        """The codes of a line with several conditions, as the guidelines combine them."""
        encounter = _encounter(text)
        note = NoteReading(())
        found = self._coder.code(encounter, note, frozenset())
        exclusions = self._guidelines.exclusions
        context = Context(encounter, _NOBODY, note, self._codes, exclusions)
        for each in self._guidelines.arrange(found.coded, context).diagnoses:
            if is_billable(self._codes, each.code):
                yield NamedCode(each.code, each.confidence, each.rules[-1])


def _far_ahead(answer: Sequence[NamedCode]) -> int:
    """How well a meaning fits the rest of the phrase, in whole hundreds."""
    return answer[0].score // 100 if answer else 0


def _is_sure(condition: Condition, least: int) -> bool:
    named = condition.named
    return (
        named is not None
        and condition.assertion == "affirmed"
        and not condition.unclear
        and (min(named.confidence, named.given) >= least or named.rule.startswith(_STATUS_RULE))
    )


def _is_of_pregnancy(condition: Condition) -> bool:
    """Chapter 15 has codes of its own for what complicates a pregnancy (I.C.15.a.1)."""
    return condition.named is not None and condition.named.code.startswith("O")


def _body_mass(found: re.Match[str]) -> str:
    """Z68 of an adult for a body mass index in tenths."""
    tenths = int(found["whole"]) * 10 + int(found["tenth"] or 0)
    over = next((ending for least, ending in _BODY_MASSES if tenths >= least), "")
    if over:
        return f"Z68.{over}"
    return "Z68.1" if tenths < 200 else f"Z68.{tenths // 10}"


def _encounter(text: str) -> EncounterDocumented:
    return EncounterDocumented(
        practice_id="phrase",
        encounter_id="phrase",
        revision=1,
        patient_id="phrase",
        rendering_provider_id="phrase",
        setting="office",
        place_of_service="11",
        service_date=date(2026, 1, 1),
        new_patient=False,
        problems=(Problem(item_id="phrase", description=text),),
    )
