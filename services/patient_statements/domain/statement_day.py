"""A statement day: the gate's decision for one account, and what follows from it."""

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from schemas.patient_account import SuppressionReason
from services.patient_statements.domain.account import Account, awaits_decision
from services.patient_statements.domain.household import Household
from services.patient_statements.domain.policy import StatementPolicy
from services.patient_statements.domain.responsible_party import Practice
from services.patient_statements.domain.statement import Statement, taken
from services.patient_statements.domain.statement_gate import (
    Blocked,
    GateDecision,
    GateEncounter,
    GateInputs,
    decide,
)


@dataclass(frozen=True, slots=True)
class StatementDay:
    """What a statement day decided. ``suppressed`` is what was not reported before."""

    account: Account
    inputs: GateInputs
    decision: GateDecision
    statement: Statement | None
    suppressed: tuple[Blocked, ...]


def gate_inputs(account: Account, household: Household, policy: StatementPolicy) -> GateInputs:
    """What the gate decides on, gathered from the account and its people."""
    blocks = household.blocks
    return GateInputs(
        encounters=tuple(
            GateEncounter(
                encounter_id=each.encounter_id,
                due_cents=each.due_cents,
                insurance_final=each.insurance_final,
                protection=household.protection(each),
                deceased=each.patient_id in blocks.deceased,
            )
            for each in account.encounters
        ),
        bankruptcy=blocks.bankruptcy,
        hold=blocks.hold or account.hold is not None,
        credit_cents=account.credit_cents,
        small_balance_limit_cents=policy.small_balance_limit_cents,
    )


def _news(account: Account, blocked: Iterable[Blocked]) -> tuple[Blocked, ...]:
    """The blocks that say something new; a settled account says it each time it is asked."""
    known = {each.encounter_id: each.suppressed_as for each in account.encounters}
    fresh = (
        Blocked(each.reason, tuple(i for i in each.encounter_ids if known[i] != each.reason))
        if each.encounter_ids
        else each
        for each in blocked
    )
    return tuple(
        each
        for each in fresh
        if each.encounter_ids or each.reason in {"credit_balance", "nothing_due"}
    )


def held_statement_day(
    account: Account,
    household: Household,
    practice: Practice,
    policy: StatementPolicy,
    now: datetime,
) -> StatementDay:
    """Hold the account's statement day: issue a statement, suppress it, or some of both.

    The next one is planned ``policy.cycle`` later while a balance has notices to come; otherwise
    the account rests until something about it changes.
    """
    account = replace(account, revision=account.revision + 1, cycle=account.cycle.at_rest())
    inputs = gate_inputs(account, household, policy)
    decision = decide(inputs)
    suppressed = _news(account, decision.blocked)
    reasons: dict[str, SuppressionReason] = {
        encounter_id: block.reason
        for block in decision.blocked
        for encounter_id in block.encounter_ids
    }
    statement: Statement | None = None
    billable = frozenset(decision.billable)
    if any(
        awaits_decision(replace(each, suppressed_as=""))
        for each in account.encounters
        if each.encounter_id in billable
    ):
        statement = taken(
            account,
            decision.billable,
            people=household.patients,
            practice=practice,
            policy=policy,
            now=now,
        )
        account = replace(account, statements=statement.number)
    account = account.with_encounters(
        *(
            replace(
                each,
                suppressed_as=reasons.get(each.encounter_id, ""),
                notices=each.notices + (statement is not None and each.encounter_id in billable),
            )
            for each in account.encounters
        )
    )
    if statement is not None and account.needs_statement_day:
        account = replace(account, cycle=account.cycle.planned(now + policy.cycle))
    return StatementDay(account, inputs, decision, statement, suppressed)


def withdrawal(
    account: Account, statement: Statement, household: Household, policy: StatementPolicy
) -> tuple[Blocked, ...]:
    """Why a statement that was decided, but has not gone out yet, must not go out; empty if it may.

    Between decision and printing a hold may be placed, a death be reported or the bill be paid. The
    small-balance limit is not asked again: the amount was right as of the statement.
    """
    inputs = dataclasses.replace(
        gate_inputs(account, household, policy), small_balance_limit_cents=0
    )
    on_it = {each.encounter_id for each in statement.encounters}
    blocked = tuple(
        Blocked(block.reason, tuple(each for each in block.encounter_ids if each in on_it))
        for block in decide(inputs).blocked
        if on_it.intersection(block.encounter_ids)
    )
    if not blocked and not any(
        each.due_cents for each in account.encounters if each.encounter_id in on_it
    ):
        return (Blocked("credit_balance" if account.credit_cents else "nothing_due"),)
    return blocked


def issued(account: Account, now: datetime) -> Account:
    """The account after its statement went out; the first one starts the clocks of 501(r)-6."""
    return replace(
        account,
        revision=account.revision + 1,
        first_statement_at=account.first_statement_at or now,
    )


def withdrawn(
    account: Account,
    statement: Statement,
    blocked: tuple[Blocked, ...],
    policy: StatementPolicy,
    now: datetime,
) -> Account:
    """The account after a statement was withdrawn: its notices do not count, its number is spent.

    What is not blocked gets a statement day of its own, unless one is planned.
    """
    on_it = {each.encounter_id for each in statement.encounters}
    reasons = {
        encounter_id: block.reason for block in blocked for encounter_id in block.encounter_ids
    }
    account = replace(
        account.with_encounters(
            *(
                replace(
                    each,
                    notices=max(0, each.notices - 1),
                    suppressed_as=reasons.get(each.encounter_id, each.suppressed_as),
                )
                for each in account.encounters
                if each.encounter_id in on_it
            )
        ),
        revision=account.revision + 1,
    )
    return planned(account, now, policy)


def reconsidered(account: Account, household: Household, policy: StatementPolicy) -> Account:
    """The account with every suppression forgotten whose reason holds no longer."""
    present = {
        encounter_id: block.reason
        for block in decide(gate_inputs(account, household, policy)).blocked
        for encounter_id in block.encounter_ids
    }
    return account.with_encounters(
        *(
            replace(each, suppressed_as="")
            for each in account.encounters
            if each.suppressed_as and each.suppressed_as != present.get(each.encounter_id)
        )
    )


def planned(account: Account, now: datetime, policy: StatementPolicy) -> Account:
    """The account with its next statement day planned, where it needs one and has none."""
    if not account.needs_statement_day:
        return account
    return replace(account, cycle=account.cycle.planned(now + policy.first_statement_delay))
