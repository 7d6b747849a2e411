"""The breaker: when most of what comes is set aside, the fault is not in the records.

It looks at the last inputs and at how many different keys were set aside, so that one bad key,
however often it comes, does not trip it.
"""

from collections import deque
from dataclasses import dataclass, field


@dataclass(slots=True)
class Breaker:
    """Trips when at least ``percent`` of the last ``window`` inputs are dead letters.

    ``least_keys`` different lanes must have been hit.
    """

    window: int
    least_keys: int
    percent: int
    _recent: deque[tuple[bool, str]] = field(default_factory=deque)

    def trips(self, outcomes: list[tuple[bool, str]]) -> bool:
        """Add (dead, lane) outcomes and say whether to stop."""
        self._recent.extend(outcomes)
        while len(self._recent) > self.window:
            self._recent.popleft()
        dead = [lane for is_dead, lane in self._recent if is_dead]
        return len(set(dead)) >= self.least_keys and len(dead) * 100 >= self.percent * len(
            self._recent
        )
