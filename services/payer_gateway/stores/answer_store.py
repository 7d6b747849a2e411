"""SQL of answers: what is known of everything that files name, and what followed from them."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg
import msgspec

from services.payer_gateway.domain.acknowledgement_match import SentFile
from services.payer_gateway.domain.answer_file import AnswerFile
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.intake import Intake, Known
from services.payer_gateway.store import (
    CLAIMS_BY_ID,
    claim_record,
    move_claims,
)
from services.payer_gateway.stores import quarantine_store, question_store
from services.payer_gateway.stores.file_store import InboundFile
from services.payer_gateway.stores.remittance_store import insert_remittances, loaded_remittances

_MOST_FINDINGS = 100

_ANSWERED_FILES = """
select f.file_id, f.state, f.sender_id, f.receiver_id, f.interchange_control_number,
       f.practice_id, f.claim_ids
from outbound_file f
where f.file_id = any(array(
    select o.file_id from unnest($1::text[], $2::text[], $3::bigint[])
        as t (sender_id, receiver_id, number)
    join outbound_file o on o.sender_id = t.sender_id and o.receiver_id = t.receiver_id
        and o.interchange_control_number = t.number
    union all
    select o.file_id from outbound_file o where o.state = 'created'
        and exists (select from unnest(o.claim_ids) as own (claim_id)
                    where own.claim_id = any($4::text[]))))
order by f.file_id for update of f
"""
"""Not ``in (select ...)``, which loses files: once another transaction has changed a row that this
one waits for, PostgreSQL runs the join anew for that row alone and may find nothing."""
_PRACTICES_BY_NPI = """
select npi, practice_id from reference where kind = 'practice' and npi = any($1::text[])
order by practice_id
"""
_ANSWER_FILES = """
update outbound_file f set state = t.state, answer = t.answer
from unnest($1::uuid[], $2::text[], $3::text[]) as t (file_id, state, answer)
where f.file_id = t.file_id
"""
_FILES_READ = """
update inbound_file f set state = t.state, kinds = t.kinds, findings = t.findings::jsonb
from unnest($1::text[], $2::text[], $3::text[], $4::text[]) as t (sha256, state, kinds, findings)
where f.sha256 = t.sha256
"""


async def known_of(connection: asyncpg.Connection, files: Sequence[AnswerFile]) -> Known:
    """What the database knows of everything the files name; four statements at most.

    Two more where a file answers questions.

    Held until the transaction ends: files that were sent, or that are on their way with a claim
    that is answered, in the order of their ids; then all claims in the order of theirs. So no two
    instances wait for each other. The claims of a file that was sent are loaded where it is
    refused.
    """
    named = {claim_id for file in files for claim_id in file.claim_ids()}
    refused = {number for file in files for number in file.refused_numbers()}
    sent = {
        (row["sender_id"], row["receiver_id"], row["interchange_control_number"]): row
        for row in await _answered_files(
            connection, {n for file in files for n in file.answered_numbers()}, named
        )
    }
    named.update(*(sent[number]["claim_ids"] for number in refused & sent.keys()))
    claims: dict[str, list[ClaimRecord]] = {}
    for row in await connection.fetch(CLAIMS_BY_ID, sorted(named)) if named else ():
        claims.setdefault(row["claim_id"], []).append(claim_record(row))
    practices: dict[str, list[str]] = {}
    npis = sorted({npi for file in files for npi in file.practice_npis()})
    for row in await connection.fetch(_PRACTICES_BY_NPI, npis):
        practices.setdefault(row["npi"], []).append(row["practice_id"])
    keys = dict.fromkeys(key for file in files for key in file.remittance_keys())
    loaded = await loaded_remittances(connection, keys)
    return Known(
        claims=claims,
        practices=practices,
        files={
            number: SentFile(
                file["file_id"],
                file["state"],
                [
                    claim
                    for claim_id in (file["claim_ids"] if number in refused else ())
                    for claim in claims.get(claim_id, ())
                    if claim.practice_id == file["practice_id"]
                ],
            )
            for number, file in sent.items()
        },
        loaded=frozenset(loaded),
        asked=await question_store.asked_questions(
            connection,
            {trace for file in files for trace in file.traces()},
            {pair for file in files for pair in file.pairs_spoken_for()},
        ),
    )


async def _answered_files(
    connection: asyncpg.Connection, numbers: Iterable[tuple[str, str, int]], claim_ids: set[str]
) -> Sequence[asyncpg.Record]:
    wanted = sorted(numbers)
    if not wanted and not claim_ids:
        return ()
    found: list[asyncpg.Record] = await connection.fetch(
        _ANSWERED_FILES,
        [sender for sender, _, _ in wanted],
        [receiver for _, receiver, _ in wanted],
        [number for _, _, number in wanted],
        sorted(claim_ids),
    )
    return found


async def apply_intake(
    connection: asyncpg.Connection, read: Sequence[tuple[InboundFile, Sequence[str], Intake]]
) -> None:
    """Write what followed from files, in their order: each file, what kinds of answers, what of it.

    What a later file says of a claim or of a file that was sent takes the place of an earlier's.
    """
    claims: dict[tuple[str, str], ClaimRecord] = {}
    answers: dict[UUID, tuple[str, str]] = {}
    for _, _, intake in read:
        claims |= intake.claims
        answers |= intake.answers
    await move_claims(connection, claims.values())
    await _answer_files(connection, answers)
    loaded = [(each, file.sha256, file.received_at) for file, _, i in read for each in i.loaded]
    await insert_remittances(connection, loaded)
    await quarantine_store.keep_items(
        connection, [(each, file.received_at) for file, _, i in read for each in i.items]
    )
    await question_store.keep_answers(
        connection, [(file.sha256, intake.said) for file, _, intake in read if intake.said]
    )
    await connection.execute(
        _FILES_READ,
        [file.sha256 for file, _, _ in read],
        [intake.state for _, _, intake in read],
        [" ".join(kinds) for _, kinds, _ in read],
        [_findings(intake) for _, _, intake in read],
    )


def _findings(intake: Intake) -> str:
    found = [finding for item in intake.items for finding in item.findings]
    return msgspec.json.encode(found[:_MOST_FINDINGS]).decode()


async def _answer_files(
    connection: asyncpg.Connection, answers: Mapping[UUID, tuple[str, str]]
) -> None:
    if answers:
        ordered = sorted(answers.items())
        await connection.execute(
            _ANSWER_FILES,
            [file_id for file_id, _ in ordered],
            [state for _, (state, _) in ordered],
            [answer for _, (_, answer) in ordered],
        )
