"""What could not be read, where it stands and why; never what it says."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """``unreadable``: broken or missing, and not published. ``left_out``: not published on
    purpose. ``derived``: published with a value that the source did not give."""

    UNREADABLE = "unreadable"
    LEFT_OUT = "left_out"
    DERIVED = "derived"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about one place of one file. ``reason`` is a stable code, ``message`` a sentence
    without content of the record."""

    severity: Severity
    file: str
    path: str
    reason: str
    message: str

    def __str__(self) -> str:
        return f"{self.file}: {self.path}: {self.message} [{self.reason}]"


def counted(findings: Iterable[Finding]) -> dict[tuple[Severity, str], int]:
    """How many findings there are of each severity and reason, most frequent first."""
    counts = Counter((finding.severity, finding.reason) for finding in findings)
    return dict(counts.most_common())
