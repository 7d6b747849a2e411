"""How many rows a statement looks at, by the database's own account."""

import json
from collections.abc import Iterator
from typing import Any

import asyncpg


async def rows_read(connection: asyncpg.Connection, query: str, *values: object) -> int:
    """Rows that its scans of tables looked at, also those that they left out; the query is run."""
    plan = await connection.fetchval(f"explain (analyze, format json) {query}", *values)
    return sum(_of(json.loads(plan)[0]["Plan"]))


def _of(plan: dict[str, Any]) -> Iterator[int]:
    if "Relation Name" in plan:
        left_out = plan.get("Rows Removed by Filter", 0)
        yield int((plan["Actual Rows"] + left_out) * plan["Actual Loops"])
    for each in plan.get("Plans", ()):
        yield from _of(each)
