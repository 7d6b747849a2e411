"""The first sheet of an xlsx workbook as rows of text (Office Open XML, ECMA-376 part 1).

Only what published code lists need: shared and inline strings and numbers; no formulas, no styles.
"""

import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_SHEET = re.compile(r"xl/worksheets/[^/]+\.xml")
_COLUMN = re.compile(r"[A-Z]{1,3}")
_LARGEST_PART = 1 << 30


class NotASpreadsheetError(Exception):
    """The workbook has no sheet that can be read."""


def is_one(archive: zipfile.ZipFile) -> bool:
    """Whether a zip archive is a workbook."""
    return "xl/workbook.xml" in archive.namelist()


def rows(archive: zipfile.ZipFile) -> Iterator[tuple[int, list[str]]]:
    """Rows of the first sheet with their numbers; cells not there are empty."""
    sheets = sorted(
        (name for name in archive.namelist() if _SHEET.fullmatch(name)),
        key=lambda name: (len(name), name),
    )
    if not sheets:
        raise NotASpreadsheetError("the workbook has no sheet")
    if any(part.file_size > _LARGEST_PART for part in archive.infolist()):
        raise NotASpreadsheetError("the workbook is larger than a code list can be")
    try:
        shared = _shared_strings(archive)
        with archive.open(sheets[0]) as sheet:
            number = 0
            for _, element in ET.iterparse(sheet):  # noqa: S314 - an official file of the operator
                if element.tag == f"{_MAIN}row":
                    number = int(element.get("r") or number + 1)
                    yield number, _cells(element, shared)
                    element.clear()
    except (ET.ParseError, ValueError, IndexError) as error:
        raise NotASpreadsheetError("the sheet is damaged") from error


def _shared_strings(archive: zipfile.ZipFile) -> list[str]:
    if "xl/sharedStrings.xml" not in archive.namelist():
        return []
    with archive.open("xl/sharedStrings.xml") as part:
        return [
            "".join(text.text or "" for text in element.iter(f"{_MAIN}t"))
            for _, element in ET.iterparse(part)  # noqa: S314 - an official file of the operator
            if element.tag == f"{_MAIN}si"
        ]


def _cells(row: ET.Element, shared: list[str]) -> list[str]:
    cells: list[str] = []
    for cell in row.findall(f"{_MAIN}c"):
        match = _COLUMN.match(cell.get("r", ""))
        at = _number(match.group()) if match else len(cells)
        cells.extend([""] * (at - len(cells)))
        value = cell.findtext(f"{_MAIN}v", "")
        if cell.get("t") == "s":
            value = shared[int(value)] if value else ""
        elif cell.get("t") == "inlineStr":
            value = "".join(text.text or "" for text in cell.iter(f"{_MAIN}t"))
        elif value.endswith(".0"):
            value = value.removesuffix(".0")
        cells.append(value.strip())
    return cells


def _number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1
