"""The state machine: hypothesis chooses what happens next, the model says what must hold."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from tests.delivery.protocol.ledger import Kind
from tests.delivery.protocol.schedule import Operation
from tests.delivery.protocol.snapshot import wipe
from tests.delivery.protocol.world import INSTANCES, PLACES, World

R = TypeVar("R")
TILLS = ("A", "B", "C")
REFERENCES = ("X", "Y")
MOST_GATES = 30
MOST_UNDER_WAY = 4


@dataclass(frozen=True, slots=True)
class Plan:
    """How far an operation goes at first, and what becomes of it there."""

    end: Literal["finish", "pause", "kill", "fault"]
    gates: int


PLANS = st.one_of(
    st.just(Plan("finish", 0)),
    st.builds(Plan, st.sampled_from(("pause", "kill", "fault")), st.integers(0, MOST_GATES)),
)
NAMES = st.sampled_from(INSTANCES)
KINDS = st.sampled_from(
    [Kind.GOOD] * 3 + [Kind.REFUSED, Kind.FAILING, Kind.UNREADABLE, Kind.HEADLESS, Kind.UNSTORABLE]
)
FATES = st.integers(0, 11**8)
WAITS = st.sampled_from(
    [timedelta(seconds=1), timedelta(seconds=30), timedelta(days=1), timedelta(days=4)]
)


class Protocol(RuleBasedStateMachine):
    """Two instances of one service, everything that can befall them, and what must hold."""

    def __init__(self, loop: asyncio.AbstractEventLoop, new_world: Callable[[], World]) -> None:
        super().__init__()
        self._loop = loop
        self._broken = False
        self.world = new_world()
        self._run(wipe(self.world.connections.monitor))

    def _run(self, work: Coroutine[Any, Any, R]) -> R:
        try:
            return self._loop.run_until_complete(work)
        except BaseException:
            self._broken = True
            raise

    async def _carry_out(self, starting: Coroutine[Any, Any, Operation | None], plan: Plan) -> None:
        operation = await starting
        if operation is None:
            return
        await self.world.driver.advance(operation, 1_000 if plan.end == "finish" else plan.gates)
        if not operation.done:
            if plan.end == "kill":
                await self.world.kill(operation.instance)
            elif plan.end == "fault" and operation.movable:
                await self.world.driver.fault(operation)
        await self._look()

    async def _look(self) -> None:
        self.world.reap()
        await self.world.check()

    def teardown(self) -> None:
        """Heal and look once more, unless a promise is broken; leave nothing under way."""
        try:
            if not self._broken:
                self._run(self.world.heal())
        finally:
            self._loop.run_until_complete(self.world.abandon())

    def _room(self) -> bool:
        return len(self.world.driver.under_way) < MOST_UNDER_WAY

    @rule(kind=KINDS, till=st.sampled_from(TILLS))
    def produce(self, kind: Kind, till: str) -> None:
        """A record of a till comes."""
        self.world.produce(kind, till)

    @rule(till=st.sampled_from(TILLS), needs=st.sampled_from(REFERENCES))
    def produce_needing(self, till: str, needs: str) -> None:
        """A record comes that needs a reference."""
        self.world.produce(Kind.GOOD, till, needs=needs)

    @rule(name=st.sampled_from(REFERENCES))
    def produce_reference(self, name: str) -> None:
        """A reference comes."""
        self.world.produce(Kind.REFERENCE, name)

    @precondition(lambda self: self.world.copyable)
    @rule(data=st.data())
    def produce_again(self, data: st.DataObject) -> None:
        """A record comes under an id that was used before, with other content."""
        number, till = data.draw(st.sampled_from(self.world.copyable))
        self.world.produce(Kind.GOOD, till, copy_of=number)

    @precondition(_room)
    @rule(name=NAMES, most=st.integers(1, 6), plan=PLANS)
    def poll(self, name: str, most: int, plan: Plan) -> None:
        """An instance reads and processes a batch."""
        self._run(self._carry_out(self.world.poll(name, most), plan))

    @precondition(_room)
    @rule(name=NAMES, plan=PLANS)
    def retry(self, name: str, plan: Plan) -> None:
        """An instance tries the lanes that wait."""
        self._run(self._carry_out(self.world.retry(name), plan))

    @precondition(_room)
    @rule(name=NAMES, plan=PLANS)
    def deadlines(self, name: str, plan: Plan) -> None:
        """An instance acts on deadlines."""
        self._run(self._carry_out(self.world.deadlines(name), plan))

    @precondition(_room)
    @rule(name=NAMES, plan=PLANS, fate=FATES)
    def relay(self, name: str, plan: Plan, fate: int) -> None:
        """An instance publishes its outbox."""
        self._run(self._carry_out(self.world.relay(name, fate), plan))

    @precondition(_room)
    @rule(
        name=NAMES,
        till=st.sampled_from(TILLS),
        cents=st.integers(1, 99),
        again=st.booleans(),
        plan=PLANS,
    )
    def correct(self, name: str, till: str, cents: int, again: bool, plan: Plan) -> None:
        """A person corrects a till."""
        self._run(self._carry_out(self.world.correct(name, till, cents, again), plan))

    @precondition(_room)
    @rule(name=NAMES, data=st.data(), dismiss=st.booleans(), plan=PLANS)
    def settle_letter(self, name: str, data: st.DataObject, dismiss: bool, plan: Plan) -> None:
        """A person redrives or dismisses a dead letter, open or not."""
        letters = sorted(self._run(self.world.look()).letters)
        if letters:
            letter = data.draw(st.sampled_from(letters))
            way = self.world.dismiss if dismiss else self.world.redrive
            self._run(self._carry_out(way(name, letter), plan))

    @precondition(_room)
    @rule(name=NAMES, data=st.data(), plan=PLANS)
    def repair(self, name: str, data: st.DataObject, plan: Plan) -> None:
        """A person repairs a dead letter that a rule refused, open or not."""
        letters = self._run(self.world.look()).letters.values()
        refused = sorted(each.identity for each in letters if each.reason == Kind.REFUSED.value)
        if refused:
            letter = data.draw(st.sampled_from(refused))
            self._run(self._carry_out(self.world.repair(name, letter), plan))

    @precondition(lambda self: self.world.driver.under_way)
    @rule(data=st.data(), plan=PLANS)
    def go_on(self, data: st.DataObject, plan: Plan) -> None:
        """Something that stood still goes on."""
        under_way = self.world.driver.under_way
        operation = under_way[data.draw(st.integers(0, len(under_way) - 1))]

        async def the_same() -> Operation:
            return operation

        self._run(self._carry_out(the_same(), plan))

    @precondition(lambda self: self.world.driver.under_way)
    @rule(name=NAMES)
    def kill(self, name: str) -> None:
        """An instance is killed and another started."""
        self._run(self.world.kill(name))
        self._run(self._look())

    @rule(place=st.sampled_from(PLACES), name=NAMES)
    def rebalance(self, place: tuple[str, int], name: str) -> None:
        """A partition goes to an instance."""
        self.world.rebalance(place, name)

    @rule(place=st.sampled_from(PLACES))
    def replay(self, place: tuple[str, int]) -> None:
        """The group's offset is set back to the start."""
        self.world.replay(place)

    @rule(by=WAITS)
    def wait(self, by: timedelta) -> None:
        """Time passes."""
        self.world.clock.advance(by)

    @rule()
    def land_late(self) -> None:
        """What a killed producer had sent reaches the broker."""
        self.world.broker.land_late()
        self._run(self._look())
