"""Days that cannot be: after the file was made, before a birth, an end before its beginning."""

from collections.abc import Iterator
from datetime import date, timedelta

from services.payer_gateway.x12.checks.loop_frame import Place
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.dates import parse_date, parse_period
from services.payer_gateway.x12.finding import Finding, Scope, error
from services.payer_gateway.x12.segments import at

REVERSED = error("date.period-reversed", 4, Scope.CLAIM, "DTP03 RD8, first day first")
FUTURE = error("date.future", 4, Scope.CLAIM, "DTP03, DTM02, DMG02, PAT06 against GS04")
BEFORE_BIRTH = error("date.before-birth", 4, Scope.CLAIM, "DTP*472 and DMG02")
DISCHARGE = error("date.discharge-before-admission", 4, Scope.CLAIM, "837 DTP*435, DTP*096")

PAST = frozenset(
    {"472", "431", "454", "304", "453", "439", "455", "471", "434", "435", "096", "573", "150"}
    | {"151", "232", "233", "090", "091", "444", "050", "461", "463", "607", "738", "739", "011"}
)
"""Dates (data element 374) of what has happened: none of them is after the file was made."""
_ASKED = frozenset({"270", "271"})
"""Sets that ask about, or answer for, a service that may still lie ahead."""


def check(structure: Structure, created: date | None) -> Iterator[Finding]:
    """The days of a transaction set that contradict each other or the day it was made.

    ``created`` is GS04. One day more is allowed, as sender and receiver may be zones apart.
    """
    limit = created + timedelta(days=1) if created else None
    past = PAST - {"472"} if structure.guide.set_id in _ASKED else PAST
    births: dict[int, date] = {}
    admitted: dict[int, date] = {}
    for position, raw in structure.doubtful():
        name = raw[:3]
        if name not in {"DTP", "DTM", "DMG", "PAT"}:
            continue
        frame = structure.frame_at(position)
        segment = structure.elements(position)
        if name == "PAT":
            death = parse_date(at(segment, 6))
            if death and limit and death > limit:
                message = "the day of death is after the file was made: correct it"
                yield Place(frame, "PAT", position, "PAT06").found(FUTURE, message)
            continue
        if name == "DMG":
            birth = parse_date(at(segment, 2))
            if birth and limit and birth > limit:
                message = "the birth date is after the file was made: correct it"
                yield Place(frame, "DMG", position, "DMG02").found(FUTURE, message)
            elif birth and frame.parent is not None:
                births[id(frame.parent if frame.loop.id[:3] == "201" else frame)] = birth
            continue
        form, text, element = "D8", at(segment, 2), "DTM02"
        if name == "DTP":
            form, text, element = at(segment, 2), at(segment, 3), "DTP03"
        period = parse_period(form, text)
        if period is None:
            continue
        first, last = period
        qualifier = at(segment, 1)
        if last and last < first:
            message = "the period ends before it begins: exchange the days"
            yield Place(frame, name, position, element).found(REVERSED, message)
        elif limit and qualifier in past and max(first, last or first) > limit:
            message = "the day is after the file was made: correct it"
            yield Place(frame, name, position, element).found(FUTURE, message)
        elif qualifier in {"472", "434", "435"}:
            born = next((births[id(f)] for f in frame.chain if id(f) in births), None)
            if born and first < born:
                message = "the service is before the patient's birth: correct one of them"
                yield Place(frame, name, position, element).found(BEFORE_BIRTH, message)
        if qualifier == "435":
            admitted[id(frame)] = first
        elif qualifier == "096" and form == "D8" and first < admitted.get(id(frame), first):
            message = "the discharge is before the admission: correct one of them"
            yield Place(frame, name, position, element).found(DISCHARGE, message)
