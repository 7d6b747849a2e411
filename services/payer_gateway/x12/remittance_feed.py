"""Reads an 835 as its text comes, and holds no more of it than one claim."""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TypeAlias

from services.payer_gateway.x12.amounts import AmountError, parse_cents
from services.payer_gateway.x12.dates import parse_date
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding, Scope, error, warning
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
TOO_LONG = error("remittance.loop-too-long", 1, Scope.TRANSACTION, "our limit of memory")

RemittancePart: TypeAlias = (
    Remittance | RemittanceClaim | UnreadableClaim | ProviderAdjustment | ProviderSummary
)
"""What comes of an 835: first the remittance without its claims, then these one by one."""

LONGEST_LOOP = 1 << 21
"""Characters of one claim or header that are held: a claim of 999 lines has some 500 000."""


@lru_cache(maxsize=32)
def _heads(delimiters: Delimiters) -> "re.Pattern[str]":
    """What finds the segments that begin a loop of tables 2 and 3."""
    mark, element = re.escape(delimiters.segment), re.escape(delimiters.element)
    return re.compile(rf"{mark}(?:CLP|LX|PLB|TS[23]){element}")


class RemittanceFeed:
    """One 835 while it is read. What is wrong with it is added to ``findings``.

    ``feed`` takes whole segments in pieces of any size, ``close`` ends them. Positions count from
    ST = 1, which is not given, nor is SE. ``claims`` counts the claims; ``is_complete`` turns False
    where money could not be read.
    """

    def __init__(self, delimiters: Delimiters, findings: list[Finding]) -> None:
        self.delimiters = delimiters
        self.findings = findings
        self.is_complete = True
        self.are_adjustments_complete = True
        self.claims = 0
        self._heads = _heads(delimiters)
        self._reader = ClaimReader(delimiters, findings)
        self._pending = ""
        self._position = 2
        self._is_header = True
        self._left_out = 0
        self._group = ""

    def feed(self, text: str) -> Iterator[RemittancePart]:
        """What the text, after all that came before, makes whole."""
        mark = self.delimiters.segment
        within = mark + text
        starts = [match.start() for match in self._heads.finditer(within)]
        if not starts:
            self._hold(text)
            return
        if starts[0]:
            self._hold(within[1 : starts[0]])
        yield from self._end_loop()
        for start, stop in pairwise(starts):
            raw = within[start + 1 : stop].split(mark)
            if raw[0].startswith("CLP"):
                yield self._claim(raw)
            else:
                yield from self._other(raw)
        self._hold(within[starts[-1] + 1 :])

    def close(self) -> Iterator[RemittancePart]:
        """What is whole now that no more comes."""
        yield from self._end_loop()
        if self._is_header:
            yield self._header([])

    def _hold(self, text: str) -> None:
        """Keeps text until its loop ends; of a loop beyond all measure only the beginning."""
        mark = self.delimiters.segment
        if len(self._pending) + len(text) > LONGEST_LOOP:
            self._left_out += text.count(mark) + 1
        else:
            self._pending = f"{self._pending}{mark}{text}" if self._pending else text

    def _end_loop(self) -> Iterator[RemittancePart]:
        text, self._pending = self._pending, ""
        left_out, self._left_out = self._left_out, 0
        if not text and not left_out:
            return
        raw = text.split(self.delimiters.segment) if text else []
        if left_out:
            self.is_complete = False
            self.findings.append(
                TOO_LONG.found(
                    f"a claim or header has over {LONGEST_LOOP} characters and was not read: "
                    "ask the payer for a corrected 835",
                    path="2000",
                    segment=self._position,
                )
            )
        if self._is_header:
            yield self._header(raw)
        elif left_out and raw[0].startswith("CLP"):
            last = self._position + len(raw) - 1 + left_out
            claim_id = at(raw[0].split(self.delimiters.element), 1)
            yield UnreadableClaim(claim_id, self.claims, self._position, last)
            self.claims += 1
            self._position += len(raw)
        elif raw[0].startswith("CLP"):
            yield self._claim(raw)
        else:
            yield from self._other(raw)
        self._position += left_out

    def _header(self, raw: list[str]) -> Remittance:
        self._is_header = False
        self._position += len(raw)
        return read_header(raw, self.delimiters, self.findings)

    def _claim(self, raw: list[str]) -> RemittanceClaim | UnreadableClaim:
        position, self._position = self._position, self._position + len(raw)
        index, self.claims = self.claims, self.claims + 1
        if not self._group:
            self.findings.append(
                NO_LX.found("CLP stands outside an LX group", path="2000", segment=position)
            )
            self._group = "1"
        claim = self._reader.read(raw, position=position, index=index, group_number=self._group)
        if type(claim) is UnreadableClaim:
            self.is_complete = False
        return claim

    def _other(self, raw: list[str]) -> Iterator[RemittancePart]:
        """LX, TS2, TS3 or PLB; nothing may follow before the next loop."""
        position, self._position = self._position, self._position + len(raw)
        segment = raw[0].split(self.delimiters.element)
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
