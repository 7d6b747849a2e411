"""Questions to the provider, and flags: what a review of documentation found.

The wording of every question is in ``gaps``.
"""

from typing import Literal

from msgspec import Struct

from services.coding.domain.coding_result import Query
from services.coding.domain.review.gaps import GAPS, Blocks

Severity = Literal["query", "warn"]


class Flag(Struct, frozen=True, gc=False):
    """One gap that was found, by its kind in ``GAPS``.

    ``query``: the provider is asked and the encounter waits; ``warn``: it is said, and goes on.
    ``item_id`` is the structured item; ``section``, ``start`` and ``end`` are where the note shows
    it. ``missing`` names what was looked for and not found.
    """

    kind: str
    severity: Severity
    item_id: str | None = None
    section: int | None = None
    start: int | None = None
    end: int | None = None
    missing: tuple[str, ...] = ()

    @property
    def blocks(self) -> Blocks:
        """What stands still until the gap is closed."""
        return GAPS[self.kind].blocks if self.severity == "query" else "nothing"

    @property
    def source(self) -> str:
        """The rule that asks for it."""
        return GAPS[self.kind].source

    @property
    def question(self) -> str:
        """The neutral question for the provider."""
        return GAPS[self.kind].question

    def query(self) -> Query:
        """The question to open for it."""
        return query(self.kind, self.item_id)


def query(kind: str, item_id: str | None = None) -> Query:
    """The neutral question for one gap. Raises ``KeyError`` for a kind that ``GAPS`` lacks."""
    gap = GAPS[kind]
    return Query(gap.family, gap.question, item_id, "" if kind == gap.family else kind)


KINDS: tuple[str, ...] = tuple(GAPS)
