"""Every reason to wait for a coder has its words, in the program and in the documentation."""

import re
from pathlib import Path

from services.coding.domain.review.queue_reasons import MEANINGS, explained
from services.coding.handlers import NO_RELEASE, REFUSED

ROOT = Path(__file__).resolve().parents[4]
CODING = ROOT / "services" / "coding"
_WITH_SUBJECT = re.compile(r'f"([a-z][a-z_0-9]+):\{')
_ALONE = re.compile(r'(?:reasons?\.append\(|yield |reason = |return )"([a-z]+(?:_[a-z]+)+)"')
_NO_REASONS = {"settled"}


def raised() -> set[str]:
    """The kinds of reasons that the rules and handlers write."""
    found: set[str] = {NO_RELEASE, REFUSED}
    domain = [path for path in (CODING / "domain").rglob("*.py") if "audit" not in path.parts]
    for path in (*domain, CODING / "recode_encounter.py"):
        found.update(_WITH_SUBJECT.findall(path.read_text("utf-8")))
    for name in ("engine.py", "review/plausibility.py"):
        found.update(_ALONE.findall((CODING / "domain" / name).read_text("utf-8")))
    return found - _NO_REASONS


def test_every_reason_that_is_raised_is_explained() -> None:
    assert len(raised()) > 40
    assert sorted(raised() - MEANINGS.keys()) == []


def test_no_reason_is_explained_that_nothing_raises() -> None:
    sources = "".join(path.read_text("utf-8") for path in CODING.rglob("*.py"))
    assert [kind for kind in MEANINGS if sources.count(f'"{kind}') < 2] == []


def test_a_reason_is_explained_by_its_kind() -> None:
    assert explained("unsure:J20.9") == explained("unsure") == MEANINGS["unsure"]
    assert explained("no such reason") == ""


def test_the_documentation_has_the_same_table() -> None:
    text = (ROOT / "docs" / "coding.md").read_text("utf-8")
    rows = dict(re.findall(r"^\| `([a-z_0-9]+)` \| (.+) \|$", text, re.MULTILINE))
    assert {kind: rows.get(kind) for kind in MEANINGS} == MEANINGS
