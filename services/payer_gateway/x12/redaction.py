"""Takes people out of a file: the same segments, counts, codes, dates of service and money.

Whoever is named becomes somebody of the same shape, the same one wherever they are named again
under the same key: a digit stays a digit, a letter a letter, two numbers stay two, and those that
link files (CLM01, CLP01, TRN02) still link them. A day of birth keeps its year, unless it tells of
an age above 89, a postal code its first three digits (45 CFR 164.514(b)(2)(i)(B) and (C)). Free
text is left out altogether. Days of service stay, so that limits and order can still be looked at:
what comes out is fit to show to a colleague or a partner, and is no de-identified data set.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache, partial
from hashlib import blake2b

from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.envelope_reader import (
    Acknowledged,
    EnvelopeEvent,
    GroupEnd,
    GroupStart,
    InterchangeEnd,
    InterchangeStart,
    TransactionEnd,
    TransactionStart,
    TransactionText,
    read_envelopes,
)
from services.payer_gateway.x12.envelope_text import line, raw_line
from services.payer_gateway.x12.guides.dictionary import SEGMENTS
from services.payer_gateway.x12.stand_in import stand_in


def _words(text: str) -> list[str]:
    return text.split()


_OLDEST = 89
_TEXT = "REDACTED"
_SURNAMES = _words(
    "ALDER ASPEN BEECH BIRCH CEDAR CHERRY CYPRESS ELDER ELM FIR HAZEL HOLLY JUNIPER LARCH LAUREL "
    "LINDEN MAPLE MYRTLE OAK OLIVE PINE POPLAR ROWAN SPRUCE SYCAMORE TEAK WALNUT WILLOW YEW"
)
_GIVEN = _words(
    "AMBER BASIL BAY CLAY CORAL DALE FERN FLINT GLEN HEATH IRIS IVY JADE JASPER LAKE LILY MARSH "
    "OPAL PEARL REED ROBIN ROSE RUBY SAGE SKY STONE TEAL VALE WREN"
)

_PERSONS = frozenset({"IL", "QC", "74", "GB", "03", "GD", "LQ", "S1", "S2", "X4", "PW", "45"})
"""NM101: patients, the insured, dependants, those who answer for them, and where an ambulance has
taken a patient from or to."""

_OF_THE_TRADE = frozenset(
    _words(
        "13 1I 1P 1T 2B 36 40 41 71 72 73 77 82 85 87 98 AAJ DD DK DN DQ FA G3 GP GW I3 OC P3 P4 "
        "P5 PE PR PRP QB QV SEP SJ TT TTP VER VN VY X3 Y2 ZZ"
    )
)
"""NM101: providers, payers, employers and who passes files on. Anybody else may be a patient."""

_BIRTHS = frozenset({"A1", "B1", "C1"})
"""Occurrence codes of an institutional claim (HI*BH) that are births of the insured."""

_PUBLIC_IDS = frozenset({"XX", "46", "PI", "XV", "24", "FI", "BD", "BS", "MC", "PC", "UP", "AD"})
"""NM108: identifiers of organisations and providers, which name no patient."""

_PUBLIC_REFERENCES = frozenset(
    _words(
        "0B 1A 1B 1C 1D 1G 1H 1J 2U 4N 87 9A 9C BLT CT D3 EI EO EV F2 FY G2 HI HPI LU P4 PQ SL "
        "TJ VP X4"
    )
)
"""REF01: numbers of organisations, contracts, versions and bills, which name no patient."""

_FREE_TEXT: dict[str, tuple[int, ...]] = {
    "NTE": (2,),
    "K3": (1,),
    "MSG": (1,),
    "MTX": (2,),
    "PWK": (7,),
    "CR1": (9, 10),
    "CR2": (10, 11),
    "FRM": (3,),
    "IK4": (4,),
    "AK4": (4,),
    "STC": (12,),
}
_NUMBERS: dict[str, tuple[int, ...]] = {
    "CLM": (1,),
    "CLP": (1, 7),
    "PWK": (6,),
    "SBR": (3,),
    "HCR": (2,),
    "BPR": (9, 15),
    "PER": (4, 6, 8),
    "ACT": (1,),
}
_NAMES: dict[str, tuple[int, ...]] = {"PER": (2,), "SBR": (4,)}
_COMPONENT_TEXT: dict[str, tuple[tuple[int, int], ...]] = {
    "SV1": ((1, 7),),
    "SV2": ((2, 7),),
    "SVC": ((1, 7), (6, 7)),
    "SVD": ((3, 7),),
}
_COMPONENT_NUMBERS: dict[str, tuple[tuple[int, int], ...]] = {
    "PLB": ((3, 2), (5, 2), (7, 2), (9, 2), (11, 2), (13, 2)),
    "CTX": ((1, 2),),
}
_KNOWN = frozenset(
    [*SEGMENTS, *_words("ACT AK3 AK4 AK5 CR4 CR6 HCR ICM MTX N2 TOO UM UQS"), *_FREE_TEXT]
)
"""Segments of which is known what tells of people; of others everything may."""


class Redaction:
    """What stands for what, under one key."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.number = lru_cache(maxsize=65_536)(partial(stand_in, key=key))
        """Another of the same shape, one to one."""

    def surname(self, value: str) -> str:
        """A surname that is nobody's, the same for the same."""
        return self._drawn(value, _SURNAMES)

    def given_name(self, value: str) -> str:
        """A given name that is nobody's, the same for the same."""
        return self._drawn(value, _GIVEN)

    def _drawn(self, value: str, names: list[str]) -> str:
        digest = blake2b(value.upper().encode(), key=self._key[:64]).digest()
        drawn = int.from_bytes(digest[:8])
        return names[drawn % len(names)] if value.strip() else value

    def day_of_birth(self, value: str, year_of_file: int) -> str:
        """January 1 of its year, or of the year that makes the person 90."""
        if not (len(value) == 8 and value.isdigit()):
            return ""
        year = max(int(value[:4]), year_of_file - _OLDEST - 1)
        return f"{year:04d}0101"


