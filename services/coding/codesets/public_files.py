"""The public files of a release, told apart by what is in them: ICD-10-CM, HCPCS Level II, places.

For ICD-10-CM the word ``package`` stands for the tabular list in the package simple-icd-10-cm.
"""

import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

from services.coding.codesets import build, hcpcs_layouts
from services.coding.codesets.artefact import ArtefactError
from services.coding.codesets.hcpcs_files import Place
from services.coding.codesets.published_file import LayoutError, Watch, headed, plain, rows

PACKAGE = "package"
_LOOKED_INTO = 40
_LISTED_WITHIN = 5
# A code of the list, alone or with its title, behind its number in the order file.
_LISTED = re.compile(r"(?:[0-9]{5} )?[A-Z][0-9][0-9A-Z]\.?[0-9A-Z]{0,4}(?:\s|$)")
_PLACES = {
    "code": ("pos_code", "place_of_service_code", "code"),
    "name": ("pos_name", "place_of_service_name", "name"),
    "facility": ("pos_type", "facility"),
}
_PARTS = {
    "tabular": "the tabular list (XML, or the word package)",
    "index": "the alphabetic index (XML or CSV)",
}


def expanded(kind: str, paths: Sequence[Path]) -> list[Path]:
    """``paths`` with the package's files in place of its name. Raises ``ArtefactError``."""
    found: list[Path] = []
    for path in paths:
        if kind == "icd10cm" and str(path) == PACKAGE:
            found.extend(build.package_files())
        else:
            found.append(path)
    return found


def part_of(path: Path) -> str:
    """Which file of ICD-10-CM ``path`` is, by its content. Raises ``LayoutError``."""
    part = _xml_part(path) if path.suffix.lower() == ".xml" else _text_part(path)
    if not part:
        raise LayoutError(
            path, 0, "not a file of ICD-10-CM", "give the official XML, CSV or code list"
        )
    return part


def _xml_part(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return _xml_part_of(file)
    except ET.ParseError as error:
        raise LayoutError(
            path, error.position[0], "XML that is cut short or damaged", "download it again"
        ) from error


def _xml_part_of(file: BinaryIO) -> str:
    for count, (_, element) in enumerate(ET.iterparse(file)):  # noqa: S314 - an official file
        text = (element.text or "").lower()
        if "tabular list" in text:
            return "tabular"
        if element.tag == "title" and "external cause" in text:
            return "external_causes"
        if element.tag == "head" and text in ("neoplasm", "substance"):
            return "neoplasms" if text == "neoplasm" else "drugs"
        if element.tag == "title" and "index to diseases" in text:
            return "index"
        if element.tag == "mainTerm" or count > _LOOKED_INTO:
            return "index" if element.tag == "mainTerm" else ""
    return ""


def _text_part(path: Path) -> str:
    for _, cells in itertools.islice(rows(path), _LISTED_WITHIN):
        headings = {plain(cell) for cell in cells}
        if "poisoningaccidental" in headings:
            return "drugs"
        if {"level", "term", "code"} <= headings:
            return "external_causes" if "external" in path.name.lower() else "index"
        if _LISTED.match(cells[0]):
            return "code_list"
    return ""


def write_diagnoses(paths: Sequence[Path], out: Path, watch: Watch) -> int:
    """Compile a release of ICD-10-CM into ``out``; returns its nodes. Raises ``LayoutError``."""
    parts: dict[str, Path] = {}
    for path in paths:
        part = part_of(path)
        if part in parts:
            raise LayoutError(
                path, 0, f"a second {part.replace('_', ' ')} beside {parts[part].name}", "give one"
            )
        parts[part] = path
        watch(path, path.stat().st_size, path.stat().st_size)
    for part, name in _PARTS.items():
        if part not in parts:
            raise ArtefactError(f"{name} is not among the files. Nothing was imported")
    return _parsed(paths, lambda: build.write_diagnoses(build.DiagnosisFiles(**parts), out))


def _parsed(paths: Sequence[Path], work: Callable[[], int]) -> int:
    try:
        return work()
    except ET.ParseError as error:
        names = ", ".join(path.name for path in paths if path.suffix.lower() == ".xml")
        raise ArtefactError(
            f"an XML file is cut short or damaged (one of {names}, line {error.position[0]}); "
            "download it again. Nothing was imported"
        ) from error
    except (KeyError, ValueError, AttributeError) as error:
        raise ArtefactError(
            f"a file is not in the official layout ({error}); give it as published. "
            "Nothing was imported"
        ) from error


def write_hcpcs(paths: Sequence[Path], out: Path, watch: Watch) -> int:
    """Compile a quarter of HCPCS Level II; returns its codes. Raises ``LayoutError``."""

    def written() -> int:
        items = hcpcs_layouts.read_items(paths, watch)
        build.write_hcpcs(out, items, ())
        return len(items)

    return _parsed(paths, written)


def write_places(paths: Sequence[Path], out: Path, watch: Watch) -> int:
    """Compile places of service into ``out``; returns how many. Raises ``LayoutError``.

    Whether a place is a facility is said by the file (CMS's list for payment), never guessed.
    """
    found: dict[str, Place] = {}
    for path in paths:
        for line, row in headed(path, _PLACES, None, watch):
            code, facility = row["code"].zfill(2), plain(row["facility"])
            if facility == "unassigned":
                continue
            if not code.isdigit() or len(code) != 2:
                raise LayoutError(path, line, "no two-digit place of service", "as CMS lists them")
            if facility not in ("facility", "non_facility", "f", "nf", "yes", "no"):
                raise LayoutError(
                    path, line, "no word on whether it is a facility", "facility or non-facility"
                )
            found[code] = Place(code, row["name"], int(facility in ("facility", "f", "yes")))
    build.write_hcpcs(out, (), [found[code] for code in sorted(found)])
    return len(found)
