"""One day's claims through the whole stack, with a payer that does everything payers do.

Time goes on as fast as the services keep up: a day of service as slowly as its encounters can be
coded, then days of payments, held back whenever much is on its way.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import asyncpg

from claimstream.demo.run import DAYS_AFTER, Demo, DemoOptions
from claimstream.demo.stages import StageCounter
from claimstream.lineage.history import Fact
from claimstream.stack.clock import change_pace
from deploy.embedded.child import Child
from schemas.claim import ClaimAdjudicated, ClaimSubmitted, RemittanceReceived
from services.chassis.clock import Clock

_SECONDS_A_DAY = 86_400
_MOST_MOVING = 1_500
_LOOK_S = 0.3
_OF_ENCOUNTERS = (5, 4)
"""So many encounters are documented for so many claims: some wait for a coder, some are free."""


@dataclass(frozen=True, slots=True)
class DayOptions(DemoOptions):
    """All encounters on one day of service; ``rate``: of them a second, at most."""

    rate: int = 40

    @classmethod
    def for_claims(cls, claims: int, seed: int, speed: int, rate: int) -> "DayOptions":
        """Enough encounters for so many claims."""
        many, few = _OF_ENCOUNTERS
        return cls(-(-claims * many // few), seed, speed, rate=rate)

    @property
    def days(self) -> int:
        """One."""
        return 1

    @property
    def opening_pace(self) -> int:
        """The day of service takes as long as its encounters do at the rate."""
        return max(1, _SECONDS_A_DAY * self.rate // max(self.encounters, 1))


@dataclass(slots=True)
class ClaimsDay(Demo):
    """A run that lets time pass only as fast as everything is dealt with."""

    options: DayOptions

    async def _watch(self, clock: Clock, counter: StageCounter, ehr: Child) -> None:
        opening = datetime.combine(self.options.start, datetime.min.time(), tzinfo=UTC)
        last_day = opening + timedelta(days=self.options.days + DAYS_AFTER)
        paced = self.options.opening_pace
        while (now := clock.now()) < last_day:
            self._check_running(ehr)
            counts = await counter.counts()
            self.show(now, counts, "")
            statuses = await asyncio.to_thread(self.stack.statuses)
            moving = sum((each.lag_events or 0) + (each.outbox_depth or 0) for each in statuses)
            is_open = now < opening + timedelta(days=1)
            wanted = self.options.opening_pace if is_open else self.options.speed * _SECONDS_A_DAY
            if moving > _MOST_MOVING:
                wanted = 1
            if wanted != paced:
                change_pace(self.stack.folder, wanted)
                paced = wanted
            await asyncio.sleep(_LOOK_S)


@dataclass(slots=True)
class DayOfClaims:
    """What a day came to; cents. files: of the gateway, by payer and state."""

    claims: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    groups: Counter[str] = field(default_factory=Counter)
    provider_reasons: Counter[str] = field(default_factory=Counter)
    deposited_cents: int = 0
    files: list[tuple[str, str, int]] = field(default_factory=list)
    refusals: list[tuple[str, int]] = field(default_factory=list)

    def take(self, facts: list[Fact]) -> None:
        """Count what the events say."""
        for fact in facts:
            event = fact.event
            if isinstance(event, ClaimSubmitted):
                self.claims[event.payer_id] += 1
            elif isinstance(event, ClaimAdjudicated):
                self.statuses[event.claim_status_code] += 1
                every = [*event.adjustments, *(a for line in event.lines for a in line.adjustments)]
                self.groups.update(each.group for each in every)
            elif isinstance(event, RemittanceReceived):
                self.deposited_cents += event.payment_cents
                self.provider_reasons.update(each.reason for each in event.provider_adjustments)

    async def read(self, gateway: asyncpg.Connection) -> None:
        """Count the gateway's files and what it set aside."""
        self.files = [
            (row["payer_id"], row["state"], row["files"])
            for row in await gateway.fetch(
                "select payer_id, state, count(*) files from inbound_file group by 1, 2 "
                "order by 1, 2"
            )
        ]
        self.refusals = [
            (row["reason"], row["items"])
            for row in await gateway.fetch(
                "select reason, count(*) items from quarantine group by 1 order by 2 desc, 1"
            )
        ]
