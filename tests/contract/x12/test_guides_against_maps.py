"""The guides' tables beside the public maps of pyx12: every difference is named with its reason."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
import pyx12

from services.payer_gateway.x12.guides.acknowledgement import ACKNOWLEDGEMENT
from services.payer_gateway.x12.guides.claim_acknowledgement import CLAIM_ACKNOWLEDGEMENT
from services.payer_gateway.x12.guides.claim_status_response import CLAIM_STATUS_RESPONSE
from services.payer_gateway.x12.guides.institutional_claim import INSTITUTIONAL_CLAIM
from services.payer_gateway.x12.guides.notation import (
    ElementUse,
    Guide,
    Loop,
    LoopUse,
    SegmentUse,
)
from services.payer_gateway.x12.guides.professional_claim import PROFESSIONAL_CLAIM
from services.payer_gateway.x12.guides.remittance import REMITTANCE

_MAPS = Path(pyx12.__file__).parent / "map"
_USAGES = {"R": "!", "S": "?", "N": "-"}
_ENVELOPES = frozenset({"ISA_LOOP", "GS_LOOP"})
_WRAPPERS = frozenset({"ST_LOOP", "HEADER", "DETAIL", "FOOTER"})


class Told(NamedTuple):
    """What is said of one segment of a loop: usage and repeats, then each element's usage."""

    loop: str
    segment: str
    key: str
    usage: str
    elements: str


def _text(node: ElementTree.Element, tag: str) -> str:
    found = node.find(tag)
    return (found.text or "").strip() if found is not None else ""


def _codes(node: ElementTree.Element) -> list[str]:
    return sorted({(code.text or "").strip() for code in node.findall("valid_codes/code")})


def _of_map(name: str) -> Iterator[Told]:
    tree = ElementTree.parse(_MAPS / name)  # noqa: S314 # a file of an installed package
    (root,) = tree.getroot().findall("loop")
    yield from _loop(root, "")


def _loop(node: ElementTree.Element, outer: str) -> Iterator[Told]:
    name = node.get("xid", "")
    is_wrapper = node.get("type") in {"wrapper", "explicit"} or name in _WRAPPERS
    loop = outer if is_wrapper else name
    for child in node:
        if child.tag == "loop":
            yield from _loop(child, loop)
        elif child.tag == "segment" and name not in _ENVELOPES:
            yield _segment(child, loop)


def _segment(node: ElementTree.Element, loop: str) -> Told:
    most = _text(node, "max_use").replace(">1", "*")
    elements: dict[int, tuple[str, list[str]]] = {}
    for child in node:
        if child.tag == "element":
            elements[int(_text(child, "seq"))] = (_USAGES[_text(child, "usage")], _codes(child))
        elif child.tag == "composite":
            parts = sorted(child.findall("element"), key=lambda each: int(_text(each, "seq")))
            usages = "".join(_USAGES[_text(each, "usage")] for each in parts).rstrip("-")
            usage = _USAGES[_text(child, "usage")]
            inner = f"({usages})" if usage != "-" else ""
            elements[int(_text(child, "seq"))] = (usage + inner, _codes(parts[0]) if parts else [])
    name = node.get("xid", "")
    usage, keys = elements[3 if name == "HL" else 1]
    if not usage.startswith("!"):
        keys = []
    usages = "".join(elements[number][0] for number in sorted(elements)).rstrip("-")
    return Told(loop, name, ",".join(keys), _text(node, "usage") + most, usages)


def _of_guide(guide: Guide) -> Iterator[Told]:
    seen: set[str] = set()

    def walk(loop: Loop) -> Iterator[Told]:
        if loop.id in seen:
            return
        seen.add(loop.id)
        for entry in loop.entries:
            if isinstance(entry, LoopUse):
                yield from walk(entry.loop)
            else:
                yield _of_use(entry, loop.id)

    yield from walk(guide.root)


def _of_use(use: SegmentUse, loop: str) -> Told:
    usage = ("R" if use.required or use.wanted else "S") + (
        "*" if use.most is None else str(use.most)
    )
    return Told(loop, use.id, ",".join(sorted(use.key)), usage, "".join(map(_usage, use.elements)))


def _usage(element: ElementUse) -> str:
    inner = "".join(each.usage for each in element.components).rstrip("-")
    return element.usage + (f"({inner})" if element.components and element.usage != "-" else "")


