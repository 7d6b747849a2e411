"""The alphabetic and the external-cause index as official XML, flattened to the CSV that is read.

Columns: Level, Term, See, SeeAlso, NonEssModif, Code. What an element says after its non-essential
modifiers ("NEC") belongs to its term.
"""

import csv
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

COLUMNS = ("Level", "Term", "See", "SeeAlso", "NonEssModif", "Code")


@contextmanager
def as_csv(path: Path) -> Iterator[Path]:
    """``path`` itself when it is CSV, else its flattened form for as long as it is needed."""
    if path.suffix.lower() != ".xml":
        yield path
        return
    with tempfile.TemporaryDirectory() as scratch:
        flat = Path(scratch) / f"{path.stem}.csv"
        with flat.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            writer.writerows(_flattened(path))
        yield flat


def _flattened(path: Path) -> Iterator[tuple[int | str, ...]]:
    root = ET.parse(path).getroot()  # noqa: S314 - an official file, named by the operator
    for main in root.iter("mainTerm"):
        yield from _terms(main, 0)


def _terms(term: ET.Element, level: int) -> Iterator[tuple[int | str, ...]]:
    title = term.find("title")
    words, brackets = "", ""
    if title is not None:
        words = " ".join([title.text or "", *(each.tail or "" for each in title)])
        brackets = " ".join(_text(each) for each in title.findall("nemod"))
    yield (
        level,
        " ".join(words.split()),
        _text(term.find("see")) or _text(term.find("seecat")),
        _text(term.find("seeAlso")),
        brackets,
        _text(term.find("code")),
    )
    for below in term.findall("term"):
        yield from _terms(below, level + 1)


def _text(element: ET.Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())
