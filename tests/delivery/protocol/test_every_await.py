"""Each thing that an instance does, ended at each of its awaits, and crossed there by another."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeAlias
from uuid import UUID

import pytest

from tests.delivery.protocol.conftest import Stage
from tests.delivery.protocol.ledger import Kind
from tests.delivery.protocol.schedule import Operation
from tests.delivery.protocol.world import PLACES, World

Start: TypeAlias = Callable[[World, str], Awaitable[Operation]]
MOST_GATES = 200


async def read_all(world: World) -> None:
    while (polled := await world.poll("one", 10)) is not None:
        await world.finish(polled)


async def history(world: World) -> None:
    """Something done, something refused, something that waits, and more behind each."""
    for kind, till, needs in (
        (Kind.GOOD, "A", ""),
        (Kind.REFUSED, "A", ""),
        (Kind.GOOD, "A", ""),
        (Kind.GOOD, "B", "X"),
        (Kind.GOOD, "C", ""),
        (Kind.UNREADABLE, "C", ""),
        (Kind.GOOD, "B", ""),
        (Kind.GOOD, "D", ""),
    ):
        world.produce(kind, till, needs=needs)
    await read_all(world)


async def letter_of(world: World, reason: str) -> UUID:
    letters = (await world.look()).letters.values()
    return next(each.identity for each in letters if each.reason == reason)


async def poll(world: World, name: str) -> Operation:
    for place in PLACES:
        world.rebalance(place, name)
    polled = await world.poll(name, 10)
    assert polled is not None
    return polled


async def poll_what_is_new(world: World, name: str) -> Operation:
    world.produce(Kind.GOOD, "A")
    world.produce(Kind.GOOD, "E")
    world.produce(Kind.FAILING, "E")
    world.produce(Kind.GOOD, "F", needs="X")
    world.produce(Kind.GOOD, "D")
    return await poll(world, name)


async def poll_the_reference(world: World, name: str) -> Operation:
    world.produce(Kind.REFERENCE, "X")
    return await poll(world, name)


async def poll_what_cannot_be_stored(world: World, name: str) -> Operation:
    world.produce(Kind.GOOD, "E")
    world.produce(Kind.UNSTORABLE, "D")
    return await poll(world, name)


async def poll_everything_again(world: World, name: str) -> Operation:
    for place in PLACES:
        world.replay(place)
    return await poll(world, name)


async def retry(world: World, name: str) -> Operation:
    if Kind.REFERENCE not in {each.kind for log in world.known.log.values() for each in log}:
        world.produce(Kind.REFERENCE, "X")
        await read_all(world)
    return await world.retry(name)


async def deadlines(world: World, name: str) -> Operation:
    world.clock.advance(timedelta(days=1))
    return await world.deadlines(name)


async def correct(world: World, name: str) -> Operation:
    return await world.correct(name, "D", 7)


async def correct_again(world: World, name: str) -> Operation:
    return await world.correct(name, "D", 7, again=bool(world.known.corrections))


async def dismiss(world: World, name: str) -> Operation:
    return await world.dismiss(name, await letter_of(world, "negative_deposit"))


async def redrive(world: World, name: str) -> Operation:
    """One that lacked its reference for too long and may now go on."""
    if not any(
        each.reason == "reference_missing" for each in (await world.look()).letters.values()
    ):
        world.clock.advance(timedelta(days=4))
        await world.finish(await world.retry("one"))
        world.produce(Kind.REFERENCE, "X")
        await read_all(world)
    return await world.redrive(name, await letter_of(world, "reference_missing"))


async def relay(world: World, name: str) -> Operation:
    return await world.relay(name, 123_456_789)


EACH: tuple[Start, ...] = (
    poll_what_is_new,
    poll_the_reference,
    poll_what_cannot_be_stored,
    poll_everything_again,
    retry,
    deadlines,
    correct,
    dismiss,
    redrive,
    relay,
)
PAIRS: tuple[tuple[Start, Start], ...] = (
    (poll_what_is_new, poll_everything_again),
    (poll_what_is_new, retry),
    (poll_the_reference, poll_what_is_new),
    (poll_what_is_new, poll_the_reference),
    (poll_what_is_new, correct),
    (poll_what_is_new, dismiss),
    (correct_again, correct_again),
    (retry, retry),
    (retry, poll_what_is_new),
    (redrive, redrive),
    (redrive, retry),
    (redrive, poll_what_is_new),
    (dismiss, dismiss),
    (dismiss, poll_what_is_new),
    (deadlines, deadlines),
    (relay, relay),
    (relay, poll_what_is_new),
)


@pytest.mark.parametrize(("end", "stride"), [("kill", 1), ("fault", 4)])
@pytest.mark.parametrize("start", EACH, ids=lambda start: start.__name__)
def test_ended_at_any_await_nothing_is_lost_doubled_or_overtaken(
    stage: Stage, start: Start, end: str, stride: int
) -> None:
    async def play(gates: int) -> bool:
        world = await stage.empty_world()
        await history(world)
        operation = await start(world, "two")
        await world.driver.advance(operation, gates)
        if operation.done:
            return False
        if end == "kill":
            await world.kill("two")
        else:
            await world.driver.fault(operation)
            await world.finish(operation)
        world.reap()
        await world.check()
        await world.heal()
        return True

    ended = 0
    while stage.loop.run_until_complete(play(ended)):
        ended += stride
    assert ended > 3


@pytest.mark.parametrize(
    ("first", "second"), PAIRS, ids=[f"{one.__name__}-{two.__name__}" for one, two in PAIRS]
)
def test_crossed_at_any_await_by_another_instance_nothing_is_lost_doubled_or_overtaken(
    stage: Stage, first: Start, second: Start
) -> None:
    async def play(gates: int) -> bool:
        world = await stage.empty_world()
        await history(world)
        one = await first(world, "one")
        await world.driver.advance(one, gates)
        if one.done:
            return False
        two = await second(world, "two")
        await world.driver.advance(two, MOST_GATES)
        await world.check()
        await world.finish(one)
        await world.finish(two)
        await world.check()
        await world.heal()
        return True

    crossed = 0
    while stage.loop.run_until_complete(play(crossed)):
        crossed += 1
    assert crossed > 3
