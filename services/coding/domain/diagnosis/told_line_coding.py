"""The codes of lines that tell a condition with its cause, its organism, its spread or its end."""

import re
from collections.abc import Callable, Iterator

from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.coding_result import Diagnosis, EvidenceAt
from services.coding.domain.diagnosis import (
    told_bites,
    told_complications,
    told_history,
    told_infections,
    told_lines,
    told_pairs,
)
from services.coding.domain.diagnosis.specificity import Completed, Episode, is_billable
from services.coding.domain.reading.assertion import triggers
from services.coding.domain.reading.naming import EXACT
from services.coding.domain.reading.past_and_family import named_of_the_past
from services.coding.domain.reading.problem_wording import ProblemReader
from services.coding.domain.reading.quick_look import may_say

HINTS = (
    *told_lines.HINTS,
    *told_pairs.HINTS,
    *told_bites.HINTS,
    *told_infections.HINTS,
    *told_history.HINTS,
    *told_complications.HINTS,
)
Complete = Callable[[str, frozenset[str], Episode], Completed]

_TOLD = 900
_DUE_TO = re.compile(r"\bd/t\b", re.IGNORECASE)
# Whether a malignancy that is gone is still treated stands elsewhere (I.C.2.m): a coder looks.
_TREATED_YET = 780
_LEAST_WOUND = 820
_LEAST_STATUS = 860
_LONGEST = 240
_KEPT = 8_192
_EVENTS = ("I63", "G45", "I26", "I82", "I21", "J18", "N20", "K25", "K26", "K27", "U07.1", "O24.4")
Coded = tuple[tuple[str, tuple[str, ...], int], ...]


