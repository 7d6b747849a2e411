"""Periods that are written as two dates of one loop: the last day is not before the first."""

from collections.abc import Iterator
from datetime import date

from services.payer_gateway.x12.checks.date_order import REVERSED
from services.payer_gateway.x12.checks.loop_frame import Place
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.dates import parse_period
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.segments import at

_STARTS = {"151": "150", "233": "232", "091": "090", "296": "297"}
"""The date (data element 374) that ends a period, and the one that begins it."""
ENDS = frozenset(_STARTS)
_ENDS = {start: end for end, start in _STARTS.items()}


def check(structure: Structure) -> Iterator[Finding]:
    """The periods of an 835's claims and lines, and of an 837's claims."""
    mark = structure.transaction.delimiters.element
    days: dict[tuple[int, str], date] = {}
    for position, raw in structure.doubtful():
        qualifier = raw[4:7]
        if raw[:2] != "DT" or (qualifier not in _STARTS and qualifier not in _ENDS):
            continue
        elements = raw.split(mark)
        is_dtm = elements[0] == "DTM"
        form, text = ("D8", at(elements, 2)) if is_dtm else (at(elements, 2), at(elements, 3))
        period = parse_period(form, text)
        if period is None:
            continue
        frame = structure.frame_at(position)
        this = days[id(frame), qualifier] = period[0]
        first = days.get((id(frame), _STARTS.get(qualifier, "")), this)
        last = days.get((id(frame), _ENDS.get(qualifier, "")), this)
        if this < first or last < this:
            place = Place(frame, elements[0], position, "DTM02" if is_dtm else "DTP03")
            yield place.found(REVERSED, "the period ends before it begins: exchange the days")