def redacted(source: bytes | Iterable[bytes], key: bytes) -> Iterator[str]:
    """The file again, a segment a line, with nobody in it; never raises on what it holds.

    ``key`` decides who becomes whom: give the same one for files that belong together. What lies
    between interchanges and what cannot be split is left out.
    """
    work = _File(Redaction(key))
    for event in read_envelopes(source):
        yield from work.take(event)


class _File:
    def __init__(self, redaction: Redaction) -> None:
        self._redaction = redaction
        self._marks: Delimiters | None = None
        self._year = 9999
        self._set = _Set(redaction, "", 9999, Delimiters())

    def take(self, event: EnvelopeEvent) -> Iterator[str]:
        if isinstance(event, InterchangeStart):
            self._marks = event.delimiters if event.readable else None
            self._year = event.created.year if event.created else 9999
        if self._marks is None:
            return
        marks = self._marks
        match event:
            case TransactionStart():
                self._set = _Set(self._redaction, event.set_id, self._year, marks)
                yield raw_line(event.raw, marks)
            case TransactionText():
                for raw in event.text.split(marks.segment):
                    yield raw_line(self._set.segment(raw), marks)
            case TransactionEnd():
                if event.raw:
                    yield raw_line(event.raw, marks)
            case InterchangeStart():
                yield line(_without_password(event.segment), marks)
            case GroupStart() | GroupEnd() | InterchangeEnd():
                if event.segment:
                    yield line(event.segment, marks)
            case Acknowledged():
                yield line(event.segment, marks)
            case _:
                pass


def _without_password(isa: Sequence[str]) -> list[str]:
    """ISA02 and ISA04, authorization and password, blank of the same length."""
    return [" " * len(value) if number in {2, 4} else value for number, value in enumerate(isa)]


