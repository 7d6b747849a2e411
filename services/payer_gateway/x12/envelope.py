"""The three envelopes of a file: interchange (ISA), functional group (GS), transaction set (ST)."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, time

from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.segments import Segment

FUNCTIONAL_IDENTIFIERS = {
    "270": "HS",
    "271": "HB",
    "276": "HR",
    "277": "HN",
    "278": "HI",
    "835": "HP",
    "837": "HC",
    "999": "FA",
}
"""GS01 for each transaction set (data element 479)."""


@dataclass(frozen=True, slots=True)
class TradingPartner:
    """An interchange identity: ISA05/ISA06 or ISA07/ISA08, the id without its padding."""

    qualifier: str
    identifier: str


@dataclass(frozen=True, slots=True)
class Transaction:
    """One transaction set, its segments still raw.

    ``set_id`` is ST01 and ``version`` the implementation guide: ST03, or GS08 where the set has
    no ST03 (835). ``raw`` holds the segments ST to SE without terminators; iterate ``split()`` to
    read them one by one, ``segments`` to have them all. ``position`` is the place of ST in its
    interchange (ISA = 1).
    """

    set_id: str
    control_number: str
    version: str
    raw: tuple[str, ...]
    delimiters: Delimiters
    position: int = 0
    findings: tuple[Finding, ...] = ()

    def split(self) -> Iterator[Segment]:
        """The segments one by one, each split into its elements."""
        mark = self.delimiters.element
        return (raw.split(mark) for raw in self.raw)

    @property
    def segments(self) -> list[Segment]:
        """All segments, each split into its elements."""
        return list(self.split())

    def text_within(self) -> str:
        """The segments between ST and SE, a terminator between each two."""
        mark = self.delimiters.element
        has_end = len(self.raw) > 1 and self.raw[-1].split(mark, 1)[0] == "SE"
        return self.delimiters.segment.join(self.raw[1 : -1 if has_end else None])

    def text(self, first: int, last: int) -> str:
        """The raw text of the segments at positions first to last (ST = 1), to quarantine it."""
        mark = self.delimiters.segment
        return "".join(raw + mark for raw in self.raw[max(first, 1) - 1 : last])


@dataclass(frozen=True, slots=True)
class FunctionalGroup:
    """One functional group, GS to GE. ``control_number`` is GS06 and ``version`` GS08."""

    functional_id: str
    sender: str
    receiver: str
    created: date | None
    created_at: time | None
    control_number: str
    version: str
    transactions: tuple[Transaction, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Interchange:
    """One interchange, ISA to IEA.

    ``readable`` is False where no delimiters could be found: nothing but ``findings`` is then of
    use, and the caller keeps the file whole. ``acknowledgements`` are the TA1 segments that stand
    between ISA and the first group. Findings of groups and transactions stand on those;
    ``all_findings`` gathers them.
    """

    sender: TradingPartner
    receiver: TradingPartner
    control_number: str
    created: date | None
    created_at: time | None
    version: str
    usage: str
    acknowledgement_requested: bool
    delimiters: Delimiters
    groups: tuple[FunctionalGroup, ...] = ()
    acknowledgements: tuple[Segment, ...] = ()
    findings: tuple[Finding, ...] = ()
    readable: bool = True

    @property
    def transactions(self) -> Iterator[Transaction]:
        """The transaction sets of all groups, in order."""
        return (transaction for group in self.groups for transaction in group.transactions)

    @property
    def all_findings(self) -> list[Finding]:
        """The envelope findings of the interchange, its groups and its transaction sets."""
        found = list(self.findings)
        for group in self.groups:
            found += group.findings
            for transaction in group.transactions:
                found += transaction.findings
        return found


@dataclass(frozen=True, slots=True)
class Envelope:
    """What a writer needs to wrap transaction sets: identities, control numbers, date and time.

    Control numbers are the caller's to give and never to repeat (X12.5: ISA13 unique for sender
    and receiver): ``control_number`` up to 9 digits, ``group_control_number`` up to 9 digits,
    transaction sets are numbered from ``first_transaction`` on. ``application_sender`` and
    ``application_receiver`` are GS02 and GS03, by default the interchange ids. ``usage`` is
    ``P`` production or ``T`` test.
    """

    sender: TradingPartner
    receiver: TradingPartner
    control_number: int
    group_control_number: int
    created: date
    created_at: time
    application_sender: str = ""
    application_receiver: str = ""
    first_transaction: int = 1
    usage: str = "P"
    acknowledgement_requested: bool = False
    delimiters: Delimiters = field(default_factory=Delimiters)
