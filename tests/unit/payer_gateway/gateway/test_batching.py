"""What goes into one transaction holds no more claims than a large file, and leaves nothing out."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from services.payer_gateway.domain.batching import together


@given(st.lists(st.integers(0, 12)), st.integers(1, 10))
def test_groups_hold_everything_once_in_order_and_no_more_than_fits(
    claims: list[int], most: int
) -> None:
    groups = list(together(claims, lambda count: count, most))
    assert [count for group in groups for count in group] == claims
    assert all(sum(group) <= most or len(group) == 1 for group in groups)
    for group, after in itertools.pairwise(groups):
        assert sum(group) + after[0] > most
