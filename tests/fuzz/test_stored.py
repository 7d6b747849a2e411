"""What a service decides about a spoiled record can be stored: on a real database, in batches.

The database refuses nothing that the edge let through, and no rule of ours fails on it.
"""

from collections import Counter
from collections.abc import Mapping
from random import Random

import pytest

from services.chassis.record import Record
from tests.fuzz.frame import record_of
from tests.fuzz.record_targets import RECORD_TARGETS
from tests.fuzz.target import Target
from tests.poison.conftest import Running

INPUTS = 400
IN_A_BATCH = 25
OUR_OWN_FAULT = {"rule_failed", "storage_refused", "handler_missing", "unreadable"}


def spoiled(target: Target, topics: tuple[str, ...], seed: int) -> list[Record]:
    """Records whose envelope is whole and whose content is nearly right."""
    draw = Random(f"{seed}:{target.name}")
    seeds = target.seeds()
    made = (target.drawn(draw, seeds) for _ in range(INPUTS * 3))
    frames = [frame for how, frame in made if how == "structured"][:INPUTS]
    return [
        Record(each.topic, 0, offset, each.recorded_at, each.key, each.headers, each.value)
        for offset, each in enumerate(record_of(frame, topics) for frame in frames)
    ]


@pytest.mark.parametrize("target", RECORD_TARGETS, ids=lambda target: target.name)
async def test_what_is_decided_can_be_stored(
    services: Mapping[str, Running], target: Target
) -> None:
    running = services[target.name.removeprefix("records-")]
    await running.knows("northside-family-medicine")
    records = spoiled(target, tuple(running.processor.service.subscriptions), seed=1)
    decided, faults = 0, Counter[str]()
    for first in range(0, len(records), IN_A_BATCH):
        batch = await running.hear(*records[first : first + IN_A_BATCH])
        decided += batch.decided
        for delivery, refusal in batch.letters:
            if refusal.reason in OUR_OWN_FAULT:
                faults[f"{refusal.reason} {refusal.message} {delivery.record.value!r}"] += 1
    assert faults == {}
    assert decided > 0