class _Set:
    """The segments of one transaction set; an address belongs to the name before it."""

    def __init__(
        self, redaction: Redaction, set_id: str, year_of_file: int, marks: Delimiters
    ) -> None:
        self._redaction = redaction
        self._set_id = set_id
        self._year = year_of_file
        self._marks = marks
        self._is_person = False
        self._own: dict[str, Callable[[list[str]], None]] = {
            "NM1": self._name,
            "N1": self._organisation,
            "N2": self._second_name,
            "N3": self._street,
            "N4": self._place,
            "DMG": self._birth,
            "REF": self._reference,
            "TRN": self._trace,
            "DTP": self._date,
            "PAT": self._patient,
            "HI": self._occurrences,
        }

    def segment(self, raw: str) -> str:
        """The segment without whoever stands in it."""
        elements = raw.split(self._marks.element)
        name = elements[0].strip().upper()
        if name not in _KNOWN:
            change = self._redaction.number
            self._is_person = True  # whose address may follow
            return self._marks.element.join([elements[0], *map(change, elements[1:])])
        if (own := self._own.get(name)) is not None:
            own(elements)
        for number in _FREE_TEXT.get(name, ()):
            self._change(elements, number, lambda _: _TEXT)
        for number in _NUMBERS.get(name, ()):
            self._change(elements, number, self._redaction.number)
        for number in _NAMES.get(name, ()):
            self._change(elements, number, self._redaction.surname)
        for number, place in _COMPONENT_TEXT.get(name, ()):
            self._change_component(elements, number, place, lambda _: _TEXT)
        for number, place in _COMPONENT_NUMBERS.get(name, ()):
            self._change_component(elements, number, place, self._redaction.number)
        return self._marks.element.join(elements)

    @staticmethod
    def _change(elements: list[str], number: int, change: Callable[[str], str]) -> None:
        if number < len(elements) and elements[number]:
            elements[number] = change(elements[number])

    def _change_component(
        self, elements: list[str], number: int, place: int, change: Callable[[str], str]
    ) -> None:
        if number < len(elements):
            parts = elements[number].split(self._marks.component)
            self._change(parts, place - 1, change)
            elements[number] = self._marks.component.join(parts)

    def _name(self, elements: list[str]) -> None:
        entity = elements[1] if len(elements) > 1 else ""
        is_human = len(elements) <= 2 or elements[2] != "2"
        self._is_person = entity in _PERSONS or (is_human and entity not in _OF_THE_TRADE)
        if is_human or self._is_person:
            self._change(elements, 3, self._redaction.surname)
            for number in (4, 5):
                self._change(elements, number, self._redaction.given_name)
        qualifier = elements[8] if len(elements) > 8 else ""
        if self._is_person or qualifier not in _PUBLIC_IDS:
            self._change(elements, 9, self._redaction.number)
        if self._is_person:  # where a separator stands in a name, the rest of it is further on
            for number in (6, 7, 10, 11, 12):
                self._change(elements, number, self._redaction.number)

    def _organisation(self, _: list[str]) -> None:
        self._is_person = False

    def _second_name(self, elements: list[str]) -> None:
        if self._is_person:
            for number in (1, 2):
                self._change(elements, number, self._redaction.surname)

    def _street(self, elements: list[str]) -> None:
        if self._is_person:
            self._change(elements, 1, lambda _: "1 ANY STREET")
            self._change(elements, 2, lambda _: "UNIT 1")

    def _place(self, elements: list[str]) -> None:
        if self._is_person:
            self._change(elements, 1, lambda _: "ANYTOWN")
            self._change(elements, 3, lambda code: code[:3] + "0" * len(code[3:]))

    def _birth(self, elements: list[str]) -> None:
        self._change(elements, 2, self._day_of_birth)

    def _occurrences(self, elements: list[str]) -> None:
        for number, element in enumerate(elements):
            qualifier, code = (*element.split(self._marks.component), "", "")[:2]
            if qualifier == "BH" and code in _BIRTHS:
                self._change_component(elements, number, 4, self._day_of_birth)

    def _day_of_birth(self, day: str) -> str:
        return self._redaction.day_of_birth(day, self._year)

    def _reference(self, elements: list[str]) -> None:
        qualifier = elements[1] if len(elements) > 1 else ""
        if qualifier not in _PUBLIC_REFERENCES:
            self._change(elements, 2, self._redaction.number)
            self._change(elements, 3, lambda _: _TEXT)

    def _trace(self, elements: list[str]) -> None:
        if self._set_id != "835":
            self._change(elements, 2, self._redaction.number)

    def _date(self, elements: list[str]) -> None:
        if len(elements) > 1 and elements[1] == "484":
            self._change(elements, 3, self._first_of_month)

    def _patient(self, elements: list[str]) -> None:
        self._change(elements, 6, self._first_of_month)

    @staticmethod
    def _first_of_month(value: str) -> str:
        return f"{value[:6]}01" if len(value) == 8 and value.isdigit() else ""
