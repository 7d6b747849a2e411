"""What was done to the stack and when, a JSON object a line, as it happens."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import msgspec


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done. ``after_s``: tenths of a second are enough."""

    at: datetime
    after_s: float
    what: str
    number: int = 0
    fault: str = ""
    detail: str = ""
    took_s: float = 0


@dataclass(slots=True)
class Journal:
    """The entries of one run, kept and written; ``tell`` hears of each."""

    file: Path
    tell: Callable[[Entry], None] = lambda _: None
    entries: list[Entry] = field(default_factory=list)
    _begun: float = field(default_factory=time.monotonic)

    def note(
        self, what: str, *, number: int = 0, fault: str = "", detail: str = "", took_s: float = 0
    ) -> None:
        """Write one entry."""
        after = round(time.monotonic() - self._begun, 1)
        entry = Entry(datetime.now(UTC), after, what, number, fault, detail, round(took_s, 1))
        self.entries.append(entry)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        with self.file.open("ab") as file:
            file.write(msgspec.json.encode(entry) + b"\n")
        self.tell(entry)
