"""A locked row is found by values, not by a subquery that would be joined again.

While ``select ... where x in (select ...) for update`` waits for a row, another transaction may
change it. PostgreSQL then runs the join anew for that row alone, in which the subquery need not
find it: the row is missing from the result though both conditions hold. ``x = any(array(select
...))`` is worked out once, before.
"""

import ast
import re
from collections.abc import Iterator

from tests.lints.source import Finding, Source

RULE = "locked-by-values"

_LOCKS = re.compile(r"\bfor\s+((no\s+key\s+)?update|(key\s+)?share)\b", re.IGNORECASE)
_SUBQUERY = re.compile(r"\b(in|any|some)\s*\(\s*(select|with)\b", re.IGNORECASE)

_MESSAGE = "rows locked by `in (select ...)` may be lost: use `= any(array(select ...))`"


def locked_by_values(source: Source) -> Iterator[Finding]:
    """Statements of services that lock rows and look for them by ``in (select ...)``."""
    if source.folders[:1] != ("services",) or not source.is_python:
        return
    lines = {
        node.lineno
        for node in ast.walk(source.tree)
        if isinstance(node, ast.JoinedStr | ast.Constant)
        if _LOCKS.search(text := _text_of(node)) and _SUBQUERY.search(text)
    }
    for line in sorted(lines):
        yield Finding(source.path, line, RULE, _MESSAGE)


def _text_of(node: ast.AST) -> str:
    """A text as far as it is written out; a part that is put in later is a blank."""
    if isinstance(node, ast.JoinedStr):
        return " ".join(map(_text_of, node.values))
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
