"""Every code that a rule or a table of the reading names is a code of the release."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from services.coding.domain import diagnosis, reading
from services.coding.domain.code_sets import DiagnosisCodes
from services.coding.domain.diagnosis import guidelines, present_on_admission, rules
from services.coding.domain.diagnosis.specificity import is_billable
from tests.unit.coding.examples import DAY, open_library

_CODE = re.compile(r"[A-TV-Z]\d(?:[0-9A-Z](?:\.[0-9A-Z]{0,4})?)?|U0\d(?:\.\d)?")
_ENDS = "0123456789ABCDZX"
# A sixth or seventh character follows; guideline sections and MAC letters look like no code.
_MODULES = sorted(
    {
        *Path(rules.__path__[0]).glob("*.py"),
        Path(guidelines.__file__),
        Path(present_on_admission.__file__),
        *(Path(reading.__path__[0]) / f"{name}.py" for name in (
            "after_surgery", "contact", "past_and_family", "regimen",
        )),
    }
)  # fmt: skip


def named(module: Path) -> Iterator[str]:
    """The strings of a module that are written like a code."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        value = node.value if isinstance(node, ast.Constant) else None
        if isinstance(value, str) and _CODE.fullmatch(value):
            yield value


def is_known(codes: DiagnosisCodes, code: str) -> bool:
    """Whether the release has the code, or codes that begin with it."""
    bare = code.rstrip(".X") if len(code) > 5 else code.rstrip(".")
    if len(bare) < 3:
        return any(
            codes.node(bare + "".join(more)) for more in product(_ENDS, repeat=3 - len(bare))
        )
    if codes.node(bare) is not None or is_billable(codes, bare):
        return True
    joint = "" if "." in bare else "."
    return any(codes.node(f"{bare}{joint}{end}") for end in _ENDS) or any(
        codes.node(f"{bare}{joint}{one}{two}") for one, two in product(_ENDS, repeat=2)
    )


@pytest.mark.parametrize("module", _MODULES, ids=lambda path: path.stem)
def test_a_rule_names_no_code_that_there_is_not(module: Path) -> None:
    codes = open_library().on(DAY).diagnoses
    assert sorted({code for code in named(module) if not is_known(codes, code)}) == []


def test_the_modules_are_found_and_name_codes() -> None:
    assert diagnosis.__doc__ is not None
    assert sum(1 for module in _MODULES for _ in named(module)) > 500
