"""The statements' own rows: what is to be rendered, what was issued or withdrawn. SQL only."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

import asyncpg

from schemas.patient_account import SuppressionReason
from services.patient_statements.domain.statement import Statement
from services.patient_statements.rows import from_json

# A later statement of an account waits for the earlier one, so that they go out in order.
_CLAIM = """
select s.practice_id, s.statement_id, s.cause_id, s.content, s.failures
from statement s
where s.state = 'to_render' and (s.retry_at is null or s.retry_at <= $1)
  and not exists (
      select 1 from statement e
      where e.practice_id = s.practice_id and e.account_id = s.account_id
        and e.state = 'to_render' and e.number < s.number)
order by s.practice_id, s.account_id, s.number
limit $2
for update of s skip locked
"""

_ISSUE = """
update statement s
set state = 'issued', issued_at = $3, html = n.html, pdf = n.pdf,
    html_sha256 = n.html_sha256, pdf_sha256 = n.pdf_sha256, retry_at = null
from unnest($1::text[], $2::text[], $4::bytea[], $5::bytea[], $6::text[], $7::text[])
    as n (practice_id, statement_id, html, pdf, html_sha256, pdf_sha256)
where s.practice_id = n.practice_id and s.statement_id = n.statement_id
"""

_WITHDRAW = """
update statement s set state = 'withdrawn', withdrawn_as = n.reason, retry_at = null
from unnest($1::text[], $2::text[], $3::text[]) as n (practice_id, statement_id, reason)
where s.practice_id = n.practice_id and s.statement_id = n.statement_id
"""

_POSTPONE = """
update statement s set failures = s.failures + 1, retry_at = $3
from unnest($1::text[], $2::text[]) as n (practice_id, statement_id)
where s.practice_id = n.practice_id and s.statement_id = n.statement_id
"""

_LIST = """
select practice_id, statement_id, account_id, number, state, notice, total_cents, due_on,
       decided_at, issued_at, withdrawn_as, failures
from statement
where ($1::text is null or practice_id = $1) and ($2::text is null or account_id = $2)
order by decided_at desc, practice_id, statement_id
limit $3
"""

_SHOW = """
select practice_id, statement_id, account_id, number, state, notice, total_cents, due_on,
       decided_at, issued_at, withdrawn_as, failures, html, pdf, content
from statement
where statement_id = $1 and ($2::text is null or practice_id = $2)
order by practice_id
"""

_PRACTICES_OF_ACCOUNT = "select practice_id from account where account_id = $1 order by practice_id"


@dataclass(frozen=True, slots=True)
class ClaimedStatement:
    """A statement that this transaction has taken to render."""

    statement: Statement
    cause_id: UUID


@dataclass(frozen=True, slots=True)
class IssuedStatement:
    """A rendered statement, ready to be written."""

    statement: Statement
    html: bytes
    pdf: bytes
    html_sha256: str
    pdf_sha256: str


@dataclass(frozen=True, slots=True)
class StatementSummary:
    """A statement as a list shows it: ids, cents and dates."""

    practice_id: str
    statement_id: str
    account_id: str
    number: int
    state: str
    notice: str
    total_cents: int
    due_on: date
    decided_at: datetime
    issued_at: datetime | None
    withdrawn_as: str | None
    failures: int


@dataclass(frozen=True, slots=True)
class StoredStatement:
    """A statement with its content and, once issued, its documents."""

    summary: StatementSummary
    content: Statement
    html: bytes | None
    pdf: bytes | None


async def claim_to_render(
    connection: asyncpg.Connection, now: datetime, most: int
) -> list[ClaimedStatement]:
    """Take statements to render; other renderers pass them by until the transaction ends."""
    rows = await connection.fetch(_CLAIM, now, most)
    return [ClaimedStatement(from_json(row["content"], Statement), row["cause_id"]) for row in rows]


async def issue(
    connection: asyncpg.Connection, statements: list[IssuedStatement], now: datetime
) -> None:
    """Write documents; from here on the statement is with the patient."""
    if statements:
        await connection.execute(
            _ISSUE,
            [each.statement.practice_id for each in statements],
            [each.statement.statement_id for each in statements],
            now,
            [each.html for each in statements],
            [each.pdf for each in statements],
            [each.html_sha256 for each in statements],
            [each.pdf_sha256 for each in statements],
        )


async def withdraw(
    connection: asyncpg.Connection, statements: list[tuple[Statement, SuppressionReason]]
) -> None:
    """Statements that must not go out any more, and why."""
    if statements:
        await connection.execute(
            _WITHDRAW,
            [statement.practice_id for statement, _ in statements],
            [statement.statement_id for statement, _ in statements],
            [reason for _, reason in statements],
        )


async def postpone(
    connection: asyncpg.Connection, statements: list[Statement], retry_at: datetime
) -> None:
    """Statements that could not be rendered are tried again later, and counted."""
    if statements:
        await connection.execute(
            _POSTPONE,
            [statement.practice_id for statement in statements],
            [statement.statement_id for statement in statements],
            retry_at,
        )


def _summary(row: asyncpg.Record) -> StatementSummary:
    return StatementSummary(
        practice_id=row["practice_id"],
        statement_id=row["statement_id"],
        account_id=row["account_id"],
        number=row["number"],
        state=row["state"],
        notice=row["notice"],
        total_cents=row["total_cents"],
        due_on=row["due_on"],
        decided_at=row["decided_at"],
        issued_at=row["issued_at"],
        withdrawn_as=row["withdrawn_as"],
        failures=row["failures"],
    )


async def list_statements(
    connection: asyncpg.Connection,
    practice_id: str | None = None,
    account_id: str | None = None,
    most: int = 50,
) -> list[StatementSummary]:
    """Statements, newest first."""
    rows = await connection.fetch(_LIST, practice_id, account_id, most)
    return [_summary(row) for row in rows]


async def find_statements(
    connection: asyncpg.Connection, statement_id: str, practice_id: str | None = None
) -> list[StoredStatement]:
    """The statements of an id: one a practice at most."""
    rows = await connection.fetch(_SHOW, statement_id, practice_id)
    return [
        StoredStatement(
            _summary(row), from_json(row["content"], Statement), row["html"], row["pdf"]
        )
        for row in rows
    ]


async def practices_of_account(connection: asyncpg.Connection, account_id: str) -> list[str]:
    """The practices that have an account of this id."""
    rows = await connection.fetch(_PRACTICES_OF_ACCOUNT, account_id)
    return [row["practice_id"] for row in rows]
