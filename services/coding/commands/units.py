"""``claimstream coding units``: a dose and its containers, as the lines that report it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

import typer

from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.commands.cases import CaseError, Result, answer_lines, answer_one
from services.coding.commands.dose_cases import DoseCase, read_dose_case
from services.coding.commands.shared import AsJson, code_sets, fail
from services.coding.domain.code_sets import HcpcsCode
from services.coding.domain.procedures.dose_lines import DoseLines, Finding, dose_lines
from services.coding.domain.procedures.drug_names import descriptor_of, drug_named
from services.coding.domain.procedures.drug_units import DrugLine, in_unit
from services.coding.domain.procedures.vial_mix import Size


def units(
    file: Annotated[str, typer.Argument(help="a case as JSON; - for standard input")] = "",
    *,
    jsonl: Annotated[
        Path | None, typer.Option("--jsonl", help="one case a line; one result a line")
    ] = None,
    as_json: AsJson = True,  # noqa: ARG001 - what is printed is JSON either way
) -> None:
    """Units of a drug with JW or JZ, from its dose and containers; JSON out.

    One case (JSON is printed with --json and without it), and many:
        claimstream coding units case.json --json
        claimstream coding units --jsonl cases.jsonl

    A case, and each line of --jsonl:
        {"code": "J0696", "dose": "600", "dose_unit": "mg", "container": "single_dose",
         "containers": [{"size": "500", "unit": "mg"}, {"size": "250", "unit": "mg"}]}

    gives, in the same order:
        {"lines": [{"code": "J0696", "units": 3, "modifiers": ["JZ"]}],
         "vials": [{"size": "500", "unit": "mg", "count": 1}, ...], "waste": "150",
         "findings": [...], ...}
        or {"error": {"reason": "dose_missing", "message": "..."}}

    Without a code of HCPCS Level II give descriptor_dose and descriptor_unit. container:
    single_dose or multi_dose; wasted: what was documented as discarded; containers: sizes at
    hand, with a count where these are few; a dose in mL needs concentration, as "250 mg/mL";
    date: of service, else today.
    """
    if bool(file) == (jsonl is not None):
        raise fail("give one of FILE or --jsonl", 2)
    library = code_sets()
    today = datetime.now(UTC).date()

    def work(case: dict[str, Any]) -> Result:
        return counted(read_dose_case(case), library, today)

    if jsonl is not None:
        answer_lines(jsonl, work)
    else:
        answer_one(file, work)


def counted(case: DoseCase, library: CodeSetLibrary, today: date) -> Result:
    """The lines of one case as plain data. Raises ``CaseError``."""
    day = case.day or today
    notes: list[Finding] = []
    code, release = _code(case, library, day, notes)
    per, unit = _descriptor(case, code, notes)

    def converted(amount: Decimal, of: str, what: str) -> Decimal:
        found = in_unit(amount, of, unit)
        if found is None and case.strength is not None:
            volume = in_unit(amount, of, "mL")
            if volume is not None:
                found = in_unit(volume * case.strength[0], case.strength[1], unit)
        if found is None:
            raise CaseError(
                "unit_not_convertible", f"{what} in {of} does not convert into {unit or 'units'}"
            )
        return found

    made = dose_lines(
        converted(case.dose, case.dose_unit, "the dose"),
        per,
        case.container,
        tuple(
            Size(converted(each.amount, each.unit, "a container"), each.count)
            for each in case.containers
        ),
        None
        if case.wasted is None
        else converted(case.wasted, case.wasted_unit, "what was wasted"),
        day,
    )
    shown = {
        converted(each.amount, each.unit, "a container"): each for each in reversed(case.containers)
    }
    return {
        "lines": [
            _line(each, code.code if code is not None else case.code, case) for each in made.lines
        ],
        "vials": [
            {
                "size": _plain(shown[vial.amount].amount),
                "unit": shown[vial.amount].unit,
                "count": vial.number,
            }
            for vial in made.vials
        ],
        **_waste(made, unit, case),
        "descriptor": {"dose": _plain(per), "unit": unit},
        "release": release,
        "findings": [
            {"kind": each.kind, "message": each.message} for each in (*notes, *made.findings)
        ],
    }


def _code(
    case: DoseCase, library: CodeSetLibrary, day: date, notes: list[Finding]
) -> tuple[HcpcsCode | None, str]:
    """The code by number or by name, and the release that has it."""
    if not (case.code or case.drug):
        return None, ""
    try:
        manifest, _ = library.manifest("hcpcs", day)
    except NoReleaseError as missing:
        if case.descriptor_dose is not None:
            return None, ""
        raise CaseError("no_code_set_release", str(missing)) from None
    hcpcs = library.hcpcs_release(manifest)
    found = hcpcs.code(case.code) if case.code else drug_named(case.drug, hcpcs)
    if found is None and case.descriptor_dose is None:
        raise CaseError(
            "code_unknown", f"hcpcs {manifest.release} has no such code: give its descriptor dose"
        )
    if found is not None and not found.valid_on(day):
        notes.append(
            Finding("code_not_in_force", f"hcpcs {manifest.release} does not have it then")
        )
    return found, manifest.release if found is not None else ""


def _descriptor(
    case: DoseCase, code: HcpcsCode | None, notes: list[Finding]
) -> tuple[Decimal, str]:
    """What one unit stands for; what the case says comes before the release."""
    listed = descriptor_of(code) if code is not None else None
    if case.descriptor_dose is not None:
        if listed is not None:
            same = in_unit(case.descriptor_dose, case.descriptor_unit, listed[1])
            if same is not None and same != listed[0]:
                notes.append(
                    Finding("descriptor_differs", "the release lists another descriptor dose")
                )
        return case.descriptor_dose, case.descriptor_unit
    if listed is None:
        raise CaseError(
            "descriptor_dose_missing", "the code has no descriptor dose: give descriptor_dose"
        )
    return listed


def _line(made: DrugLine, code: str, case: DoseCase) -> Result:
    line: Result = {
        "code": code or None,
        "units": made.units,
        "modifiers": [made.modifier] if made.modifier else [],
    }
    return {**line, "ndc": case.ndc} if case.ndc else line


def _waste(made: DoseLines, unit: str, case: DoseCase) -> Result:
    """What is discarded, in the unit of the dose where that converts back."""
    if made.waste is None:
        return {"waste": None, "waste_unit": case.dose_unit}
    back = in_unit(made.waste, unit, case.dose_unit)
    if back is None:
        return {"waste": _plain(made.waste), "waste_unit": unit}
    return {"waste": _plain(back), "waste_unit": case.dose_unit}


def _plain(amount: Decimal) -> str:
    """Plain digits without an exponent or closing zeros."""
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
