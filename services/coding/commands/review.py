"""``claimstream coding review``: what documentation leaves open, offline."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from schemas.encounter import EncounterDocumented
from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.commands.cases import CaseError, Result, Work, answer_lines, answer_one, tell
from services.coding.commands.offline import Known, Sex, encounter_of, from_note, note_of, read_note
from services.coding.commands.shared import AsJson, DateOfService, code_sets, day_of, fail
from services.coding.domain.coding_result import PatientFacts, Query, VisitHistory
from services.coding.domain.engine import code_encounter
from services.coding.domain.reading.note_reading import NoteReading
from services.coding.domain.review import review as documentation
from services.coding.domain.review.cloned_text import sketch
from services.coding.domain.review.documentation_review import Flag

_LONGEST_NOTE = 1_000_000


def review(
    file: Annotated[
        str, typer.Argument(help="an encounter-documented event as JSON; - for standard input")
    ] = "",
    *,
    note: Annotated[
        list[Path] | None,
        typer.Option("--note", help="a note as plain text, - for standard input; repeat"),
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
    """Review documentation: is it complete, does it agree with itself; JSON out.

    One encounter or note (JSON is printed with --json and without it), and many:
        claimstream coding review event.json --json
        claimstream coding review --note note.txt --on 2026-03-02 --json
        claimstream coding review --jsonl cases.jsonl

    A line of --jsonl is an encounter-documented event, or:
        {"note": "Assessment: left knee pain", "setting": "office", "sex": "F",
         "on": "2026-03-02", "previous_note": "Assessment: gout"}

    gives, in the same order:
        {"flags": [{"kind": "missing_laterality", "severity": "query", "source": "...",
         "blocks": "diagnosis", "item_id": "p1", "question": "..."}, ...],
         "queries": [{"kind": "missing_laterality", "item_id": "p1", "question": "..."}]}
        or {"error": {"reason": "not_json", "message": "..."}}

    Several --note are one patient's in order: each is also compared with the one before it, and
    answered with a line. severity: query (the provider is asked, what blocks names waits) or warn
    (said, and goes on).
    """
    if sum(map(bool, (file, note, jsonl))) != 1:
        raise fail("give one of FILE, --note or --jsonl", 2)
    sets = code_sets()
    known = Known(setting, age, sex, programme, day_of(on, sets))
    if jsonl is not None:
        answer_lines(jsonl, _work(sets, known))
    elif note:
        earlier: tuple[int, ...] = ()
        for path in note:
            text = read_note(str(path))
            tell(partial(_of_note, text, known, sets, earlier))
            earlier = sketch((text[:_LONGEST_NOTE],)) or earlier
    else:
        answer_one(file, _work(sets, known))


def _work(sets: CodeSetLibrary, known: Known) -> Work:
    def work(case: dict[str, Any]) -> Result:
        previous = case.pop("previous_note", None)
        if previous is not None and not isinstance(previous, str):
            raise CaseError("previous_note_unusable", "previous_note is text")
        earlier = sketch((previous[:_LONGEST_NOTE],)) if previous is not None else ()
        note = note_of(case)
        if note is not None:
            own = known.of(case)
            return _of_note(note, own, sets, earlier)
        encounter, patient = encounter_of(case, known)
        return reviewed(encounter, patient, sets, documentation.Known(patient.sex, earlier))

    return work


def _of_note(text: str, known: Known, sets: CodeSetLibrary, earlier: tuple[int, ...]) -> Result:
    patient = known.patient(known.day)
    return reviewed(
        from_note(text, known),
        patient,
        sets,
        documentation.Known(known.sex, earlier, note_alone=True),
    )


def reviewed(
    encounter: EncounterDocumented,
    patient: PatientFacts,
    sets: CodeSetLibrary,
    known: documentation.Known,
) -> Result:
    """The flags on one encounter and the questions they open, as plain data.

    What the coding rules ask is among them where a release covers the date of service.
    """
    flags = documentation.review(encounter, NoteReading(encounter.note), known)
    result: Result = {}
    asked: tuple[Query, ...] = ()
    try:
        at_hand = sets.on(encounter.service_date)
    except NoReleaseError as missing:
        result["not_looked_at"] = {"reason": "no_code_set_release", "message": str(missing)}
    else:
        history = VisitHistory(last_note=known.earlier)
        asked = code_encounter(encounter, patient, history, at_hand).queries
    seen = {(flag.kind, flag.item_id) for flag in flags if flag.severity == "query"}
    for query in asked:
        kind = query.gap or query.kind
        if (kind, query.item_id) not in seen:
            flags = [flag for flag in flags if (flag.kind, flag.item_id) != (kind, query.item_id)]
            flags.append(_flag_of(kind, query.item_id))
    opened = {(flag.kind, flag.item_id): flag for flag in flags if flag.severity == "query"}
    return {
        "flags": [of_flag(flag) for flag in flags],
        "queries": [
            {"kind": kind, "item_id": item_id, "question": flag.question}
            for (kind, item_id), flag in opened.items()
        ],
        **result,
    }


def _flag_of(kind: str, item_id: str | None) -> Flag:
    """A gap that the coding rules found; a place in the note is named as ``note-SECTION-START``."""
    if item_id is not None and item_id.startswith("note-"):
        section, _, start = item_id.removeprefix("note-").partition("-")
        if section.isdigit() and start.isdigit():
            return Flag(kind, "query", item_id, int(section), int(start))
    return Flag(kind, "query", item_id)


def of_flag(flag: Flag) -> Result:
    """A flag as plain data."""
    found: Result = {
        "kind": flag.kind,
        "severity": flag.severity,
        "source": flag.source,
        "blocks": flag.blocks,
        "item_id": flag.item_id,
        "question": flag.question,
    }
    for name in ("section", "start", "end"):
        value = getattr(flag, name)
        if value is not None:
            found[name] = value
    if flag.missing:
        found["missing"] = list(flag.missing)
    return found
