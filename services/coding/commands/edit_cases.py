"""A case of ``coding edits`` as JSON: each field checked, common spellings taken."""

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, cast, get_args

from msgspec import Struct

from services.coding.commands.cases import CaseError, day_in, is_number
from services.coding.domain.diagnosis.diagnosis_coding import dotted
from services.coding.domain.edits.service_line import (
    Documented,
    EditContext,
    PastLine,
    ServiceLine,
    Sex,
)

MOST_LINES = 500
_OLDEST = 130
_MOST_UNITS = 1_000_000
_PROCEDURE = re.compile(r"[0-9A-Z]{2,7}")
_DIAGNOSIS = re.compile(r"[A-Z][0-9A-Z]{1,6}")
_SPLIT = re.compile(r"[\s,;:/|]+")
_LETTERS = "ABCDEFGHIJKL"
_SEXES: dict[str, Sex] = {
    **dict.fromkeys(("F", "FEMALE"), "F"),
    **dict.fromkeys(("M", "MALE"), "M"),
    **dict.fromkeys(("", "U", "UNKNOWN", "X", "O", "OTHER", "UN", "UNK"), "U"),
}
_OF_FACILITIES = {
    **dict.fromkeys(("", "professional", "837p"), False),
    **dict.fromkeys(("facility", "institutional", "837i"), True),
}
_CALENDAR_YEARS = {
    **dict.fromkeys(("", "rolling", "twelve_months", "12_months"), False),
    **dict.fromkeys(("calendar", "calendar_year"), True),
}
_NAMES: dict[str, tuple[str, ...]] = {
    "lines": ("lines", "procedures", "service_lines", "claim_lines"),
    "diagnoses": ("diagnoses", "dx", "diagnosis_codes", "icd10"),
    "date": ("date", "on", "service_date", "date_of_service", "dos"),
    "place": ("place_of_service", "pos", "place"),
    "provider": ("provider_id", "rendering_provider_id", "provider", "npi"),
    "programme": ("programme", "program", "payer"),
    "history": ("history", "earlier", "prior"),
    "sex": ("sex", "gender"),
    "birth_date": ("birth_date", "dob", "date_of_birth"),
    "code": ("code", "cpt", "hcpcs", "procedure", "procedure_code"),
    "modifiers": ("modifiers", "modifier", "mods"),
    "units": ("units", "quantity", "qty"),
    "pointers": ("pointers", "diagnosis_pointers", "dx_pointers", "pointer"),
}


class EditCase(Struct, frozen=True):
    """A case as the edits take it; ``shown`` are the fields of lines that the case names itself."""

    lines: tuple[ServiceLine, ...]
    diagnoses: tuple[str, ...]
    context: EditContext
    shown: frozenset[str]


def read_case(case: Mapping[str, Any]) -> EditCase:
    """The case. Raises ``CaseError``, whose message says which field, not what it holds."""
    patient = case.get("patient")
    said = {name: value for name, value in case.items() if value is not None}
    facts = {**patient, **said} if isinstance(patient, dict) else said
    if _field(case, "lines") is None:
        raise CaseError("lines_missing", "a case needs its lines: a list of objects with a code")
    rows = _rows(_field(case, "lines"), "lines")
    day = _day(_field(case, "date"), "date") or next(
        (found for row in rows if (found := _day(_field(row, "date"), "date of a line"))), None
    )
    if day is None:
        raise CaseError("date_missing", "a case needs its date of service as YYYY-MM-DD")
    diagnoses = tuple(
        _diagnosis(item, number)
        for number, item in enumerate(_listed(_field(case, "diagnoses")), start=1)
    )
    place = _place(_field(case, "place"))
    provider = _text(_field(case, "provider"))
    lines = tuple(
        _line(row, number, day, place, provider, diagnoses)
        for number, row in enumerate(rows, start=1)
    )
    history = tuple(
        _past(row, number)
        for number, row in enumerate(_rows(_field(case, "history"), "history"), start=1)
    )
    age, age_days = _age(facts, day)
    context = EditContext(
        day,
        age,
        age_days,
        _sex(_field(facts, "sex")),
        _programme(_text(_field(facts, "programme"))),
        _text(case.get("jurisdiction", case.get("mac"))).upper(),
        history,
        _flag(case, "abn"),
        facility=_one_of(case, "claim", _OF_FACILITIES, "professional or facility")
        or bool(_flag(case, "facility")),
        history_known=_field(case, "history") is not None,
        by_calendar_year=_one_of(case, "benefit_year", _CALENDAR_YEARS, "calendar or rolling"),
    )
    shown = {
        name
        for name, spellings in (("provider_id", "provider"), ("date", "date"))
        if any(_field(row, spellings) is not None for row in rows)
    }
    if any(_field(row, "place") is not None for row in rows):
        shown.add("place_of_service")
    return EditCase(lines, diagnoses, context, frozenset(shown))


