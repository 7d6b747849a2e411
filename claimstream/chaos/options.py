"""What a run is asked for, and the days and the pace that follow."""

from dataclasses import dataclass

_SECONDS_A_DAY = 86_400


@dataclass(frozen=True, slots=True)
class ChaosOptions:
    """``rate``: encounters a second, at most; the load lasts as long as the faults if it must.

    ``at_most_minutes``: after so long under faults nothing more is let in or struck; 0: no limit.
    """

    encounters: int
    faults: int
    seed: int
    rate: int
    at_most_minutes: int = 0

    @property
    def days(self) -> int:
        """Days of service."""
        return max(5, min(60, self.encounters // 10))

    @property
    def load_seconds(self) -> int:
        """How long the load lasts at the rate."""
        return max(1, -(-self.encounters // self.rate))

    @property
    def pace(self) -> int:
        """Seconds that pass in a second while the load lasts."""
        return max(1, self.days * _SECONDS_A_DAY // self.load_seconds)
