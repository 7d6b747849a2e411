"""The elements of the envelope segments ISA, GS, GE, IEA and TA1 (appendix C of the guides)."""

import re
from collections.abc import Iterator, Sequence

from services.payer_gateway.x12.checks.segment_check import check_of
from services.payer_gateway.x12.codes import INTERCHANGE_NOTES
from services.payer_gateway.x12.dates import parse_date, parse_time
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.finding import Finding, Rule, Scope, error, warning
from services.payer_gateway.x12.guides.envelope import GE, GS

ISA = error("envelope.isa-element", 1, Scope.INTERCHANGE, "ISA01 to ISA15; TA105 005 to 020")
ISA_DATE = error("envelope.isa-date", 1, Scope.INTERCHANGE, "ISA09, ISA10; TA105 014, 015")
ISA_VERSION = error("envelope.isa-version", 1, Scope.INTERCHANGE, "ISA12; TA105 017")
ISA_CONTROL = error("envelope.isa-control", 1, Scope.INTERCHANGE, "ISA13; TA105 018")
REPETITION = warning(
    "envelope.repetition-separator", 1, Scope.INTERCHANGE, "ISA11 of 00501; TA105 026"
)
COMPONENT_SEPARATOR = error(
    "envelope.component-separator", 1, Scope.TRANSACTION, "ISA16; TA105 027"
)
IEA = error("envelope.iea-element", 1, Scope.INTERCHANGE, "IEA01, IEA02; TA105 021")
TA1_ELEMENT = error("envelope.ta1-element", 1, Scope.INTERCHANGE, "TA101 to TA105")
TA1_ORDER = warning("envelope.ta1-order", 1, Scope.INTERCHANGE, "X12.5, TA1 after ISA")
EMPTY_GROUP = error("envelope.group-empty", 1, Scope.GROUP, "X12.6 3.9, a group holds a set")
EMPTY_INTERCHANGE = error(
    "envelope.interchange-empty", 1, Scope.INTERCHANGE, "X12.5, a group or TA1; TA105 024"
)

_QUALIFIERS = frozenset({"01", "14", "20", "27", "28", "29", "30", "33", "ZZ"})
_CODES = {
    1: frozenset({"00", "03"}),
    3: frozenset({"00", "01"}),
    5: _QUALIFIERS,
    7: _QUALIFIERS,
    14: frozenset({"0", "1"}),
    15: frozenset({"P", "T"}),
}
_NUMBER = re.compile(r"[0-9]{9}")


def isa(elements: Sequence[str]) -> Iterator[Finding]:
    """What is wrong with an ISA beside its widths; elements 0 to 16."""
    for number, codes in _CODES.items():
        if elements[number] not in codes:
            message = f"ISA{number:02d} is no code of the guide: {', '.join(sorted(codes))}"
            yield _of(ISA, message, "ISA", number, elements[number][:2])
    for number in (6, 8):
        if not elements[number].strip():
            yield _of(ISA, f"ISA{number:02d} is required", "ISA", number)
    if len(elements[9]) != 6 or parse_date(elements[9]) is None:
        yield _of(ISA_DATE, "write a day of the calendar as YYMMDD", "ISA", 9)
    if len(elements[10]) != 4 or parse_time(elements[10]) is None:
        yield _of(ISA_DATE, "write a time of day as HHMM", "ISA", 10)
    if elements[12] != "00501":
        yield _of(ISA_VERSION, "only version 00501 is read here", "ISA", 12, elements[12][:5])
    if not _NUMBER.fullmatch(elements[13]):
        yield _of(ISA_CONTROL, "ISA13 has nine digits", "ISA", 13)
    elif not elements[13].strip("0"):
        yield _of(ISA_CONTROL, "ISA13 is a positive number", "ISA", 13)
    if elements[11].isalnum():
        message = "ISA11 is the repetition separator: no letter or digit, ^ is usual"
        yield _of(REPETITION, message, "ISA", 11, elements[11][:1])


def iea(elements: Sequence[str]) -> Iterator[Finding]:
    """What is wrong with an IEA beside its count and number."""
    count = elements[1] if len(elements) > 1 else ""
    if not re.fullmatch(r"[0-9]{1,5}", count):
        yield _of(IEA, "IEA01 counts the groups in one to five digits", "IEA", 1)
    number = elements[2] if len(elements) > 2 else ""
    if not _NUMBER.fullmatch(number):
        yield _of(IEA, "IEA02 has nine digits", "IEA", 2)
    if len(elements) > 3:
        yield _of(IEA, "IEA has two elements: is a separator in the data?", "IEA", 3)


def group(elements: Sequence[str], delimiters: Delimiters) -> Iterator[Finding]:
    """What is wrong with a GS or a GE beside its count and number."""
    use = GS if elements[0] == "GS" else GE
    for fault in check_of(use, delimiters).faults(delimiters.element.join(elements)):
        yield fault.rule.found(
            fault.message,
            path=elements[0],
            element=fault.element,
            value=fault.value,
            scope=Scope.GROUP,
        )


def ta1(elements: Sequence[str]) -> Iterator[Finding]:
    """What is wrong with a TA1."""
    padded = [*elements, "", "", "", "", ""]
    if not _NUMBER.fullmatch(padded[1]):
        yield _of(TA1_ELEMENT, "TA101 repeats the nine digits of ISA13", "TA1", 1)
    if len(padded[2]) != 6 or parse_date(padded[2]) is None:
        yield _of(TA1_ELEMENT, "write a day of the calendar as YYMMDD", "TA1", 2)
    if len(padded[3]) != 4 or parse_time(padded[3]) is None:
        yield _of(TA1_ELEMENT, "write a time of day as HHMM", "TA1", 3)
    if padded[4] not in {"A", "E", "R"}:
        yield _of(TA1_ELEMENT, "TA104 is A, E or R", "TA1", 4, padded[4][:1])
    if padded[5] not in INTERCHANGE_NOTES:
        yield _of(TA1_ELEMENT, "TA105 is a note code from 000 to 031", "TA1", 5, padded[5][:3])
    elif padded[4] in {"A", "E", "R"} and (padded[4] == "A") != (padded[5] == "000"):
        message = "the note and the verdict contradict each other"
        yield _of(TA1_ELEMENT, message, "TA1", 5, padded[5][:3])


def _of(rule: Rule, message: str, name: str, number: int, value: str = "") -> Finding:
    return rule.found(message, path=name, element=f"{name}{number:02d}", value=value)
