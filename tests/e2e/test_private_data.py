"""Who the patients are stands in no log, no key and no header of anything that has happened.

The values looked for are those that the contracts mark as saying who somebody is, taken from the
reference topics of the whole session: a quiet run, bad input and kills included.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from schemas.catalogue import topics
from schemas.phi import phi_paths
from schemas.reference import CoverageRegistered, PatientRegistered
from tests.e2e.world import World

LEAST_LETTERS = 4
"""Shorter values, such as a state's two letters, stand in other words' places too often."""

POSTAL_CODE = re.compile(r"[0-9]{5}([0-9]{4})?")
"""Five digits cannot be told from a port, an offset or a process id."""


def leaves(part: Any, steps: list[str]) -> Iterator[str]:
    """The texts below a path such as ``policies[].subscriber.address``."""
    if part is None:
        return
    if not steps:
        if isinstance(part, BaseModel):
            for name in type(part).model_fields:
                yield from leaves(getattr(part, name), [])
        elif isinstance(part, tuple):
            for each in part:
                yield from leaves(each, [])
        else:
            yield str(part)
        return
    step, *rest = steps
    if step == "[]":
        for each in part:
            yield from leaves(each, rest)
    else:
        yield from leaves(getattr(part, step), rest)


def spellings(value: str) -> Iterator[str]:
    """A value, and a date as X12 and people write it too."""
    yield value
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        born = date.fromisoformat(value)
        yield f"{born:%Y%m%d}"
        yield f"{born:%m/%d/%Y}"


@pytest.fixture(scope="module")
async def identities(world: World) -> frozenset[str]:
    """Every value that says who a registered patient or subscriber is."""
    found: set[str] = set()
    for fact in (await world.history(PatientRegistered.TOPIC, CoverageRegistered.TOPIC)).facts:
        event = fact.event
        for path, kind in phi_paths(type(event)).items() if event is not None else ():
            if kind == "identity":
                for leaf in leaves(event, path.replace("[]", ".[]").split(".")):
                    found.update(spellings(leaf))
    assert len(found) > 300
    return frozenset(
        value for value in found if len(value) >= LEAST_LETTERS and not POSTAL_CODE.fullmatch(value)
    )


def standing_in(text: str, values: frozenset[str]) -> list[str]:
    """Those of ``values`` that stand in ``text`` as words of their own."""
    folded = text.casefold()
    return sorted(
        value
        for value in values
        if value.casefold() in folded
        and re.search(rf"(?<![a-z0-9]){re.escape(value.casefold())}(?![a-z0-9])", folded)
    )


def log_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*.log*") if path.is_file() and "logs" in path.parts]


def test_the_search_finds_a_name_that_is_there() -> None:
    assert standing_in('{"key": "O\'Malley"}', frozenset({"O'Malley", "Malle"})) == ["O'Malley"]


async def test_no_log_says_who_a_patient_is(world: World, identities: frozenset[str]) -> None:
    logs = {
        path.name: path.read_text(encoding="utf-8", errors="replace")
        for path in log_files(world.stack.folder.path)
    }
    assert {f"{name}.log" for name in ("coding", "billing", "payer_gateway", "payer")} <= set(logs)
    assert all(logs[f"{name}.log"] for name in ("coding", "billing", "payer_gateway", "ehr"))
    day = date.today() - timedelta(days=1)  # noqa: DTZ011
    stamps = {f"{day + timedelta(days=step)}" for step in range(3)}
    found = {name: standing_in(text, identities - stamps) for name, text in logs.items()}
    assert {name: values for name, values in found.items() if values} == {}


async def test_no_key_and_no_header_says_who_a_patient_is(
    world: World, identities: frozenset[str]
) -> None:
    history = await world.history(*(topic.name for topic in topics()))
    seen: set[str] = set()
    for fact in (*history.facts, *history.copies):
        seen.add((fact.record.key or b"").decode(errors="replace"))
        seen.update(
            (raw or b"").decode(errors="replace")
            for name, raw in fact.record.headers
            if name not in ("ce_time", "deadletter-position")
        )
    assert len(seen) > 500
    assert standing_in("\n".join(seen), identities) == []
