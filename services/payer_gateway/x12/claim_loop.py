"""A CLM loop while it is read: its segments, where they stand, and what is wrong with them."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from services.payer_gateway.x12.adjustment import Adjustment, read_adjustments
from services.payer_gateway.x12.amounts import AmountError, parse_cents, parse_quantity
from services.payer_gateway.x12.dates import parse_period
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding, Rule, Scope, error
from services.payer_gateway.x12.maker import maker
from services.payer_gateway.x12.parties import (
    Party,
    Reference,
    read_address,
    read_contact,
    read_party,
    read_reference,
)
from services.payer_gateway.x12.segments import Segment, at

AMOUNT = error("claim.amount", 1, Scope.CLAIM, "837P CLM02, SV102, AMT02, SVD02, CAS")
QUANTITY = error("claim.quantity", 1, Scope.CLAIM, "837P SV104, SVD05")
DATE = error("claim.date", 1, Scope.CLAIM, "837P DTP02, DTP03")
DIAGNOSIS = error("claim.diagnosis-format", 1, Scope.CLAIM, "837P HI01 to HI12 (C022)")
POINTER = error("claim.pointer-format", 1, Scope.CLAIM, "837P SV107 (C004)")
NO_SERVICE = error("claim.service-missing", 2, Scope.CLAIM, "837P loop 2400 SV1")
UNEXPECTED = error("claim.unexpected-segment", 2, Scope.CLAIM, "837P 3.1, IK304 2")

_PARTY_SEGMENTS = frozenset({"PRV", "N2", "N3", "N4", "REF", "PER"})


class UnreadableError(Exception):
    """Ends the reading of one claim; its finding has been noted."""


_party = maker(Party)
_MOST_KNOWN = 4096


def read_party_loop(segments: Sequence[Segment], separator: str) -> Party:
    """An NM1 with the PRV, N3, N4, REF and PER after it."""
    if len(segments) == 1:
        return read_party(segments[0])
    n3: Segment | None = None
    n4: Segment | None = None
    taxonomy = ""
    references: list[Reference] = []
    contacts = []
    for segment in segments:
        name = segment[0]
        if name == "N3":
            n3 = segment
        elif name == "N4":
            n4 = segment
        elif name == "PRV":
            taxonomy = at(segment, 3)
        elif name == "REF":
            references.append(read_reference(segment, separator))
        elif name == "PER":
            contacts.append(read_contact(segment))
    named = read_party(segments[0])
    return _party(
        named.role,
        named.name,
        named.identifier_qualifier,
        named.identifier,
        taxonomy,
        read_address(n3, n4),
        tuple(references),
        tuple(contacts),
    )


class KnownParties:
    """Providers and payers that were read before under the same delimiters, by their text."""

    __slots__ = ("_delimiters", "_parties")

    def __init__(self, delimiters: Delimiters) -> None:
        self._delimiters = delimiters
        self._parties: dict[str, Party] = {}

    def read(self, raw: Sequence[str]) -> Party:
        """The party of an NM1 loop from its raw segments."""
        text = self._delimiters.segment.join(raw)
        party = self._parties.get(text)
        if party is None:
            mark, separator = self._delimiters.element, self._delimiters.component
            party = read_party_loop([each.split(mark) for each in raw], separator)
            if len(self._parties) > _MOST_KNOWN:
                self._parties.clear()
            self._parties[text] = party
        return party


@lru_cache(maxsize=16)
def known_parties(delimiters: Delimiters) -> KnownParties:
    """The parties known under these delimiters."""
    return KnownParties(delimiters)


class ClaimLoop:
    """The state of reading one CLM loop."""

    def __init__(
        self,
        raw: Sequence[str],
        findings: list[Finding],
        *,
        position: int,
        index: int,
        delimiters: Delimiters,
    ) -> None:
        mark = delimiters.element
        self.raw = raw
        self.segments = segments = [text.split(mark) for text in raw]
        self.findings = findings
        self.position = position
        self.index = index
        self.delimiters = delimiters
        self.separator = delimiters.component
        self.claim_id = at(segments[0], 1)

    def note(self, rule: Rule, message: str, path: str, offset: int, element: str = "") -> None:
        self.findings.append(
            rule.found(
                message,
                path=path,
                segment=self.position + offset,
                element=element,
                claim=self.claim_id,
                claim_index=self.index,
            )
        )

    def cents(self, segment: Segment, number: int, path: str, offset: int) -> int:
        try:
            return parse_cents(segment[number] if number < len(segment) else "")
        except AmountError as problem:
            element = f"{segment[0]}{number:02d}"
            self.note(AMOUNT, f"{problem}: write it as 12.34", path, offset, element)
            raise UnreadableError from None

    def adjustments(self, cas: Segment, path: str, offset: int) -> list[Adjustment]:
        try:
            return read_adjustments(cas)
        except AmountError as problem:
            self.note(AMOUNT, f"{problem}: write it as 12.34", path, offset, "CAS03")
            raise UnreadableError from None

    def units(self, segment: Segment, number: int, path: str, offset: int) -> Decimal:
        try:
            return parse_quantity(at(segment, number))
        except AmountError as problem:
            self.note(QUANTITY, str(problem), path, offset, f"{segment[0]}{number:02d}")
            return Decimal(0)

    def period(self, dtp: Segment, path: str, offset: int) -> tuple[date, date | None] | None:
        period = parse_period(at(dtp, 2), at(dtp, 3))
        if period is None:
            self.note(DATE, "write D8 CCYYMMDD or RD8 CCYYMMDD-CCYYMMDD", path, offset, "DTP03")
        return period

    def unexpected(self, path: str, offset: int) -> None:
        self.note(UNEXPECTED, "the segment does not belong here", path, offset)

    def party(self, start: int, stop: int) -> Party:
        """The party of the NM1 loop at ``start`` that ends before ``stop``."""
        return known_parties(self.delimiters).read(self.raw[start:stop])

    def parties_end(self, start: int, end: int) -> int:
        """Where the NM1 loop that begins at ``start`` ends."""
        number = start + 1
        while number < end and self.segments[number][0] in _PARTY_SEGMENTS:
            number += 1
        return number
