"""HCPCS Level II and place-of-service codes from the layouts that CMS publishes as CSV.

Descriptor doses (``per 250 mg``) are read from the long descriptions, so that drug units can be
counted for every J and Q code (HCPCS Level II, drug administration unit of each code).
"""

import csv
import re
from pathlib import Path
from typing import NamedTuple

from services.coding.domain.reading import wording

_DOSE = re.compile(
    r"(?:,|\bper|\bup to)\s+([0-9][0-9,]*(?:\.[0-9]+)?)\s*"
    r"(mg|milligrams?|mcg|micrograms?|gm|g|grams?|ml|units?|iu|i\.u\.|usp units?|meq)\b",
    re.IGNORECASE,
)
_UNITS = {
    "milligram": "mg",
    "microgram": "mcg",
    "gm": "g",
    "gram": "g",
    "ml": "mL",
    "unit": "unit",
    "iu": "unit",
    "i.u.": "unit",
    "usp unit": "unit",
    "meq": "mEq",
}
_NOT_NAME = re.compile(
    r"^injection,?\s+|\bnot therapeutically equivalent to [a-z0-9]+\b|\([^)]*\)|"
    r"\bnot otherwise specified\b",
    re.IGNORECASE,
)


class HcpcsItem(NamedTuple):
    """A HCPCS Level II code; dates are ISO text or empty."""

    code: str
    title: str
    added: str
    terminated: str
    coverage: str
    drug_key: str
    dose: str
    dose_unit: str


class Place(NamedTuple):
    """A place of service; ``facility`` as CMS classifies it for payment."""

    code: str
    name: str
    facility: int


def read_hcpcs(attributes_csv: Path, descriptions_csv: Path) -> list[HcpcsItem]:
    """Every code once, in order, with the dose its descriptor counts when it names one."""
    titles: dict[str, str] = {}
    with descriptions_csv.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            if row["hcpcs_desc_type"] == "Long" or row["hcpcs_code"] not in titles:
                titles[row["hcpcs_code"]] = " ".join(row["hcpcs_description"].split())
    items: list[HcpcsItem] = []
    with attributes_csv.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            code = row["hcpcs_code"]
            if len(code) != 5 or code not in titles:
                continue
            name, dose, unit = descriptor(code, titles[code])
            items.append(
                HcpcsItem(
                    code,
                    titles[code],
                    row["date_added"],
                    "" if row["date_term"] == "0" else row["date_term"],
                    row["cov"],
                    name,
                    dose,
                    unit,
                )
            )
    return sorted(items)


def descriptor(code: str, title: str) -> tuple[str, str, str]:
    """The drug's name as a key, and the dose that one unit counts; empty for other codes."""
    if code[0] not in "JQ":
        return "", "", ""
    match = _DOSE.search(title)
    if match is None:
        return "", "", ""
    unit = match.group(2).lower().rstrip("s")
    name = _NOT_NAME.sub(" ", title[: match.start()])
    return (
        wording.key(wording.read(name).tokens),
        match.group(1).replace(",", ""),
        _UNITS.get(unit, unit),
    )


def read_places(places_csv: Path) -> list[Place]:
    """Two-digit place-of-service codes in order."""
    with places_csv.open(encoding="utf-8-sig", newline="") as lines:
        return sorted(
            Place(row["pos_code"], row["pos_name"], int(row["pos_type"] == "Facility"))
            for row in csv.DictReader(lines)
            if re.fullmatch(r"[0-9]{2}", row["pos_code"])
        )
