"""The ICD-10-CM tabular list: official XML plus the list of all valid codes, as nodes.

Source: CDC/NCHS "Tabular List of Diseases and Injuries", as the package simple-icd-10-cm 1.5.0
carries it. Which seventh characters a code takes is read from the list of codes, not guessed.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from services.coding.codesets.artefact import ArtefactError
from services.coding.domain.diagnosis.specificity import sideless
from services.coding.domain.reading import wording

# One code in so many may be missing from the list of valid codes before it is another release's.
_MOST_UNLISTED = 200
# Marks a default child that neither its title nor the index calls one.
_UNSPECIFIED_ENDINGS = ("unspecified", "unspecified site", "site unspecified", "status unknown")
WEAK = "?"
_NOTE_TAGS = {
    "excludes1": "excludes1",
    "excludes2": "excludes2",
    "codeFirst": "code_first",
    "useAdditionalCode": "use_additional",
    "codeAlso": "code_also",
    "includes": "includes",
    "sevenChrNote": "seventh_characters",
    "notes": "note",
}


@dataclass(slots=True)
class Node:
    """A category, subcategory or code; ``sevenths`` are the characters its codes end with."""

    code: str
    title: str
    parent: str
    inclusions: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)
    children: list[str] = field(default_factory=list)
    sevenths: str = ""
    side: str = ""
    default_child: str = ""


def read_nodes(tabular_xml: Path, code_list: Path | None) -> dict[str, Node]:
    """Every node by code, in the tabular list's order.

    Which codes take a seventh character is said by the list of codes; without one, by the tabular
    list's own definitions, which hold for everything below them.
    """
    nodes: dict[str, Node] = {}
    root = ET.parse(tabular_xml).getroot()  # noqa: S314 - an official file, named by the operator
    for chapter in root.iter("chapter"):
        for section in chapter.iter("section"):
            for diag in section.findall("diag"):
                _read(diag, "", nodes)
                if code_list is None:
                    _defined_sevenths(diag, "", nodes)
    if code_list is not None:
        listed = listed_codes(code_list.read_text(encoding="utf-8-sig"))
        _sevenths(nodes, listed)
        _refuse_another_release(nodes, frozenset(listed), code_list)
    for node in nodes.values():
        _sides(node, nodes)
    for node in nodes.values():
        node.default_child = _default_child(node, nodes)
    return nodes


def prefer_indexed_defaults(nodes: dict[str, Node], indexed: dict[str, str]) -> None:
    """Where the index gives a code for a category's own title, that code's branch is the default.

    ``indexed``: codes by the key of their index phrase. Guideline I.A.18: the default code is the
    one listed next to the main term; a term with NOS says it of its code (I.A.6.b).
    """
    for node in nodes.values():
        title = wording.key(wording.read(node.title).tokens)
        if node.default_child.startswith(WEAK):
            for child in node.children:
                terms = (term for term in nodes[child].inclusions if term.endswith(" NOS"))
                if any(wording.key(wording.read(term).tokens) == title for term in terms):
                    node.default_child = child
        target = indexed.get(title, "")
        for child in node.children:
            if target == child or (target.startswith(child) and target in nodes):
                node.default_child = child


def _read(diag: ET.Element, parent: str, nodes: dict[str, Node]) -> None:
    code = diag.findtext("name", "").strip()
    node = Node(code, " ".join(diag.findtext("desc", "").split()), parent)
    nodes[code] = node
    for child in diag:
        if child.tag in ("inclusionTerm", "includes"):
            node.inclusions.extend(_notes(child))
        if child.tag in _NOTE_TAGS:
            node.notes.extend((_NOTE_TAGS[child.tag], text) for text in _notes(child))
        elif child.tag == "diag":
            node.children.append(child.findtext("name", "").strip())
            _read(child, code, nodes)


def _notes(element: ET.Element) -> Iterable[str]:
    return (" ".join("".join(note.itertext()).split()) for note in element.findall("note"))


def listed_codes(text: str) -> list[str]:
    """Codes without dots: one a line, with a title behind it, or the numbered order file."""
    found: list[str] = []
    for line in text.splitlines():
        words = line.split(maxsplit=2)
        if words and words[0].isdigit() and len(words[0]) == 5 and len(words) > 1:
            words = words[1:]
        if words:
            found.append(words[0].replace(".", ""))
    return found


def _refuse_another_release(
    nodes: dict[str, Node], listed: frozenset[str], code_list: Path
) -> None:
    leaves = [node for node in nodes.values() if not node.children]
    unlisted = [
        node for node in leaves if not node.sevenths and node.code.replace(".", "") not in listed
    ]
    if len(unlisted) * _MOST_UNLISTED > len(leaves):
        raise ArtefactError(
            f"{code_list.name} does not list {len(unlisted)} codes of the tabular list; give the "
            "list of the same release. Nothing was imported"
        )


def _defined_sevenths(diag: ET.Element, above: str, nodes: dict[str, Node]) -> None:
    defined = "".join(
        extension.get("char", "")
        for definition in diag.findall("sevenChrDef")
        for extension in definition.findall("extension")
    )
    sevenths = defined or above
    below = diag.findall("diag")
    for child in below:
        _defined_sevenths(child, sevenths, nodes)
    if not below:
        nodes[diag.findtext("name", "").strip()].sevenths = sevenths


def _sevenths(nodes: dict[str, Node], listed: list[str]) -> None:
    by_padded: dict[str, Node] = {}
    for node in nodes.values():
        if not node.children:
            by_padded[node.code.replace(".", "").ljust(6, "X")] = node
    known = {code.replace(".", "") for code in nodes}
    for code in listed:
        if len(code) == 7 and code.isalnum() and code not in known:
            by_padded[code[:6]].sevenths += code[6]


def _sides(node: Node, nodes: dict[str, Node]) -> None:
    """Children that differ in nothing but the side form a group (guideline I.B.13)."""
    groups: dict[str, list[Node]] = {}
    for code in node.children:
        child = nodes[code]
        groups.setdefault(sideless(child.title), []).append(child)
    paired: list[frozenset[str]] = []
    for plain, members in groups.items():
        sides = {_side(member.title) for member in members}
        if {"left", "right"} <= sides:
            paired.append(frozenset(plain.split()))
            for member in members:
                member.side = _side(member.title)
    for plain, members in groups.items():
        if any(frozenset(plain.split()) <= words for words in paired):
            for member in members:
                if not member.side and _side(member.title) in ("bilateral", "unspecified"):
                    member.side = _side(member.title)


def _side(title: str) -> str:
    lowered = title.lower()
    for word in ("right", "left", "bilateral"):
        if re.search(rf"\b{word}\b", lowered):
            return word
    return "unspecified"


def _default_child(node: Node, nodes: dict[str, Node]) -> str:
    """The child that stands for the node when nothing more is documented; "" when none does."""
    if not node.children:
        return ""
    children = [nodes[code] for code in node.children]
    unknown = [child.code for child in children if child.title.endswith("status unknown")]
    if unknown:
        return unknown[0]
    unspecified = [
        child
        for child in children
        if child.side == "unspecified"
        or child.title.lower().startswith("unspecified ")
        or child.title.lower().endswith(_UNSPECIFIED_ENDINGS)
    ]
    for child in unspecified:
        if child.code[-1] in "90":
            return child.code
    if unspecified:
        return unspecified[0].code
    plain = f"{node.title.lower()} without "
    without = [child for child in children if child.title.lower().startswith(plain)]
    if len(without) == 1:
        return without[0].code
    nines = [child for child in children if child.code[-1] == "9"]
    if nines:
        return nines[0].code
    zeros = [child for child in children if child.code[-1] == "0"]
    return WEAK + (zeros or children)[0].code
