"""The codes of lines that tell a condition with its cause: harm by drugs, spread, sequelae."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from msgspec import Struct

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.coding_result import Diagnosis, EvidenceAt
from services.coding.domain.diagnosis import drug_harm, told_pairs
from services.coding.domain.diagnosis.specificity import Episode
from services.coding.domain.diagnosis.told_line_coding import (
    HINTS,
    Complete,
    LineCoder,
    in_one_way,
)
from services.coding.domain.reading.assertion import triggers
from services.coding.domain.reading.naming import EXACT
from services.coding.domain.reading.note_reading import NoteReading, Passage
from services.coding.domain.reading.note_text import Sentence
from services.coding.domain.reading.problem_wording import Condition, ProblemReader
from services.coding.domain.reading.quick_look import may_say

_ANTINEOPLASTIC = "T45.1"
_LEAST_NATURE = 780
_HINTS = (*drug_harm.HINTS, *HINTS)
_KEPT = 8_192
_MOST_SENTENCES = 120
_LONGEST_LINE = 300
_LIST_MARK = re.compile(r"\s*(?:[-*\u2022]|#?\(?\d{1,2}[.):])\s*")
# "Her husband's metoprolol" is of a drug, not of the family.
_WHOSE = re.compile(r"\b[a-z]+['\u2019]s\b", re.IGNORECASE)
# However a rash looks, the index has it as one (index: Rash, drug).
_RASH = re.compile(
    r"^\s*(?:(?:diffuse|generali[sz]ed|widespread|pruritic|itchy|maculopapular|morbilliform|"
    r"macular|papular|erythematous|mild|severe|new|drug|skin|body|truncal|acute|allergic)[\s,-]+)+"
    r"(?:rash|eruption|exanthem)\s*$|^\s*(?:eruption|exanthem)\s*$",
    re.IGNORECASE,
)
EpisodeOf = Callable[[str, str], Episode]


class ToldHarm(Struct, frozen=True):
    """A stretch of the note that tells of harm by a drug, and its codes."""

    section: int
    start: int
    end: int
    coded: tuple[Diagnosis, ...]

    def holds(self, section: int, start: int) -> bool:
        """Whether this place of the note is told by it."""
        return section == self.section and self.start <= start < self.end


class HarmCoder:
    """Codes lines that say what a drug did, against one release."""

    def __init__(
        self,
        codes: DiagnosisCodes,
        reader: ProblemReader,
        complete: Complete,
        episode_of: EpisodeOf,
    ) -> None:
        self._codes = codes
        self._reader = reader
        self._complete = complete
        self._episode_of = episode_of
        self._harms: dict[str, drug_harm.Harm | None] = {}
        self._silent: set[tuple[str, str]] = set()
        self.lines = LineCoder(codes, reader, complete)

    def coded(self, text: str, at: EvidenceAt, complaint: str) -> tuple[Diagnosis, ...]:
        """The codes of a line that is told in one of these ways, in order; else nothing.

        Lines that tell nothing are remembered: most do.
        """
        asked = text, complaint
        if asked in self._silent:
            return ()
        coded = self._coded(in_one_way(text), at, complaint)
        if not coded and len(text) <= _LONGEST_LINE:
            if len(self._silent) >= _KEPT:
                self._silent.clear()
            self._silent.add(asked)
        return coded

    def _coded(self, text: str, at: EvidenceAt, complaint: str) -> tuple[Diagnosis, ...]:
        told = self._known(text)
        if told is None or told_pairs.comes_first(text):
            return self.lines.coded(text, at, self._episode_of(text, complaint))
        episode = self._episode_of(text, complaint)
        mark = f"OG I.C.19.e.5 {told.kind.replace('_', ' ')}"
        drug = [
            Diagnosis(code, (at,), (mark,), told.confidence)
            for code in self._complete(told.code, frozenset(), episode).codes
        ]
        nature: list[Diagnosis] = []
        for condition in self._nature(told):
            named = condition.named
            if condition.assertion == "affirmed" and named is not None and _is_a_nature(named.code):
                sure = min(named.confidence, 700 if condition.unclear else 1000)
                done = self._complete(named.code, condition.wording.sides, episode)
                nature.extend(
                    Diagnosis(code, (at,), (named.rule, mark), sure) for code in done.codes
                )
        return (*drug, *nature) if told.kind == "poisoning" else (*nature, *drug)

    def told(self, note: NoteReading, complaint: str) -> Iterator[ToldHarm]:
        """The sentences of the assessment that tell what a drug did."""
        before = 0
        for passage in note.passages:
            if "assessment" not in passage.kinds:
                continue
            assessed, telling = passage.once(_telling)
            for number, sentence, said in telling:
                if before + number >= _MOST_SENTENCES:
                    break
                if (said, complaint) in self._silent:
                    continue
                section, start, end = sentence.section, sentence.start, sentence.end
                coded = self.coded(said, EvidenceAt("note", None, section, start, end), complaint)
                if coded:
                    yield ToldHarm(section, start, end, coded)
            before += assessed

    def _known(self, text: str) -> drug_harm.Harm | None:
        """As ``_told``; remembered."""
        if len(text) > _LONGEST_LINE:
            return None
        if text in self._harms:
            return self._harms[text]
        if len(self._harms) >= _KEPT:
            self._harms.clear()
        told = self._harms[text] = self._told(text)
        return told

    def _told(self, text: str) -> drug_harm.Harm | None:
        """What a drug did, where the line says so beyond doubt."""
        told = drug_harm.read(text, self._codes)
        if told is None:
            return None
        allowed = ("historical", "negated") if told.kind == "underdosing" else ("historical",)
        if any(each.kind not in allowed for each in triggers(_WHOSE.sub("", text))):
            return None
        return None if told.plain and not _is_illness(self._nature(told)) else told

    def _nature(self, told: drug_harm.Harm) -> tuple[Condition, ...]:
        if not told.nature:
            return ()
        if told.kind == "adverse_effect":
            nature = _RASH.sub("rash", told.nature)
            wider = [f"drug-induced {nature}"]
            if nature.lower() == "rash":
                wider.append("drug rash")
            if told.code.startswith(_ANTINEOPLASTIC):
                wider.insert(0, f"{told.nature} due to antineoplastic chemotherapy")
            for words in wider:
                found = self._reader.conditions(words)
                if len(found) == 1 and found[0].named and found[0].named.confidence >= EXACT:
                    return found
        return self._reader.conditions(told.nature)


def _telling(passage: Passage) -> tuple[int, tuple[tuple[int, Sentence, str], ...]]:
    """How many sentences of an assessment there are, and which, by number, may tell of a cause,
    each with its words behind the mark of a list.
    """
    assessed = [each for each in passage.sentences if each.kind == "assessment"]
    return len(assessed), tuple(
        (number, sentence, _without_mark(sentence.text))
        for number, sentence in enumerate(assessed[:_MOST_SENTENCES])
        if len(sentence.text) <= _LONGEST_LINE and _may_tell(sentence.text)
    )


def _without_mark(text: str) -> str:
    lead = _LIST_MARK.match(text)
    return text if lead is None else text[lead.end() :]


@lru_cache(maxsize=4_096)
def _may_tell(text: str) -> bool:
    return may_say(text, _HINTS)


def _is_a_nature(code: str) -> bool:
    """What a drug did is no cause nor status: "accidental" says the intent, which the code has."""
    return code[0] not in "VWXYZ"


def _is_illness(conditions: Sequence[Condition]) -> bool:
    """Whether all of it is named and affirmed: "better from metformin" tells of no harm."""
    return bool(conditions) and all(
        each.assertion == "affirmed"
        and each.named is not None
        and each.named.confidence >= _LEAST_NATURE
        and not each.named.code.startswith(("Z", "T36", "T4", "T50"))
        for each in conditions
    )
