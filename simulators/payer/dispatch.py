"""Writing answers as a payer does: under its own marks, and on a bad day with faults.

A fault spoils a copy that is delivered before the right file, or changes how the right one looks.
"""

from dataclasses import dataclass
from datetime import datetime

from simulators.payer.books import Books, Recipient
from simulators.payer.chance import WHOLE, seeded
from simulators.payer.contract import Contract
from simulators.payer.file_fault import FAULTS, kinds_for


@dataclass(frozen=True, slots=True)
class Payer:
    """Everything a payer decides by, and where it writes down what it decided."""

    books: Books
    contract: Contract
    seed: int = 0

    def answer(
        self, recipient: Recipient, kind: str, due_at: datetime, name: str, content: bytes
    ) -> None:
        """A file to deliver at that time, with what goes wrong with it."""
        if self.contract.occasions.of_payer(recipient.payer_id).wraps_lines:
            terminator = content[105:106]
            content = content.replace(terminator, terminator + b"\n")
        fault = self._fault(kind, name)
        if fault:
            spoiled = FAULTS[fault].spoil(content)
            if FAULTS[fault].is_harmless:
                content = spoiled
            elif spoiled != content:
                stem, _, ending = name.rpartition(".")
                before = f"{stem}.0-{fault}.{ending}"
                self.books.answer(recipient, f"spoiled {kind}", due_at, before, spoiled)
        self.books.answer(recipient, kind, due_at, name, content)

    def _fault(self, kind: str, name: str) -> str:
        """By chance whether there is one; each kind of fault in its turn."""
        occasions = self.contract.occasions
        if seeded(self.seed, "fault", name) % WHOLE >= occasions.fault_share:
            return ""
        kinds = kinds_for(kind, occasions.fault_kinds)
        if not kinds:
            return ""
        turn = self.books.next_control_number("fault", kind)
        return kinds[(turn - 1) % len(kinds)]
