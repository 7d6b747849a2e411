"""A guideline rule, and the book that applies rules in order.

A rule is a pure function ``(listing, context, mark) -> listing`` with an id, the section of the
ICD-10-CM Official Guidelines that it follows, and the codes that wake it: where none of them is
listed it has nothing to say, and is not asked.
"""

from collections.abc import Callable, Sequence

from msgspec import Struct

from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing

Apply = Callable[[Listing, Context, str], Listing]
_KEPT = 16_384


class Rule(Struct, frozen=True):
    """One rule: ``ID`` names it, ``CITATION`` is its section."""

    ID: str
    CITATION: str
    wakes: tuple[str, ...]
    apply: Apply

    @property
    def mark(self) -> str:
        """What it leaves among the rules of a code that it touched."""
        return f"OG {self.CITATION} {self.ID}"


def rule(name: str, citation: str, *wakes: str) -> Callable[[Apply], Rule]:
    """A function as the rule ``name`` of section ``citation``, woken by codes with ``wakes``."""

    def make(apply: Apply) -> Rule:
        return Rule(name, citation, wakes, apply)

    return make


class RuleBook:
    """Rules in their order; remembers which of them a code wakes."""

    def __init__(self, rules: Sequence[Rule]) -> None:
        self._rules = [(each.apply, each.mark) for each in rules]
        self._wakes = [(each.wakes, 1 << number) for number, each in enumerate(rules)]
        self._awake: dict[str, int] = {}

    def apply(self, diagnoses: Sequence[Diagnosis], context: Context) -> Listing:
        """Each rule that is awake, once, in order."""
        listing = Listing(tuple(diagnoses))
        waking = self._waking(listing)
        while waking:
            lowest = waking & -waking
            function, mark = self._rules[lowest.bit_length() - 1]
            changed = function(listing, context, mark)
            if changed is not listing:
                listing = changed
                waking = self._waking(listing)
            waking &= -(lowest << 1)
        return listing

    def _waking(self, listing: Listing) -> int:
        waking = 0
        for each in listing.diagnoses:
            found = self._awake.get(each.code)
            waking |= self._woken_by(each.code) if found is None else found
        return waking

    def _woken_by(self, code: str) -> int:
        if len(self._awake) >= _KEPT:
            self._awake.clear()
        found = 0
        for prefixes, bit in self._wakes:
            if code.startswith(prefixes):
                found |= bit
        self._awake[code] = found
        return found
