"""The same seed draws the same faults, and a long run leaves no kind out."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimstream.chaos.faults import KINDS, UnknownFaultError, chosen_kinds, drawn


def names(count: int, seed: int) -> list[str]:
    return [fault.name for fault in drawn(count, seed, KINDS)]


@given(seed=st.integers(min_value=0, max_value=2**32), count=st.integers(0, 200))
def test_a_seed_draws_the_same_faults_again(seed: int, count: int) -> None:
    assert names(count, seed) == names(count, seed)
    assert len(names(count, seed)) == count


def test_another_seed_draws_others() -> None:
    assert names(100, 1) != names(100, 2)


def test_what_a_fault_chooses_follows_from_the_seed_too() -> None:
    first, second = (next(drawn(1, 5, KINDS)).rng.random() for _ in range(2))
    assert first == second
    assert first != next(drawn(1, 6, KINDS)).rng.random()


@given(seed=st.integers(min_value=0, max_value=2**32))
def test_a_long_run_leaves_no_kind_out(seed: int) -> None:
    assert set(names(2 * len(KINDS), seed)) == {kind.name for kind in KINDS}


def test_kinds_that_weigh_more_come_more_often() -> None:
    counts = Counter(names(2000, 3))
    assert counts["kill-service"] > 5 * counts["kafka-kill"]


def test_only_the_kinds_asked_for_are_drawn() -> None:
    kinds = chosen_kinds(["kill-ehr", "zombie"])
    assert {fault.name for fault in drawn(50, 1, kinds)} == {"kill-ehr", "zombie"}


def test_no_name_means_every_kind() -> None:
    assert chosen_kinds([]) == KINDS


def test_a_kind_that_there_is_not_is_refused_by_its_name() -> None:
    with pytest.raises(UnknownFaultError, match="earthquake"):
        chosen_kinds(["kill-ehr", "earthquake"])


def test_every_kind_has_a_name_of_its_own_and_a_sentence() -> None:
    assert len({kind.name for kind in KINDS}) == len(KINDS)
    assert all(kind.about and kind.weight > 0 for kind in KINDS)
