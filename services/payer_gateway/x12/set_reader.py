"""What the readers of the inquiry sets (270, 271, 276, 277, 278) share: noting faults in place."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from services.payer_gateway.x12.amounts import AmountError, parse_cents, parse_quantity
from services.payer_gateway.x12.dates import QualifiedDate, parse_date, parse_period, parse_time
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.finding import Finding, Rule
from services.payer_gateway.x12.hierarchy import Level
from services.payer_gateway.x12.parties import Party, read_party
from services.payer_gateway.x12.procedure import Procedure, read_procedure
from services.payer_gateway.x12.segments import Segment, at

_COMPOSITES: dict[str, frozenset[int]] = {
    "EB": frozenset({13, 14}),
    "EQ": frozenset({2, 5}),
    "HI": frozenset(range(1, 13)),
    "REF": frozenset({4}),
    "STC": frozenset({1, 10, 11}),
    "SV1": frozenset({1, 7}),
    "SV2": frozenset({2, *range(6, 11)}),
    "SV3": frozenset({1, 4, 5, 11}),
    "SVC": frozenset({1, 6}),
    "TOO": frozenset({3}),
    "UM": frozenset({4, 5}),
}
"""The elements of 270 to 278 that are composites; SV1 and SV2 of a 278 have pointers too."""

_REPEATED = frozenset({("EB", 3), ("EQ", 1)})
"""The elements of 270 to 278 that may be repeated."""


@dataclass(frozen=True, slots=True)
class SetRules:
    """The rules of one family of sets that hold at any place of them."""

    wrong_set: Rule
    header: Rule
    required: Rule
    unexpected: Rule
    amount: Rule
    date: Rule
    code: Rule
    form: Rule


@dataclass(frozen=True, slots=True)
class Opening:
    """BHT of an inquiry set. ``reference`` is BHT03, ``purpose`` BHT02, ``kind`` BHT06."""

    reference: str
    purpose: str
    created: date | None
    created_at: time | None
    kind: str = ""


class SetReader:
    """Notes what is wrong with one transaction set while its values are read.

    ``subject`` and ``index`` name what is being read (a trace number and its place among its
    like), for findings of scope claim.
    """

    def __init__(self, transaction: Transaction, rules: SetRules) -> None:
        self.rules = rules
        self.delimiters = transaction.delimiters
        self.separator = transaction.delimiters.component
        self.findings: list[Finding] = []
        self.subject = ""
        self.index: int | None = None

    def note(self, rule: Rule, message: str, path: str, position: int, element: str = "") -> None:
        """A fault at a place."""
        self.findings.append(
            rule.found(
                message,
                path=path,
                segment=position,
                element=element,
                claim=self.subject,
                claim_index=self.index,
            )
        )

    def opens(self, transaction: Transaction, set_id: str, guide: str) -> bool:
        """Whether the set is of this guide; the edition (A1, A2) is not looked at."""
        edition = guide[:10]
        if transaction.set_id == set_id and transaction.version.startswith(edition):
            for position, segment in enumerate(transaction.split(), 1):
                self._form(segment, position)
            return True
        message = f"this is not a {set_id} of {guide}"
        self.note(self.rules.wrong_set, message, "ST", 1, "ST03")
        return False

    def _form(self, segment: Segment, position: int) -> None:
        """Notes composites where the guides have none, and halves of a qualified identifier."""
        name = segment[0]
        composites = _COMPOSITES.get(name, frozenset())
        again = self.delimiters.repetition
        for number, element in enumerate(segment):
            if self.separator in element and number not in composites:
                message = "the element has no components: take the separator out of it"
                self.note(self.rules.form, message, name, position, f"{name}{number:02d}")
            elif again and again in element and (name, number) not in _REPEATED:
                message = "the element is not repeated: take the separator out of it"
                self.note(self.rules.form, message, name, position, f"{name}{number:02d}")
        if name == "NM1" and bool(at(segment, 8)) != bool(at(segment, 9)):
            message = "an identifier and its qualifier stand together or not at all"
            self.note(self.rules.form, message, name, position, "NM108")

    def opening(self, header: Sequence[Segment]) -> Opening:
        """BHT among the segments before the first level; any other one is a finding."""
        bht: Segment = []
        for number, segment in enumerate(header, 2):
            if segment[0] == "BHT" and not bht:
                bht = segment
            else:
                self.unexpected("header", number)
        if not bht:
            message = "the BHT segment is missing: ask for the file again"
            self.note(self.rules.header, message, "BHT", 1)
        elif parse_date(at(bht, 4)) is None or parse_time(at(bht, 5)) is None:
            message = "write when the set was made as CCYYMMDD and HHMM"
            self.note(self.rules.header, message, "BHT", 2, "BHT04")
        return Opening(
            reference=at(bht, 3),
            purpose=at(bht, 2),
            created=parse_date(at(bht, 4)),
            created_at=parse_time(at(bht, 5)),
            kind=at(bht, 6),
        )

    def unexpected(self, path: str, position: int) -> None:
        """A segment that the loop does not have."""
        message = "the segment does not belong here and was not read"
        self.note(self.rules.unexpected, message, path, position)

    def required(self, path: str, position: int, **elements: object) -> None:
        """Each element by its designator: empty ones are noted."""
        for element, value in elements.items():
            if not value:
                message = f"{element} is required"
                self.note(self.rules.required, message, path, position, element)

    def cents(self, segment: Segment, number: int, path: str, position: int) -> int | None:
        """The amount in cents, None where there is none or it cannot be read."""
        text = at(segment, number)
        if not text:
            return None
        try:
            return parse_cents(text)
        except AmountError as problem:
            element = f"{segment[0]}{number:02d}"
            self.note(self.rules.amount, f"{problem}: write it as 12.34", path, position, element)
            return None

    def quantity(self, segment: Segment, number: int, path: str, position: int) -> Decimal | None:
        """The quantity, None where there is none or it cannot be read."""
        text = at(segment, number)
        if not text:
            return None
        try:
            return parse_quantity(text)
        except AmountError as problem:
            element = f"{segment[0]}{number:02d}"
            self.note(self.rules.amount, str(problem), path, position, element)
            return None

    def period(self, dtp: Segment, path: str, position: int) -> tuple[date | None, date | None]:
        """The days of a DTP, twice None where they are none."""
        period = parse_period(at(dtp, 2), at(dtp, 3))
        if period is None:
            message = "write D8 CCYYMMDD or RD8 CCYYMMDD-CCYYMMDD"
            self.note(self.rules.date, message, path, position, "DTP03")
            return None, None
        return period

    def dated(self, dtp: Segment, path: str, position: int) -> Iterator[QualifiedDate]:
        """The DTP as a qualified date, nothing where it is none."""
        first, last = self.period(dtp, path, position)
        if first:
            yield QualifiedDate(at(dtp, 1), first, last)

    def day(self, segment: Segment, number: int, path: str, position: int) -> date | None:
        """A date CCYYMMDD, None where there is none or it is no day."""
        text = at(segment, number)
        if not text:
            return None
        day = parse_date(text) if len(text) == 8 else None
        if day is None:
            element = f"{segment[0]}{number:02d}"
            self.note(self.rules.date, "write the day CCYYMMDD", path, position, element)
        return day

    def repeated(self, element: str) -> tuple[str, ...]:
        """The repetitions of an element, empty ones left out."""
        mark = self.delimiters.repetition
        parts = element.split(mark) if mark else [element]
        return tuple(part for part in parts if part)

    def pointers(self, composite: str, path: str, position: int, element: str) -> tuple[int, ...]:
        """Places in the diagnoses of HI, from 1 (C004)."""
        pointers: list[int] = []
        for part in composite.split(self.separator) if composite else ():
            if part.isascii() and part.isdigit() and len(part) <= 2:
                pointers.append(int(part))
            elif part:
                message = "a diagnosis pointer is a number from 1 to 12"
                self.note(self.rules.amount, message, path, position, element)
        return tuple(pointers)

    def procedure(self, composite: str) -> Procedure | None:
        """The procedure of a composite, None where it is empty."""
        if not composite.strip(self.separator):
            return None
        return read_procedure(composite, self.separator)

    def only_party(self, level: Level) -> Party:
        """The NM1 of a level that holds nothing else of interest; more is a finding."""
        nm1: Segment = []
        for offset, segment in enumerate(level.segments[1:], 1):
            if segment[0] == "NM1" and not nm1:
                nm1 = segment
            else:
                self.unexpected(level.path, level.position + offset)
        self.required(f"{level.path}/NM1", level.position, NM109=at(nm1, 9))
        return read_party(nm1)
