"""``claimstream coding lookup``: a phrase, and the codes that it may name."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.commands.cases import CaseError, Result, answer_lines, tell
from services.coding.commands.shared import AsJson, DateOfService, code_sets, day_of, fail
from services.coding.domain.code_sets import CodeSets, DiagnosisCodes
from services.coding.domain.diagnosis.phrase_candidates import PhraseCandidates
from services.coding.domain.diagnosis.phrase_match import PhraseMatcher
from services.coding.semantic.opening import Meanings
from services.coding.settings import CodingSettings


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
    top: Annotated[int, typer.Option("--top", min=1, max=50)] = 5,
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

    A line of --jsonl:
        {"phrase": "acute bronchitis"}

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
    try:
        at_hand = sets.on(day_of(on, sets))
        answer = _by_meaning(sets, at_hand, top) if semantic else _by_words(at_hand.diagnoses, top)
    except NoReleaseError as missing:
        answer = _refusing(str(missing))
    except ArtefactError as missing:
        raise fail(str(missing)) from None

    def work(case: dict[str, Any]) -> Result:
        text = case.get("phrase")
        if not isinstance(text, str):
            raise CaseError("not_a_phrase", 'a case is {"phrase": "words"}')
        return answer(text)

    if jsonl is None:
        tell(partial(answer, phrase))
    else:
        answer_lines(jsonl, work)


def _refusing(gap: str) -> Callable[[str], Result]:
    """Each phrase is answered with what no release covers."""

    def answer(_text: str) -> Result:
        raise CaseError("no_code_set_release", gap)

    return answer


def _by_words(codes: DiagnosisCodes, top: int) -> Callable[[str], Result]:
    candidates = PhraseCandidates(codes, PhraseMatcher(codes))

    def answer(text: str) -> Result:
        found = named_codes(candidates, text, top)
        return {"phrase": text, "candidates": found, "release": codes.release}

    return answer


def _by_meaning(library: CodeSetLibrary, sets: CodeSets, top: int) -> Callable[[str], Result]:
    try:
        candidates = Meanings(library, CodingSettings()).of(sets)
    except ArtefactError as missing:
        raise fail(str(missing)) from None

    def answer(text: str) -> Result:
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
