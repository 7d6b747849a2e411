"""What the edits say: a verdict for each thing looked up, with what to report instead.

*No data* is a verdict of its own and never a pass.
"""

from typing import Literal

from msgspec import Struct

from services.coding.domain.edits.fixes import Fix
from services.coding.domain.edits.service_line import ServiceLine

Status = Literal["pass", "deny", "needs_modifier", "warn", "no_data"]
OWN = "claimstream-edits-1"
MANUAL = "NCCI Policy Manual 2025"


class Verdict(Struct, frozen=True, array_like=True, gc=False):
    """One verdict.

    ``lines`` count the proposed lines from 1; ``source`` is the rule's place in its text,
    ``release`` the table's or the text's; ``looked_up`` says which question was asked of it.
    ``modifiers``: those that would open the edit where the record supports one. ``fixes`` turn the
    lines into what to report instead.
    """

    rule: str
    status: Status
    lines: tuple[int, ...]
    codes: tuple[str, ...]
    source: str
    release: str
    looked_up: str
    message: str = ""
    modifiers: tuple[str, ...] = ()
    fixes: tuple[Fix, ...] = ()

    @property
    def stops(self) -> bool:
        """Whether a person has to look before the lines are reported."""
        return self.status in ("deny", "needs_modifier")


class Verdicts(Struct, frozen=True, gc=False):
    """All verdicts in the order of the rules, the lines as they should be, and what was used."""

    found: tuple[Verdict, ...]
    report_instead: tuple[ServiceLine, ...]
    releases: tuple[str, ...]

    @property
    def hold(self) -> tuple[int, ...]:
        """Lines that a person has to settle: nothing in the lines alone puts them right."""
        return tuple(
            sorted(
                {
                    number
                    for verdict in self.found
                    if verdict.stops and not verdict.fixes
                    for number in verdict.lines
                }
            )
        )
