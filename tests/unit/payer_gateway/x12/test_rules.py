"""Every rule of the codec is written down with its level, severity, meaning and remedy."""

import importlib
import pkgutil
import re
from pathlib import Path

from services.payer_gateway import x12
from services.payer_gateway.x12.finding import Rule, Scope

_DOCUMENT = Path(__file__).resolve().parents[4] / "docs" / "x12-rules.md"
_ROW = re.compile(r"^\| `([a-z0-9.-]+)` \| (\d) \| ([a-z ]+) \| (.+) \| (.+) \|$", re.MULTILINE)


def every_rule() -> list[Rule]:
    rules: list[Rule] = []
    for module in pkgutil.walk_packages(x12.__path__, f"{x12.__name__}."):
        for value in vars(importlib.import_module(module.name)).values():
            rules += [value] if isinstance(value, Rule) else []
            if isinstance(value, dict):
                rules += (each for each in value.values() if isinstance(each, Rule))
    return rules


RULES = every_rule()
ROWS = _ROW.findall(_DOCUMENT.read_text(encoding="utf-8"))


def test_every_rule_is_in_the_document_and_no_other() -> None:
    assert sorted({rule.id for rule in RULES}) == sorted(row[0] for row in ROWS)


def test_the_document_says_level_and_severity_as_the_code_does() -> None:
    told = {row[0]: (int(row[1]), set(row[2].split(" or "))) for row in ROWS}
    for rule in RULES:
        level, severities = told[rule.id]
        assert rule.snip_level == level, rule.id
        assert rule.severity.value in severities, rule.id


def test_a_rule_has_a_stable_shape_a_source_and_one_scope() -> None:
    scopes: dict[str, Scope] = {}
    for rule in RULES:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*\.[a-z0-9]+(-[a-z0-9]+)*", rule.id)
        assert 1 <= rule.snip_level <= 5
        assert rule.source
        assert scopes.setdefault(rule.id, rule.scope) is rule.scope


def test_meaning_and_remedy_are_said_for_each() -> None:
    for row in ROWS:
        assert len(row[3]) > 10, row[0]
        assert len(row[4]) >= 6, row[0]
