"""Part 1, end to end: the contenders take turns, each on a stack of its own."""

import tempfile
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from claimstream.stack.state import SERVICES
from schemas.catalogue import subscriptions
from tests.bench.capture import WARM_UP, Captured, Sample, capture, captured
from tests.bench.hops import hops_of, keep_hops
from tests.bench.premade_payer import keep_answers
from tests.bench.run import NAMES, Contender, How, Measured, Say, measure
from tests.bench.traffic import traffic

ORDER: tuple[Contender, ...] = ("live", "ours", "usual", "bare")
SayFor = Callable[[str], Say]


@dataclass(frozen=True, slots=True)
class Race:
    """What runs against what. The usual way takes the first ``usual_encounters`` of the same."""

    contenders: Collection[Contender] = ORDER
    encounters: int = 4000
    usual_encounters: int = 400
    rounds: int = 1
    seed: int = 7
    logs: Path | None = None

    def sample(self, contender: Contender) -> Sample:
        """The encounters of one contender."""
        few = min(self.usual_encounters, self.encounters)
        return Sample(self.encounters, self.seed, few if contender == "usual" else self.encounters)


def run_race(race: Race, say_for: SayFor) -> list[Measured]:
    """Every contender once a round, in the same order. Raises ``StackError``.

    The live run of the first round is where the answers and the shape of the bare limit come from;
    without one they come from the cache.
    """
    runs: list[Measured] = []
    known: dict[Sample, Captured] = {}
    for number in range(race.rounds):
        for contender in (each for each in ORDER if each in race.contenders):
            say = say_for(f"{NAMES[contender]}, round {number + 1} of {race.rounds}")
            logs = race.logs / f"{number + 1}-{contender}" if race.logs else None
            sample = race.sample(contender)
            if contender == "live":
                made, run = capture(sample, say, keep_logs=logs)
                known.setdefault(sample, made)
            else:
                if sample not in known:
                    known[sample] = captured(sample, say, exact=contender != "bare")
                run = _run(contender, known[sample], say, logs)
            runs.append(run)
    return runs


def _run(contender: Contender, made: Captured, say: Say, logs: Path | None) -> Measured:
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
        subscribed = {name: list(subscriptions(name)) for name in SERVICES}
        keep_hops(hops_of(made.records, subscribed), folder / "hops.json")
        warm_up = traffic(WARM_UP, sample.seed + 1)
        load = traffic(sample.made, sample.seed, taken=sample.taken)
        return measure(how, folder / "state", warm_up, load, say)


def of(runs: Sequence[Measured], contender: Contender) -> list[Measured]:
    """The runs of one contender."""
    return [run for run in runs if run.contender == contender]
