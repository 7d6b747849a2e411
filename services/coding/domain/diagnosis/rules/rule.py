"""A guideline rule, and the book that applies rules in order.

A rule is a pure function ``(listing, context, mark) -> listing`` with an id, the section of the
ICD-10-CM Official Guidelines that it follows, and the codes that wake it: where none of them is
listed it has nothing to say, and is not asked. Nor is one that looks for words which nobody said.
"""

from collections.abc import Callable, Collection, Sequence

from msgspec import Struct

from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.waking_words import WakingWords

Apply = Callable[[Listing, Context, str], Listing]
_KEPT = 16_384
_MOST_ROUNDS = 4


class Rule(Struct, frozen=True):
    """One rule: ``ID`` names it, ``CITATION`` is its section.

    Awake where a code begins with one of ``wakes``; if it has any of these, where besides one
    begins with one of ``beside`` or one of the words ``said`` stands in the documentation.
    """

    ID: str
    CITATION: str
    wakes: tuple[str, ...]
    apply: Apply
    beside: tuple[str, ...] = ()
    said: frozenset[str] = frozenset()

    @property
    def mark(self) -> str:
        """What it leaves among the rules of a code that it touched."""
        return f"OG {self.CITATION} {self.ID}"


def rule(
    name: str,
    citation: str,
    *wakes: str,
    beside: tuple[str, ...] = (),
    said: Collection[str] = (),
) -> Callable[[Apply], Rule]:
    """A function as the rule ``name`` of section ``citation``, woken by codes with ``wakes``
    where others with ``beside`` are listed too, or one of the words ``said`` is.
    """

    def make(apply: Apply) -> Rule:
        return Rule(name, citation, wakes, apply, beside, frozenset(said))

    return make


class RuleBook:
    """Rules in their order; remembers which of them a code wakes."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [(each.apply, each.mark) for each in rules]
        self._wakes = [(each.wakes, each.beside, 1 << n) for n, each in enumerate(rules)]
        self._alone = sum(1 << n for n, each in enumerate(rules) if not (each.beside or each.said))
        self._words = WakingWords([each.said for each in rules])
        self._by_letter: dict[str, list[tuple[tuple[str, ...], tuple[str, ...], int]]] = {}
        self._bits: dict[str, tuple[int, int]] = {}

    def apply(self, diagnoses: Sequence[Diagnosis], context: Context) -> Listing:
        """Each rule that is awake, in order; again while what they made wakes others."""
        listing = Listing(tuple(diagnoses))
        heard = self._alone | context.heard(self._words)
        for _ in range(_MOST_ROUNDS):
            changed = self._round(listing, context, heard)
            if changed is listing:
                break
            known = {each.code for each in listing.diagnoses}
            listing = changed
            if known.issuperset([each.code for each in listing.diagnoses]):
                break
        return listing

    def _round(self, listing: Listing, context: Context, heard: int) -> Listing:
        waking = self._waking(listing, heard)
        while waking:
            lowest = waking & -waking
            function, mark = self._rules[lowest.bit_length() - 1]
            changed = function(listing, context, mark)
            if changed is not listing:
                listing = changed
                waking = self._waking(listing, heard)
            waking &= -(lowest << 1)
        return listing

    def _waking(self, listing: Listing, accompanied: int) -> int:
        waking = 0
        for each in listing.diagnoses:
            wakes, besides = self._bits.get(each.code) or self._bits_of(each.code)
            waking |= wakes
            accompanied |= besides
        return waking & accompanied

    def _of_chapter(self, letter: str) -> list[tuple[tuple[str, ...], tuple[str, ...], int]]:
        """Of the beginnings that rules look for, those with this letter."""
        found = self._by_letter.get(letter)
        if found is None:
            each_own = (
                (
                    tuple(each for each in own if each.startswith(letter) or not each),
                    tuple(each for each in others if each.startswith(letter) or not each),
                    bit,
                )
                for own, others, bit in self._wakes
            )
            found = self._by_letter[letter] = [each for each in each_own if each[0] or each[1]]
        return found

    def _bits_of(self, code: str) -> tuple[int, int]:
        if len(self._bits) >= _KEPT:
            self._bits.clear()
        wakes = besides = 0
        for own, others, bit in self._of_chapter(code[:1]):
            if code.startswith(own):
                wakes |= bit
            if code.startswith(others):
                besides |= bit
        found = self._bits[code] = wakes, besides
        return found
