"""``claimstream coding edits``: proposed lines against the edits, offline."""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.commands import report
from services.coding.commands.cases import CaseError, Result, answer_lines, answer_one
from services.coding.commands.edit_cases import EditCase, read_case
from services.coding.commands.shared import AsJson, code_sets, day_of, fail
from services.coding.domain.code_sets import CodeSets
from services.coding.domain.edits.editor import edit
from services.coding.domain.edits.fixes import applied
from services.coding.domain.edits.service_line import ServiceLine
from services.coding.domain.edits.verdicts import Verdict


def edits(
    file: Annotated[str, typer.Argument(help="a case as JSON; - for standard input")] = "",
    *,
    jsonl: Annotated[
        Path | None, typer.Option("--jsonl", help="one case a line; one result a line")
    ] = None,
    as_json: AsJson = True,  # noqa: ARG001 - what is printed is JSON either way
) -> None:
    """Judge proposed lines before they are billed; JSON out.

    One case (JSON is printed with --json and without it), and many:
        claimstream coding edits case.json --json
        claimstream coding edits --jsonl cases.jsonl

    A case, and each line of --jsonl:
        {"lines": [{"code": "80053"}, {"code": "80048"}], "diagnoses": ["E11.9"],
         "date": "2024-08-01", "place_of_service": "11", "age": 60, "sex": "F"}

    gives, in the same order:
        {"verdicts": [{"rule": "panel-component", "status": "deny", "lines": [2], ...}, ...],
         "report_instead": [{"code": "80053", ...}], "hold": [], "releases": [...]}
        or {"error": {"reason": "date_missing", "message": "..."}}

    status: pass, deny, needs_modifier, warn or no_data. hold: lines that a person settles. A line
    may also have modifiers, units, pointers, provider_id, place_of_service, date and documented
    (separate_encounter, separate_structure, ...); the case programme, jurisdiction, abn,
    birth_date, claim (professional or facility), benefit_year (calendar), and history: lines of
    other encounters, as
    [{"code": "11042", "date": "2024-07-30", "provider_id": "D1", "diagnoses": ["L97.511"]}].
    Without history (an empty one says that there was none) global periods and frequency are
    no_data.
    """
    if bool(file) == (jsonl is not None):
        raise fail("give one of FILE or --jsonl", 2)
    sets = code_sets()

    def work(case: dict[str, Any]) -> Result:
        return judged(read_case(case), sets)

    if jsonl is not None:
        answer_lines(jsonl, work)
    else:
        answer_one(file, work)


def judged(case: EditCase, library: CodeSetLibrary) -> Result:
    """The verdicts on one case as plain data."""
    sets, gap = _sets_for(library, case.context.date)
    found = edit(case.lines, case.diagnoses, case.context, sets, gap=gap)
    return {
        "verdicts": [of_verdict(verdict, case) for verdict in found.found],
        "report_instead": [of_line(line, case) for line in found.report_instead],
        "hold": list(found.hold),
        "releases": list(found.releases),
    }


def _sets_for(library: CodeSetLibrary, day: date) -> tuple[CodeSets, str]:
    """The releases of the day, or the latest with the sentence that says what is missing."""
    try:
        return library.on(day), ""
    except NoReleaseError as missing:
        gap = str(missing)
    try:
        return library.on(day_of(None, library)), gap
    except NoReleaseError as missing:
        raise CaseError("no_code_set_release", str(missing)) from None


def of_verdict(verdict: Verdict, case: EditCase) -> Result:
    """A verdict as plain data; ``report_instead``: its own lines as they should be."""
    found = report.of_verdict(verdict)
    if verdict.fixes:
        found["report_instead"] = [
            of_line(line, case) for line in applied(case.lines, verdict.fixes, verdict.lines)
        ]
    return found


def of_line(line: ServiceLine, case: EditCase) -> Result:
    """A line as plain data, with what the case said line by line."""
    found: Result = {
        "code": line.code,
        "modifiers": list(line.modifiers),
        "units": line.units,
        "pointers": list(line.points),
    }
    own = {
        "provider_id": line.provider_id,
        "place_of_service": line.place_of_service,
        "date": line.date.isoformat(),
    }
    return {**found, **{name: own[name] for name in own if name in case.shown}}
