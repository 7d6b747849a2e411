"""The phrases of the index that are worth scoring for some words, found without reading them all.

A phrase is bounded by what its words weigh and how many of them were asked for. Most phrases with
one of the words have none of the others: of these only the lightest can be among the best.
"""

from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple

from services.coding.domain.code_sets import DiagnosisCodes, Token

_MOST = 120
_LEAST_SHARE = 45
_BITS = 32
_NUMBER = (1 << _BITS) - 1
# Looking one phrase up in a word's postings costs as much as reading this many of them.
_LOOKUP_COST = 8
_KEPT_ORDERS = 2_000
# So many of them, which leaves enough where other words have some of them too.
_LIGHTEST = 400


class _Gathered(NamedTuple):
    """What the essential words of phrases weigh, as far as they were asked for.

    ``opened``: words that bring in phrases of their own, the last of them not gathered one by one;
    ``several``: phrases with more than one of the words; ``least``: what a phrase must have.
    """

    weights: Mapping[int, int]
    opened: Sequence[Token]
    several: Mapping[int, int]
    least: int


class Shortlist:
    """Finds the phrases of one release; remembers which of a word's phrases are the lightest."""

    def __init__(self, codes: DiagnosisCodes) -> None:
        self._codes = codes
        self._orders: dict[int, Sequence[int]] = {}

    def of(self, counted: Sequence[Token]) -> list[tuple[int, int, int]]:
        """Phrases, each with the weight of its essential and optional words, best bound first.

        ``counted``: words, the rarest first. One without any essential word of its own is none.
        """
        gathered = self._gathered(counted)
        least = gathered.least
        extra, alone = self._optional(counted, gathered)
        weights = self._codes.weights
        # The highest bound first, and of equal ones the lowest number: both in one integer.
        bounds = [
            (
                (m * 1000 // (weights[number] + 300) + m + extra.get(number, 0) << _BITS) - number,
                m,
            )
            for each in (gathered.several, alone)
            for number, m in each.items()
            if m >= least
        ]
        bounds.sort(reverse=True)
        floor = bounds[_MOST - 1][0] if len(bounds) >= _MOST else 0
        for token in gathered.opened:
            if token.weight >= least:
                bounds.extend(self._of_one_word(token, gathered.several, alone, floor))
        bounds.sort(reverse=True)
        numbered = ((-bound & _NUMBER, matched) for bound, matched in bounds[:_MOST])
        return [(number, matched, extra.get(number, 0)) for number, matched in numbered]

    def _gathered(self, counted: Sequence[Token]) -> _Gathered:
        """Weights of essential words by phrase, the rarest word first.

        Once the words to come cannot lift a new phrase to the least share of the best, only those
        found before are looked for: the commonest words, which most phrases have, come last.
        """
        left = sum(token.weight for token in counted)
        weights: dict[int, int] = {}
        several: dict[int, int] = {}
        opened: list[Token] = []
        best = 0
        for place, token in enumerate(counted, 1):
            weight = token.weight
            numbers = self._codes.postings(token.number).essential
            both = {each: weights[each] + weight for each in _common(weights, numbers)}
            if numbers and (not opened or left >= best * _LEAST_SHARE // 100):
                opened.append(token)
                best = max(best, weight)
                if place < len(counted):
                    more = dict.fromkeys(numbers, weight)
                    more |= weights
                    weights = more
            if both:
                weights.update(both)
                several.update(both)
                best = max(best, *both.values())
            left -= weight
        return _Gathered(weights, opened, several, best * _LEAST_SHARE // 100)

    def _optional(
        self, counted: Sequence[Token], gathered: _Gathered
    ) -> tuple[dict[int, int], dict[int, int]]:
        """What optional words weigh, by phrase; of phrases with one essential word, that word."""
        weights, opened, several, _ = gathered
        extra: dict[int, int] = {}
        alone: dict[int, int] = {}
        if not opened:
            return extra, alone
        last = opened[-1]
        for token in counted:
            optional = self._codes.postings(token.number).optional
            if not optional:
                continue
            found = set(_common(weights, optional))
            if last is counted[-1]:
                found.update(_held_by_both(self._codes.postings(last.number).essential, optional))
            for number in found:
                extra[number] = extra.get(number, 0) + token.weight
                if number not in several:
                    alone[number] = weights.get(number, last.weight)
        return extra, alone

    def _of_one_word(
        self, token: Token, several: Mapping[int, int], alone: Mapping[int, int], floor: int
    ) -> Iterator[tuple[int, int]]:
        """Bounds above ``floor`` of the phrases with this one of the words.

        They come by their weight, the lightest first, until there are enough.
        """
        weights, weight = self._codes.weights, token.weight
        share = weight * 1000
        found = 0
        last = floor >> _BITS
        for number in chain(self._lightest(token.number), self._heavier(token.number)):
            if number in several or number in alone:
                continue
            bound = share // (weights[number] + 300) + weight
            if bound < last:
                return
            found += 1
            if found >= _MOST:
                last = bound
            yield (bound << _BITS) - number, weight

    def _lightest(self, token: int) -> Sequence[int]:
        """The lightest phrases of a word in order, and of equal ones the lowest number first."""
        found = self._orders.get(token)
        if found is None:
            if len(self._orders) >= _KEPT_ORDERS:
                self._orders.clear()
            found = self._orders[token] = array("I", self._in_order(token)[:_LIGHTEST])
        return found

    def _heavier(self, token: int) -> Iterator[int]:
        """Those behind the lightest, which are seldom asked for."""
        if len(self._codes.postings(token).essential) > _LIGHTEST:
            yield from self._in_order(token)[_LIGHTEST:]

    def _in_order(self, token: int) -> list[int]:
        return sorted(self._codes.postings(token).essential, key=self._codes.weights.__getitem__)


def _common(gathered: Mapping[int, int], numbers: Sequence[int]) -> Collection[int]:
    """Phrases that are gathered and in a word's postings."""
    if len(gathered) * _LOOKUP_COST < len(numbers):
        return _looked_up(gathered, numbers)
    return gathered.keys() & numbers


def _held_by_both(numbers: Sequence[int], others: Sequence[int]) -> Collection[int]:
    few, many = (numbers, others) if len(numbers) < len(others) else (others, numbers)
    if len(few) * _LOOKUP_COST < len(many):
        return _looked_up(few, many)
    return frozenset(few).intersection(many)


def _looked_up(few: Iterable[int], many: Sequence[int]) -> list[int]:
    count = len(many)
    return [each for each in few if (at := bisect_left(many, each)) < count and many[at] == each]
