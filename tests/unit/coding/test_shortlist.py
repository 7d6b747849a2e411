"""The shortlist is what reading every phrase of every word would give."""

from array import array
from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st

from services.coding.domain.code_sets import DiagnosisCodes, Postings, Token
from services.coding.domain.diagnosis.shortlist import Shortlist

_PHRASES = 600
_MOST = 120


def _words(draw: st.DataObject) -> tuple[list[Token], dict[int, Postings], Sequence[int]]:
    chosen = draw.draw(st.randoms(use_true_random=False))
    counts = draw.draw(st.lists(st.integers(0, _PHRASES), min_size=1, max_size=5))
    postings: dict[int, Postings] = {}
    tokens: list[Token] = []
    for number, count in enumerate(sorted(counts)):
        numbers = chosen.sample(range(_PHRASES), count)
        optional = sorted(chosen.sample(numbers, count // 4))
        essential = sorted(set(numbers).difference(optional))
        postings[number] = Postings(array("I", essential), array("I", optional))
        tokens.append(Token(number, chosen.choice((40, 300, 300, 700, 1100)), count))
    heavy = array("I", [chosen.choice((300, 700, 1100, 1101, 2500)) for _ in range(_PHRASES)])
    return tokens, postings, heavy


def _by_reading_all(
    tokens: Sequence[Token], postings: dict[int, Postings], heavy: Sequence[int]
) -> list[tuple[int, int, int]]:
    matched: dict[int, int] = {}
    left, best = sum(each.weight for each in tokens), 0
    for token in tokens:
        opens = not matched or left >= best * 45 // 100
        for number in postings[token.number].essential:
            if opens or number in matched:
                matched[number] = matched.get(number, 0) + token.weight
        best = max(matched.values(), default=0)
        left -= token.weight
    extra = {
        number: sum(each.weight for each in tokens if number in set(postings[each.number].optional))
        for number in matched
    }
    rows = [
        (-(own * 1000 // (heavy[number] + 300) + own + extra[number]), number, own)
        for number, own in matched.items()
        if own >= best * 45 // 100
    ]
    return [(number, own, extra[number]) for _, number, own in sorted(rows)[:_MOST]]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_the_lightest_phrases_of_each_word_are_enough(draw: Any) -> None:
    tokens, postings, heavy = _words(draw)
    codes = SimpleNamespace(postings=postings.__getitem__, weights=heavy)
    shortlist = Shortlist(cast("DiagnosisCodes", codes))

    found = shortlist.of(tokens)

    assert found == _by_reading_all(tokens, postings, heavy)
    assert shortlist.of(tokens) == found


def test_words_without_an_essential_place_find_nothing() -> None:
    none, optional = Postings(array("I"), array("I")), Postings(array("I"), array("I", [1, 2]))
    codes = SimpleNamespace(
        postings={0: none, 1: optional}.__getitem__, weights=array("I", [9] * 3)
    )
    shortlist = Shortlist(cast("DiagnosisCodes", codes))

    assert shortlist.of([]) == []
    assert shortlist.of([Token(0, 300, 0), Token(1, 200, 2)]) == []
