"""The ICD-10-CM alphabetic index: every path from a main term to a code, as phrases.

Source: CDC/NCHS index, flattened to CSV (columns Level, Term, See, SeeAlso, NonEssModif, Code), and
the neoplasm table as official XML. Non-essential modifiers (in brackets) are optional in a match;
``see`` references are followed to the code they lead to. Guideline I.A.7, I.B.1.
"""

import csv
import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from services.coding.domain.reading import wording

_OR = re.compile(r"\b([\w'-]+),? or ([\w'-]+)\b", re.IGNORECASE)
_BRACKETS = re.compile(r"[\[(]([^\])]*)[\])]")
_MAX_ALTERNATIVES = 6
_NEOPLASM_COLUMNS = {
    "2": "malignant neoplasm",
    "3": "secondary malignant neoplasm",
    "4": "malignant neoplasm in situ",
    "5": "benign neoplasm",
    "6": "neoplasm of uncertain behavior",
    "7": "neoplasm",
}
_NOT_A_PATH = ("by site", "by type", "condition", "specified elsewhere")


@dataclass(frozen=True, slots=True)
class IndexPhrase:
    """One way to name a code: essential tokens, optional tokens, the path as it reads."""

    tokens: tuple[str, ...]
    optional: tuple[str, ...]
    code: str
    path: str
    residual: bool


def alternatives(term: str) -> list[str]:
    """``acute or subacute`` names two things; so does ``Abdomen, abdominal``."""
    found = [term]
    for _ in range(2):
        split: list[str] = []
        for text in found:
            match = _OR.search(text)
            if match is None:
                split.append(text)
            else:
                split.extend(
                    f"{text[: match.start()]}{word}{text[match.end() :]}" for word in match.groups()
                )
        found = split
    first, comma, rest = term.partition(", ")
    if (
        comma
        and " " not in first
        and all(word[:4].lower() == first[:4].lower() for word in rest.split(", "))
    ):
        return [first, *rest.split(", ")]
    return found[:_MAX_ALTERNATIVES]


def _residual(texts: list[str]) -> bool:
    joined = " ".join(texts)
    return " NEC" in f" {joined}" or "specified" in joined.lower()


def _phrases(levels: list[tuple[str, str]], code: str) -> Iterator[IndexPhrase]:
    texts = [text for text, _ in levels]
    optional: dict[str, None] = {}
    choices: list[list[str]] = []
    for text, brackets in levels:
        for bracket in [*_BRACKETS.findall(text), *_BRACKETS.findall(brackets)]:
            optional.update(dict.fromkeys(wording.read(bracket).tokens))
        essential = _BRACKETS.sub(" ", text)
        if essential.startswith("History, personal"):
            optional["personal"] = None
            essential = "History"
        choices.append(alternatives(essential))
    seen: set[str] = set()
    for combination in itertools.islice(itertools.product(*choices), _MAX_ALTERNATIVES):
        tokens = dict.fromkeys(token for text in combination for token in wording.read(text).tokens)
        if not tokens or wording.key(list(tokens)) in seen:
            continue
        seen.add(wording.key(list(tokens)))
        yield IndexPhrase(
            tuple(tokens),
            tuple(token for token in optional if token not in tokens),
            code,
            " > ".join(texts),
            _residual(texts),
        )


def read_index(index_csv: Path) -> list[IndexPhrase]:
    """Phrases of the alphabetic index; codes may be incomplete (a trailing dash is dropped)."""
    found: list[IndexPhrase] = []
    references: list[tuple[list[tuple[str, str]], str]] = []
    path: list[tuple[str, str]] = []
    with index_csv.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            level = int(row["Level"])
            path = [*path[:level], (row["Term"], row["NonEssModif"])]
            code = row["Code"].strip().rstrip("-").rstrip(".")
            if code:
                found.extend(_phrases(path, code))
            elif row["See"] or row["SeeAlso"]:
                references.append((list(path), row["See"] or row["SeeAlso"]))
    found.extend(_followed(found, references))
    return found


def _followed(
    direct: list[IndexPhrase], references: list[tuple[list[tuple[str, str]], str]]
) -> Iterator[IndexPhrase]:
    by_key: dict[str, IndexPhrase] = {}
    for phrase in direct:
        by_key.setdefault(wording.key(phrase.tokens), phrase)
    for path, target in references:
        if any(word in target.lower() for word in _NOT_A_PATH):
            continue
        reached = by_key.get(wording.key(wording.read(_BRACKETS.sub(" ", target)).tokens))
        if reached is not None:
            yield from _phrases(path, reached.code)


def read_neoplasms(neoplasm_xml: Path) -> list[IndexPhrase]:
    """Phrases of the neoplasm table: six behaviours for every site."""
    root = ET.parse(neoplasm_xml).getroot()  # noqa: S314 - an official file, named by the operator
    found: list[IndexPhrase] = []
    for main in root.iter("mainTerm"):
        found.extend(_neoplasm_rows(main, []))
    return found


def _neoplasm_rows(term: ET.Element, above: list[tuple[str, str]]) -> Iterator[IndexPhrase]:
    title = term.find("title")
    text = "" if title is None else " ".join((title.text or "").split())
    brackets = "" if title is None else " ".join(item.text or "" for item in title.findall("nemod"))
    sites = [*above, (text, brackets)] if term.tag == "term" else []
    for cell in term.findall("cell"):
        behaviour = _NEOPLASM_COLUMNS[cell.attrib["col"]]
        code = (cell.text or "").strip().rstrip("-").rstrip(".")
        if code:
            yield from _phrases([(behaviour, ""), *sites], code)
    for below in term.findall("term"):
        yield from _neoplasm_rows(below, sites)
