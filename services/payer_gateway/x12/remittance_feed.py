"""Reads an 835 as its text comes, and holds no more of it than one claim."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from services.payer_gateway.x12.amounts import AmountError, parse_cents
from services.payer_gateway.x12.dates import parse_date
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding, Scope, error, warning
from services.payer_gateway.x12.loop_feed import LoopFeed
from services.payer_gateway.x12.remittance import (
    ProviderAdjustment,
    ProviderSummary,
    Remittance,
    RemittanceClaim,
)
from services.payer_gateway.x12.remittance_claim_reader import ClaimReader
from services.payer_gateway.x12.remittance_header import read_header
from services.payer_gateway.x12.segments import Segment, at, component, free
from services.payer_gateway.x12.unreadable_claim import UnreadableClaim

NO_LX = warning("remittance.lx-missing", 2, Scope.TRANSACTION, "835 loop 2000 LX")
PLB_AMOUNT = error("remittance.plb-amount", 1, Scope.TRANSACTION, "835 PLB04 to PLB14")
PLB_REASON = warning("remittance.plb-reason-missing", 2, Scope.TRANSACTION, "835 PLB03-1")
UNEXPECTED = warning("remittance.unexpected-segment", 2, Scope.TRANSACTION, "835 3.1")

RemittancePart: TypeAlias = (
    Remittance | RemittanceClaim | UnreadableClaim | ProviderAdjustment | ProviderSummary
)
"""What comes of an 835."""


class RemittanceFeed(LoopFeed[RemittancePart]):
    """One 835 while it is read: first the remittance without its claims, then its parts.

    ``claims`` counts the claims; ``is_complete`` turns False where money could not be read,
    ``are_adjustments_complete`` where it was that of a PLB.
    """

    HEADS = "CLP|LX|PLB|TS[23]"

    def __init__(self, delimiters: Delimiters, findings: list[Finding]) -> None:
        super().__init__(delimiters, findings)
        self.is_complete = True
        self.are_adjustments_complete = True
        self.claims = 0
        self._reader = ClaimReader(delimiters, findings)
        self._group = ""

    def header(self, raw: list[str]) -> Iterable[RemittancePart]:
        """The remittance without its claims and provider adjustments."""
        return (read_header(raw, self.delimiters, self.findings),)

    def loop(self, raw: list[str], position: int) -> Iterable[RemittancePart]:
        """A claim, or LX, TS2, TS3 or PLB."""
        if not raw[0].startswith("CLP"):
            return self._other(raw, position)
        index, self.claims = self.claims, self.claims + 1
        if not self._group:
            self.findings.append(
                NO_LX.found("CLP stands outside an LX group", path="2000", segment=position)
            )
            self._group = "1"
        claim = self._reader.read(raw, position=position, index=index, group_number=self._group)
        if type(claim) is UnreadableClaim:
            self.is_complete = False
        return (claim,)

    def too_long(self, raw: list[str], position: int, last: int) -> Iterable[RemittancePart]:
        """A claim that cannot be read, or nothing."""
        self.is_complete = False
        if not (raw and raw[0].startswith("CLP")):
            return ()
        index, self.claims = self.claims, self.claims + 1
        claim_id = at(raw[0].split(self.mark), 1)
        return (UnreadableClaim(claim_id, index, position, last),)

    def _other(self, raw: list[str], position: int) -> Iterator[RemittancePart]:
        """LX, TS2, TS3 or PLB; nothing may follow before the next loop."""
        segment = raw[0].split(self.mark)
        if segment[0] == "PLB":
            yield from self._provider_adjustments(segment, position)
        elif segment[0] == "LX":
            self._group = at(segment, 1) or "1"
        else:
            yield ProviderSummary(self._group or "1", free(segment, self.delimiters))
        for number in range(position + 1, position + len(raw)):
            self.findings.append(
                UNEXPECTED.found(
                    "the segment does not belong here and was not read",
                    path="2000",
                    segment=number,
                )
            )

    def _provider_adjustments(self, plb: Segment, position: int) -> Iterator[ProviderAdjustment]:
        separator = self.delimiters.component
        for number in range(3, max(len(plb), 5), 2):
            identifier, amount = at(plb, number), at(plb, number + 1)
            if not identifier and not amount:
                continue
            try:
                cents = parse_cents(amount)
            except AmountError as problem:
                self.is_complete = self.are_adjustments_complete = False
                self.findings.append(
                    PLB_AMOUNT.found(
                        f"{problem}: ask the payer for a corrected 835",
                        path="PLB",
                        segment=position,
                        element=f"PLB{number + 1:02d}",
                    )
                )
                continue
            reason = component(identifier, separator, 1)
            if not reason:
                self.findings.append(
                    PLB_REASON.found(
                        "a provider adjustment needs a reason",
                        path="PLB",
                        segment=position,
                        element=f"PLB{number:02d}-1",
                    )
                )
            yield ProviderAdjustment(
                provider_id=at(plb, 1),
                fiscal_year_end=parse_date(at(plb, 2)),
                reason=reason,
                reference=component(identifier, separator, 2),
                amount_cents=cents,
            )
