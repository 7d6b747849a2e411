"""What coding an encounter again under another release changes: to show, and to add up."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date

from msgspec import Struct

from services.coding.domain.code_sets import CodeSets
from services.coding.domain.encounter_state import EncounterState, Proposal
from services.coding.domain.fee_estimate import FeeEstimate, estimate


class Difference(Struct, frozen=True):
    """One encounter before and after; codes as ``E11.9`` or ``99213-25 x1``.

    ``before`` and ``after``: what the fee schedule would allow, in cents.
    """

    practice_id: str
    encounter_id: str
    service_date: date
    state_before: str
    state_after: str
    version_before: int
    version_after: int
    removed: tuple[str, ...]
    added: tuple[str, ...]
    before: FeeEstimate
    after: FeeEstimate

    @property
    def codes_changed(self) -> bool:
        return bool(self.removed or self.added)

    @property
    def changed(self) -> bool:
        """Whether anybody would notice: other codes, another state or another version."""
        return (
            self.codes_changed
            or self.state_before != self.state_after
            or self.version_before != self.version_after
        )


class Totals(Struct, frozen=True):
    """The differences added up; ``unpriced`` counts encounters with a line of unknown worth."""

    encounters: int
    affected: int
    codes_changed: int
    codes_removed: int
    codes_added: int
    new_versions: int
    moved: tuple[tuple[str, int], ...]
    cents_before: int
    cents_after: int
    unpriced: int


def difference(
    key: tuple[str, str],
    before: EncounterState,
    after: EncounterState,
    place_of_service: str,
    sets: CodeSets,
) -> Difference:
    """What changed between two states of one encounter."""
    old, new = _codes_of(before), _codes_of(after)
    removed, added = _exchanged(_worded(old), _worded(new))
    day = after.service_date
    return Difference(
        *key,
        day,
        before.state,
        after.state,
        before.version,
        after.version,
        removed,
        added,
        estimate(old.lines, place_of_service, day, sets.edits),
        estimate(new.lines, place_of_service, day, sets.edits),
    )


def totals(found: Iterable[Difference]) -> Totals:
    """The figures over all encounters looked at."""
    every = list(found)
    moved = Counter(
        f"{each.state_before} -> {each.state_after}"
        for each in every
        if each.state_before != each.state_after
    )
    return Totals(
        len(every),
        sum(each.changed for each in every),
        sum(each.codes_changed for each in every),
        sum(len(each.removed) for each in every),
        sum(len(each.added) for each in every),
        sum(each.version_after > each.version_before for each in every),
        tuple(sorted(moved.items())),
        sum(each.before.cents for each in every),
        sum(each.after.cents for each in every),
        sum(bool(each.before.unknown or each.after.unknown) for each in every),
    )


def _codes_of(state: EncounterState) -> Proposal:
    """What stands: the final codes of a coded encounter, else what is proposed."""
    return state.final if state.state == "coded" and state.final is not None else state.proposal


def _worded(proposal: Proposal) -> list[str]:
    return [
        *(diagnosis.code for diagnosis in proposal.diagnoses),
        *(f"{'-'.join((line.code, *line.modifiers))} x{line.units}" for line in proposal.lines),
    ]


def _exchanged(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    gone, come = Counter(old) - Counter(new), Counter(new) - Counter(old)
    return tuple(sorted(gone.elements())), tuple(sorted(come.elements()))
