"""The corpus: every record that somebody will send one day, and what has to become of it.

The files of ``corpus/`` are the manifest: one file a kind, one ``[[poison]]`` a record, and with it
the one outcome expected:

* ``dead = "reason"``: set aside whole, with this reason; ``says`` is in its message;
* ``accepted = true``: odd and yet lawful, acted on once;
* ``duplicate = true``: known already, nothing happens;
* ``waits_for = "patient"``: parked until that kind of reference arrives.

``[[poison.first]]`` are records of the same practice that come before it, accepted unless they say
otherwise. How a record is put together is told in ``spoil.py``.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from schemas.catalogue import topics
from services.chassis.record import Record
from tests.poison.spoil import CORPUS, Recipe, id_of, record_of

OUTCOMES = ("dead", "accepted", "duplicate", "waits_for")
_FIRST_OFFSET = 1_000


@dataclass(frozen=True, slots=True)
class Expected:
    """What has to become of a record: one of ``OUTCOMES``, with the reason or reference."""

    outcome: str
    reason: str = ""
    says: str = ""


@dataclass(frozen=True, slots=True)
class Poison:
    """A record that should never have been sent, and those that have to come before it."""

    name: str
    kind: str
    about: str
    service: str
    number: int
    recipes: tuple[Recipe, ...]
    practice_known: bool = True

    @property
    def practice_id(self) -> str:
        """A practice of its own, so that no record stands in another's way."""
        return f"PZ{self.number:03}"

    @property
    def expected(self) -> Expected:
        """What has to become of the record itself, the last of its story."""
        return expected_of(self.recipes[-1])

    def steps(self) -> Iterator[tuple[Record, Expected]]:
        """Each record of the story in its order, with what has to become of it."""
        for step, recipe in enumerate(self.recipes):
            record = record_of(
                recipe,
                practice_id=self.practice_id,
                event_id=id_of(self.name, recipe.get("same_id", step)),
                offset=_FIRST_OFFSET + step,
            )
            yield record, expected_of(recipe)

    def record(self) -> Record:
        """The record itself."""
        return [record for record, _ in self.steps()][-1]


def expected_of(recipe: Recipe) -> Expected:
    """The outcome that a recipe names; a record that comes before another is accepted."""
    named = [name for name in OUTCOMES if name in recipe] or ["accepted"]
    (outcome,) = named
    told = recipe.get(outcome, "")
    return Expected(outcome, told if isinstance(told, str) else "", recipe.get("says", ""))


def _readers(topic: str) -> tuple[str, ...]:
    return next(each.consumers for each in topics() if each.name == topic)


def _poison(entry: dict[str, Any], kind: str, number: int) -> Poison:
    topic = entry["topic"]
    service = entry.get("service") or _readers(topic)[0]
    first = [{"topic": topic, **each} for each in entry.get("first", ())]
    known = not entry.get("practice_unknown", False)
    return Poison(entry["name"], kind, entry["about"], service, number, (*first, entry), known)


@cache
def corpus() -> tuple[Poison, ...]:
    """Every record of the corpus, in the order of the files."""
    entries = [
        (file.stem, entry)
        for file in sorted(CORPUS.glob("*.toml"))
        for entry in tomllib.loads(file.read_text(encoding="utf-8"))["poison"]
    ]
    return tuple(_poison(entry, kind, number) for number, (kind, entry) in enumerate(entries))
