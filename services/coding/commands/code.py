"""``claimstream coding code``: an encounter or a note, coded offline."""

from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.encounter import EncounterDocumented
from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.commands import report
from services.coding.commands.cases import CaseError, Result, Work, answer_lines, answer_one, tell
from services.coding.commands.offline import Known, Sex, encounter_of, from_note, read_note
from services.coding.commands.past_visits import history_of
from services.coding.commands.shared import AsJson, DateOfService, code_sets, day_of, fail
from services.coding.domain.coding_result import PatientFacts, VisitHistory
from services.coding.domain.engine import code_encounter
from services.coding.semantic.opening import meanings
from services.coding.settings import CodingSettings


class _Coding:
    """Codes encounters as the settings say."""

    def __init__(self, sets: CodeSetLibrary) -> None:
        settings = CodingSettings()
        self._sets = sets
        self._options = settings.options()
        try:
            self._meanings = meanings(sets, settings)
        except ArtefactError as missing:
            raise fail(str(missing)) from None

    def coded(
        self,
        encounter: EncounterDocumented,
        patient: PatientFacts,
        history: VisitHistory | None = None,
    ) -> Result:
        """The result as plain data. Raises ``CaseError`` for a day that no release covers."""
        try:
            at_hand = self._sets.on(encounter.service_date)
        except NoReleaseError as missing:
            raise CaseError("no_code_set_release", str(missing)) from None
        known = history or VisitHistory()
        result = code_encounter(encounter, patient, known, at_hand, self._options)
        if self._meanings is not None:
            result = self._meanings.beside(result, encounter, at_hand)
        return report.of_result(result)


def _work(sets: CodeSetLibrary, known: Known) -> Work:
    coding = _Coding(sets)

    def work(case: dict[str, Any]) -> Result:
        return coding.coded(*encounter_of(case, known), history_of(case))

    return work


def code(
    file: Annotated[
        str, typer.Argument(help="an encounter-documented event as JSON; - for standard input")
    ] = "",
    *,
    note: Annotated[
        Path | None, typer.Option("--note", help="a note as plain text; - for standard input")
    ] = None,
    jsonl: Annotated[
        Path | None, typer.Option("--jsonl", help="one case a line; one result a line")
    ] = None,
    setting: Annotated[str, typer.Option("--setting", help="office, ed or inpatient")] = "office",
    age: Annotated[int, typer.Option("--age", min=0, max=120)] = 40,
    sex: Annotated[Sex, typer.Option("--sex")] = "U",
    programme: Annotated[str, typer.Option("--programme", help="the primary payer's")] = "",
    on: DateOfService = None,
    as_json: AsJson = True,  # noqa: ARG001 - what is printed is JSON either way
) -> None:
    """Code without broker or database; JSON out.

    One encounter or note (JSON is printed with --json and without it), and many:
        claimstream coding code event.json --json
        claimstream coding code --note note.txt --setting office --age 60 --on 2026-03-02
        claimstream coding code --jsonl cases.jsonl

    A line of --jsonl is an encounter-documented event, or:
        {"note": "Assessment: gout", "setting": "office", "age": 60, "sex": "F",
         "on": "2026-03-02"}

    gives, in the same order:
        {"diagnoses": [{"code": "M10.9", "confidence": 930, "evidence": [...], ...}],
         "procedures": [{"code": "99213", "modifiers": [], "units": 1, "pointers": [1], ...}],
         "evaluation_management": {"code": "99213", "columns": {...}, ...}, "queries": [...],
         "confidence": 930, "route": "query", "alternatives": [...], "releases": [...], ...}
        or {"error": {"reason": "date_unusable", "message": "..."}}

    confidence is in permille. route: query (the provider is asked), coder, or automatic. Beside an
    event may stand age, sex, programme, the provider's taxonomy, and history: all services
    of three years as [{"service_date": "2025-01-15", "code": "99213", "taxonomy": "207Q00000X"}],
    each also with modifiers, units, diagnoses, provider_id.
    """
    if sum(map(bool, (file, note, jsonl))) != 1:
        raise fail("give one of FILE, --note or --jsonl", 2)
    sets = code_sets()
    known = Known(setting, age, sex, programme, day_of(on, sets))
    if jsonl is not None:
        answer_lines(jsonl, _work(sets, known))
    elif note is not None:
        text = read_note(str(note))
        coding = _Coding(sets)
        tell(lambda: coding.coded(from_note(text, known), known.patient(known.day)))
    else:
        answer_one(file, _work(sets, known))
