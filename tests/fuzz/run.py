"""The loop: inputs by seed, answers counted, crashers kept."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b
from random import Random
from typing import Any

from tests.fuzz.target import CORPUS, Target
from tests.fuzz.watch import Answer, Crash, on_watch, watched

PROGRESS_EVERY = 5_000
_WEIGHT_OF_GOOD = 3


@dataclass
class Tally:
    """What one target made of its inputs."""

    target: str
    inputs: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    made: Counter[str] = field(default_factory=Counter)
    crashes: list[Crash] = field(default_factory=list)
    cpu_microseconds: int = 0
    slowest_microseconds: int = 0

    def take(self, made: str, answer: Answer | Crash) -> None:
        """Count one input."""
        self.inputs += 1
        self.made[made] += 1
        if isinstance(answer, Crash):
            self.outcomes["crash"] += 1
            self.crashes.append(answer)
            return
        self.outcomes[answer.outcome] += 1
        self.cpu_microseconds += answer.cpu_microseconds
        self.slowest_microseconds = max(self.slowest_microseconds, answer.cpu_microseconds)

    def as_json(self) -> dict[str, Any]:
        """The same for a file; crashes as class and place, once each."""
        return {
            "target": self.target,
            "inputs": self.inputs,
            "made": dict(self.made),
            "crashes": len(self.crashes),
            "crashes_by_place": dict(
                Counter(f"{crash.fault} at {crash.where}" for crash in self.crashes)
            ),
            "outcomes": dict(self.outcomes.most_common()),
            "cpu_milliseconds": self.cpu_microseconds // 1000,
            "slowest_microseconds": self.slowest_microseconds,
        }


def fuzz(
    target: Target, inputs: int, seed: int, progress: Callable[[Tally], None] | None = None
) -> Tally:
    """Feed so many inputs, the same for the same seed.

    An input that is answered as none before it was becomes a seed itself; seeds that are acted on
    are drawn more often than those that are refused at once.
    """
    tally = Tally(target.name)
    draw = Random(f"{seed}:{target.name}")
    seeds, check = list(target.seeds()), target.make()
    with on_watch():
        for data in tuple(seeds) if inputs > len(seeds) else ():
            answer = watched(target.name, check, data)
            tally.take("seed", answer)
            if isinstance(answer, Answer) and answer.outcome == "decided":
                seeds += [data] * _WEIGHT_OF_GOOD
        while tally.inputs < inputs:
            made, data = target.drawn(draw, seeds)
            answer = watched(target.name, check, data)
            if isinstance(answer, Answer) and answer.outcome not in tally.outcomes:
                seeds.append(data)
            tally.take(made, answer)
            if progress is not None and tally.inputs % PROGRESS_EVERY == 0:
                progress(tally)
    return tally


def replay(target: Target) -> Tally:
    """Feed the inputs that crashed it once."""
    tally = Tally(target.name)
    check = target.make()
    with on_watch():
        for path in target.kept():
            tally.take("kept", watched(target.name, check, path.read_bytes()))
    return tally


def keep(crashes: list[Crash]) -> list[str]:
    """Write crashers into the corpus, the shortest of each place; their paths within it."""
    shortest: dict[tuple[str, str, str], Crash] = {}
    for crash in crashes:
        place = (crash.target, crash.fault, crash.where)
        if place not in shortest or len(crash.data) < len(shortest[place].data):
            shortest[place] = crash
    paths: list[str] = []
    for crash in shortest.values():
        name = f"{crash.fault}-{blake2b(crash.data, digest_size=6).hexdigest()}"
        folder = CORPUS / crash.target
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(crash.data)
        paths.append(f"{crash.target}/{name}")
    return paths
