"""What a check found, and what it looked at."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: which check, about what, and how. Ids and cents only.

    ``at``: when the record was published that shows it, where there is one.
    """

    check: str
    subject: str
    message: str
    at: datetime | None = None


@dataclass(slots=True)
class Report:
    """What was checked, how often, and what was found.

    explained: what differs for a reason that is known, and by exactly that much.
    """

    checked: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    in_flight: dict[str, int] = field(default_factory=dict)
    explained: list[Finding] = field(default_factory=list)

    def looked_at(self, check: str, count: int) -> None:
        """Say that ``check`` looked at ``count`` things."""
        self.checked[check] = self.checked.get(check, 0) + count

    def found(self, check: str, subject: str, message: str, at: datetime | None = None) -> None:
        """Say that something does not hold."""
        self.findings.append(Finding(check, subject, message, at))
