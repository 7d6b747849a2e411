"""A payer that was asked much: what it says of all open questions costs no more for the others."""

from typing import Any

from services.payer_gateway.domain.question import Question
from services.payer_gateway.stores import question_store
from services.payer_gateway.x12 import Benefit
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import references
from tests.integration.payer_gateway.test_commands import desk
from tests.integration.payer_gateway.test_coverage import _WHO, _ask
from tests.plans import rows_read

MANY = 500

_ASKED_BEFORE = """
with files as (
    insert into outbound_file (file_id, practice_id, payer_id, sender_id, receiver_id,
        interchange_control_number, name, sha256, content, claim_count, state, created_at, sent_at,
        kind)
    select gen_random_uuid(), practice_id, payer_id, sender_id, receiver_id,
        interchange_control_number + 1000 + n, name || n, sha256, '', 1, 'accepted', created_at,
        created_at, kind
    from outbound_file cross join generate_series(1, $1::int) n
    returning file_id
)
insert into question (trace, kind, practice_id, payer_id, subject, provider_npi, about_day, file_id,
    asked_at, asked_by, is_open)
select f.file_id::text, q.kind, q.practice_id, q.payer_id, q.subject, q.provider_npi, q.about_day,
    f.file_id, q.asked_at, q.asked_by, false
from files f cross join question q
"""


async def test_what_is_said_of_all_that_was_asked_is_looked_up_among_open_questions_alone(
    gateway: Gateway,
) -> None:
    await gateway.hear(*references())
    await _ask(gateway, Benefit("1", service_types=("30",)))
    await gateway.rows(_ASKED_BEFORE, MANY)
    open_one = (*_WHO[:-1], "2026-03-03", "--wait", "0", "--actor", "jo")
    assert (await desk(gateway, "eligibility", *open_one)).exit_code == 0
    await gateway.send()
    await gateway.rows("analyze outbound_file, question")
    (newest,) = await gateway.rows(
        "select sender_id, receiver_id, trace from question join outbound_file using (file_id) "
        "order by asked_at desc, about_day desc limit 1"
    )
    pair = (newest["sender_id"], newest["receiver_id"])
    async with gateway.pool.acquire() as connection:
        asked = await question_store.asked_questions(connection, [], [pair])
        own = ([each] for each in pair)
        read = await rows_read(connection, question_store._UNANSWERED, *own)
    assert _traces(asked.unanswered) == [newest["trace"]]
    assert read < 10


def _traces(unanswered: Any) -> list[str]:
    found: list[tuple[str, Question]] = [each for pair in unanswered.values() for each in pair]
    return [question.trace for _, question in found]
