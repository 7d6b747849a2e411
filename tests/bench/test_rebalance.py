"""What the rebalance bench says of keys that stood still follows from when their effects came."""

from io import StringIO

from rich.console import Console

from tests.bench.rebalance import (
    Act,
    Effect,
    Load,
    Stalls,
    out_of_order,
    phase_of,
    show_stalls,
)

JOIN = Act("one more joins", began=10_000, joined=5, settled=700, moved=3)


def effect(key: str, number: int, sent_at: int, wait: int = 100) -> Effect:
    return Effect(key, number, sent_at, sent_at + wait)


def test_a_phase_holds_what_was_sent_in_it_and_what_may_have_been_in_hand() -> None:
    effects = [effect("A", n, sent_at) for n, sent_at in enumerate((9_400, 9_600, 19_400, 19_600))]
    assert phase_of(JOIN, 20_000, effects).records == 2


def test_the_longest_wait_is_one_keys_and_the_longest_gap_another_thing() -> None:
    effects = [
        effect("A", 1, 10_000),
        effect("A", 2, 11_000, wait=4_000),
        effect("A", 3, 14_950),
        effect("B", 1, 10_000),
        effect("B", 2, 12_000),
    ]
    found = phase_of(JOIN, 20_000, effects)
    assert (found.longest, found.gap, found.stalled_keys) == (4_000, 4_900, 1)
    assert (found.joined, found.settled, found.moved) == (5, 700, 3)


def test_a_phase_in_which_nothing_was_sent_is_shown_as_such() -> None:
    found = phase_of(JOIN, 20_000, [])
    assert (found.records, found.median, found.longest, found.gap) == (0, 0, 0, 0)
    text = StringIO()
    show_stalls(Stalls(Load(), [found], 1, 2, 3), Console(file=text, width=140))
    assert "lost 1, doubled 2, out of order 3" in text.getvalue()
    assert "one more joins" in text.getvalue()


def test_an_effect_behind_a_later_one_of_its_key_is_out_of_order() -> None:
    order = [effect("A", 2, 0), effect("B", 1, 0), effect("A", 1, 0), effect("A", 3, 0)]
    assert out_of_order(order) == 1
    assert out_of_order(order[1:]) == 0
