"""FHIR dates and times, and moving all dates of a patient by whole days."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from simulators.ehr.fhir.node import FhirError, Node

_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PARTIAL = re.compile(r"[0-9]{4}(-[0-9]{2})?")


@dataclass(frozen=True, slots=True)
class Shift:
    """Moves dates by whole days, so that intervals and ages in days stay as they were."""

    days: int = 0

    def day(self, day: date) -> date:
        """``day`` moved."""
        return day + timedelta(days=self.days)

    def instant(self, instant: datetime) -> datetime:
        """``instant`` moved, at the same time of day."""
        return instant + timedelta(days=self.days)


def day_of(node: Node, name: str) -> date | None:
    """The date of a date or dateTime element in its own time zone; None when it is missing.

    Raises ``FhirError``: ``date_partial`` for a year or month alone, ``date_invalid`` otherwise.
    """
    text = node.text(name)
    if not text:
        return None
    path = f"{node.path}.{name}"
    if _PARTIAL.fullmatch(text):
        raise FhirError(path, "date_partial", "a date to the day is needed")
    if not _DAY.match(text):
        raise FhirError(path, "date_invalid", "this is not a FHIR date")
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        raise FhirError(path, "date_invalid", "there is no such day") from None


def instant_of(node: Node, name: str) -> datetime | None:
    """The instant of a dateTime element; noon UTC for a day alone; None when it is missing."""
    text = node.text(name)
    if not text:
        return None
    if len(text) <= 10:
        day = day_of(node, name)
        return datetime.combine(day, time(12), tzinfo=UTC) if day else None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise FhirError(f"{node.path}.{name}", "date_invalid", "this is not a FHIR time") from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)