CASES = (
    (PROFESSIONAL_CLAIM, "837.5010.X222.A1.xml"),
    (INSTITUTIONAL_CLAIM, "837Q3.I.5010.X223.A1.xml"),
    (REMITTANCE, "835.5010.X221.A1.xml"),
    (ACKNOWLEDGEMENT, "999.5010X231.A1.xml"),
    (CLAIM_ACKNOWLEDGEMENT, "277.5010.X214.xml"),
    (CLAIM_STATUS_RESPONSE, "277.5010.X212.xml"),
)
DIFFERENCES = {
    ("837", "", "ST"): "ST03 is required in 5010",
    ("837", "2010BA", "DMG"): "the map names two elements that are not used",
    ("837", "2010CA", "DMG"): "the map names two elements that are not used",
    ("837", "2400", "PWK"): "both kinds of PWK may be CT: one segment here, with the codes of both",
    ("835", "2000", "TS3"): "money of older versions still stands in official examples",
    ("999", "2100", "CTX"): "both kinds of context are one segment here, its words not fixed",
    ("999", "2110", "CTX"): "the words of a context are not fixed",
    ("999", "2110", "IK4"): "it opens its loop",
    ("277", "2000D", "HL"): "payers send HL04 0",
    ("277", "2200B", "STC"): "payers send a text",
    ("277", "2200C", "REF"): "a provider may have more than one further id",
    ("277", "2200C", "STC"): "situational: official examples have none, payers send a date",
    ("277", "2200D", "DTP"): "a claim may have no date",
    ("277", "2200D", "STC"): "payers send action, amounts and a text",
    ("277", "2200E", "STC"): "payers send action, amounts and a text",
    ("277", "2220D", "STC"): "several statuses of a line; payers send amounts and a text",
    ("277", "2220E", "STC"): "payers send amounts and a text",
    ("277", "2220D", "SVC"): "a drug is named by its code; units may be missing",
    ("277", "2220E", "SVC"): "units may be missing",
    ("277", "2220D", "DTP"): "a line may have no date of its own",
    ("277", "2220E", "DTP"): "a line may have no date of its own",
}
"""Where our tables part from the maps, and why."""


@pytest.mark.parametrize(("guide", "name"), CASES, ids=[name for _, name in CASES])
def test_a_guide_parts_from_the_public_map_only_where_it_is_said(guide: Guide, name: str) -> None:
    ours, maps = set(_of_guide(guide)), set(_of_map(name))
    parted = {(guide.set_id, each.loop, each.segment) for each in ours ^ maps}
    assert parted <= DIFFERENCES.keys(), sorted(parted - DIFFERENCES.keys())
    assert len(ours & maps) > 0


def test_every_difference_that_is_said_is_one() -> None:
    parted = {
        (guide.set_id, each.loop, each.segment)
        for guide, name in CASES
        for each in set(_of_guide(guide)) ^ set(_of_map(name))
    }
    assert parted == DIFFERENCES.keys()


@pytest.mark.parametrize(("guide", "name"), CASES, ids=[name for _, name in CASES])
def test_loops_stand_as_often_as_in_the_public_map(guide: Guide, name: str) -> None:
    told = dict(_loops_of_map(name))
    ours = dict(_loops_of_guide(guide.root))
    parted = {loop for loop in told.keys() & ours.keys() if told[loop] != ours[loop]}
    assert parted <= LOOPS.get(name, set()), parted
    assert told.keys() == ours.keys()


LOOPS = {
    "835.5010.X221.A1.xml": set[str](),
    "277.5010.X214.xml": {"2000C", "2100C", "2200C", "2000D", "2200D"},
    "277.5010.X212.xml": {"2200E"},
}
"""Loops that are situational here: a batch may be rejected as a whole (277CA)."""


def _loops_of_map(name: str) -> Iterator[tuple[str, str]]:
    tree = ElementTree.parse(_MAPS / name)  # noqa: S314 # a file of an installed package
    for node in tree.getroot().iter("loop"):
        is_wrapper = node.get("type") in {"wrapper", "explicit"}
        if not is_wrapper and node.get("xid") not in _WRAPPERS | _ENVELOPES | {"TABLE2AREA3"}:
            most = _text(node, "repeat").replace(">1", "*")
            yield node.get("xid", ""), most


def _loops_of_guide(loop: Loop) -> Iterator[tuple[str, str]]:
    for entry in loop.entries:
        if isinstance(entry, LoopUse):
            yield entry.loop.id, "*" if entry.most is None else str(entry.most)
            yield from _loops_of_guide(entry.loop)