class LineCoder:
    """Codes such lines against one release; remembers what it has read."""

    def __init__(self, codes: DiagnosisCodes, reader: ProblemReader, complete: Complete) -> None:
        self._codes = codes
        self._reader = reader
        self._complete = complete
        self._read: dict[tuple[str, Episode], Coded] = {}

    def coded(self, text: str, at: EvidenceAt, episode: Episode) -> tuple[Diagnosis, ...]:
        """The codes of a line that is told in one of these ways, in order; else nothing."""
        if len(text) > _LONGEST:
            return ()
        text = in_one_way(text)
        found = self._read.get((text, episode))
        if found is None:
            if len(self._read) >= _KEPT:
                self._read.clear()
            found = self._of(text, episode) if may_say(text, HINTS) else ()
            self._read[text, episode] = found
        return tuple(Diagnosis(code, (at,), rules, sure) for code, rules, sure in found)

    def _of(self, text: str, episode: Episode) -> Coded:
        for way in (
            *(self._complication, self._by_rule, self._pair, self._bite, self._infection),
            self._past,
        ):
            found = tuple(way(text, episode))
            if found and all(is_billable(self._codes, code) for code, _, _ in found):
                return found
        return ()

    def _by_rule(self, text: str, _: Episode) -> Iterator[tuple[str, tuple[str, ...], int]]:
        """Spread, sequelae and joint replacements, which a line tells with their cause."""
        text = told_lines.without_what_is_over(text)
        told = told_lines.read(text)
        if told is None or not _is_plain(text):
            return
        beside = self._phrases(told.phrases, told.rule, "initial")
        if beside is None:
            return
        primary_first = told.rule.startswith("OG I.C.2 ")
        yield from beside if primary_first else ()
        yield from ((code, (told.rule,), told.confidence) for code in told.codes)
        yield from () if primary_first else beside

    def _pair(self, text: str, episode: Episode) -> Iterator[tuple[str, tuple[str, ...], int]]:
        told = told_pairs.read(text)
        if told is None or not _is_plain(text):
            return
        beside = self._phrases(told.phrases, told.rule, episode)
        if beside is not None:
            yield from ((code, (told.rule,), _TOLD) for code in told.codes)
            yield from beside
            yield from ((code, (told.rule,), _TOLD) for code in told.behind)

    def _complication(
        self, text: str, episode: Episode
    ) -> Iterator[tuple[str, tuple[str, ...], int]]:
        """What a device or an operation has led to, or was for."""
        told = told_complications.read(text)
        bare = told_complications.but_for_the_setting(text)
        if told is None or not (told.ruled_out or _is_plain(bare)):
            return
        if told.set_before and episode == "initial":
            episode = "subsequent"
        beside = self._phrases(told.phrases, told.rule, episode)
        if beside is None or (told.phrases and not beside):
            return
        for code in told.codes:
            yield from self._at(code, told.rule, episode)
        yield from beside
        for code in told.behind:
            yield from self._at(code, told.rule, episode)

    def _bite(self, text: str, episode: Episode) -> Iterator[tuple[str, tuple[str, ...], int]]:
        """The wound by its part of the body, then the animal (I.C.20.a)."""
        told = told_bites.read(text)
        if told is None or not _is_plain(text):
            return
        if told.toxic:
            yield from self._at(told.toxic, "OG I.C.19.e.5.d toxic effect", episode)
            return
        found = self._reader.conditions(told.wound)
        if len(found) != 1 or found[0].named is None or found[0].assertion != "affirmed":
            return
        (wound,) = found
        named = wound.named
        if named is None or named.confidence < _LEAST_WOUND or named.code[0] != "S":
            return
        done = self._complete(named.code, wound.wording.sides, episode)
        sure = min(_TOLD, _sided(done))
        yield from ((code, (named.rule, "OG I.C.19.b"), sure) for code in done.codes)
        yield from self._at(told.cause, "OG I.C.20.a.1", episode)

    def _infection(self, text: str, episode: Episode) -> Iterator[tuple[str, tuple[str, ...], int]]:
        told = told_infections.read(text)
        if told is None or not _is_plain(text):
            return
        rule = "OG I.C.1.b organism"
        beside = self._phrases(told.phrases, rule, episode)
        if beside is not None and (beside or told.before):
            yield from ((code, (rule,), _TOLD) for code in told.before)
            yield from beside
            yield from ((code, (rule,), _TOLD) for code in told.behind)

    def _past(self, text: str, episode: Episode) -> Iterator[tuple[str, tuple[str, ...], int]]:
        told = told_history.read(text)
        if told is None or not {each.kind for each in triggers(text)} <= {"historical", "negated"}:
            return
        rule = "OG I.C.21.c.4"
        if told.code:
            yield told.code, (rule,), _TOLD
            return
        found = self._reader.conditions(told.disease)
        named = found[0].named if len(found) == 1 else None
        if named is None or found[0].assertion not in _PAST:
            return
        code = named.code if named.code.startswith("Z8") else named_of_the_past(named.code)
        if named.confidence < EXACT and code != named.code:
            return
        if code == named.code:
            yield code, (rule,), _TREATED_YET if told.cancer else _TOLD
            return
        kind = ("C",) if told.cancer else ("",) if told.stated else _EVENTS
        if code and named.code.startswith(kind):
            yield code, (rule,), _TREATED_YET if told.cancer else _TOLD
            yield from self._status(told.more, episode)

    def _status(self, what: str, episode: Episode) -> Iterator[tuple[str, tuple[str, ...], int]]:
        """What an operation took away, where the words name it ("s/p left mastectomy")."""
        for condition in self._reader.conditions(what) if what else ():
            named = condition.named
            if (
                named is not None
                and named.code.startswith("Z90")
                and named.confidence >= _LEAST_STATUS
            ):
                done = self._complete(named.code, condition.wording.sides, episode)
                yield from ((code, (named.rule,), _TOLD) for code in done.codes)

    def _at(
        self, base: str, rule: str, episode: Episode
    ) -> Iterator[tuple[str, tuple[str, ...], int]]:
        for code in self._complete(base, frozenset(), episode).codes:
            yield code, (rule,), _TOLD

    def _phrases(self, phrases: tuple[str, ...], rule: str, episode: Episode) -> Coded | None:
        """What stands beside; None where a part of it is not understood or not affirmed."""
        found: list[tuple[str, tuple[str, ...], int]] = []
        for phrase in phrases:
            for condition in self._reader.conditions(phrase):
                named = condition.named
                if named is None or condition.assertion != "affirmed":
                    return None
                done = self._complete(named.code, condition.wording.sides, episode)
                sure = min(named.sure, _sided(done))
                found.extend((code, (named.rule, rule), sure) for code in done.codes)
        return tuple(found)


_PAST = ("affirmed", "historical")


def in_one_way(text: str) -> str:
    """ "Due to" in the one short form that is read; as long as it was."""
    return _DUE_TO.sub("2/2", text) if "/" in text else text


def _is_plain(text: str) -> bool:
    """Whether nothing in the line denies, doubts or plans."""
    return all(each.kind == "historical" for each in triggers(text))


def _sided(done: Completed) -> int:
    """A side that is not told is for a person to settle (I.B.13)."""
    return 780 if "side_unspecified" in done.assumed else 1000
