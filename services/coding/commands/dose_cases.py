"""A case of ``coding units`` as JSON: each field checked, common spellings taken."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from msgspec import Struct

from services.coding.commands.cases import CaseError, day_in
from services.coding.domain.procedures.dose_lines import Container

_NAMES: dict[str, tuple[str, ...]] = {
    "code": ("code", "hcpcs", "hcpcs_code", "drug_code"),
    "drug": ("drug", "drug_name", "name", "description"),
    "dose": ("dose", "dose_given", "administered", "amount"),
    "dose_unit": ("dose_unit", "unit", "dose_units"),
    "descriptor_dose": ("descriptor_dose", "billing_unit", "per", "descriptor_amount"),
    "descriptor_unit": ("descriptor_unit", "billing_unit_unit", "per_unit", "descriptor_units"),
    "container": ("container", "container_kind", "container_type", "vial_type"),
    "containers": ("containers", "vials", "sizes", "vial_sizes", "container_sizes", "available"),
    "wasted": ("wasted", "waste", "discarded", "amount_wasted"),
    "date": ("date", "on", "service_date", "date_of_service", "dos"),
    "concentration": ("concentration", "strength"),
    "ndc": ("ndc",),
}
_AMOUNT = re.compile(
    r"\s*(?P<number>(?:[0-9]{1,3}(?:,[0-9]{3}){1,4}|[0-9]{1,16})(?:\.[0-9]{1,6})?)"
    r"\s*(?P<unit>[a-zA-Z.]*)\s*"
)
"""A comma stands between thousands alone: 1,5 may be one and a half, or fifteen."""
_STRENGTH = re.compile(
    r"\s*(?P<amount>[0-9.,]{1,16})\s*(?P<unit>[a-zA-Z.]+)\s*(?:/|per)\s*(?P<per>[0-9.,]{0,16})\s*"
    r"m[lL]\s*"
)
_UNITS = {
    **dict.fromkeys(("mg", "mgs", "milligram", "milligrams"), "mg"),
    **dict.fromkeys(("mcg", "ug", "mcgs", "microgram", "micrograms"), "mcg"),
    **dict.fromkeys(("g", "gm", "gms", "gram", "grams"), "g"),
    **dict.fromkeys(("kg", "kilogram", "kilograms"), "kg"),
    **dict.fromkeys(("ml", "mls", "cc", "ccs", "milliliter", "milliliters", "millilitre"), "mL"),
    **dict.fromkeys(("l", "liter", "liters", "litre", "litres"), "L"),
    **dict.fromkeys(("unit", "units", "u", "iu", "ius", "usp"), "unit"),
    **dict.fromkeys(("meq", "meqs"), "mEq"),
}
_CONTAINERS: dict[str, Container] = {
    **dict.fromkeys(("single_dose", "single_use", "sdv", "sdc", "single", "ampule"), "single_dose"),
    **dict.fromkeys(("multi_dose", "multiple_dose", "mdv", "multi", "multi_use"), "multi_dose"),
    **dict.fromkeys(("unknown", ""), "unknown"),
}
_NDC_SEGMENTS = {(4, 4, 2): 0, (5, 3, 2): 1, (5, 4, 1): 2, (5, 4, 2): -1}
_LARGEST = Decimal(10) ** 9
_MOST_CONTAINERS = 100


class Held(Struct, frozen=True):
    """A container of the case: what it holds, in its unit, and how many there are."""

    amount: Decimal
    unit: str
    count: int | None


class DoseCase(Struct, frozen=True):
    """A case as it was given; what was not said is empty or None."""

    code: str
    drug: str
    dose: Decimal
    dose_unit: str
    descriptor_dose: Decimal | None
    descriptor_unit: str
    container: Container
    containers: tuple[Held, ...]
    wasted: Decimal | None
    wasted_unit: str
    strength: tuple[Decimal, str] | None
    day: date | None
    ndc: str


def read_dose_case(case: Mapping[str, Any]) -> DoseCase:
    """The case. Raises ``CaseError``, whose message says which field, not what it holds."""
    dose, own_unit = _amount(_field(case, "dose"), "dose")
    unit = _one_unit(_unit(_field(case, "dose_unit"), "dose_unit"), own_unit, "dose")
    if dose is None or dose == 0:
        raise CaseError("dose_missing", "a case needs a dose greater than zero")
    if not unit:
        raise CaseError("dose_unit_missing", "a case needs the unit of its dose")
    per, per_own = _amount(_field(case, "descriptor_dose"), "descriptor_dose")
    if per == 0:
        raise CaseError("descriptor_dose_unusable", "descriptor_dose is greater than zero")
    wasted, wasted_own = _amount(_field(case, "wasted"), "wasted")
    code = str(_field(case, "code") or "").strip().upper()
    if code and not re.fullmatch(r"[A-Z0-9]{5}", code):
        raise CaseError("code_unusable", "code is a HCPCS code of five characters")
    said = _unit(_field(case, "descriptor_unit"), "descriptor_unit")
    descriptor_unit = _one_unit(said, per_own, "descriptor_dose")
    return DoseCase(
        code,
        str(_field(case, "drug") or "")[:200],
        dose,
        unit,
        per,
        (descriptor_unit or unit) if per is not None else "",
        _container(_field(case, "container")),
        _containers(_field(case, "containers"), unit),
        wasted,
        wasted_own or unit,
        _strength(_field(case, "concentration")),
        _day(_field(case, "date")),
        ndc11(str(_field(case, "ndc") or "")),
    )


def ndc11(text: str) -> str:
    """A national drug code as eleven digits, 5-4-2, as X12 and the NCPDP want it.

    Raises ``CaseError`` for what is neither eleven digits nor ten in segments.
    """
    bare = text.strip()
    if not bare:
        return ""
    parts = bare.split("-")
    if len(parts) == 1 and re.fullmatch(r"[0-9]{11}", bare):
        return bare
    short = _NDC_SEGMENTS.get(tuple(map(len, parts)))  # type: ignore[arg-type]
    if short is None or not re.fullmatch(r"[0-9]+", "".join(parts)):
        raise CaseError("ndc_unusable", "ndc is eleven digits, or ten as 4-4-2, 5-3-2 or 5-4-1")
    return "".join(f"0{part}" if number == short else part for number, part in enumerate(parts))


def _field(case: Mapping[str, Any], name: str) -> Any:
    return next((case[each] for each in _NAMES[name] if case.get(each) is not None), None)


def _amount(value: Any, name: str) -> tuple[Decimal | None, str]:
    """An amount, and the unit that stands behind it ("250 mg")."""
    if value is None or value == "":
        return None, ""
    if isinstance(value, dict):
        given, said = value.get("amount", value.get("value", value.get("size"))), value.get("unit")
        if isinstance(given, dict):
            raise CaseError(f"{name}_unusable", f"{name} is a decimal string")
        amount, own = _amount(given, name)
        return amount, _one_unit(_unit(said, name), own, name)
    if isinstance(value, (bool, list)):
        raise CaseError(f"{name}_unusable", f"{name} is a decimal string")
    found = _AMOUNT.fullmatch(str(value))
    try:
        number = None if found is None else Decimal(found["number"].replace(",", ""))
    except InvalidOperation:
        number = None
    if found is None or number is None or number > _LARGEST:
        raise CaseError(f"{name}_unusable", f"{name} is a decimal string, not below zero")
    return number, _unit(found["unit"], name) if found["unit"] else ""


def _unit(value: Any, name: str) -> str:
    if value is None or not str(value).strip():
        return ""
    unit = _UNITS.get(str(value).strip().rstrip(".").lower())
    if unit is None:
        raise CaseError(f"{name}_unusable", "a unit is mcg, mg, g, kg, mL, L, unit or mEq")
    return unit


def _one_unit(said: str, own: str, name: str) -> str:
    """The unit said apart from an amount, or the one behind it; two that differ are refused."""
    if said and own and said != own:
        raise CaseError(f"{name}_unusable", f"{name} has two units that differ")
    return said or own


def _container(value: Any) -> Container:
    text = re.sub(r"[\s-]+", "_", str(value or "").strip().lower())
    kind = _CONTAINERS.get(text.removesuffix("_vial").removesuffix("_container"))
    if kind is None:
        raise CaseError("container_unusable", "container is single_dose, multi_dose or unknown")
    return kind


def _containers(value: Any, unit: str) -> tuple[Held, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        value = [value]
    if len(value) > _MOST_CONTAINERS:
        raise CaseError("containers_unusable", f"at most {_MOST_CONTAINERS} containers are named")
    return tuple(_held(each, unit) for each in value)


def _held(value: Any, unit: str) -> Held:
    row = value if isinstance(value, dict) else {"size": value}
    size = row.get("size", row.get("amount", row.get("strength")))
    amount, own = _amount(size, "containers")
    if not amount:
        raise CaseError("containers_unusable", "a container has a size greater than zero")
    count = row.get("count", row.get("available"))
    if count is not None and (type(count) is not int or count < 0):
        raise CaseError("containers_unusable", "count of a container is a whole number")
    said = _unit(row.get("unit"), "containers")
    return Held(amount, _one_unit(said, own, "containers") or unit, count)


def _strength(value: Any) -> tuple[Decimal, str] | None:
    """What one millilitre holds."""
    if value is None or value == "":
        return None
    found = _STRENGTH.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise CaseError("concentration_unusable", 'concentration is written as "250 mg/mL"')
    amount, _ = _amount(found["amount"], "concentration")
    per, _ = _amount(found["per"] or "1", "concentration")
    unit = _unit(found["unit"], "concentration")
    if not amount or not per or unit in ("mL", "L"):
        raise CaseError("concentration_unusable", 'concentration is written as "250 mg/mL"')
    return amount / per, unit


def _day(value: Any) -> date | None:
    return None if value is None else day_in(value, "date")
