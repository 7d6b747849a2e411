"""Checks one segment against its use in a guide: elements, forms, codes and syntax notes.

Most segments are as they should be, so each use is compiled into one expression that tells at once
that nothing is wrong; only a segment that fails it is looked at element by element, and the first
few of a use.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial

from services.payer_gateway.x12.checks import rules
from services.payer_gateway.x12.checks.segment_codes import (
    Fault,
    code_faults,
    code_plan,
    code_watch,
    part,
)
from services.payer_gateway.x12.dates import parse_date, parse_time
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Rule
from services.payer_gateway.x12.guides.dictionary import COMPOSITES, SEGMENTS, Note
from services.payer_gateway.x12.guides.notation import ElementUse, SegmentUse
from services.payer_gateway.x12.segments import Segment, at

_WORTH_COMPILING = 25
"""Segments of one use: to look at fewer of them one by one takes less than to compile it."""

_NO_SPOIL = frozenset({rules.TRAILING, rules.NOT_ASCII})
"""What an element may be told of beside which it is still asked whether it is a code."""

_UNITS = frozenset({"SV104", "SV205"})
_UNIT_DIGITS, _UNIT_DECIMALS = 8, 3
"""Units of a line: eight digits without the point, three of them behind it (837 SV104, SV205)."""

_FEW = 45
"""Codes that a message names; of more than these the guide has to be asked."""

_THIRTY_ONE = "(?:0[13578]|1[02])(?:0[1-9]|[12][0-9]|3[01])"
_THIRTY = "(?:0[469]|11)(?:0[1-9]|[12][0-9]|30)"
_DAY = f"(?:1[89]|20)[0-9][0-9](?:{_THIRTY_ONE}|{_THIRTY}|02(?:0[1-9]|1[0-9]|2[0-8]))"
_CLOCK = "(?:[01][0-9]|2[0-3])[0-5][0-9](?:[0-5][0-9](?:[0-9][0-9]?)?)?"
_Watch = Callable[[Segment], bool]


class SegmentCheck:
    """Checks segments that stand in one place of a guide, under one set of delimiters."""

    def __init__(self, use: SegmentUse, delimiters: Delimiters) -> None:
        self.use = use
        self.delimiters = delimiters
        self._count = 0
        self._match: Callable[[str], object] | None = None
        self._watches: tuple[_Watch, ...] = ()

    def faults(self, raw: str, elements: Segment | None = None) -> Sequence[Fault]:
        """What is wrong with the raw segment; empty where nothing is.

        ``elements`` are the same segment split, where it is.
        """
        if self._match is None:
            self._count += 1
            if self._count < _WORTH_COMPILING:
                return _Examination(self.use, self.delimiters, raw).faults()
            self._watches = tuple(_watches(self.use, self.delimiters))
            self._match = re.compile(_pattern(self.use, self.delimiters)).fullmatch
        if self._match(raw):
            if not self._watches:
                return ()
            if elements is None:
                elements = raw.split(self.delimiters.element)
            for watch in self._watches:
                if not watch(elements):
                    break
            else:
                return ()
        return _Examination(self.use, self.delimiters, raw).faults()


@lru_cache(maxsize=4096)
def check_of(use: SegmentUse, delimiters: Delimiters) -> SegmentCheck:
    """The check of a use of a segment, made once."""
    return SegmentCheck(use, delimiters)


def _pattern(use: SegmentUse, marks: Delimiters) -> str:
    inner = _nested([_element_pattern(each, marks) for each in use.elements], marks.element)
    return re.escape(use.id) + inner


def _nested(parts: Sequence[tuple[str, bool]], mark: str, *, leading: bool = True) -> str:
    """Values joined by a mark, of which no idle one stands at the end."""
    joint = re.escape(mark)
    text, may_end = "", True
    for place, (pattern, required) in reversed(list(enumerate(parts))):
        before = joint if leading or place else ""
        value = f"(?:{pattern})?" if pattern else ""
        if required:
            text, may_end = f"{before}{pattern}{text}", False
        elif not may_end:
            text = f"{before}{value}{text}"
        elif pattern or text:
            text = f"(?:{before}{value}{text})?"
    return f"{text}(?<!{joint})"


def _element_pattern(use: ElementUse, marks: Delimiters) -> tuple[str, bool]:
    if use.usage == "-":
        return "", False
    if use.components:
        parts = [_element_pattern(each, marks) for each in use.components]
        pattern = _nested(parts, marks.component, leading=False)
    elif use.codes:
        pattern = "(?:" + "|".join(map(re.escape, sorted(use.codes))) + ")"
    else:
        pattern = _value_pattern(use, marks)
    if use.repeats > 1 and marks.repetition:
        again = re.escape(marks.repetition)
        pattern = f"{pattern}(?:{again}{pattern}){{0,{use.repeats - 1}}}"
    return f"(?:{pattern})", use.usage == "!"


def _value_pattern(use: ElementUse, marks: Delimiters) -> str:
    least, most = use.data.least, use.data.most
    match use.data.kind:
        case "N0":
            return f"-?[0-9]{{{least},{most}}}"
        case "R" | "money" as kind:
            decimals = "{0,2}" if kind == "money" else "*"
            if use.designator in _UNITS:
                decimals, most = f"{{0,{_UNIT_DECIMALS}}}", _UNIT_DIGITS
            counted = rf"(?=(?:\.?[0-9]){{{least},{most}}}\.?(?![0-9.]))"
            return rf"-?{counted}[0-9]*(?:\.[0-9]{decimals})?"
        case "DT":
            return _DAY
        case "TM":
            return _CLOCK
        case _:
            allowed = "".join(re.escape(chr(n)) for n in range(32, 127) if chr(n) not in marks.all)
            return f"(?! )[{allowed}]{{{least},{most}}}(?<! )"


def _watches(use: SegmentUse, marks: Delimiters) -> Iterator[_Watch]:
    """What the expression cannot tell, each on the elements of a segment that it lets pass."""
    used = {each.place: each.usage for each in use.elements}
    for note in use.notes:
        usages = {used.get(place, "-") for place in note.elements}
        if len(usages) > 1 or usages == {"?"}:
            yield _kept(note)
    for each in use.elements:
        if each.usage != "-" and any(c.data.kind == "P" for c in each.components):
            yield partial(_is_simple, each.place, marks.component)
        elif each.usage != "-" and each.data.kind == "P":
            yield partial(_has_form, each.place)
    plan = code_plan(use)
    if plan.is_needed:
        yield code_watch(plan, marks)


def _is_simple(place: int, separator: str, elements: Segment) -> bool:
    """Whether a composite has no third component, the qualifier of a date."""
    return at(elements, place).count(separator) < 2


def _has_form(place: int, elements: Segment) -> bool:
    return _is_form(at(elements, place - 1), at(elements, place))


def _kept(note: Note) -> _Watch:
    """Whether a segment keeps the note; most notes are about two elements."""
    if len(note.elements) == 2:
        first, second = note.elements
        match note.kind:
            case "P":
                return lambda elements: bool(at(elements, first)) is bool(at(elements, second))
            case "C" | "L":
                return lambda elements: not at(elements, first) or bool(at(elements, second))
    return partial(_keeps, note)


def _keeps(note: Note, elements: Segment) -> bool:
    there = [bool(at(elements, number)) for number in note.elements]
    match note.kind:
        case "P":
            return all(there) or not any(there)
        case "R":
            return any(there)
        case "E":
            return sum(there) <= 1
        case "C":
            return not there[0] or all(there)
        case _:
            return not there[0] or any(there[1:])


@lru_cache(maxsize=4096)
def _is_form(form: str, text: str) -> bool:
    """Whether a date time period (1251) has the form that its qualifier (1250) names."""
    if not text:
        return True
    match form:
        case "D8":
            return _is_day(text)
        case "RD8":
            first, dash, last = text.partition("-")
            return bool(dash) and _is_day(first) and _is_day(last)
        case "TM":
            return len(text) == 4 and parse_time(text) is not None
        case "DT":
            return len(text) == 12 and _is_day(text[:8]) and parse_time(text[8:]) is not None
        case _:
            return True


@lru_cache(maxsize=4096)
def _is_day(text: str) -> bool:
    return len(text) == 8 and text >= "1800" and parse_date(text) is not None


class _Examination:
    """One segment, element by element."""

    def __init__(self, use: SegmentUse, marks: Delimiters, raw: str) -> None:
        self.use = use
        self.marks = marks
        self.elements = raw.split(marks.element)
        self.found: list[Fault] = []

    def note(self, rule: Rule, element: str, message: str, value: str = "") -> None:
        self.found.append(Fault(rule, element, message, value))

    def faults(self) -> list[Fault]:
        """Everything that is wrong with it."""
        given = len(self.elements) - 1
        known = len(SEGMENTS[self.use.id].elements)
        if given and not self.elements[-1]:
            self.note(
                rules.TRAILING, f"{self.use.id}{given:02d}", "leave out empty elements at the end"
            )
        for number in range(known + 1, given + 1):
            if self.elements[number]:
                message = f"{self.use.id} has {known} elements: is a separator in the data?"
                self.note(rules.TOO_MANY, f"{self.use.id}{number:02d}", message)
                break
        for each in self.use.elements:
            self._element(each, at(self.elements, each.place))
        for number in range(len(self.use.elements) + 1, min(given, known) + 1):
            if self.elements[number]:
                self._not_used(f"{self.use.id}{number:02d}")
        spoiled = {fault.element.partition("-")[0] for fault in self.found}
        self._notes(self.use.notes, self.elements, self.use.id, spoiled)
        spoiled = {fault.element for fault in self.found if fault.rule not in _NO_SPOIL}
        again = {fault.element for fault in self.found if fault.rule is rules.TOO_MANY_TIMES}
        for fault in code_faults(code_plan(self.use), self.elements, self.marks):
            if fault.element not in spoiled and fault.element.partition("-")[0] not in again:
                self.found.append(fault)
        return self.found

    def _not_used(self, designator: str) -> None:
        self.note(rules.NOT_USED, designator, f"the guide does not use {designator}: leave it out")

    def _element(self, use: ElementUse, value: str) -> None:
        if not value:
            if use.usage == "!":
                self.note(rules.REQUIRED, use.designator, f"{use.designator} is required")
            return
        if use.usage == "-":
            self._not_used(use.designator)
            return
        values = [value]
        if self.marks.repetition and self.marks.repetition in value:
            values = value.split(self.marks.repetition)
            if len(values) > use.repeats:
                message = f"{use.designator} stands once: is a repetition separator in the data?"
                if use.repeats > 1:
                    message = f"{use.designator} may stand {use.repeats} times"
                self.note(rules.TOO_MANY_TIMES, use.designator, message)
                return
        for each in values:
            if use.components:
                self._composite(use, each.split(self.marks.component))
            elif self.marks.component in each:
                message = f"{use.designator} has no components: is a separator in the data?"
                self.note(rules.TOO_MANY_PARTS, use.designator, message)
            else:
                before = at(self.elements, use.place - 1)
                self._value(use, each, before)

    def _composite(self, use: ElementUse, parts: Sequence[str]) -> None:
        for component in use.components:
            value = part(parts, component.place)
            if value and component.usage == "-":
                self._not_used(component.designator)
            elif value:
                self._value(component, value, part(parts, component.place - 1))
            elif component.usage == "!":
                message = f"{component.designator} is required"
                self.note(rules.REQUIRED, component.designator, message)
        last = len(use.components)
        if len(parts) > 1 and not parts[-1]:
            message = "leave out empty components at the end"
            self.note(rules.TRAILING, use.designator, message)
        known = len(COMPOSITES[SEGMENTS[self.use.id].elements[use.place - 1]].elements)
        for number in range(last + 1, min(known, len(parts)) + 1):
            if parts[number - 1]:
                self._not_used(f"{use.designator}-{number}")
        if any(parts[known:]):
            designator = f"{use.designator}-{known + 1}"
            message = f"{use.designator} has {known} components"
            self.note(rules.TOO_MANY_PARTS, designator, message)
        spoiled = {fault.element for fault in self.found}
        self._notes(use.notes, ["", *parts], f"{use.designator}-", spoiled)

    def _value(self, use: ElementUse, value: str, before: str) -> None:
        designator = use.designator
        if any(c < " " or c == "\x7f" for c in value):
            message = "a control character stands in the data: take it out"
            self.note(rules.CHARACTER, designator, message)
            return
        if not value.isascii():
            message = "a character is outside the basic and extended sets: write it in ASCII"
            self.note(rules.NOT_ASCII, designator, message)
        if value != value.strip(" "):
            if not value.strip(" "):
                self.note(rules.SPACES, designator, "an element of spaces alone is left out")
                return
            if value.endswith(" "):
                self.note(rules.SPACES, designator, "spaces stand at the end: take them out")
            else:
                self.note(rules.LEADING_SPACES, designator, "spaces stand before the value")
            if use.codes or use.data.kind != "AN":
                return
        if use.codes:
            if value not in use.codes:
                self._code(use, value)
        elif use.data.kind in {"AN", "ID"}:
            self._length(use, len(value))
        else:
            self._form(use, value, before)

    def _code(self, use: ElementUse, value: str) -> None:
        message = f"{use.designator} is no code of the guide here"
        few = sorted(use.codes, key=lambda code: (len(code) if code.isdigit() else 0, code))
        if len(few) <= _FEW:
            message += f": {', '.join(few)}"
        self.note(rules.CODE, use.designator, message, value[:3])

    def _length(self, use: ElementUse, length: int) -> None:
        least, most = use.data.least, use.data.most
        limits = f"{least} to {most}" if least != most else f"{most}"
        if length < least:
            self.note(rules.SHORT, use.designator, f"{use.designator} has {limits} characters")
        elif length > most:
            self.note(rules.LONG, use.designator, f"{use.designator} has {limits} characters")

    def _form(self, use: ElementUse, value: str, before: str) -> None:
        designator = use.designator
        match use.data.kind:
            case "DT":
                if not _is_day(value):
                    self.note(rules.DATE, designator, "write a day of the calendar as CCYYMMDD")
            case "TM":
                if not (4 <= len(value) <= 8 and parse_time(value)):
                    self.note(rules.TIME, designator, "write a time of day as HHMM or HHMMSS")
            case "P":
                if self._is_misqualified(use):
                    return
                if not _is_form(before, value):
                    self._period(designator, before)
                else:
                    self._length(use, len(value))
            case _:
                self._number(use, value)

    def _is_misqualified(self, use: ElementUse) -> bool:
        """Whether the element before, which names the form of this one, is at fault itself."""
        head = use.designator.removesuffix(f"{use.place:02d}").removesuffix(str(use.place))
        before = f"{head}{use.place - 1}" if head.endswith("-") else f"{head}{use.place - 1:02d}"
        return any(fault.element == before for fault in self.found)

    def _period(self, designator: str, form: str) -> None:
        forms = {"D8": "CCYYMMDD", "RD8": "CCYYMMDD-CCYYMMDD", "DT": "CCYYMMDDHHMM"}
        if form == "TM":
            self.note(rules.TIME, designator, "write a time of day as HHMM")
            return
        message = f"write days of the calendar as {forms.get(form, 'the qualifier says')}"
        self.note(rules.DATE, designator, message)

    def _number(self, use: ElementUse, value: str) -> None:
        digits = sum(c in "0123456789" for c in value)
        form = r"-?[0-9]+" if use.data.kind == "N0" else r"-?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
        if not re.fullmatch(form, value):
            said = "a whole number" if use.data.kind == "N0" else "a number such as 12.34"
            self.note(rules.NUMBER, use.designator, f"write {said}")
        elif use.data.kind == "money" and len(value.partition(".")[2]) > 2:
            message = "an amount has at most two decimals: write it as 12.34"
            self.note(rules.NUMBER, use.designator, message)
        elif use.designator in _UNITS and len(value.partition(".")[2]) > _UNIT_DECIMALS:
            self.note(rules.NUMBER, use.designator, "units have at most three decimals")
        elif use.designator in _UNITS and digits > _UNIT_DIGITS:
            message = f"{use.designator} has at most {_UNIT_DIGITS} digits"
            self.note(rules.LONG, use.designator, message)
        else:
            self._length(use, digits)

    def _notes(
        self, notes: Sequence[Note], values: Segment, prefix: str, spoiled: set[str]
    ) -> None:
        for note in notes:
            if _keeps(note, values):
                continue
            names = [
                f"{prefix}{number}" if prefix.endswith("-") else f"{prefix}{number:02d}"
                for number in note.elements
            ]
            if spoiled.intersection(names):
                continue
            self._condition(note, values, names)

    def _condition(self, note: Note, values: Segment, names: Sequence[str]) -> None:
        missing = [
            name
            for name, number in zip(names, note.elements, strict=True)
            if not at(values, number)
        ]
        match note.kind:
            case "P":
                said = f"{' and '.join(names)} stand together or not at all"
                place = missing[0]
            case "R":
                said, place = f"one of {', '.join(names)} is required", names[0]
            case "E":
                said = f"{' and '.join(names)} exclude each other"
                place = names[-1]
            case "C":
                said = f"{names[0]} needs {' and '.join(names[1:])}"
                place = missing[0]
            case _:
                said, place = f"{names[0]} needs one of {', '.join(names[1:])}", names[1]
        self.note(rules.CONDITION, place, said)
