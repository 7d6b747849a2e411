"""What can be known of a loop before it is walked: that nothing is wrong with it."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from services.payer_gateway.x12.checks.loop_frame import Frame, Slot


class Proof(NamedTuple):
    """What is known of a loop with which nothing is wrong.

    ``last`` is its last position, ``levels`` how many hierarchical levels it opens. ``claims`` are
    their numbers with their first and last positions; ``keys`` and ``is_warned`` are as in
    ``ProvenLoop``.
    """

    last: int
    levels: int
    claims: Sequence[tuple[str, int, int]]
    keys: tuple[object, ...]
    is_warned: bool


class HeadProof(NamedTuple):
    """What is open at the last position of a level, where nothing is wrong with what it has
    before the levels below it: how far the level has come, and what came in it.
    """

    last: int
    cursor: int
    counts: Sequence[int]


class Prover(Protocol):
    """Tells of a loop, opened by ``slot``, at once that nothing is wrong with it.

    ``head_slot`` opens the level above it, where that is proven too.

    What it proves is that neither the walk nor any check of what segments or values say finds
    anything in the loop by itself.
    """

    slot: Slot
    head_slot: Slot | None

    def prove_head(self, raws: Sequence[str], position: int, levels: int) -> HeadProof | None:
        """The proof for a level at a position after so many levels, up to the one below it."""
        ...

    def prove(self, raws: Sequence[str], position: int, above: Frame, levels: int) -> Proof | None:
        """The proof for the loop at a position (ST = 1) below another; None where there is none.

        ``levels`` is the number of hierarchical levels before it.
        """
        ...
