"""``claimstream coding lookup``: a phrase, and the codes that it may name."""

from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.commands.cases import CaseError, Result, answer_lines, day_in, tell
from services.coding.commands.shared import AsJson, DateOfService, code_sets, day_of, fail
from services.coding.domain.code_sets import CodeSets, DiagnosisCodes
from services.coding.domain.diagnosis.phrase_candidates import PhraseCandidates
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.semantic.opening import Meanings
from services.coding.settings import CodingSettings

Answer = Callable[[str, int], Result]
"""Answers a phrase with so many codes at most. Raises ``CaseError``."""

_LONGEST_PHRASE = 10_000
_MOST = 50
_MOST_DAYS = 4096


def named_codes(candidates: PhraseCandidates, text: str, top: int) -> list[dict[str, Any]]:
    """Up to ``top`` billable codes that ``text`` may name, each with score and index path."""
    return [
        {"code": each.code, "score": each.score, "path": each.path}
        for each in candidates.named(text, top)
    ]


def lookup(
    phrase: Annotated[str, typer.Argument(help="a diagnosis in words")] = "",
    jsonl: Annotated[
        Path | None, typer.Option("--jsonl", help='one {"phrase": ...} a line')
    ] = None,
    on: DateOfService = None,
    top: Annotated[int, typer.Option("--top", min=1, max=_MOST)] = 5,
    *,
    semantic: Annotated[
        bool,
        typer.Option("--semantic", help="by meaning too (after `claimstream codesets semantic`)"),
    ] = False,
    as_json: AsJson = True,  # noqa: ARG001 - what is printed is JSON either way
) -> None:
    """ICD-10-CM codes that a phrase may name, best first; JSON out.

    One phrase (JSON is printed with --json and without it), and many:
        claimstream coding lookup "acute bronchitis" --on 2026-03-02 --json
        claimstream coding lookup --jsonl phrases.jsonl --top 5

    A line of --jsonl, on and top as the options where it has none:
        {"phrase": "acute bronchitis", "on": "2026-03-02", "top": 5}

    gives, in the same order:
        {"phrase": "acute bronchitis", "candidates": [{"code": "J20.9", "score": 1000,
         "path": "Bronchitis > acute or subacute"}, ...], "release": "FY2026"}
        or {"error": {"reason": "not_a_phrase", "message": "..."}}

    With --semantic a candidate has "alike" where meaning took part (how like the phrase it is, in
    permille) and "by_words": false where the words alone do not find it; the answer has "semantic",
    the vectors that were used.
    """
    if bool(phrase) == (jsonl is not None):
        raise fail("give a PHRASE or --jsonl", 2)
    sets = code_sets()
    usual = day_of(on, sets)
    answers = _Answers(sets, by_meaning=semantic)

    def work(case: dict[str, Any]) -> Result:
        text = case.get("phrase")
        if not isinstance(text, str):
            raise CaseError("not_a_phrase", 'a case is {"phrase": "words"}')
        if len(text) > _LONGEST_PHRASE:
            message = f"phrase has at most {_LONGEST_PHRASE} characters"
            raise CaseError("phrase_too_long", message)
        day = usual if case.get("on") is None else day_in(case["on"], "on")
        return answers.on(day)(text, _top_in(case, top))

    if jsonl is None:
        tell(partial(work, {"phrase": phrase}))
    else:
        answers.on(usual)
        answer_lines(jsonl, work)


def _top_in(case: dict[str, Any], usual: int) -> int:
    given = case.get("top")
    if given is None:
        return usual
    if not isinstance(given, int) or isinstance(given, bool) or not 1 <= given <= _MOST:
        raise CaseError("top_unusable", f"top is a whole number from 1 to {_MOST}")
    return given


class _Answers:
    """How a phrase is answered on a day; days of the same release are answered by the same one."""

    def __init__(self, sets: CodeSetLibrary, *, by_meaning: bool) -> None:
        self._sets = sets
        self._by_meaning = by_meaning
        self._days: dict[date, Answer] = {}
        self._releases: dict[str, Answer] = {}

    def on(self, day: date) -> Answer:
        """The answer to phrases of that day."""
        if day not in self._days:
            if len(self._days) >= _MOST_DAYS:
                self._days.clear()
            self._days[day] = self._made(day)
        return self._days[day]

    def _made(self, day: date) -> Answer:
        try:
            at_hand = self._sets.on(day)
            codes = at_hand.diagnoses
            if codes.release not in self._releases:
                made = _by_meaning(self._sets, at_hand) if self._by_meaning else _by_words(codes)
                self._releases[codes.release] = made
        except NoReleaseError as missing:
            return _refusing(str(missing))
        except ArtefactError as missing:
            raise fail(str(missing)) from None
        return self._releases[codes.release]


def _refusing(gap: str) -> Answer:
    """Each phrase is answered with what no release covers."""

    def answer(_text: str, _top: int) -> Result:
        raise CaseError("no_code_set_release", gap)

    return answer


def _by_words(codes: DiagnosisCodes) -> Answer:
    candidates = PhraseCandidates(codes, PhraseMatcher(codes))

    def answer(text: str, top: int) -> Result:
        found = named_codes(candidates, text, top)
        return {"phrase": text, "candidates": found, "release": codes.release}

    return answer


def _by_meaning(library: CodeSetLibrary, sets: CodeSets) -> Answer:
    try:
        candidates = Meanings(library, CodingSettings()).of(sets)
    except ArtefactError as missing:
        raise fail(str(missing)) from None

    def answer(text: str, top: int) -> Result:
        found = [
            {"code": each.code, "score": each.score, "path": each.path}
            | ({"alike": each.alike, "by_words": each.by_words} if each.alike else {})
            for each in candidates.named(text, top)
        ]
        release = sets.diagnoses.release
        return {
            "phrase": text,
            "candidates": found,
            "release": release,
            "semantic": candidates.name,
        }

    return answer
