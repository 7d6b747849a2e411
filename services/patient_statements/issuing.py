"""The background task that renders statements and issues each of them exactly once.

A statement is claimed, rendered, checked again and written in one transaction with the outbox: what
is killed half-way is done again, under the same number, and goes out once.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from schemas.event_id import caused_event_id
from schemas.patient_account import StatementIssued, StatementItem, SuppressionReason
from services.chassis import deadlines
from services.chassis.background import Runtime
from services.chassis.effects import Deadline, Effects
from services.patient_statements import statement_store as statements
from services.patient_statements.domain.account import Account
from services.patient_statements.domain.cycle import STATEMENT_DAY
from services.patient_statements.domain.policy import StatementPolicy
from services.patient_statements.domain.statement import Statement
from services.patient_statements.domain.statement_day import (
    gate_inputs,
    issued,
    withdrawal,
    withdrawn,
)
from services.patient_statements.domain.statement_gate import Blocked, decide
from services.patient_statements.handlers import suppressed_event
from services.patient_statements.rendering.document import Documents, documents_of
from services.patient_statements.rendering.pdf import UnprintableError
from services.patient_statements.store import add_decisions, lock_households, save_accounts
from services.patient_statements.workspace import DecisionRecord, StatementsWorkspace

Render = Callable[[Statement], Documents]

RETRY_AFTER = timedelta(hours=1)
_IDLE_SECONDS = 1


def issued_event(issued: statements.IssuedStatement, issued_at: datetime) -> StatementIssued:
    """What the world hears of a statement: ids, cents and digests."""
    statement = issued.statement
    return StatementIssued(
        practice_id=statement.practice_id,
        account_id=statement.account_id,
        statement_id=statement.statement_id,
        number=statement.number,
        total_cents=statement.total_cents,
        items=tuple(
            StatementItem(encounter_id=each.encounter_id, balance_cents=each.balance_cents)
            for each in statement.encounters
        ),
        channel=statement.channel,
        due_on=statement.due_on,
        html_sha256=issued.html_sha256,
        pdf_sha256=issued.pdf_sha256,
        issued_at=issued_at,
    )


def _rendered(claimed: list[statements.ClaimedStatement], render: Render) -> list[Documents | None]:
    """Each statement's documents; ``None`` where one cannot be printed."""
    documents: list[Documents | None] = []
    for claim in claimed:
        try:
            documents.append(render(claim.statement))
        except UnprintableError:
            documents.append(None)
    return documents


@dataclass(slots=True)
class Outcome:
    """What a batch of statements comes to, before it is written."""

    unprintable: list[Statement] = field(default_factory=list)
    issued: list[statements.IssuedStatement] = field(default_factory=list)
    withdrawn: list[tuple[Statement, SuppressionReason]] = field(default_factory=list)
    decisions: list[DecisionRecord] = field(default_factory=list)
    planned: list[tuple[UUID, Deadline]] = field(default_factory=list)
    effects: list[tuple[UUID, Effects]] = field(default_factory=list)


def _withdraw(
    outcome: Outcome,
    claim: statements.ClaimedStatement,
    *,
    before: Account,
    after: Account,
    blocked: tuple[Blocked, ...],
    now: datetime,
) -> None:
    statement = claim.statement
    outcome.withdrawn.append((statement, blocked[0].reason))
    effects = Effects()
    for block in blocked:
        effects.emit(
            suppressed_event(after, block, now), f"{statement.statement_id}:{block.reason}"
        )
    outcome.effects.append((claim.cause_id, effects))
    if after.cycle.next_at is not None and after.cycle.sequence != before.cycle.sequence:
        deadline = Deadline(
            STATEMENT_DAY,
            after.practice_id,
            after.account_id,
            after.cycle.next_at,
            {"sequence": after.cycle.sequence},
        )
        cause_id = caused_event_id(claim.cause_id, "withdrawn", statement.statement_id)
        outcome.planned.append((cause_id, deadline))


def _issue(
    outcome: Outcome, claim: statements.ClaimedStatement, documents: Documents, now: datetime
) -> None:
    printed = statements.IssuedStatement(
        claim.statement,
        documents.html,
        documents.pdf,
        documents.html_sha256,
        documents.pdf_sha256,
    )
    outcome.issued.append(printed)
    effects = Effects()
    effects.emit(issued_event(printed, now), claim.statement.statement_id)
    outcome.effects.append((claim.cause_id, effects))


def settle(
    work: StatementsWorkspace,
    claim: statements.ClaimedStatement,
    documents: Documents,
    *,
    policy: StatementPolicy,
    now: datetime,
    outcome: Outcome,
) -> None:
    """Issue one statement, or withdraw it where its account was blocked or paid since."""
    statement = claim.statement
    key = (statement.practice_id, statement.account_id)
    account = work.accounts.get(key)
    if account is None:
        raise LookupError("a statement's account is missing")
    household = work.household(account)
    inputs = gate_inputs(account, household, policy)
    blocked = withdrawal(account, statement, household, policy)
    if blocked:
        after = withdrawn(account, statement, blocked, policy, now)
        _withdraw(outcome, claim, before=account, after=after, blocked=blocked, now=now)
    else:
        after = issued(account, now)
        _issue(outcome, claim, documents, now)
    with work.deciding():
        work.accounts[key] = after
    outcome.decisions.append(
        DecisionRecord(
            account=key,
            revision=after.revision,
            occasion="issue",
            statement_id=statement.statement_id,
            decided_at=now,
            inputs=inputs,
            decision=decide(inputs),
        )
    )


async def issue_batch(
    runtime: Runtime, policy: StatementPolicy, most: int, render: Render = documents_of
) -> int:
    """Render and issue up to ``most`` statements; returns how many were claimed.

    A statement whose account was blocked or paid since is withdrawn, with an event that says why.
    One that cannot be printed is tried again later and stops no other.
    """
    async with runtime.pool.acquire() as connection, connection.transaction():
        claimed = await statements.claim_to_render(connection, runtime.clock.now(), most)
        if not claimed:
            return 0
        documents = await asyncio.to_thread(_rendered, claimed, render)
        work = StatementsWorkspace()
        await lock_households(
            connection,
            work,
            {(each.statement.practice_id, each.statement.account_id) for each in claimed},
        )
        now = runtime.clock.now()
        outcome = Outcome()
        for claim, rendering in zip(claimed, documents, strict=True):
            if rendering is None:
                statement_id = claim.statement.statement_id
                runtime.log.error("statement not printable", statement_id=statement_id)
                outcome.unprintable.append(claim.statement)
            else:
                settle(work, claim, rendering, policy=policy, now=now, outcome=outcome)
        await statements.postpone(connection, outcome.unprintable, now + RETRY_AFTER)
        await statements.issue(connection, outcome.issued, now)
        await statements.withdraw(connection, outcome.withdrawn)
        await save_accounts(connection, work)
        await add_decisions(connection, outcome.decisions)
        await deadlines.keep(connection, outcome.planned)
        await runtime.deliver(connection, outcome.effects)
    runtime.wake_relay()
    return len(claimed)


def issuing_task(policy: StatementPolicy, most: int) -> Callable[[Runtime], Awaitable[None]]:
    """The task that issues statements until the process is to stop."""

    async def issue_statements(runtime: Runtime) -> None:
        while not runtime.stopping.is_set():
            await runtime.room()
            if not await issue_batch(runtime, policy, most):
                await runtime.pause(_IDLE_SECONDS)

    return issue_statements
