"""The second look at coded encounters: sample, blind coding, adjudication; each step is logged."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import asyncpg
from msgspec import Struct

from schemas.event import key_of
from services.chassis import audit
from services.chassis.incoming import Incoming
from services.chassis.terminal import ToldError
from services.coding import case_store
from services.coding.domain.audit.agreement import agree
from services.coding.domain.audit.sample import ENGINE
from services.coding.domain.audit.trends import Kind, Observed
from services.coding.domain.diagnosis.diagnosis_coding import settled
from services.coding.domain.encounter_state import Proposal
from services.coding.records import AuditCase, AuditStatus, CodingWorkspace
from services.coding.settle_audit import SettleAudit
from services.coding.store import state_of

_VISITS = ("992", "993")


class Coded(Struct, frozen=True):
    """A coded encounter: its final codes, and who decided them."""

    practice_id: str
    encounter_id: str
    version: int
    service_date: date
    provider_id: str
    final: Proposal
    coder: str
    decisions: int


class Person(Struct, frozen=True):
    """Who acts, under which role, and why."""

    actor: str
    role: str
    reason: str = ""


async def coded(
    connection: asyncpg.Connection, practice_id: str | None, since: date, until: date, now: datetime
) -> list[Coded]:
    """Every coded encounter of these dates of service."""
    rows = await connection.fetch(
        """
        select practice_id, encounter_id, version, service_date, rendering_provider_id, detail
        from coding.encounter
        where state = 'coded' and service_date between $2 and $3
          and ($1::text is null or practice_id = $1)
        order by practice_id, encounter_id
        """,
        practice_id,
        since,
        until,
    )
    keys = [(row["practice_id"], row["encounter_id"]) for row in rows]
    deciders = await case_store.last_deciders(connection, keys)
    experience = await case_store.experience(connection, now)
    found: list[Coded] = []
    for key, row in zip(keys, rows, strict=True):
        state = state_of(row["detail"])
        coder = deciders.get(key, ENGINE)
        found.append(
            Coded(
                *key,
                row["version"],
                row["service_date"],
                row["rendering_provider_id"],
                state.final or Proposal(),
                coder,
                experience.get(coder, 0),
            )
        )
    return found


async def add(
    connection: asyncpg.Connection,
    chosen: Sequence[tuple[Coded, int, tuple[str, ...]]],
    person: Person,
    now: datetime,
) -> int:
    """Put cases into the sample, each version once; how many are new."""
    new = 0
    async with connection.transaction():
        for case, permille, risks in chosen:
            status = await connection.execute(
                """
                insert into coding.audit_case
                    (practice_id, encounter_id, version, sampled_at, service_date, provider_id,
                     coder, risk_permille, risks, status, first)
                values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'waiting', $10)
                on conflict do nothing
                """,
                case.practice_id,
                case.encounter_id,
                case.version,
                now,
                case.service_date,
                case.provider_id,
                case.coder,
                permille,
                list(risks),
                case_store.proposal_bytes(case.final),
            )
            new += int(status.endswith("1"))
        await _log(connection, now, person, "AuditSample", f"{new} cases")
    return new


async def listed(
    connection: asyncpg.Connection, practice_id: str | None, statuses: Sequence[AuditStatus]
) -> list[AuditCase]:
    """Cases in these states, the riskiest first."""
    rows = await connection.fetch(
        """
        select * from coding.audit_case
        where status = any($2::text[]) and ($1::text is null or practice_id = $1)
        order by risk_permille desc, sampled_at, practice_id, encounter_id, version
        """,
        practice_id,
        list(statuses),
    )
    return [_case(row) for row in rows]


async def find(
    connection: asyncpg.Connection, encounter_id: str, practice_id: str | None
) -> AuditCase:
    """The newest case of an encounter, held for the transaction.

    Raises ``ToldError`` when there is none, or one in each of two practices.
    """
    rows = await _rows(connection, encounter_id, practice_id)
    if not rows:
        raise ToldError(f"encounter {encounter_id} is not in the sample")
    if len({row["practice_id"] for row in rows}) > 1:
        raise ToldError(f"encounter {encounter_id} exists in several practices; give --practice")
    return _case(rows[0])


async def decide(
    connection: asyncpg.Connection, case: AuditCase, second: Proposal, person: Person, now: datetime
) -> AuditStatus:
    """Keep the second coding, made blind. Raises ``ToldError`` where it may not be made."""
    if case.status != "waiting":
        raise ToldError(f"the case is {case.status}: it was coded a second time already")
    if person.actor == case.coder:
        raise ToldError("the second coder is another person than the first")
    status: AuditStatus = "agreed" if agree(case.first, second) else "differs"
    await connection.execute(
        """
        update coding.audit_case
        set status = $4, second = $5, second_by = $6, second_at = $7
        where practice_id = $1 and encounter_id = $2 and version = $3
        """,
        case.practice_id,
        case.encounter_id,
        case.version,
        status,
        case_store.proposal_bytes(second),
        person.actor,
        now,
    )
    await _log(connection, now, person, "AuditDecide", key_of(case.practice_id, case.encounter_id))
    return status


async def load(
    connection: asyncpg.Connection, workspace: CodingWorkspace, incoming: Sequence[Incoming[Any]]
) -> None:
    """The newest case of each encounter that is to be settled, held for the transaction."""
    for item in incoming:
        if isinstance(item.event, SettleAudit):
            key = (item.event.practice_id, item.event.encounter_id)
            rows = await _rows(connection, key[1], key[0])
            if rows:
                workspace.audit_cases.fill({key: _case(rows[0])})


async def save(connection: asyncpg.Connection, workspace: CodingWorkspace) -> None:
    """Write what was settled."""
    for case in workspace.audit_cases.changed().values():
        await connection.execute(
            """
            update coding.audit_case
            set status = $4, final = $5, final_by = $6, final_at = $7, reason = $8
            where practice_id = $1 and encounter_id = $2 and version = $3
            """,
            case.practice_id,
            case.encounter_id,
            case.version,
            case.status,
            case_store.proposal_bytes(case.final or Proposal()),
            case.final_by,
            case.final_at,
            case.reason,
        )


async def _rows(
    connection: asyncpg.Connection, encounter_id: str, practice_id: str | None
) -> list[asyncpg.Record]:
    found: list[asyncpg.Record] = await connection.fetch(
        """
        select * from coding.audit_case
        where encounter_id = $1 and ($2::text is null or practice_id = $2)
        order by version desc
        for update
        """,
        encounter_id,
        practice_id,
    )
    return found


async def _log(
    connection: asyncpg.Connection, now: datetime, person: Person, action: str, subject: str
) -> None:
    await audit.append(
        connection,
        audit.AuditEntry(now, person.actor, person.role, action, subject, person.reason),
    )


def _case(row: asyncpg.Record) -> AuditCase:
    second, final = row["second"], row["final"]
    return AuditCase(
        row["practice_id"],
        row["encounter_id"],
        row["version"],
        row["sampled_at"],
        row["service_date"],
        row["provider_id"],
        row["coder"],
        row["risk_permille"],
        tuple(row["risks"]),
        row["status"],
        case_store.proposal_of(row["first"]),
        None if second is None else case_store.proposal_of(second),
        row["second_by"] or "",
        None if final is None else case_store.proposal_of(final),
        row["final_by"] or "",
        row["reason"] or "",
        row["final_at"],
    )


async def observed(
    connection: asyncpg.Connection, practice_id: str | None, since: date, until: date
) -> list[Observed]:
    """Codes and queries of every encounter of these dates of service."""
    found: list[Observed] = []
    async with connection.transaction():
        async for row in connection.cursor(
            """
            select e.practice_id, e.rendering_provider_id as provider_id, e.service_date, e.detail,
                   coalesce(p.taxonomy, '') as specialty
            from coding.encounter e
            left join coding.provider p
              on p.practice_id = e.practice_id and p.provider_id = e.rendering_provider_id
            where e.service_date between $2 and $3 and ($1::text is null or e.practice_id = $1)
            """,
            practice_id,
            since,
            until,
        ):
            state = state_of(row["detail"])
            final = state.final or Proposal()
            kinds: list[tuple[Kind, str]] = [
                *(("diagnosis", each.code) for each in final.diagnoses),
                *(
                    ("visit" if line.code.startswith(_VISITS) else "procedure", line.code)
                    for line in final.lines
                ),
                *(("query", query.kind) for query in state.open_queries),
                *(
                    ("query", subject.partition(":")[0])
                    for subject in state.answered
                    if not subject.startswith(settled(""))
                ),
            ]
            found.extend(
                Observed(
                    row["practice_id"],
                    row["provider_id"],
                    row["specialty"],
                    f"{row['service_date']:%Y-%m}",
                    kind,
                    code,
                )
                for kind, code in kinds
            )
    return found
