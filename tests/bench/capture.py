"""Every record of one real run, kept in a cache, so that a stage can be measured without the rest.

The cache is keyed by what the records mean (published contracts, simulators, how many and which
encounters), not by the services' sources: while a service is made faster, its input stays the same.
Where a whole pipeline runs on the payer's answers they must fit its claims: ``exact`` adds the
services' sources to the key.
"""

import os
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import msgspec

from claimstream.lineage.history import read_history
from claimstream.stack.control import Stack
from claimstream.stack.errors import StackError
from schemas.claim import ClaimSubmitted
from schemas.encounter import EncounterDocumented
from services.chassis.record import Record
from tests.bench.premade_payer import PremadeAnswer, premade_answers
from tests.bench.run import How, Measured, Say, measure
from tests.bench.traffic import traffic

WARM_UP = 60
_CHECKOUT = Path(__file__).resolve().parents[2]
_MEANING = ("schemas/published", "simulators")
_SUFFIXES = frozenset({".json", ".py", ".toml", ".sql"})


@dataclass(frozen=True, slots=True)
class Sample:
    """Which encounters: the first ``taken`` of ``made`` with that seed."""

    made: int
    seed: int
    taken: int

    @classmethod
    def whole(cls, made: int, seed: int) -> "Sample":
        """All of them."""
        return cls(made, seed, made)


@dataclass(frozen=True, slots=True)
class Captured:
    """Records as read from all topics, in the order in which the broker took them.

    ``prepared`` came before the first of the measured encounters: references and warm-up.
    ``answers``: what the payer answered, in its order.
    """

    sample: Sample
    prepared: tuple[Record, ...]
    records: tuple[Record, ...]
    answers: tuple[PremadeAnswer, ...]

    def of(self, topics: Collection[str]) -> tuple[list[Record], list[Record]]:
        """What a consumer of ``topics`` reads: of ``prepared``, and of ``records``."""
        return (
            [each for each in self.prepared if each.topic in topics],
            [each for each in self.records if each.topic in topics],
        )


def captured(sample: Sample, say: Say, *, again: bool = False, exact: bool = False) -> Captured:
    """The records of a run of ``sample``: from the cache, else made by a run of the real stack.

    ``again`` makes them anew. Raises ``StackError`` when the stack does not start, or the run is
    not whole.
    """
    kept = _file(sample, exact=exact)
    if kept.exists() and not again:
        return msgspec.msgpack.decode(kept.read_bytes(), type=Captured)
    say(f"Capturing a run of {sample.taken} encounters (once; kept in {kept.parent})")
    return capture(sample, say)[0]


def capture(
    sample: Sample, say: Say, *, keep_logs: Path | None = None
) -> tuple[Captured, Measured]:
    """Run ``sample`` through the real stack, the payer live; keep and return its records.

    Raises ``StackError`` as ``captured`` does.
    """
    before = (_file(sample, exact=False), _file(sample, exact=True))
    found: list[Record] = []
    answers: list[PremadeAnswer] = []

    async def read(stack: Stack, bootstrap: str) -> None:
        history = await read_history(bootstrap)
        found.extend(fact.record for fact in history.facts)
        claims = {
            fact.event.claim_id for fact in history.facts if isinstance(fact.event, ClaimSubmitted)
        }
        answers.extend(premade_answers(stack.folder.path / "payer" / "books.sqlite", claims))

    load = traffic(sample.made, sample.seed, taken=sample.taken)
    with tempfile.TemporaryDirectory(prefix="claimstream-bench-") as scratch:
        how = How("live", keep_logs=keep_logs, on_rest=read)
        warm_up = traffic(WARM_UP, sample.seed + 1)
        run = measure(how, Path(scratch) / "state", warm_up, load, say)
    if not run.complete or run.balanced.arrived * 2 < sample.taken:
        raise StackError(
            f"The captured run is not whole: {run.balanced.arrived} of {sample.taken} encounters "
            "reached a balance."
        )
    found.sort(key=lambda each: each.recorded_at)
    first = next(
        place
        for place, each in enumerate(found)
        if each.topic == EncounterDocumented.TOPIC and (each.key or b"").decode() in load.keys
    )
    made = Captured(sample, tuple(found[:first]), tuple(found[first:]), tuple(answers))
    content = msgspec.msgpack.encode(made)
    for kept in before:
        unfinished = kept.with_suffix(f".{os.getpid()}")
        unfinished.write_bytes(content)
        unfinished.replace(kept)
    return made, run


def _file(sample: Sample, *, exact: bool) -> Path:
    folder = Path(tempfile.gettempdir()) / f"claimstream-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    digest = _digest((*_MEANING, "services") if exact else _MEANING)
    kind = "exact" if exact else "capture"
    return folder / f"{sample.made}-{sample.taken}-{sample.seed}-{digest}.{kind}"


def _digest(sources: Collection[str]) -> str:
    digest = blake2b(digest_size=8)
    for path in _files(sources):
        digest.update(str(path.relative_to(_CHECKOUT)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _files(sources: Collection[str]) -> Iterator[Path]:
    for name in sources:
        for path in sorted((_CHECKOUT / name).rglob("*")):
            if path.suffix in _SUFFIXES:
                yield path
