"""Each thing that an instance does, and how to end it, or cross it, at each of its awaits."""

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from tests.delivery.protocol.ledger import Kind
from tests.delivery.protocol.schedule import Operation
from tests.delivery.protocol.snapshot import wipe
from tests.delivery.protocol.world import PLACES, World

NewWorld: TypeAlias = Callable[[], World]
Start: TypeAlias = Callable[[World, str], Awaitable[Operation]]
MOST_GATES = 200


async def read_all(world: World) -> None:
    """Process whatever was sent."""
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
    """The first dead letter with that reason."""
    letters = (await world.look()).letters.values()
    return next(each.identity for each in letters if each.reason == reason)


async def poll(world: World, name: str) -> Operation:
    """Process what comes next, as the owner of everything."""
    for place in PLACES:
        world.rebalance(place, name)
    polled = await world.poll(name, 10)
    assert polled is not None
    return polled


async def poll_what_is_new(world: World, name: str) -> Operation:
    """New tills, one that fails, one that waits, one that goes on."""
    world.produce(Kind.GOOD, "A")
    world.produce(Kind.GOOD, "E")
    world.produce(Kind.FAILING, "E")
    world.produce(Kind.GOOD, "F", needs="X")
    world.produce(Kind.GOOD, "D")
    return await poll(world, name)


async def poll_the_reference(world: World, name: str) -> Operation:
    """The reference comes, for which others wait."""
    world.produce(Kind.REFERENCE, "X")
    return await poll(world, name)


async def poll_what_cannot_be_stored(world: World, name: str) -> Operation:
    """The database refuses one of a batch."""
    world.produce(Kind.GOOD, "E")
    world.produce(Kind.UNSTORABLE, "D")
    return await poll(world, name)


async def poll_everything_again(world: World, name: str) -> Operation:
    """The offsets are set back to the start."""
    for place in PLACES:
        world.replay(place)
    return await poll(world, name)


async def retry(world: World, name: str) -> Operation:
    """The lanes whose reference has come."""
    if Kind.REFERENCE not in {each.kind for log in world.known.log.values() for each in log}:
        world.produce(Kind.REFERENCE, "X")
        await read_all(world)
    return await world.retry(name)


async def deadlines(world: World, name: str) -> Operation:
    """What was due within a day."""
    world.clock.advance(timedelta(days=1))
    return await world.deadlines(name)


async def correct(world: World, name: str) -> Operation:
    """A command."""
    return await world.correct(name, "D", 7)


async def correct_what_is_new(world: World, name: str) -> Operation:
    """A command about a till that nobody has used."""
    return await world.correct(name, "N", 7)


async def correct_again(world: World, name: str) -> Operation:
    """A command, or the last one once more."""
    return await world.correct(name, "D", 7, again=bool(world.known.corrections))


async def dismiss(world: World, name: str) -> Operation:
    """A letter that can never go on."""
    return await world.dismiss(name, await letter_of(world, Kind.REFUSED.value))


async def repair(world: World, name: str) -> Operation:
    """A letter that can go on once its amount is another."""
    return await world.repair(name, await letter_of(world, Kind.REFUSED.value))


async def redrive_repaired(world: World, name: str) -> Operation:
    """A letter whose copy was repaired."""
    if not world.known.repairs_asked:
        await world.finish(await repair(world, "one"))
    return await world.redrive(name, await letter_of(world, Kind.REFUSED.value))


async def redrive(world: World, name: str) -> Operation:
    """One that lacked its reference for too long and may now go on."""
    return await world.redrive(name, await may_go_on(world))


async def redrive_asked(world: World, name: str) -> Operation:
    """The same, that a person asked the service for."""
    return await world.redrive_asked(name, await may_go_on(world))


async def may_go_on(world: World) -> UUID:
    """The letter of what lacked its reference for too long, which has come."""
    if not any(
        each.reason == "reference_missing" for each in (await world.look()).letters.values()
    ):
        world.clock.advance(timedelta(days=4))
        await world.finish(await world.retry("one"))
        world.produce(Kind.REFERENCE, "X")
        await read_all(world)
    return await letter_of(world, "reference_missing")


async def relay(world: World, name: str) -> Operation:
    """What waits in the outbox."""
    return await world.relay(name, 123_456_789)


async def end_everywhere(new_world: NewWorld, start: Start, end: Literal["kill", "fault"]) -> int:
    """Play ``start`` once for each of its awaits, end it there, and heal; how many awaits.

    Raises ``BrokenPromiseError``; whatever is raised names the await.
    """
    gates = 0
    while True:
        world = await _fresh(new_world)
        operation = await start(world, "two")
        await world.driver.advance(operation, gates)
        if operation.done:
            await world.heal()
            return gates
        with _named(f"{end} at await {gates}, {operation.stands_at}"):
            if end == "kill":
                await world.kill("two")
            else:
                await world.driver.fault(operation)
                await world.finish(operation)
            world.reap()
            await world.check()
            await world.heal()
        gates += 1


async def cross_everywhere(new_world: NewWorld, first: Start, second: Start) -> int:
    """Let ``first`` stand still at each of its awaits while another instance does ``second``.

    Returns how many awaits. Raises ``BrokenPromiseError``; whatever is raised names the await.
    """
    gates = 0
    while True:
        world = await _fresh(new_world)
        one = await first(world, "one")
        await world.driver.advance(one, gates)
        if one.done:
            return gates
        with _named(f"crossed at await {gates}, {one.stands_at}"):
            two = await second(world, "two")
            await world.driver.advance(two, MOST_GATES)
            await world.check()
            await world.finish(one)
            await world.finish(two)
            await world.check()
            await world.heal()
        gates += 1


@contextmanager
def _named(place: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        error.add_note(place)
        raise


async def _fresh(new_world: NewWorld) -> World:
    world = new_world()
    await wipe(world.connections.monitor)
    await history(world)
    return world
