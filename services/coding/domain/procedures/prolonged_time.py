"""Prolonged visits: time beyond the highest level, in units of 15 minutes each completed.

CPT counts from 15 minutes past the minimum of the highest level (99417 in the office, at home and
by telehealth, 99418 in a hospital or nursing facility). Medicare counts later: G2212, G0316, G0317
and G0318 with thresholds of their own (Medicare Claims Processing Manual chapter 12 section
30.6.15.3). Only where the level was chosen by time.
"""

from typing import NamedTuple

from services.coding.domain.procedures.visit_families import (
    AUDIO_ESTABLISHED,
    AUDIO_NEW,
    CONSULTATION,
    CONSULTATION_OF_A_STAY,
    HOME_ESTABLISHED,
    HOME_NEW,
    HOSPITAL_FIRST,
    HOSPITAL_LATER,
    HOSPITAL_SAME_DAY,
    MEDICARE_PROGRAMMES,
    NURSING_FIRST,
    NURSING_LATER,
    OFFICE_ESTABLISHED,
    OFFICE_NEW,
    VIDEO_ESTABLISHED,
    VIDEO_NEW,
)

__all__ = ["MEDICARE_PROGRAMMES", "Prolonged", "prolonged"]


_UNIT_MINUTES = 15
# Minutes from which the first unit counts.
_MEDICARE: dict[str, tuple[str, int]] = {
    "99205": ("G2212", 89),
    "99215": ("G2212", 69),
    "99223": ("G0316", 90),
    "99233": ("G0316", 65),
    "99236": ("G0316", 110),
    "99306": ("G0317", 95),
    "99310": ("G0317", 85),
    "99345": ("G0318", 140),
    "99350": ("G0318", 110),
}
_CPT: dict[str, tuple[str, int]] = {
    steps[-1][0]: (code, (steps[-1][1] or 0) + _UNIT_MINUTES)
    for code, families in (
        (
            "99417",
            (
                *(OFFICE_NEW, OFFICE_ESTABLISHED, HOME_NEW, HOME_ESTABLISHED, CONSULTATION),
                *(VIDEO_NEW, VIDEO_ESTABLISHED, AUDIO_NEW, AUDIO_ESTABLISHED),
            ),
        ),
        (
            "99418",
            (
                *(HOSPITAL_FIRST, HOSPITAL_LATER, HOSPITAL_SAME_DAY, CONSULTATION_OF_A_STAY),
                *(NURSING_FIRST, NURSING_LATER),
            ),
        ),
    )
    for steps in families
}


class Prolonged(NamedTuple):
    """The add-on code and its units."""

    code: str
    units: int


def prolonged(visit: str, minutes: int, programme: str) -> Prolonged | None:
    """Time beyond the highest level of the visit's family; None below the first full unit."""
    table = _MEDICARE if programme in MEDICARE_PROGRAMMES else _CPT
    if visit not in table:
        return None
    code, first = table[visit]
    if minutes < first:
        return None
    return Prolonged(code, 1 + (minutes - first) // _UNIT_MINUTES)
