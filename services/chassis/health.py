"""Health: alive means that work gets done; ready means that work can be taken."""

from dataclasses import dataclass
from time import monotonic, time
from typing import Literal, TypeAlias

State: TypeAlias = Literal[
    "running",
    "joining",
    "stalled",
    "database unreachable",
    "broker unreachable",
    "stopped by its breaker",
    "held back: its outbox is full",
]


@dataclass(slots=True)
class Progress:
    """What the consumer has done lately, as the health checks see it. Times in seconds."""

    stalled_after: int
    assignment_held: bool = False
    caught_up: bool = False
    database_answers: bool = False
    broker_answers: bool = True
    tripped: bool = False
    held_back: bool = False
    lag_events: int = 0
    last_finished: float = 0.0
    lagging_since: float = 0.0
    unassigned_since: float = 0.0
    newest_finished_milliseconds: int = 0
    oldest_in_hand_milliseconds: int = 0

    def __post_init__(self) -> None:
        self.last_finished = self.lagging_since = self.unassigned_since = monotonic()

    def assigned(self) -> None:
        """The group gave this instance partitions, possibly none."""
        self.assignment_held = True
        self.last_finished = monotonic()

    def unassigned(self) -> None:
        """The group took the partitions back."""
        self.assignment_held = False
        self.unassigned_since = monotonic()

    def batch_started(self, oldest_record_milliseconds: int) -> None:
        """Records were read and are being worked on."""
        self.oldest_in_hand_milliseconds = oldest_record_milliseconds

    def batch_ended(self, newest_record_milliseconds: int | None) -> None:
        """A batch was committed to the database; None when it was put back."""
        self.oldest_in_hand_milliseconds = 0
        if newest_record_milliseconds is not None:
            self.last_finished = monotonic()
            self.newest_finished_milliseconds = newest_record_milliseconds

    def observed(self, lag_events: int, *, has_caught_up: bool = False) -> None:
        """So many records are not yet processed; with none, all that lay there at first was.

        ``has_caught_up``: that this is so though others came since.
        """
        if self.assignment_held and (has_caught_up or not lag_events):
            self.caught_up = True
        if lag_events and not self.lag_events:
            self.lagging_since = monotonic()
        self.lag_events = lag_events

    def lag_seconds(self) -> int:
        """Whole seconds by which processing is behind; 0 when nothing is unread.

        The age of the oldest record in hand; between batches, of the newest one processed, but not
        more than the time for which anything has been unread.
        """
        if self.lag_events == 0:
            return 0
        if self.oldest_in_hand_milliseconds:
            return max(int(time()) - self.oldest_in_hand_milliseconds // 1000, 0)
        waited = int(monotonic() - self.lagging_since)
        if not self.newest_finished_milliseconds:
            return waited
        return max(min(int(time()) - self.newest_finished_milliseconds // 1000, waited), 0)

    @property
    def alive(self) -> bool:
        """False when records wait and none was finished for too long, or the group is not joined.

        A tripped breaker is alive, and so is who waits for room in the outbox: to restart the
        process would change nothing.
        """
        if self.tripped or self.held_back:
            return True
        now = monotonic()
        if not self.assignment_held:
            return now - self.unassigned_since <= self.stalled_after
        waiting_since = max(self.last_finished, self.lagging_since)
        return self.lag_events == 0 or now - waiting_since <= self.stalled_after

    @property
    def may_decide(self) -> bool:
        """False while the breaker is open or the outbox is full."""
        return not self.tripped and not self.held_back

    @property
    def ready(self) -> bool:
        """True while an assignment is held, broker and database answer, and nothing holds back."""
        return (
            self.assignment_held
            and self.broker_answers
            and self.database_answers
            and self.may_decide
        )

    @property
    def state(self) -> State:
        """The same in a few words, for a person."""
        if self.tripped:
            return "stopped by its breaker"
        if not self.database_answers:
            return "database unreachable"
        if not self.broker_answers:
            return "broker unreachable"
        if self.held_back:
            return "held back: its outbox is full"
        if not self.alive:
            return "stalled"
        return "running" if self.assignment_held else "joining"
