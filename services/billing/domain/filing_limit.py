"""Until when a payer accepts a claim, a correction, a secondary claim or an appeal.

Medicare: 12 calendar months from the date of service (42 CFR 424.44(a)), whatever the claim. Others
by contract: days by payer or programme and kind of filing. A denial for late filing never reaches
the patient.
"""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from typing import Literal

DAY_BEGINS, DAY_ENDS = timedelta(hours=10), timedelta(hours=11)
"""A day begins somewhere in the country at UTC+10 and is over everywhere at UTC-11: which of them a
practice lives in is not known, and neither its clock nor a payer's is UTC's."""

FilingKind = Literal["initial", "corrected", "secondary", "appeal"]


@dataclass(frozen=True, slots=True)
class FilingLimit:
    """A span in calendar months or in days.

    counts_from: ``event`` is the kind's own start (the date of service of an initial claim, else
    the remittance that it answers); ``service_date`` is the date of service whatever the kind.
    """

    months: int = 0
    days: int = 0
    counts_from: Literal["event", "service_date"] = "event"

    def deadline(self, start: date) -> date:
        """The last day on which the filing is in time."""
        return add_months(start, self.months) + timedelta(days=self.days)


@dataclass(frozen=True, slots=True)
class FilingLimits:
    """Limits by payer id first, then by programme, then the default."""

    by_payer: Mapping[str, Mapping[str, FilingLimit]]
    by_programme: Mapping[str, Mapping[str, FilingLimit]]
    default: Mapping[str, FilingLimit]

    def deadline(
        self, payer_id: str, programme: str, kind: FilingKind, start: date, service_date: date
    ) -> date:
        """The last day for ``kind``.

        start: the date of service for an initial claim; the date of the remittance that it answers
        for the others (a secondary limit counts from the primary's remittance), unless the limit
        counts from ``service_date``.
        """
        for limits in (
            self.by_payer.get(payer_id, {}),
            self.by_programme.get(programme, {}),
            self.default,
        ):
            limit = limits.get(kind)
            if limit is not None:
                own = limit.counts_from == "service_date"
                return limit.deadline(service_date if own else start)
        raise LookupError(f"no filing limit for {kind}")


@lru_cache(maxsize=4096)
def add_months(start: date, months: int) -> date:
    """The same day some months later, or the last day of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    month += 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))
