"""Money is integer cents: no float literal, ``float``, or true division comes near it.

Where code decides about money (``MONEY_FOLDERS``) none of the three appears at all. Everywhere, a
name that ends in ``_cents`` is an integer, and is neither made from nor turned into a float.
"""

import ast
import re
from collections.abc import Iterator

from tests.lints.source import Finding, Source

RULE = "no-float-near-money"

MONEY_FOLDERS = (
    ("schemas",),
    ("services", "billing", "domain"),
    ("services", "coding", "domain"),
    ("services", "patient_statements", "domain"),
    ("services", "payer_gateway", "domain"),
    ("services", "payer_gateway", "x12"),
)
QUANTITY_FOLDERS = (("services", "coding", "domain"),)
"""Here doses are ``Decimal`` and are divided; floats are refused all the same."""

_COLUMN = re.compile(
    r"\b(\w+_cents)\s+(real|double|float\w*|numeric|decimal|money|int|int4|integer|smallint|text"
    r"|varchar)\b",
    re.IGNORECASE,
)


def no_float_near_money(source: Source) -> Iterator[Finding]:
    """Floats in money code, and floats that touch a name ending in ``_cents`` anywhere."""
    if source.path.endswith(".sql"):
        yield from _columns(source)
    decides_money = _within(source, MONEY_FOLDERS)
    if not source.is_python or not (decides_money or "_cents" in source.text):
        return
    divides = not decides_money or _within(source, QUANTITY_FOLDERS)
    paths = set() if divides else _names_of_paths(source.tree)
    for node in ast.walk(source.tree):
        if decides_money:
            yield from _float_at(source, node)
            if _is_division(node) and not divides and not _joins_paths(node, paths):
                yield _finding(source, node, "true division makes a float; use // or divmod")
        yield from _cents_at(source, node)


def _columns(source: Source) -> Iterator[Finding]:
    for number, line in enumerate(source.text.splitlines(), start=1):
        for name, kind in _COLUMN.findall(line):
            yield Finding(source.path, number, RULE, f"column {name} is {kind}; cents are bigint")


def _within(source: Source, folders: tuple[tuple[str, ...], ...]) -> bool:
    return any(source.folders[: len(folder)] == folder for folder in folders)


def _float_at(source: Source, node: ast.AST) -> Iterator[Finding]:
    if isinstance(node, ast.Constant) and isinstance(node.value, float):
        yield _finding(source, node, f"the float {node.value} in code that decides about money")
    elif isinstance(node, ast.Name) and node.id == "float":
        yield _finding(source, node, "float in code that decides about money")


def _cents_at(source: Source, node: ast.AST) -> Iterator[Finding]:
    if isinstance(node, ast.AnnAssign | ast.arg) and node.annotation is not None:
        name = node.arg if isinstance(node, ast.arg) else _name(node.target)
        if name.endswith("_cents") and _mentions(node.annotation, {"float", "Decimal"}):
            yield _finding(source, node, f"{name} is not an integer")
    if isinstance(node, ast.keyword) and (node.arg or "").endswith("_cents"):
        yield from _float_value(source, node.value, str(node.arg))
    if isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            if _name(target).endswith("_cents") and node.value is not None:
                yield from _float_value(source, node.value, _name(target))
    if _is_division(node) and any(
        _name(part).endswith("_cents") for part in ast.walk(node) if part is not node
    ):
        yield _finding(source, node, "cents are divided into a float; use // or divmod")
    if isinstance(node, ast.Call) and _name(node.func) == "float":
        for argument in node.args:
            if any(_name(part).endswith("_cents") for part in ast.walk(argument)):
                yield _finding(source, node, "cents are turned into a float")


def _float_value(source: Source, value: ast.expr, name: str) -> Iterator[Finding]:
    for part in ast.walk(value):
        if (
            (isinstance(part, ast.Constant) and isinstance(part.value, float))
            or (isinstance(part, ast.Call) and _name(part.func) == "float")
            or _is_division(part)
        ):
            yield _finding(source, part, f"{name} is made from a float")


def _is_division(node: ast.AST) -> bool:
    return isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div)


def _joins_paths(node: ast.AST, paths: set[str]) -> bool:
    """Whether the division joins file paths: it begins with one, or joins a text."""
    while isinstance(node, ast.BinOp):
        if isinstance(node.right, ast.JoinedStr) or (
            isinstance(node.right, ast.Constant) and isinstance(node.right.value, str)
        ):
            return True
        node = node.left
    return _name(node) in paths or (
        isinstance(node, ast.Call | ast.Attribute) and _mentions(node, {"Path", "files"})
    )


def _names_of_paths(tree: ast.Module) -> set[str]:
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.arg) and node.annotation is not None:
            if _mentions(node.annotation, {"Path"}):
                names.add(node.arg)
        elif isinstance(node, ast.Assign) and _mentions(node.value, {"Path"}):
            names.update(_name(target) for target in node.targets)
    return names


def _mentions(node: ast.AST, names: set[str]) -> bool:
    return any(isinstance(part, ast.Name) and part.id in names for part in ast.walk(node))


def _name(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else ""


def _finding(source: Source, node: ast.AST, message: str) -> Finding:
    return Finding(source.path, getattr(node, "lineno", 1), RULE, message)
