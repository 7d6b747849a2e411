"""Every record of one real run, kept in a cache, so that a stage can be measured without the rest.

The cache is keyed by what the records mean (published contracts, simulators, how many and which
encounters), not by the services' sources: while a service is made faster, its input stays the same.
Where a whole pipeline runs on the payer's answers they must fit its claims: what is kept for that
has the services' sources in its key too.
"""

import os
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import msgspec

from claimstream.stack.control import Stack
from claimstream.stack.errors import StackError
from claimstream.stack.state import SERVICES
from schemas.catalogue import MODEL_OF_TOPIC, subscriptions
from schemas.claim import ClaimSubmitted
from schemas.encounter import EncounterDocumented
from services.chassis.record import Record, record_from_kafka
from tests.bench.gauge import Gauge
from tests.bench.hops import Hops, hops_of
from tests.bench.premade_payer import PremadeAnswer, premade_answers
from tests.bench.run import How, Measured, measure
from tests.bench.sightings import records_on
from tests.bench.traffic import Say, traffic

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


@dataclass(frozen=True, slots=True)
class Premade:
    """What other contenders need of a live run: the payer's answers, and the bare limit's shape."""

    sample: Sample
    answers: tuple[PremadeAnswer, ...]
    hops: Hops


def captured(sample: Sample, say: Say, *, again: bool = False) -> Captured:
    """The records of a run of ``sample``: from the cache, else made by a run of the real stack.

    ``again`` makes them anew. Raises ``StackError`` when the stack does not start, or the run is
    not whole.
    """
    kept = _file(sample, "capture")
    if again or not kept.exists():
        _say_capturing(sample, say)
        capture(sample, say)
    return msgspec.msgpack.decode(kept.read_bytes(), type=Captured)


def premade(sample: Sample, say: Say) -> Premade:
    """The answers to the claims of ``sample`` as today's sources make them, from the cache or by a
    run. Raises ``StackError`` as ``captured`` does.
    """
    kept = _file(sample, "premade")
    if not kept.exists():
        _say_capturing(sample, say)
        capture(sample, say)
    return msgspec.msgpack.decode(kept.read_bytes(), type=Premade)


def _say_capturing(sample: Sample, say: Say) -> None:
    folder = _file(sample, "capture").parent
    say(f"Capturing a run of {sample.taken} encounters (once; kept in {folder})")


def capture(sample: Sample, say: Say, *, keep_logs: Path | None = None) -> Measured:
    """Run ``sample`` through the real stack, the payer live; keep its records and its answers.

    Raises ``StackError`` as ``captured`` does.
    """
    places = {kind: _file(sample, kind) for kind in ("capture", "premade")}
    found: list[Record] = []
    answers: list[PremadeAnswer] = []

    async def read(stack: Stack, gauge: Gauge, bootstrap: str) -> None:
        places = [each for each in gauge.places if each.topic in MODEL_OF_TOPIC]
        found.extend([record_from_kafka(raw) async for raw in records_on(bootstrap, places)])
        claim = msgspec.json.Decoder(_Claim)
        claims = {
            claim.decode(each.value or b"").claim_id
            for each in found
            if each.topic == ClaimSubmitted.TOPIC
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
    subscribed = {name: list(subscriptions(name)) for name in SERVICES}
    made = Captured(sample, tuple(found[:first]), tuple(found[first:]), tuple(answers))
    _keep(made, places["capture"])
    _keep(Premade(sample, made.answers, hops_of(made.records, subscribed)), places["premade"])
    return run


class _Claim(msgspec.Struct):
    claim_id: str


def _keep(made: Captured | Premade, file: Path) -> None:
    unfinished = file.with_suffix(f".{os.getpid()}")
    unfinished.write_bytes(msgspec.msgpack.encode(made))
    unfinished.replace(file)


def _file(sample: Sample, kind: str) -> Path:
    folder = Path(tempfile.gettempdir()) / f"claimstream-bench-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    digest = _digest((*_MEANING, "services") if kind == "premade" else _MEANING)
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
