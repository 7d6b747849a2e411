"""Asking whether a patient is covered (270): the file is stored here, and sent like any other."""

from dataclasses import dataclass
from datetime import date, datetime

import asyncpg
import msgspec

from services.payer_gateway.domain.coverage_question import (
    coverage_request,
    policy_to_ask_about,
    traced,
    write_coverage_question,
)
from services.payer_gateway.domain.question import COVERAGE, QUIET_SECONDS, Question
from services.payer_gateway.domain.reference_data import Coverage, Person, Practice
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.questions.asking import Asker, NotAskedError, asked_just_now, keep_asked
from services.payer_gateway.x12 import eligibility_validate
from services.payer_gateway.x12.eligibility_inquiry import EligibilityInquiry

_REFERENCES = """
select kind, state from reference
where practice_id = $1 and (kind, own_id) in (('practice', $1), ('patient', $2), ('coverage', $2))
"""


@dataclass(frozen=True, slots=True)
class Whom:
    """About whom, and for which day, a payer is asked."""

    practice_id: str
    patient_id: str
    day: date


async def ask(
    connection: asyncpg.Connection,
    partner: TradingPartner,
    whom: Whom,
    *,
    now: datetime,
    asked_by: str = "",
    quiet_seconds: int = QUIET_SECONDS,
) -> str:
    """Store one 270 in the caller's transaction; its trace, or that of one asked just now.

    Raises ``NotAskedError``; no control number is spent then.
    """
    rows = await connection.fetch(_REFERENCES, whom.practice_id, whom.patient_id)
    states = {row["kind"]: row["state"] for row in rows}
    for kind, name in (("practice", whom.practice_id), ("patient", whom.patient_id)):
        if kind not in states:
            raise NotAskedError(f"no {kind} {name} is registered")
    practice = msgspec.json.decode(states["practice"], type=Practice)
    patient = msgspec.json.decode(states["patient"], type=Person)
    policies = Coverage(())
    if "coverage" in states:
        policies = msgspec.json.decode(states["coverage"], type=Coverage)
    policy = policy_to_ask_about(policies, partner.payer_id, whom.day)
    if policy is None:
        raise NotAskedError(f"patient {whom.patient_id} has no coverage with {partner.payer_id}")
    if policy.relationship != "self" and policy.subscriber is None:
        raise NotAskedError(
            f"coverage {policy.coverage_id} is another person's: register who holds it"
        )
    request = coverage_request(practice, patient, policy, partner, whom.day)
    inquiry = EligibilityInquiry("0", None, None, (request,))
    found = [each for each in eligibility_validate.check_inquiry(inquiry) if each.is_error]
    if found:
        raise NotAskedError(f"the question cannot be written: {found[0].message}")
    sender = partner.sender_for(practice.npi)
    asker = Asker(partner, whom.practice_id, sender, now, asked_by, quiet_seconds)
    before = await asked_just_now(connection, asker, COVERAGE, [whom.patient_id], whom.day)
    if before:
        return before[whom.patient_id]
    question = Question(
        kind=COVERAGE,
        practice_id=whom.practice_id,
        payer_id=partner.payer_id,
        subject=whom.patient_id,
        provider_npi=practice.npi,
        about_day=whom.day,
    )
    kept = await keep_asked(
        connection,
        asker,
        [question],
        lambda traced_questions, number: write_coverage_question(
            traced(request, traced_questions[0].trace, practice),
            partner=partner,
            sender=sender,
            number=number,
            created=now,
        ),
    )
    if not kept.asked:
        raise NotAskedError(f"the question would be unsound: {kept.unsound[whom.patient_id]}")
    return kept.asked[0].trace
