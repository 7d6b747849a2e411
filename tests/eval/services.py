"""The project's own cases of services, each citing its rule, through the whole engine."""

from collections import Counter
from typing import Any

from tests.unit.coding.services.cases import cases, is_right, result


def measure_services() -> dict[str, Any]:
    """Cases whose lines come out as they say, by rule; those that do not, by name."""
    found = [(case, result(case)) for case in cases()]
    return {
        "cases": len(found),
        "from_a_note": sum("note" in case.given["given"] for case, _ in found),
        "right": sum(is_right(case, coded) for case, coded in found),
        "automatic": sum(coded.route == "automatic" for _, coded in found),
        "wrong": [case.name for case, coded in found if not is_right(case, coded)],
        "by_rule": dict(sorted(Counter(case.rule for case, _ in found).items())),
    }
