"""What the documents point to is there."""

import re
from pathlib import Path

import pytest

from tests.unit.docs.documents import ROOT, anchors, documents, links, named, read

ADR = ROOT / "docs" / "adr"
DECISIONS = sorted(ADR.glob("0*.md"))
MODULES = [
    ("services/chassis/README.md", "services/chassis"),
    ("deploy/README.md", "deploy/embedded"),
]


@pytest.mark.parametrize("document", documents(), ids=named)
def test_every_relative_link_leads_somewhere(document: Path) -> None:
    text = read(document)
    for link in links(text):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, fragment = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        assert target.exists(), link
        assert target.is_relative_to(ROOT), link
        if fragment and target.suffix == ".md":
            assert fragment in anchors(read(target)), link


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(each.name[:4]) for each in DECISIONS] == list(range(1, len(DECISIONS) + 1))


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda each: each.stem)
def test_a_decision_is_one_screen_with_all_its_parts(decision: Path) -> None:
    text = read(decision)
    assert text.startswith(f"# {decision.name[:4]} ")
    assert len(text.splitlines()) <= 40
    for part in ("**Context.**", "**Decision.**", "**Alternatives.**", "**Revisit**"):
        assert part in text


def test_every_decision_is_in_the_index() -> None:
    assert set(links(read(ADR / "README.md"))) == {each.name for each in DECISIONS}


@pytest.mark.parametrize(("document", "folder"), MODULES)
def test_every_module_of_a_folder_is_named_in_its_readme(document: str, folder: str) -> None:
    spans = set(re.findall(r"`([a-z_]+)(?:\.py)?`", read(ROOT / document)))
    modules = {each.stem for each in (ROOT / folder).glob("[a-z]*.py")}
    assert modules - spans == set()
