"""What two files say differently: by transaction set, claim, loop and element.

Envelopes and what only counts or names the file (SE, BHT03 to BHT05) are left out: two files that
carry the same claims are the same, whenever they were made. Claims are matched by their numbers, in
whatever order they stand, everything else by its place.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import zip_longest

from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.guides.catalog import guide_of, guides_of

_OF_THE_FILE: dict[str, frozenset[int]] = {
    "ST": frozenset({2}),
    "SE": frozenset({1, 2}),
    "BHT": frozenset({3, 4, 5}),
    "HL": frozenset({1, 2}),
}
_QUALIFIED = frozenset(
    {"AMT", "CAS", "CN1", "CRC", "DTM", "DTP", "HI", "LQ", "LX", "N1", "NM1", "NTE", "PER"}
    | {"PLB", "PRV", "PWK", "QTY", "REF", "SBR", "SVD"}
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One element that differs, or a segment that one file lacks (``element`` is empty then).

    ``first`` and ``second`` are what each file has; None where it lacks the segment.
    """

    set_id: str
    set_number: int
    claim: str
    path: str
    element: str
    first: str | None
    second: str | None


@dataclass(frozen=True, slots=True)
class _Place:
    claim: str
    claim_turn: int
    path: str
    turn: int


def differences(
    first: Iterable[Transaction], second: Iterable[Transaction]
) -> Iterator[Difference]:
    """The differences of two files, transaction sets paired in their order."""
    for number, (one, other) in enumerate(zip_longest(first, second), 1):
        known = one or other
        set_id = known.set_id if known else ""
        if one is None or other is None or one.set_id != other.set_id:
            yield Difference(set_id, number, "", "ST", "", _named(one), _named(other))
            continue
        yield from _of_sets(set_id, number, one, other)


def _named(transaction: Transaction | None) -> str | None:
    return transaction.set_id if transaction else None


def _of_sets(
    set_id: str, number: int, one: Transaction, other: Transaction
) -> Iterator[Difference]:
    first, second = _segments(one), _segments(other)
    for place in dict.fromkeys((*first, *second)):
        left, right = first.get(place), second.get(place)
        if left is None or right is None:
            yield Difference(
                set_id, number, place.claim, place.path, "", _joined(left), _joined(right)
            )
            continue
        name = left[0]
        left_out = _OF_THE_FILE.get(name, frozenset())
        for at, (here, there) in enumerate(zip_longest(left, right, fillvalue="")):
            if here != there and at not in left_out:
                designator = f"{name}{at:02d}"
                yield Difference(set_id, number, place.claim, place.path, designator, here, there)


def _joined(segment: list[str] | None) -> str | None:
    return None if segment is None else "*".join(segment)


def _segments(transaction: Transaction) -> dict[_Place, list[str]]:
    """Each segment by where it stands; composites and repetitions under the usual delimiters."""
    guide = guide_of(transaction.set_id, transaction.version)
    guide = guide or next(iter(guides_of(transaction.set_id)), None)
    marks = transaction.delimiters
    structure = Structure(transaction, guide) if guide else None
    turns: Counter[tuple[str, int, str]] = Counter()
    claim_turns: Counter[str] = Counter()
    turn_of: dict[int, int] = {}
    for claim in structure.claims if structure else ():
        turn_of[claim.index] = claim_turns[claim.id]
        claim_turns[claim.id] += 1
    found: dict[_Place, list[str]] = {}
    for position, raw in enumerate(transaction.raw, 1):
        segment = [_plain(element, marks) for element in raw.split(marks.element)]
        path, claim_id, claim_turn = segment[0], "", 0
        if structure is not None:
            path = structure.path(position) or segment[0]
            frame = structure.frames[position - 1] if position <= len(structure.frames) else None
            if frame is not None and frame.claim is not None:
                claim_id, claim_turn = frame.claim.id, turn_of[frame.claim.index]
        if segment[0] in _QUALIFIED and len(segment) > 1:
            path = f"{path}*{segment[1].partition(':')[0]}"
        key = (claim_id, claim_turn, path)
        turns[key] += 1
        found[_Place(claim_id, claim_turn, path, turns[key])] = segment
    return found


def _plain(element: str, marks: Delimiters) -> str:
    plain = Delimiters()
    table = {ord(marks.component): plain.component}
    if marks.repetition:
        table[ord(marks.repetition)] = plain.repetition
    return element.translate(table)
