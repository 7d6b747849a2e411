"""The ICD-10-CM table of drugs and chemicals: a code per substance and intent.

Source: CDC/NCHS official XML. Columns: poisoning accidental, self-harm, assault, undetermined;
adverse effect; underdosing (guideline I.C.19.e).
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from services.coding.domain.reading import wording


class Substance(NamedTuple):
    """One row of the table; an empty code means that the column has none."""

    key: str
    accidental: str
    self_harm: str
    assault: str
    undetermined: str
    adverse_effect: str
    underdosing: str


def read_substances(drug_xml: Path) -> list[Substance]:
    """Rows by the key of the substance's name, first come first kept."""
    root = ET.parse(drug_xml).getroot()  # noqa: S314 - an official file, named by the operator
    rows: dict[str, Substance] = {}
    for main in root.iter("mainTerm"):
        for row in _rows(main, ""):
            rows.setdefault(row.key, row)
    return [rows[key] for key in sorted(rows)]


def _rows(term: ET.Element, above: str) -> Iterator[Substance]:
    title = term.find("title")
    name = f"{above} {'' if title is None else title.text or ''}".strip()
    cells = {cell.attrib["col"]: (cell.text or "").strip("- ") for cell in term.findall("cell")}
    key = wording.key(wording.read(name).tokens)
    if key and any(cells.values()):
        yield Substance(key, *(cells.get(column, "") for column in "234567"))
    for below in term.findall("term"):
        yield from _rows(below, name)
