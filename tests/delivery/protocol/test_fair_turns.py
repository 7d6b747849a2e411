"""Lanes that wait take turns: a long one, still waiting, is in no other's way."""

from tests.delivery.protocol import snapshot
from tests.delivery.protocol.conftest import Stage
from tests.delivery.protocol.ledger import Kind
from tests.delivery.protocol.world import PATIENCE, World


async def _a_long_lane_beside_one_that_can_go_on(world: World) -> None:
    await snapshot.wipe(world.connections.monitor)
    world.produce(Kind.GOOD, "A", needs="Y")
    for _ in range(2):
        world.produce(Kind.GOOD, "A")
    world.produce(Kind.GOOD, "B", needs="X")
    world.produce(Kind.REFERENCE, "X")
    while (polled := await world.poll("one", 10)) is not None:
        await world.finish(polled)
    world.clock.advance(PATIENCE.retry_after)
    assert len((await world.look()).parked) == 4


def test_a_lane_whose_reference_came_goes_on_beside_a_longer_one_that_still_waits(
    stage: Stage,
) -> None:
    async def play(world: World) -> None:
        await _a_long_lane_beside_one_that_can_go_on(world)
        await world.finish(await world.retry("one"))
        seen = await world.look()
        assert {lane for lane, _ in seen.parked} == set(seen.blocks) == {"till_id|P1:A"}

    stage.loop.run_until_complete(play(stage.world()))


def test_whoever_looks_at_waiting_lanes_is_told_of_each_one_that_went_on(stage: Stage) -> None:
    async def play(world: World) -> None:
        await _a_long_lane_beside_one_that_can_go_on(world)
        await world.finish(retried := await world.retry("one"))
        assert retried.task.result() == 1

    stage.loop.run_until_complete(play(stage.world()))


def test_what_is_left_of_a_lane_that_goes_on_waits_for_nothing_and_is_tried_at_once(
    stage: Stage,
) -> None:
    async def play(world: World) -> None:
        await snapshot.wipe(world.connections.monitor)
        world.produce(Kind.GOOD, "A", needs="X")
        for _ in range(3):
            world.produce(Kind.GOOD, "A")
        world.produce(Kind.REFERENCE, "X")
        while (polled := await world.poll("one", 10)) is not None:
            await world.finish(polled)
        await world.finish(await world.retry("one"))
        seen = await world.look()
        assert len(seen.parked) == 1
        (block,) = seen.blocks.values()
        assert (block.waiting_for, block.retry_at) == (None, world.clock.now())
        await world.heal()

    stage.loop.run_until_complete(play(stage.world()))
