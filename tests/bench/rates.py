"""Part 1, end to end: the contenders take turns, each on a stack of its own."""

import tempfile
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.bench.capture import WARM_UP, Premade, Sample, capture, premade
from tests.bench.hops import keep_hops
from tests.bench.premade_payer import keep_answers
from tests.bench.run import NAMES, Contender, How, Measured, measure
from tests.bench.traffic import Say, traffic

ORDER: tuple[Contender, ...] = ("live", "ours", "usual", "bare")
SayFor = Callable[[str], Say]


@dataclass(frozen=True, slots=True)
class Race:
    """What runs against what. The usual way takes the first ``usual_encounters`` of the same.

    ``live_rounds``: the live payer takes part in the first so many rounds.
    """

    contenders: Collection[Contender] = ORDER
    encounters: int = 30_000
    usual_encounters: int = 3000
    rounds: int = 2
    live_rounds: int = 1
    seed: int = 7
    logs: Path | None = None

    def sample(self, contender: Contender) -> Sample:
        """The encounters of one contender."""
        few = min(self.usual_encounters, self.encounters)
        return Sample(self.encounters, self.seed, few if contender == "usual" else self.encounters)

    def turns(self) -> Iterator[tuple[int, Contender]]:
        """Who runs when, with the round from 0."""
        for number in range(self.rounds):
            for contender in ORDER:
                if contender in self.contenders and (
                    contender != "live" or number < self.live_rounds
                ):
                    yield number, contender


def run_race(race: Race, say_for: SayFor) -> list[Measured]:
    """Every contender once a round, in the same order. Raises ``StackError``.

    The live run of the first round is where the answers and the shape of the bare limit come from;
    without one they come from the cache.
    """
    runs: list[Measured] = []
    for number, contender in race.turns():
        say = say_for(f"{NAMES[contender]}, round {number + 1} of {race.rounds}")
        logs = race.logs / f"{number + 1}-{contender}" if race.logs else None
        sample = race.sample(contender)
        if contender == "live":
            run = capture(sample, say, keep_logs=logs)
        else:
            run = _run(contender, premade(sample, say), say, logs)
        # The times of every encounter are in the figures by now.
        runs.append(replace(run, seen={}))
    return runs


def _run(contender: Contender, made: Premade, say: Say, logs: Path | None) -> Measured:
    sample = made.sample
    with tempfile.TemporaryDirectory(prefix="claimstream-bench-") as scratch:
        folder = Path(scratch)
        how = How(
            contender,
            answers=folder / "answers",
            hops=folder / "hops.json" if contender == "bare" else None,
            held=True,
            keep_logs=logs,
        )
        keep_answers(made.answers, folder / "answers")
        keep_hops(made.hops, folder / "hops.json")
        warm_up = traffic(WARM_UP, sample.seed + 1)
        load = traffic(sample.made, sample.seed, taken=sample.taken)
        return measure(how, folder / "state", warm_up, load, say)


def of(runs: Sequence[Measured], contender: Contender) -> list[Measured]:
    """The runs of one contender."""
    return [run for run in runs if run.contender == contender]
