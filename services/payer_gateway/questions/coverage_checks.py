"""Coverage asked about before a claim is sent, where a partner's profile says so."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from schemas.claim import AcknowledgementReason
from services.chassis.background import Runtime
from services.payer_gateway.domain.claim_events import given_back
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.question import QUIET_SECONDS
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.questions import coverage
from services.payer_gateway.questions.asking import NotAskedError
from services.payer_gateway.questions.coverage import Whom
from services.payer_gateway.stores import check_store
from services.payer_gateway.stores.check_store import CheckedClaim, Place
from services.payer_gateway.x12.eligibility_response import Coverage

ASKED_LATELY = timedelta(days=1)
"""How long what was asked about a patient and day serves further claims of that day."""

_FIRST: Place = (datetime.min.replace(tzinfo=UTC), "", "")


class CoverageChecks:
    """Asks for claims that wait, and lets them go; several instances may do so at once."""

    def __init__(
        self, partners: Mapping[str, TradingPartner], *, quiet_seconds: int = QUIET_SECONDS
    ) -> None:
        self._partners = partners
        self._quiet_seconds = quiet_seconds

    @property
    def is_needed(self) -> bool:
        """Whether any partner is asked before claims are sent."""
        return any(partner.checks_eligibility for partner in self._partners.values())

    @property
    def _shortest_hours(self) -> int:
        return min(
            (each.eligibility_hours for each in self._partners.values() if each.checks_eligibility),
            default=0,
        )

    async def step(self, runtime: Runtime) -> int:
        """Look at every claim that waits; how many went on or were given back.

        One whose partner is asked no more goes on.
        """
        moved = 0
        asked_until = runtime.clock.now() - timedelta(hours=self._shortest_hours)
        place: Place | None = _FIRST
        while place is not None and not runtime.stopping.is_set():
            async with runtime.pool.acquire() as connection, connection.transaction():
                found = await check_store.next_open(
                    connection, place, asked_until, self._quiet_seconds
                )
                place = None
                if found is not None:
                    claim, place = found
                    moved += await self._one(runtime, connection, claim)
        if moved:
            runtime.wake_relay()
        return moved

    async def _one(
        self, runtime: Runtime, connection: asyncpg.Connection, claim: CheckedClaim
    ) -> bool:
        """Ask about it, wait on, let it go, or give it back; whether it waits no more."""
        now = runtime.clock.now()
        partner = self._partners.get(claim.payer_id)
        is_known = claim.said in {Coverage.ACTIVE.value, Coverage.UNKNOWN.value}
        if partner is None or not partner.checks_eligibility or is_known:
            await check_store.release(connection, claim, claim.said or "not asked")
            return True
        if claim.said == Coverage.INACTIVE.value and claim.trace is not None:
            await self._give_back(runtime, connection, claim, UUID(claim.trace))
            return True
        if claim.trace is None or claim.asked_at is None:
            return await self._ask(connection, partner, claim, now)
        if now - claim.asked_at < timedelta(hours=partner.eligibility_hours):
            return False
        await check_store.release(connection, claim, "no answer in time")
        runtime.log.warning(
            "payer silent",
            payer_id=claim.payer_id,
            practice_id=claim.practice_id,
            claim_id=claim.claim_id,
            reason="eligibility",
        )
        return True

    async def _ask(
        self,
        connection: asyncpg.Connection,
        partner: TradingPartner,
        claim: CheckedClaim,
        now: datetime,
    ) -> bool:
        before = await check_store.asked_before(connection, claim)
        if before is not None and now - before[1] < ASKED_LATELY:
            await check_store.note_asked(connection, claim, before[0], now)
            return False
        whom = Whom(claim.practice_id, claim.patient_id, claim.on_day)
        try:
            trace = await coverage.ask(
                connection, partner, whom, now=now, quiet_seconds=self._quiet_seconds
            )
        except NotAskedError as error:
            await check_store.release(connection, claim, f"not asked: {error}")
            return True
        await check_store.note_asked(connection, claim, trace, now)
        return False

    @staticmethod
    async def _give_back(
        runtime: Runtime, connection: asyncpg.Connection, claim: CheckedClaim, cause: UUID
    ) -> None:
        encounter_id = await check_store.refuse(connection, claim, Coverage.INACTIVE.value)
        if encounter_id is None:
            return
        reason = AcknowledgementReason(
            code="gateway:coverage_not_in_force",
            message=f"the payer says that coverage is not in force on {claim.on_day}: "
            "find out who pays",
        )
        record = ClaimRecord(
            claim.practice_id, claim.claim_id, encounter_id, claim.payer_id, "refused"
        )
        effects = given_back([(record, (reason,))], runtime.clock.now())
        await runtime.deliver(connection, [(cause, effects)])