def _field(case: Mapping[str, Any], name: str) -> Any:
    return next((case[each] for each in _NAMES[name] if case.get(each) is not None), None)


def _rows(value: Any, name: str) -> list[dict[str, Any]]:
    if value is None:
        return []
    if isinstance(value, list):
        rows = [{"code": row} if isinstance(row, str) else row for row in value]
        if all(isinstance(row, dict) for row in rows) and len(rows) <= MOST_LINES:
            return rows
    raise CaseError(
        f"{name}_unusable", f"{name} is a list of at most {MOST_LINES} objects with a code"
    )


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, str):
        return [item for item in _SPLIT.split(value) if item]
    if isinstance(value, list) and len(value) <= MOST_LINES:
        return value
    raise CaseError("diagnoses_unusable", "diagnoses is a list of ICD-10-CM codes")


def _text(value: Any) -> str:
    if value is None or isinstance(value, (bool, dict, list)):
        return ""
    return str(value).strip()[:80]


def _programme(text: str) -> str:
    """A programme as coverages name it; Medicare's parts and plans are bound alike."""
    name = text.lower().replace(" ", "_")
    return "medicare" if name.startswith("medicare") else name


def _flag(case: Mapping[str, Any], name: str) -> bool | None:
    value = case.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise CaseError(f"{name}_unusable", f"{name} is true or false")


def _one_of(case: Mapping[str, Any], name: str, known: Mapping[str, bool], said: str) -> bool:
    value = case.get(name)
    text = "" if value is None else value
    found = (
        known.get(re.sub(r"[\s-]+", "_", text.strip().lower())) if isinstance(text, str) else None
    )
    if found is None:
        raise CaseError(f"{name}_unusable", f"{name} is {said}")
    return found


def _sex(value: Any) -> Sex:
    text = "" if value is None else value
    found = _SEXES.get(text.strip().upper()) if isinstance(text, str) else None
    if found is None:
        raise CaseError("sex_unusable", "sex is F, M or U")
    return found


def _day(value: Any, name: str) -> date | None:
    return None if value is None else day_in(value, name)


def _place(value: Any) -> str:
    text = _text(value)
    if not text and value in (None, ""):
        return "11"
    if not is_number(text, 2):
        raise CaseError("place_unusable", "place_of_service is two digits")
    return text.zfill(2)


def _diagnosis(item: Any, number: int) -> str:
    text = item.get("code") if isinstance(item, dict) else item
    code = str(text or "").strip().upper().replace(".", "")
    if not _DIAGNOSIS.fullmatch(code):
        raise CaseError("diagnosis_unusable", f"diagnosis {number} is no ICD-10-CM code")
    return dotted(code)


def _code(row: Mapping[str, Any], number: int, name: str) -> str:
    code = _text(_field(row, "code")).upper()
    if not _PROCEDURE.fullmatch(code):
        raise CaseError("code_unusable", f"{name} {number} has no usable procedure code")
    return code


