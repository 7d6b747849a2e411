"""Health: alive means that work gets done; ready means that work can be taken."""

from dataclasses import dataclass
from time import monotonic, time


@dataclass(slots=True)
class Progress:
    """What the consumer has done lately, as the health checks see it. Times in seconds."""

    stalled_after: int
    partitions: int = 0
    assignment_held: bool = False
    lag_events: int = 0
    database_answers: bool = False
    tripped: bool = False
    last_finished: float = 0.0
    newest_record_milliseconds: int = 0

    def __post_init__(self) -> None:
        self.last_finished = monotonic()

    def assigned(self, partitions: int) -> None:
        """The group gave this instance partitions, possibly none."""
        self.partitions = partitions
        self.assignment_held = True
        self.last_finished = monotonic()

    def unassigned(self) -> None:
        """The group took the partitions back."""
        self.partitions = 0
        self.assignment_held = False

    def batch_finished(self, newest_record_milliseconds: int) -> None:
        """A batch was committed to the database."""
        self.last_finished = monotonic()
        self.newest_record_milliseconds = newest_record_milliseconds

    def lag_seconds(self) -> int:
        """Whole seconds between the newest record processed and now, while any is unread."""
        if self.lag_events == 0:
            return 0
        newest = self.newest_record_milliseconds / 1000 or time()
        return max(int(time() - newest), int(monotonic() - self.last_finished))

    @property
    def alive(self) -> bool:
        """False when records wait and none has been finished for too long."""
        stalled = self.lag_events > 0 and monotonic() - self.last_finished > self.stalled_after
        return not (self.assignment_held and stalled)

    @property
    def ready(self) -> bool:
        """True while an assignment is held, the database answers, and the breaker is closed."""
        return self.assignment_held and self.database_answers and not self.tripped

    @property
    def state(self) -> str:
        """The same in one word, for a person."""
        if self.tripped:
            return "stopped by its breaker"
        if not self.database_answers:
            return "database unreachable"
        if not self.assignment_held:
            return "joining"
        return "running" if self.alive else "stalled"
