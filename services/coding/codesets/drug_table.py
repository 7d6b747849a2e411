"""The ICD-10-CM table of drugs and chemicals: a code per substance and intent.

Source: CDC/NCHS official XML, or flattened to CSV. Columns: poisoning accidental, self-harm,
assault, undetermined; adverse effect; underdosing (guideline I.C.19.e).
"""

import csv
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from services.coding.domain.code_sets import Substance
from services.coding.domain.reading import wording

_COLUMNS = (
    "PoisoningAccidental",
    "PoisoningIntentionalSelfHarm",
    "PoisoningAssault",
    "PoisoningUndetermined",
    "AdverseEffect",
    "Underdosing",
)


def read_substances(path: Path) -> list[Substance]:
    """Rows by the key of the substance's name, first come first kept; from XML or its CSV."""
    rows: dict[str, Substance] = {}
    for row in _official(path) if path.suffix.lower() == ".xml" else _flattened(path):
        rows.setdefault(row.key, row)
    return [rows[key] for key in sorted(rows)]


def _official(path: Path) -> Iterator[Substance]:
    root = ET.parse(path).getroot()  # noqa: S314 - an official file, named by the operator
    for main in root.iter("mainTerm"):
        yield from _rows(main, "")


def _flattened(path: Path) -> Iterator[Substance]:
    names: list[str] = []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            names = [*names[: int(row["Level"])], row["Term"]]
            key = wording.key(wording.read(" ".join(names)).tokens)
            cells = [row[column].strip("- ") for column in _COLUMNS]
            if key and any(cells):
                yield Substance(key, *cells)


def _rows(term: ET.Element, above: str) -> Iterator[Substance]:
    title = term.find("title")
    name = f"{above} {'' if title is None else title.text or ''}".strip()
    cells = {cell.attrib["col"]: (cell.text or "").strip("- ") for cell in term.findall("cell")}
    key = wording.key(wording.read(name).tokens)
    if key and any(cells.values()):
        yield Substance(key, *(cells.get(column, "") for column in "234567"))
    for below in term.findall("term"):
        yield from _rows(below, name)
