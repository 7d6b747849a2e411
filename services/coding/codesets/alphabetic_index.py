"""The ICD-10-CM alphabetic index: every path from a main term to a code, as phrases.

Source: CDC/NCHS index, flattened to CSV (columns Level, Term, See, SeeAlso, NonEssModif, Code), and
the neoplasm table as official XML. Non-essential modifiers (in brackets) are optional in a match;
``see`` references are followed to the code they lead to. Guideline I.A.7, I.B.1.
"""

import csv
import itertools
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from services.coding.domain.reading import wording

_OR = re.compile(r"\b([\w'-]+),? or ([\w'-]+)\b", re.IGNORECASE)
BRACKETS = re.compile(r"[\[(]([^\])]*)[\])]")
_PLURAL = re.compile(r"(?<=\w)\((?:s|es|ies)\)")
_SEE = re.compile(r"\s*see\b", re.IGNORECASE)
_SEE_INBRACKETS = re.compile(r"\(see (?!also)([^)]*)\)", re.IGNORECASE)
# "With: abscess, perforation" names either.
_TWO_WORDS = re.compile(r"[a-z]+, [a-z]+")
# No term ends so: what follows it stood behind brackets.
_OPEN = re.compile(r"(?:^|\b)(?:in|and|due to|by|with|following|presence of|ingestion of)$|[a-z]-$")
_ASKS_FOR_MORE = re.compile(
    r"(?:^|\s)in \((?:due to|secondary to|of)\)|"
    r"\b(?:due to|by|with|following|presence of|ingestion of) \(|[a-z]- \("
)
_SITE_OR_SIDE = re.compile(r",? unspecified(?: \w+)?$|, (?:left|right)\b.*$", re.IGNORECASE)
_WORDS = re.compile(r"[a-z]{2}", re.IGNORECASE)
_MAX_ALTERNATIVES = 6
_POISONING = ("poisoning",)
_MAX_BELOW = 25

Level = tuple[str, str]
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
    """One way to name a code: essential tokens, optional tokens, the path as it reads.

    ``sides`` and ``marks`` as in ``wording.Wording``.
    """

    tokens: tuple[str, ...]
    optional: tuple[str, ...]
    code: str
    path: str
    sides: frozenset[str] = frozenset()
    marks: frozenset[str] = frozenset()

    @property
    def residual(self) -> bool:
        """Whether it names what has no code of its own."""
        return "other" in self.marks


def worded(text: str, code: str) -> IndexPhrase | None:
    """A title or term of the tabular list; what it has in brackets is optional."""
    singular = _PLURAL.sub("", text)
    inside = BRACKETS.sub(" ", singular)
    whole, essential = wording.read(singular), wording.read(inside)
    if not essential.tokens:
        essential = whole
    if not essential.tokens:
        return None
    optional = tuple(token for token in whole.tokens if token not in essential.tokens)
    return IndexPhrase(essential.tokens, optional, code, text, essential.sides, whole.marks)


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


def _phrases(levels: list[Level], code: str) -> Iterator[IndexPhrase]:
    texts = [text for text, _ in levels]
    marks = wording.read(" ".join(texts)).marks
    optional: dict[str, None] = {}
    choices: list[list[str]] = []
    before = ""
    for text, brackets in levels:
        for bracket in [*BRACKETS.findall(text), *BRACKETS.findall(brackets)]:
            if not _SEE.match(bracket):
                optional.update(dict.fromkeys(wording.read(bracket).tokens))
        essential = BRACKETS.sub(" ", text)
        if essential.startswith("History, personal"):
            optional["personal"] = None
            essential = "History"
        listed = before == "with" and _TWO_WORDS.fullmatch(essential.strip())
        choices.append(essential.strip().split(", ") if listed else alternatives(essential))
        before = text.strip().lower()
    seen: set[str] = set()
    for combination in itertools.islice(itertools.product(*choices), _MAX_ALTERNATIVES):
        reads = [wording.read(text) for text in combination]
        tokens = dict.fromkeys(token for read in reads for token in read.tokens)
        if not tokens or wording.key(list(tokens)) in seen:
            continue
        seen.add(wording.key(list(tokens)))
        yield IndexPhrase(
            tuple(tokens),
            tuple(token for token in optional if token not in tokens),
            code,
            " > ".join(texts),
            frozenset(side for read in reads for side in read.sides),
            marks,
        )


