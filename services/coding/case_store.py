"""What is kept of people's decisions and of notes, and the case as a coder sees it."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec

from services.coding.domain.encounter_state import Proposal
from services.coding.domain.review.cloned_text import packed
from services.coding.records import CodingWorkspace, DecisionRow

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Proposal).decode


def proposal_bytes(proposal: Proposal) -> bytes:
    """Codes as the database keeps them."""
    return _encode(proposal)


def proposal_of(kept: bytes) -> Proposal:
    """The codes of what the database keeps."""
    return _decode(kept)


async def save(connection: asyncpg.Connection, workspace: CodingWorkspace) -> None:
    """Write the batch's decisions and the sketches of its notes, one statement each."""
    if decisions := list(workspace.decisions.all()):
        await connection.executemany(
            """
            insert into coding.decision
                (practice_id, encounter_id, revision, decided_at, actor, role, action, reason,
                 before, after)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
            """,
            [
                (
                    row.practice_id,
                    row.encounter_id,
                    row.revision,
                    row.decided_at,
                    row.actor,
                    row.role,
                    row.action,
                    row.reason,
                    proposal_bytes(row.before),
                    proposal_bytes(row.after),
                )
                for row in decisions
            ],
        )
    if sketches := workspace.sketches.changed():
        keys = sorted(sketches)
        await connection.execute(
            """
            insert into coding.note_sketch
                (practice_id, patient_id, encounter_id, service_date, hashes)
            select * from unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::bytea[])
            on conflict (practice_id, patient_id)
            do update set encounter_id = excluded.encounter_id,
                          service_date = excluded.service_date, hashes = excluded.hashes
            """,
            [key[0] for key in keys],
            [key[1] for key in keys],
            [sketches[key].encounter_id for key in keys],
            [sketches[key].service_date for key in keys],
            [packed(sketches[key].hashes) for key in keys],
        )


async def decisions(
    connection: asyncpg.Connection, practice_id: str, encounter_id: str
) -> list[DecisionRow]:
    """What people decided about one encounter, the first decision first."""
    rows = await connection.fetch(
        """
        select * from coding.decision
        where practice_id = $1 and encounter_id = $2 order by seq
        """,
        practice_id,
        encounter_id,
    )
    return [_decision(row) for row in rows]


def _decision(row: asyncpg.Record) -> DecisionRow:
    return DecisionRow(
        row["practice_id"],
        row["encounter_id"],
        row["revision"],
        row["decided_at"],
        row["actor"],
        row["role"],
        row["action"],
        row["reason"],
        proposal_of(row["before"]),
        proposal_of(row["after"]),
    )


async def last_deciders(
    connection: asyncpg.Connection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], str]:
    """Who decided last about each encounter that a person decided about."""
    rows = await connection.fetch(
        """
        select distinct on (practice_id, encounter_id) practice_id, encounter_id, actor
        from coding.decision
        join unnest($1::text[], $2::text[]) as k(practice_id, encounter_id)
          using (practice_id, encounter_id)
        where action in ('accept', 'codes', 'adjudicate')
        order by practice_id, encounter_id, seq desc
        """,
        [key[0] for key in keys],
        [key[1] for key in keys],
    )
    return {(row["practice_id"], row["encounter_id"]): row["actor"] for row in rows}


async def experience(connection: asyncpg.Connection, until: datetime) -> dict[str, int]:
    """How many decisions each person made before a time."""
    rows = await connection.fetch(
        "select actor, count(*) n from coding.decision where decided_at <= $1 group by actor",
        until,
    )
    return {row["actor"]: row["n"] for row in rows}