def _modifiers(row: Mapping[str, Any], number: int) -> tuple[str, ...]:
    value = _field(row, "modifiers")
    items = _SPLIT.split(value) if isinstance(value, str) else value or []
    if not isinstance(items, list):
        raise CaseError("modifiers_unusable", f"modifiers of line {number} are a list")
    found = [str(item).strip().upper() for item in items]
    found = [item for item in found if item]
    if any(len(item) != 2 or not item.isalnum() for item in found):
        raise CaseError("modifiers_unusable", f"a modifier of line {number} is not two characters")
    return tuple(dict.fromkeys(found))


def _units(row: Mapping[str, Any], number: int) -> int:
    value = _field(row, "units")
    if value is None:
        return 1
    if isinstance(value, str) and is_number(value.strip(), 9):
        value = int(value)
    if type(value) is not int or not 0 <= value <= _MOST_UNITS:
        raise CaseError("units_unusable", f"units of line {number} are a whole number")
    return value


def _pointers(
    row: Mapping[str, Any], number: int, diagnoses: tuple[str, ...]
) -> tuple[int, ...] | None:
    value = _field(row, "pointers")
    if value is None:
        return None
    items = value if isinstance(value, list) else _SPLIT.split(str(value))
    return tuple(_pointer(item, number, diagnoses) for item in items if str(item).strip())


def _pointer(item: Any, number: int, diagnoses: tuple[str, ...]) -> int:
    text = str(item).strip().upper()
    if is_number(text, 3):
        return int(text)
    if len(text) == 1 and text in _LETTERS:
        return _LETTERS.index(text) + 1
    code = dotted(text.replace(".", ""))
    if code in diagnoses:
        return diagnoses.index(code) + 1
    raise CaseError("pointers_unusable", f"a pointer of line {number} is no diagnosis of the case")


def _line(  # noqa: PLR0917 - a line, and what the case says for all
    row: Mapping[str, Any],
    number: int,
    day: date,
    place: str,
    provider: str,
    diagnoses: tuple[str, ...],
) -> ServiceLine:
    own_place = _field(row, "place")
    said = row.get("documented")
    return ServiceLine(
        _code(row, number, "line"),
        _day(_field(row, "date"), f"date of line {number}") or day,
        _modifiers(row, number),
        _units(row, number),
        _pointers(row, number, diagnoses),
        _text(_field(row, "provider")) or provider,
        place if own_place is None else _place(own_place),
        _documented(said if isinstance(said, list) else [said]),
    )


def _documented(items: Iterable[Any]) -> tuple[Documented, ...]:
    known = get_args(Documented)
    return tuple(cast("Documented", item) for item in items if item in known)


def _past(row: Mapping[str, Any], number: int) -> PastLine:
    day = _day(_field(row, "date"), f"date of history {number}")
    if day is None:
        raise CaseError("date_missing", f"history {number} needs its date as YYYY-MM-DD")
    return PastLine(
        _code(row, number, "history"),
        day,
        _text(_field(row, "provider")),
        tuple(_diagnosis(item, number) for item in _listed(_field(row, "diagnoses"))),
        _modifiers(row, number),
        _units(row, number),
    )


def _age(facts: Mapping[str, Any], day: date) -> tuple[int | None, int | None]:
    born = _day(_field(facts, "birth_date"), "birth_date")
    if born is not None:
        if born > day:
            raise CaseError("birth_date_unusable", "birth_date is after the date of service")
        before = (day.month, day.day) < (born.month, born.day)
        return day.year - born.year - int(before), (day - born).days
    days = _whole(facts, "age_days", _OLDEST * 366)
    if days is not None:
        return days // 365, days
    months = _whole(facts, "age_months", _OLDEST * 12)
    if months is not None:
        return months // 12, months * 365 // 12
    return _whole(facts, "age", _OLDEST), None


def _whole(facts: Mapping[str, Any], name: str, most: int) -> int | None:
    value = facts.get(name)
    if value is None:
        return None
    if isinstance(value, str) and is_number(value.strip(), 6):
        value = int(value)
    if type(value) is not int or not 0 <= value <= most:
        raise CaseError(f"{name}_unusable", f"{name} is a whole number from 0 to {most}")
    return value