def read_index(index_csv: Path, titles: Mapping[str, str] | None = None) -> list[IndexPhrase]:
    """Phrases of the alphabetic index; codes may be incomplete (a trailing dash is dropped).

    ``titles`` of the tabular list by code say what a path is about that the file breaks off.
    """
    found: list[IndexPhrase] = []
    coded: list[tuple[list[Level], str]] = []
    references: list[tuple[list[Level], str, bool]] = []
    path: list[Level] = []
    with index_csv.open(encoding="utf-8-sig", newline="") as lines:
        for row in csv.DictReader(lines):
            level = int(row["Level"])
            code = row["Code"].strip().rstrip("-").rstrip(".")
            title = (titles or {}).get(code, "") if code else ""
            term, modifiers = row["Term"], row["NonEssModif"]
            path = [*path[:level], (_whole_term(term, modifiers, title), modifiers)]
            within = _SEE_INBRACKETS.search(modifiers)
            if code:
                found.extend(_phrases(path, code))
                coded.append((list(path), code))
            if term == "with":
                # What stands below "with" is with something else.
                path[-1] = (term, modifiers)
            if row["See"]:
                references.append((list(path), row["See"], True))
            elif not code and (row["SeeAlso"] or within is not None):
                also = row["SeeAlso"] or ("" if within is None else within[1])
                references.append((list(path), also, not row["SeeAlso"]))
    found.extend(_followed(coded, references))
    return found


def _whole_term(term: str, modifiers: str, title: str) -> str:
    """A term that ends in the midst of what it says: with what the file keeps behind the brackets
    among its modifiers ("acute and (on) chronic"), or has lost; then the title of its code has it
    ("gout in (due to)": gout due to renal impairment).
    """
    if not title or _OPEN.search(term) is None:
        return term
    behind = " ".join(BRACKETS.sub(" ", modifiers).split())
    if _WORDS.search(behind):
        return f"{term} {behind}"
    lost = term == "with" or (modifiers and _ASKS_FOR_MORE.search(f"{term} {modifiers}"))
    return f"{term} {_SITE_OR_SIDE.sub('', title)}" if lost else term


def _followed(
    coded: list[tuple[list[Level], str]], references: list[tuple[list[Level], str, bool]]
) -> Iterator[IndexPhrase]:
    """What a ``see`` leads to, under the name that it stands at; ``see also``: its own code only.

    Everything below the term seen is named so too: "Choroiditis, see Inflammation, choroid".
    """
    below: dict[str, list[tuple[list[Level], str]]] = {}
    for path, code in coded:
        keys: dict[str, int] = {}
        for length in range(1, len(path) + 1):
            texts = [BRACKETS.sub(" ", text) for text, _ in path[:length]]
            for first in alternatives(texts[0]):
                tokens = {
                    token for text in [first, *texts[1:]] for token in wording.read(text).tokens
                }
                keys.setdefault(wording.key(tokens), length)
        for key, length in keys.items():
            below.setdefault(key, []).append((path[length:], code))
    for path, target, all_below in references:
        if any(word in target.lower() for word in _NOT_A_PATH):
            continue
        reached = below.get(wording.key(wording.read(BRACKETS.sub(" ", target)).tokens), [])
        reached = _of_the_same(path[-1][0], reached)
        deep = all_below and len(reached) <= _MAX_BELOW
        for rest, code in reached:
            if deep or not rest:
                yield from _phrases([*path, *rest], code)
                if not deep:
                    break


def _of_the_same(
    term: str, reached: list[tuple[list[Level], str]]
) -> list[tuple[list[Level], str]]:
    """What a ``see`` at "with ..." leads to: of what lies below its target, that with the same."""
    if not term.startswith("with "):
        return reached
    own = frozenset(wording.read(term).tokens)
    same = [
        (rest, code)
        for rest, code in reached
        if own <= {token for text, _ in rest for token in wording.read(text).tokens}
    ]
    return same or reached


def read_neoplasms(neoplasm_xml: Path) -> list[IndexPhrase]:
    """Phrases of the neoplasm table: six behaviours for every site."""
    root = ET.parse(neoplasm_xml).getroot()  # noqa: S314 - an official file, named by the operator
    found: list[IndexPhrase] = []
    for main in root.iter("mainTerm"):
        found.extend(_neoplasm_rows(main, []))
    return found


def _neoplasm_rows(term: ET.Element, above: list[Level]) -> Iterator[IndexPhrase]:
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


def cause_phrases(causes: Iterable[tuple[str, str, str, str]]) -> Iterator[IndexPhrase]:
    """Phrases of the index to external causes: tokens, optional tokens, code and path of each."""
    for tokens, optional, code, path in causes:
        read = wording.read(path)
        yield IndexPhrase(
            tuple(tokens.split()), tuple(optional.split()), code, path, read.sides, read.marks
        )


def poisoning_phrases(substances: Iterable[tuple[str, ...]]) -> Iterator[IndexPhrase]:
    """ "Poisoning by ...": a substance of the table of drugs, accidental unless said otherwise.

    Tabular list, T36-T50 and T51-T65: when no intent is indicated code to accidental.
    """
    for key, accidental, *_ in substances:
        if accidental:
            yield IndexPhrase(
                (*_POISONING, *(token for token in key.split() if token not in _POISONING)),
                (),
                accidental,
                f"Table of drugs > {key} > poisoning, accidental",
            )
