"""Which encounters an earlier one bears on that came in after they were coded."""

from datetime import timedelta

import pytest

from services.coding.domain.coding_result import PastService, PastVisit
from services.coding.domain.procedures.later_encounters import after, judged_otherwise
from tests.unit.coding.examples import DAY, sets_on

FAMILY, SURGEON = "207Q00000X", "208600000X"


def visit(
    days: int, *lines: tuple[str, ...], taxonomy: str = FAMILY, name: str = "LATER"
) -> PastVisit:
    services = tuple(PastService(code, tuple(modifiers)) for code, *modifiers in lines)
    first = lines[0][0]
    code = first if first.startswith("99") else ""
    return PastVisit(name, DAY + timedelta(days=days), taxonomy, code, "", services)


def again(came: PastVisit, *visits: PastVisit) -> tuple[str, ...]:
    return judged_otherwise(came, visits, sets_on())


@pytest.mark.parametrize(
    ("came", "later", "wanted"),
    [
        (("99213",), (10, ("99203",)), True),
        (("99213",), (10, ("99213",)), False),
        (("99213",), (3 * 365 + 2, ("99203",)), False),
        (("36415",), (10, ("99203",)), False),
        (("99213",), (0, ("99203",)), False),
        (("99213",), (-10, ("99203",)), False),
        (("10060",), (10, ("99213",)), True),
        (("10060",), (10, ("99213", "24")), False),
        (("10060",), (11, ("99213",)), False),
        (("27130",), (90, ("20610",)), True),
        (("27130",), (90, ("20610", "79")), False),
        (("27130",), (90, ("80053",)), False),
        (("27130", "80"), (9, ("99213",)), False),
        (("99221",), (1, ("99222",)), True),
        (("99221",), (1, ("99232",)), False),
        (("G0439",), (200, ("G0439",)), True),
        (("G0439",), (400, ("G0439",)), False),
        (("99396",), (100, ("99396",)), True),
    ],
)
def test_what_looks_back_in_time_is_looked_at_again(
    came: tuple[str, ...], later: tuple[int, tuple[str, ...]], wanted: bool
) -> None:
    days, line = later
    assert bool(again(visit(0, came, name="CAME"), visit(days, line))) is wanted


def test_another_specialty_is_looked_at_only_for_what_is_limited() -> None:
    other = visit(10, ("99203",), taxonomy=SURGEON)
    assert again(visit(0, ("27130",), name="CAME"), other) == ()
    limited = visit(10, ("G0439",), taxonomy=SURGEON)
    assert again(visit(0, ("G0439",), name="CAME"), limited) == ("LATER",)


def test_they_come_in_order_of_date() -> None:
    came = visit(0, ("27130",), name="CAME")
    third, second = visit(9, ("99213",), name="A"), visit(3, ("99213",), name="B")
    assert again(came, third, second) == ("B", "A")


def test_all_that_are_later_come_in_order_of_date() -> None:
    visits = (visit(9, ("80053",), name="A"), visit(3, ("80053",), name="B"), visit(0, ("80053",)))
    assert after(visit(0, ("99213",), name="CAME"), visits) == ("B", "A")
