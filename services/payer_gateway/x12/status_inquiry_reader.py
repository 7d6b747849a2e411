"""Reads claim status inquiries (276, 005010X212)."""

from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import NamedTuple

from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.hierarchy import Hierarchy, Level
from services.payer_gateway.x12.parties import Party, Reference, read_name, read_reference
from services.payer_gateway.x12.procedure import read_procedure
from services.payer_gateway.x12.segments import Segment, at
from services.payer_gateway.x12.set_reader import SetReader
from services.payer_gateway.x12.status_inquiry import (
    GUIDE,
    ClaimInquiry,
    Insured,
    LineInquiry,
    StatusInquiry,
)
from services.payer_gateway.x12.status_rules import RULES

LEVELS = Hierarchy(
    {
        "20": ("2000A", ()),
        "21": ("2000B", ("20",)),
        "19": ("2000C", ("21",)),
        "22": ("2000D", ("19",)),
        "23": ("2000E", ("22",)),
    }
)
"""276 and 277: source, receiver, provider, subscriber, dependent."""


def read_276(transaction: Transaction) -> tuple[StatusInquiry, list[Finding]]:
    """The inquiries of a 276, and what is wrong with them. Never raises."""
    reader = _Reader(transaction)
    if not reader.opens(transaction, "276", GUIDE):
        return StatusInquiry("", None, None, ()), reader.findings
    header, sources = LEVELS.read(transaction, reader.findings)
    opening = reader.opening(header)
    for source in sources:
        reader.source(source)
    if not reader.claims:
        reader.note(RULES.header, "the inquiry asks about no claim", "2000A", 2, "TRN02")
    inquiry = StatusInquiry(
        opening.reference, opening.created, opening.created_at, tuple(reader.claims)
    )
    return inquiry, reader.findings


class _Above(NamedTuple):
    """Who stands above a claim."""

    source: Party
    receiver: Party
    provider: Party


class _Reader(SetReader):
    """Walks the levels; ``index`` counts the claims."""

    def __init__(self, transaction: Transaction) -> None:
        super().__init__(transaction, RULES)
        self.claims: list[ClaimInquiry] = []

    def source(self, source: Level) -> None:
        payer = self.only_party(source)
        for receiver in source.children:
            asking = self.only_party(receiver)
            for provider in receiver.children:
                above = _Above(payer, asking, self.only_party(provider))
                for subscriber in provider.children:
                    self._subscriber(subscriber, above)

    def _subscriber(self, level: Level, above: _Above) -> None:
        subscriber = self._insured(level, above, None)
        for dependent in level.children:
            self._insured(dependent, above, subscriber)

    def _insured(self, level: Level, above: _Above, subscriber: Insured | None) -> Insured:
        """Reads a subscriber, or a dependent of ``subscriber``, with the claims asked about."""
        traces = [n for n, segment in enumerate(level.segments) if segment[0] == "TRN"]
        bounds = [*traces, len(level.segments)]
        nm1: Segment = []
        dmg: Segment = []
        for offset, segment in enumerate(level.segments[1 : bounds[0]], 1):
            if segment[0] == "NM1" and not nm1:
                nm1 = segment
            elif segment[0] == "DMG" and not dmg:
                dmg = segment
            else:
                self.unexpected(level.path, level.position + offset)
        insured = Insured(
            name=read_name(nm1),
            identifier=at(nm1, 9),
            identifier_qualifier=at(nm1, 8),
            birth_date=self.day(dmg, 2, f"{level.path}/DMG", level.position),
            sex=at(dmg, 3),
        )
        for start, end in pairwise(bounds):
            self.index = len(self.claims)
            self.subject = at(level.segments[start], 2)
            claim = self._claim(
                level.segments[start:end],
                above,
                (subscriber or insured, insured if subscriber else None),
                (f"{level.path}/2200{level.path[-1]}", level.position + start),
            )
            self.claims.append(claim)
        self.index, self.subject = None, ""
        return insured

    def _claim(
        self,
        segments: Sequence[Segment],
        above: _Above,
        people: tuple[Insured, Insured | None],
        place: tuple[str, int],
    ) -> ClaimInquiry:
        path, position = place
        lines = [number for number, segment in enumerate(segments) if segment[0] == "SVC"]
        bounds = [*lines, len(segments)]
        references: list[Reference] = []
        charge: int | None = None
        service: tuple[date | None, date | None] = (None, None)
        self.required(f"{path}/TRN", position, TRN02=at(segments[0], 2))
        for offset, segment in enumerate(segments[1 : bounds[0]], 1):
            match segment[0]:
                case "REF":
                    references.append(read_reference(segment, self.separator))
                case "AMT":
                    charge = self.cents(segment, 2, f"{path}/AMT", position + offset)
                case "DTP":
                    service = self.period(segment, f"{path}/DTP", position + offset)
                case _:
                    self.unexpected(path, position + offset)
        return ClaimInquiry(
            trace=at(segments[0], 2),
            source=above.source,
            receiver=above.receiver,
            provider=above.provider,
            subscriber=people[0],
            dependent=people[1],
            charge_cents=charge,
            references=tuple(references),
            service_from=service[0],
            service_to=service[1],
            lines=tuple(
                self._line(segments[start:end], path.replace("/2200", "/2210"), position + start)
                for start, end in pairwise(bounds)
            ),
            position=position,
        )

    def _line(self, segments: Sequence[Segment], path: str, position: int) -> LineInquiry:
        svc = segments[0]
        control_number = ""
        service: tuple[date | None, date | None] = (None, None)
        for offset, segment in enumerate(segments[1:], 1):
            if segment[0] == "REF" and at(segment, 1) == "FJ":
                control_number = at(segment, 2)
            elif segment[0] == "DTP":
                service = self.period(segment, f"{path}/DTP", position + offset)
            else:
                self.unexpected(path, position + offset)
        return LineInquiry(
            procedure=read_procedure(at(svc, 1), self.separator),
            charge_cents=self.cents(svc, 2, f"{path}/SVC", position),
            units=self.quantity(svc, 7, f"{path}/SVC", position),
            revenue_code=at(svc, 4),
            control_number=control_number,
            service_from=service[0],
            service_to=service[1],
        )
