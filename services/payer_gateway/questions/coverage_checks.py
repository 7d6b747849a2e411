"""Coverage asked about before a claim is sent, where a partner's profile says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from schemas.claim import AcknowledgementReason
from services.chassis.background import Runtime
from services.chassis.effects import Effects
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

_FIRST: Place = (datetime.min.replace(tzinfo=UTC), "")
_MOST_CLAIMS = 50


@dataclass(slots=True)
class _Course:
    """What becomes of claims of one practice and payer. ``going``: each with why it may go."""

    going: list[tuple[CheckedClaim, str]] = field(default_factory=list)
    refused: list[CheckedClaim] = field(default_factory=list)
    to_ask: list[CheckedClaim] = field(default_factory=list)
    silent: list[CheckedClaim] = field(default_factory=list)


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

    async def step(self, runtime: Runtime, *, are_answers_read: bool = True) -> int:
        """Look at every claim that waits; how many went on or were given back.

        Claims of one practice and payer go together: theirs is one sequence of control numbers. One
        whose partner is asked no more goes on. No payer is silent before answers are read.
        """
        moved = 0
        asked_until = runtime.clock.now() - timedelta(hours=self._shortest_hours)
        async with runtime.pool.acquire() as connection:
            askers = await check_store.askers(connection, asked_until, self._quiet_seconds)
        for asker in askers:
            place, is_more = _FIRST, True
            while is_more and not runtime.stopping.is_set():
                async with runtime.pool.acquire() as connection, connection.transaction():
                    claims, place = await check_store.next_open(
                        connection,
                        asker,
                        place,
                        asked_until,
                        quiet_seconds=self._quiet_seconds,
                        most=_MOST_CLAIMS,
                    )
                    is_more = len(claims) == _MOST_CLAIMS
                    if claims:
                        moved += await self._some(
                            runtime, connection, asker, claims, are_answers_read=are_answers_read
                        )
        if moved:
            runtime.wake_relay()
        return moved

    async def _some(
        self,
        runtime: Runtime,
        connection: asyncpg.Connection,
        asker: tuple[str, str],
        claims: Sequence[CheckedClaim],
        *,
        are_answers_read: bool,
    ) -> int:
        """Ask about claims, wait on, let them go, or give them back; how many wait no more."""
        now = runtime.clock.now()
        practice_id, payer_id = asker
        partner = self._partners.get(payer_id)
        course = _course(partner, claims, now, are_answers_read=are_answers_read)
        if partner is not None and course.to_ask:
            await self._ask(connection, partner, course, now)
        await check_store.release(connection, practice_id, course.going)
        await self._give_back(runtime, connection, practice_id, course.refused)
        for claim in course.silent:
            runtime.log.warning(
                "payer silent",
                payer_id=payer_id,
                practice_id=practice_id,
                claim_id=claim.claim_id,
                reason="eligibility",
            )
        return len(course.going) + len(course.refused)

    async def _ask(
        self,
        connection: asyncpg.Connection,
        partner: TradingPartner,
        course: _Course,
        now: datetime,
    ) -> None:
        """Ask about patients once for all claims of a day; who cannot be asked about goes on."""
        practice_id = course.to_ask[0].practice_id
        asker = (practice_id, partner.payer_id)
        before = await check_store.asked_before(connection, asker, course.to_ask)
        lately = {about: trace for about, (trace, at) in before.items() if now - at < ASKED_LATELY}
        whom = {
            about: Whom(practice_id, *about)
            for about in ((each.patient_id, each.on_day) for each in course.to_ask)
            if about not in lately
        }
        answers = (
            await coverage.ask_all(
                connection,
                partner,
                list(whom.values()),
                now=now,
                quiet_seconds=self._quiet_seconds,
            )
            if whom
            else {}
        )
        asked: list[tuple[CheckedClaim, str]] = []
        for claim in course.to_ask:
            about = (claim.patient_id, claim.on_day)
            answer = lately[about] if about in lately else answers[whom[about]]
            if isinstance(answer, NotAskedError):
                course.going.append((claim, f"not asked: {answer}"))
            else:
                asked.append((claim, answer))
        await check_store.note_asked(connection, practice_id, asked, now)

    @staticmethod
    async def _give_back(
        runtime: Runtime,
        connection: asyncpg.Connection,
        practice_id: str,
        refused: Sequence[CheckedClaim],
    ) -> None:
        encounters = await check_store.refuse(
            connection, practice_id, refused, Coverage.INACTIVE.value
        )
        now = runtime.clock.now()
        caused: list[tuple[UUID, Effects]] = []
        for claim in refused:
            if claim.claim_id not in encounters:
                continue
            reason = AcknowledgementReason(
                code="gateway:coverage_not_in_force",
                message=f"the payer says that coverage is not in force on {claim.on_day}: "
                "find out who pays",
            )
            encounter_id = encounters[claim.claim_id]
            record = ClaimRecord(
                practice_id, claim.claim_id, encounter_id, claim.payer_id, "refused"
            )
            caused.append((UUID(claim.trace), given_back([(record, (reason,))], now)))
        await runtime.deliver(connection, caused)


def _course(
    partner: TradingPartner | None,
    claims: Sequence[CheckedClaim],
    now: datetime,
    *,
    are_answers_read: bool,
) -> _Course:
    """What becomes of claims by what the payer said, or did not say in time."""
    course = _Course()
    for claim in claims:
        is_known = claim.said in {Coverage.ACTIVE.value, Coverage.UNKNOWN.value}
        if partner is None or not partner.checks_eligibility or is_known:
            course.going.append((claim, claim.said or "not asked"))
        elif claim.said == Coverage.INACTIVE.value and claim.trace is not None:
            course.refused.append(claim)
        elif claim.trace is None or claim.asked_at is None:
            course.to_ask.append(claim)
        elif are_answers_read and now - claim.asked_at >= timedelta(
            hours=partner.eligibility_hours
        ):
            course.going.append((claim, "no answer in time"))
            course.silent.append(claim)
    return course
