"""The domain is pure: no I/O, no clock, no randomness, no logging, nothing of the chassis."""

import ast
from collections.abc import Iterator

from tests.lints.source import Finding, Source

RULE = "pure-domain"

IMPURE_MODULES = frozenset(
    {
        "aiokafka",
        "asyncio",
        "asyncpg",
        "asyncssh",
        "faststream",
        "io",
        "logging",
        "os",
        "pathlib",
        "prometheus_client",
        "random",
        "secrets",
        "shutil",
        "socket",
        "structlog",
        "subprocess",
        "tempfile",
        "threading",
        "time",
        "services.chassis",
    }
)
PURE_OF_THE_CHASSIS = "services.chassis.effects"
"""Refusals and waits: what a rule may answer, as plain values."""

IMPURE_CALLS = frozenset(
    {
        "datetime.now",
        "datetime.today",
        "datetime.utcnow",
        "date.today",
        "uuid.uuid1",
        "uuid.uuid4",
        "uuid1",
        "uuid4",
        "open",
        "print",
        "input",
    }
)


def pure_domain(source: Source) -> Iterator[Finding]:
    """Imports and calls in ``services/*/domain`` that reach outside the values given."""
    folders = source.folders
    if not source.is_python or folders[:1] != ("services",) or folders[2:3] != ("domain",):
        return
    for node in ast.walk(source.tree):
        impure = [module for module in _imported(node) if _is_impure(module)]
        if impure:
            yield _finding(source, node, f"the domain imports {impure[0]}")
        if isinstance(node, ast.Call):
            called = ast.unparse(node.func)
            if called in IMPURE_CALLS or called.endswith((".now", ".utcnow")):
                yield _finding(source, node, f"the domain calls {called}; let it be passed in")


def _is_impure(module: str) -> bool:
    if module == PURE_OF_THE_CHASSIS or module.startswith(f"{PURE_OF_THE_CHASSIS}."):
        return False
    return any(module == name or module.startswith(f"{name}.") for name in IMPURE_MODULES)


def _imported(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module is not None:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _finding(source: Source, node: ast.AST, message: str) -> Finding:
    return Finding(source.path, getattr(node, "lineno", 1), RULE, message)
