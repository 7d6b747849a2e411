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

_LOCKS = re.compile(r"\bfor\s+(no\s+key\s+)?update\b", re.IGNORECASE)
_SUBQUERY = re.compile(r"\bin\s*\(\s*(select|with)\b", re.IGNORECASE)

_MESSAGE = "rows locked by `in (select ...)` may be lost: use `= any(array(select ...))`"


def locked_by_values(source: Source) -> Iterator[Finding]:
    """Statements of services that lock rows and look for them by ``in (select ...)``."""
    if source.folders[:1] != ("services",) or not source.is_python:
        return
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if _LOCKS.search(node.value) and _SUBQUERY.search(node.value):
            yield Finding(source.path, node.lineno, RULE, _MESSAGE)
