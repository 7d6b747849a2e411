"""Asking whether a patient is covered (270): the file is stored here, and sent like any other."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import TypeVar

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
from services.payer_gateway.questions.asking import (
    Asker,
    Draft,
    NotAskedError,
    asked_just_now,
    keep_asked,
)
from services.payer_gateway.x12 import eligibility_validate
from services.payer_gateway.x12.eligibility_inquiry import (
    EligibilityInquiry,
    EligibilityRequest,
)

T = TypeVar("T")

_REFERENCES = """
select kind, own_id, state from reference
where kind = 'practice' and practice_id = $1 and own_id = $1
union all
select r.kind, r.own_id, r.state
from unnest($2::text[]) as patient (own_id) cross join lateral (
    select * from reference r where r.kind in ('patient', 'coverage')
        and r.practice_id = $1 and r.own_id = patient.own_id limit 2) r
"""


@dataclass(frozen=True, slots=True)
class Whom:
    """About whom, and for which day, a payer is asked."""

    practice_id: str
    patient_id: str
    day: date


@dataclass(frozen=True, slots=True)
class _Known:
    """What is registered of a practice and some of its patients, by kind and id."""

    states: Mapping[tuple[str, str], str]

    def of(self, kind: str, own_id: str, value: type[T]) -> T:
        """What is registered under an id. Raises ``NotAskedError``."""
        state = self.states.get((kind, own_id))
        if state is None:
            raise NotAskedError(f"no {kind} {own_id} is registered")
        return msgspec.json.decode(state, type=value)


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
    asked = await ask_all(
        connection, partner, [whom], now=now, asked_by=asked_by, quiet_seconds=quiet_seconds
    )
    trace = asked[whom]
    if isinstance(trace, NotAskedError):
        raise trace
    return trace


async def ask_all(
    connection: asyncpg.Connection,
    partner: TradingPartner,
    whom: Collection[Whom],
    *,
    now: datetime,
    asked_by: str = "",
    quiet_seconds: int = QUIET_SECONDS,
) -> dict[Whom, str | NotAskedError]:
    """The same about several patients of one practice: a file about each, stored together.

    Of each the trace, or why the payer is not asked.
    """
    (practice_id,) = {each.practice_id for each in whom}
    patients = sorted({each.patient_id for each in whom})
    rows = await connection.fetch(_REFERENCES, practice_id, patients)
    known = _Known({(row["kind"], row["own_id"]): row["state"] for row in rows})
    answers: dict[Whom, str | NotAskedError] = {}
    requests: dict[Whom, EligibilityRequest] = {}
    for each in whom:
        try:
            requests[each] = _request(known, partner, each)
        except NotAskedError as error:
            answers[each] = error
    if not requests:
        return answers
    practice = known.of("practice", practice_id, Practice)
    sender = partner.sender_for(practice.npi)
    asker = Asker(partner, practice_id, sender, now, asked_by, quiet_seconds)
    before = await asked_just_now(
        connection, asker, COVERAGE, [(each.patient_id, each.day) for each in requests]
    )
    new: list[Whom] = []
    for each in requests:
        trace = before.get((each.patient_id, each.day))
        if trace is None:
            new.append(each)
        else:
            answers[each] = trace
    drafts = [_draft(asker, each, requests[each], practice) for each in new]
    for each, kept in zip(new, await keep_asked(connection, asker, drafts), strict=True):
        answers[each] = (
            kept.asked[0].trace
            if kept.asked
            else NotAskedError(f"the question would be unsound: {kept.unsound[each.patient_id]}")
        )
    return answers


def _request(known: _Known, partner: TradingPartner, whom: Whom) -> EligibilityRequest:
    """The question about a patient. Raises ``NotAskedError`` where it cannot be put."""
    practice = known.of("practice", whom.practice_id, Practice)
    patient = known.of("patient", whom.patient_id, Person)
    policies = Coverage(())
    if ("coverage", whom.patient_id) in known.states:
        policies = known.of("coverage", whom.patient_id, Coverage)
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
    return request


def _draft(asker: Asker, whom: Whom, request: EligibilityRequest, practice: Practice) -> Draft:
    question = Question(
        kind=COVERAGE,
        practice_id=whom.practice_id,
        payer_id=asker.partner.payer_id,
        subject=whom.patient_id,
        provider_npi=practice.npi,
        about_day=whom.day,
    )
    return Draft(
        [question],
        lambda traced_questions, number: write_coverage_question(
            traced(request, traced_questions[0].trace, practice),
            partner=asker.partner,
            sender=asker.sender,
            number=number,
            created=asker.now,
        ),
    )
