"""What a handler may answer: events to publish and deadlines to keep, a refusal, or a wait."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from schemas.event import Event


class Refused(Exception):  # noqa: N818 - a refusal is an outcome, not an error in the program
    """A rule refuses the input: it becomes a dead letter and later events of its key wait.

    ``reason`` is a stable code in snake case; ``message`` says what to do and holds no PHI.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


class Waiting(Exception):  # noqa: N818 - waiting is an outcome, not an error in the program
    """The input names a reference that is not known yet; it is parked until it arrives."""

    def __init__(self, reference: str) -> None:
        super().__init__(reference)
        self.reference = reference


def reference(kind: str, practice_id: str, own_id: str) -> str:
    """The name under which an input waits for a reference and the reference wakes it."""
    return f"{kind}:{practice_id}:{own_id}"


class Emission(msgspec.Struct, frozen=True):
    """An event to publish; ``discriminator`` tells two of one kind from one cause apart."""

    event: Event
    discriminator: str


class Deadline(msgspec.Struct, frozen=True):
    """A durable deadline: ``kind`` and ``key`` say what is due when ``due_at`` has passed."""

    kind: str
    practice_id: str
    key: str
    due_at: datetime
    payload: Mapping[str, str | int]


@dataclass(slots=True)
class Effects:
    """What follows from one input, in order."""

    emissions: list[Emission] = field(default_factory=list)
    deadlines: list[Deadline] = field(default_factory=list)
    arrivals: list[str] = field(default_factory=list)

    def emit(self, event: Event, discriminator: str = "") -> None:
        """Publish ``event`` after the batch is committed."""
        self.emissions.append(Emission(event, discriminator or str(len(self.emissions))))

    def schedule(
        self,
        kind: str,
        practice_id: str,
        key: str,
        due_at: datetime,
        payload: Mapping[str, str | int] | None = None,
    ) -> None:
        """Come back to ``key`` when ``due_at`` has passed; the same cause schedules it once."""
        self.deadlines.append(Deadline(kind, practice_id, key, due_at, payload or {}))

    def arrived(self, name: str) -> None:
        """Wake the inputs that wait for the reference ``name``."""
        self.arrivals.append(name)
