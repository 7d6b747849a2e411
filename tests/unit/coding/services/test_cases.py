"""Each case of services comes out as it was decided by hand, and cites its rule."""

from collections import Counter

import pytest

from tests.unit.coding.procedure_cases import short
from tests.unit.coding.services.cases import Case, cases, is_right, result


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_case_has_the_lines_that_its_rule_wants(case: Case) -> None:
    coded = result(case)
    assert short(coded) == case.lines, case.rule
    assert is_right(case, coded), (coded.reasons, [each.gap for each in coded.queries])


def test_every_case_has_a_name_of_its_own_and_cites_a_rule() -> None:
    repeated = [name for name, times in Counter(case.name for case in cases()).items() if times > 1]
    assert repeated == []
    assert [case.name for case in cases() if not case.rule.strip()] == []
    assert len({case.rule for case in cases()}) > 25
