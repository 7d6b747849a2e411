"""Writing answers as a payer does: under its own marks, and on a bad day with faults.

A fault spoils a copy that is delivered before the right file, or changes how the right one looks.
"""

from dataclasses import dataclass
from datetime import datetime

from services.payer_gateway.x12.envelope import Envelope, Interchange
from services.payer_gateway.x12.envelope import TradingPartner as Party
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


def envelope_to(
    payer: Payer, recipient: Recipient, interchange: Interchange, at: datetime
) -> Envelope:
    """The envelope of an answer to an interchange, under the payer's next number."""
    number = payer.books.next_control_number(recipient.payer_id, recipient.sender)
    receiver = interchange.receiver.identifier or recipient.payer_id
    return Envelope(
        sender=Party(interchange.receiver.qualifier or "ZZ", receiver),
        receiver=interchange.sender,
        control_number=number,
        group_control_number=number,
        created=at.date(),
        created_at=at.time().replace(microsecond=0),
        usage=interchange.usage or "T",
        delimiters=payer.contract.occasions.of_payer(recipient.payer_id).delimiters,
    )


def file_name(envelope: Envelope, ending: str) -> str:
    """How the payer names the file of that envelope."""
    ends = f"{envelope.sender.identifier}_{envelope.receiver.identifier}"
    return f"{ends}_{envelope.control_number:09d}.{ending}"
