"""Thin handlers: rows in, a rule of the domain, rows and effects out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

from msgspec.structs import replace

from schemas.patient_account import (
    PatientBalanceDue,
    PatientPaymentReceived,
    PaymentAllocation,
    StatementItem,
    StatementSuppressed,
)
from schemas.reference import CoverageRegistered, PatientRegistered, PracticeRegistered
from services.chassis.effects import Effects, Refused, Waiting, reference
from services.chassis.incoming import DeadlineDue, Incoming
from services.chassis.service import Handler
from services.patient_statements.decisions import PlaceHold, RecordPayment, ReleaseHold
from services.patient_statements.domain import hold
from services.patient_statements.domain.account import Account, Hold
from services.patient_statements.domain.account_state import Trigger
from services.patient_statements.domain.coverage_programme import programme_of
from services.patient_statements.domain.cycle import STATEMENT_DAY
from services.patient_statements.domain.encounter_balance import paid, reported
from services.patient_statements.domain.household import settled
from services.patient_statements.domain.payment import Payment, allocated
from services.patient_statements.domain.policy import StatementPolicy
from services.patient_statements.domain.readings import ReportedBalance
from services.patient_statements.domain.refusal import RuleRefusal
from services.patient_statements.domain.responsible_party import Practice, patient_of, practice_of
from services.patient_statements.domain.statement_day import (
    held_statement_day,
    planned,
    reconsidered,
)
from services.patient_statements.domain.statement_gate import Blocked
from services.patient_statements.workspace import (
    BalanceReport,
    DecisionRecord,
    Key,
    StatementsWorkspace,
    StatementToRender,
)

H = TypeVar("H", bound=Callable[..., Effects])


def _ruled(handler: H) -> H:
    """A handler whose rules refuse in the chassis's words."""

    @wraps(handler)
    def ruled(*arguments: Any) -> Effects:
        try:
            return handler(*arguments)
        except RuleRefusal as refusal:
            raise Refused(refusal.reason, refusal.message) from None

    return ruled  # type: ignore[return-value]


def suppressed_event(account: Account, block: Blocked, now: datetime) -> StatementSuppressed:
    """What a block tells the world: ids, cents and the reason."""
    items = tuple(
        StatementItem(encounter_id=each.encounter_id, balance_cents=each.due_cents)
        for each in account.encounters
        if each.encounter_id in block.encounter_ids
    )
    balance_cents = sum(item.balance_cents for item in items)
    if block.reason == "credit_balance":
        balance_cents = -account.credit_cents
    return StatementSuppressed(
        practice_id=account.practice_id,
        account_id=account.account_id,
        reason=block.reason,
        balance_cents=balance_cents,
        items=items,
        decided_at=now,
    )


@dataclass(frozen=True, slots=True)
class Handlers:
    """The handlers under one policy."""

    policy: StatementPolicy

    def by_input(self) -> dict[type[Any], Handler[StatementsWorkspace]]:
        """The handler of each event and command."""
        return {
            PracticeRegistered: self.practice_registered,
            PatientRegistered: _ruled(self.patient_registered),
            CoverageRegistered: _ruled(self.coverage_registered),
            PatientBalanceDue: _ruled(self.balance_due),
            ReportedBalance: _ruled(self.balance_due),
            RecordPayment: _ruled(self.payment_recorded),
            PlaceHold: _ruled(self.hold_placed),
            ReleaseHold: _ruled(self.hold_released),
        }

    def by_deadline(self) -> dict[str, Handler[StatementsWorkspace]]:
        """The handler of each kind of deadline."""
        return {STATEMENT_DAY: _ruled(self.statement_day)}

    def practice_registered(
        self, work: StatementsWorkspace, incoming: Incoming[PracticeRegistered], _now: datetime
    ) -> Effects:
        """Keep the practice's letterhead and wake what waits for it."""
        practice = practice_of(incoming.event)
        work.practices[practice.practice_id] = practice
        effects = Effects()
        effects.arrived(reference("practice", practice.practice_id, practice.practice_id))
        return effects

    def patient_registered(
        self, work: StatementsWorkspace, incoming: Incoming[PatientRegistered], now: datetime
    ) -> Effects:
        """Keep the patient; a death, bankruptcy or hold, or its end, moves the account at once."""
        patient = patient_of(incoming.event)
        key = (patient.practice_id, patient.patient_id)
        before = work.patients.get(key)
        work.patients[key] = patient
        work.note_member(patient)
        effects = Effects()
        effects.arrived(reference("patient", *key))
        accounts = {patient.account_id} | ({before.account_id} if before else set())
        for account_id in sorted(accounts):
            self._household_changed(work, (patient.practice_id, account_id), now, effects)
        return effects

    def coverage_registered(
        self, work: StatementsWorkspace, incoming: Incoming[CoverageRegistered], now: datetime
    ) -> Effects:
        """Keep the programme flags; they may block or free what is due."""
        programme = programme_of(incoming.event)
        key = (programme.practice_id, programme.patient_id)
        work.coverage[key] = programme
        effects = Effects()
        patient = work.patients.get(key)
        if patient is not None:
            self._household_changed(work, (patient.practice_id, patient.account_id), now, effects)
        return effects

    def balance_due(
        self,
        work: StatementsWorkspace,
        incoming: Incoming[PatientBalanceDue | ReportedBalance],
        now: datetime,
    ) -> Effects:
        """Take billing's word for one encounter; an older version than the last is ignored."""
        event = incoming.event
        self._practice(work, event.practice_id)
        if work.patients.get((event.practice_id, event.patient_id)) is None:
            raise Waiting(reference("patient", event.practice_id, event.patient_id))
        key = (event.practice_id, event.account_id)
        account = work.accounts.get(key) or Account(event.practice_id, event.account_id)
        encounter = reported(account.encounter(event.encounter_id), event)
        effects = Effects()
        if encounter is None:
            return effects
        account = replace(account, revision=account.revision + 1).with_encounters(encounter)
        work.reports.append(BalanceReport(key, account.revision, encounter, event.as_of))
        self._keep(work, account, "balance_reported", now, effects)
        return effects

    def statement_day(
        self, work: StatementsWorkspace, incoming: Incoming[DeadlineDue], now: datetime
    ) -> Effects:
        """Decide the account's statement day; a day that was planned anew since is ignored."""
        due = incoming.event
        effects = Effects()
        key = (due.practice_id, due.key)
        account = work.accounts.get(key)
        if account is None or not account.cycle.is_current(int(due.payload["sequence"])):
            return effects
        practice = self._practice(work, due.practice_id)
        day = held_statement_day(account, work.household(account), practice, self.policy, now)
        work.accounts[key] = day.account
        work.decisions.append(
            DecisionRecord(
                account=key,
                revision=day.account.revision,
                occasion="statement_day",
                statement_id=day.statement.statement_id if day.statement else None,
                decided_at=now,
                inputs=day.inputs,
                decision=day.decision,
            )
        )
        if day.statement is not None:
            work.statements.append(StatementToRender(day.statement, incoming.event_id, now))
        for block in day.suppressed:
            effects.emit(suppressed_event(day.account, block, now), block.reason)
        _plan(account, day.account, effects)
        return effects

    def payment_recorded(
        self, work: StatementsWorkspace, incoming: Incoming[RecordPayment], now: datetime
    ) -> Effects:
        """Record a payment once and tell billing how it is allocated."""
        command = incoming.event
        hold.require_role(command.role, hold.PAYMENT_ROLES)
        key = (command.practice_id, command.account_id)
        effects = Effects()
        known = work.payments.get((command.practice_id, command.payment_id))
        if known is not None:
            if (known.account_id, known.amount_cents, known.method) == (
                command.account_id,
                command.amount_cents,
                command.method,
            ):
                return effects
            raise Refused("payment_id_reused", "another payment has this payment id")
        account = _known(work, key)
        allocations, unapplied_cents = allocated(command.amount_cents, account.encounters)
        amounts = {each.encounter_id: each.amount_cents for each in allocations}
        account = replace(
            account,
            revision=account.revision + 1,
            unapplied_cents=account.unapplied_cents + unapplied_cents,
        ).with_encounters(
            *(
                paid(each, amounts[each.encounter_id])
                for each in account.encounters
                if each.encounter_id in amounts
            )
        )
        work.payments[command.practice_id, command.payment_id] = Payment(
            practice_id=command.practice_id,
            payment_id=command.payment_id,
            account_id=command.account_id,
            amount_cents=command.amount_cents,
            method=command.method,
            allocations=allocations,
            unapplied_cents=unapplied_cents,
            received_at=now,
            revision=account.revision,
        )
        self._keep(work, account, "payment_recorded", now, effects)
        effects.emit(
            PatientPaymentReceived(
                practice_id=command.practice_id,
                account_id=command.account_id,
                payment_id=command.payment_id,
                amount_cents=command.amount_cents,
                method=command.method,
                allocations=tuple(
                    PaymentAllocation(
                        encounter_id=each.encounter_id, amount_cents=each.amount_cents
                    )
                    for each in allocations
                ),
                received_at=now,
            ),
            command.payment_id,
        )
        return effects

    def hold_placed(
        self, work: StatementsWorkspace, incoming: Incoming[PlaceHold], now: datetime
    ) -> Effects:
        """Freeze the account's statements."""
        command = incoming.event
        hold.require_role(command.role, hold.HOLD_ROLES)
        hold.require_hold_reason(command.reason)
        account = _known(work, (command.practice_id, command.account_id))
        if account.hold is not None:
            raise Refused("already_on_hold", "release the account's hold before placing another")
        account = replace(
            account,
            revision=account.revision + 1,
            hold=Hold(command.reason, command.role, now),
        )
        effects = Effects()
        self._keep(work, account, "hold_placed", now, effects)
        return effects

    def hold_released(
        self, work: StatementsWorkspace, incoming: Incoming[ReleaseHold], now: datetime
    ) -> Effects:
        """Let the account's statements go on: what was suppressed is decided again."""
        command = incoming.event
        hold.require_role(command.role, hold.RELEASE_ROLES)
        account = _known(work, (command.practice_id, command.account_id))
        if account.hold is None:
            raise Refused("not_on_hold", "nobody placed a hold on this account")
        account = replace(account, revision=account.revision + 1, hold=None)
        account = reconsidered(account, work.household(account), self.policy)
        effects = Effects()
        self._keep(work, account, "hold_released", now, effects)
        return effects

    def _household_changed(
        self, work: StatementsWorkspace, key: Key, now: datetime, effects: Effects
    ) -> None:
        account = work.accounts.get(key)
        if account is None:
            return
        household = work.household(account)
        after = settled(reconsidered(account, household, self.policy), "party_changed", household)
        after = planned(after, now, self.policy)
        if after != account:
            work.accounts[key] = replace(after, revision=after.revision + 1)
            _plan(account, after, effects)

    def _keep(
        self,
        work: StatementsWorkspace,
        account: Account,
        trigger: Trigger,
        now: datetime,
        effects: Effects,
    ) -> None:
        key = (account.practice_id, account.account_id)
        after = planned(settled(account, trigger, work.household(account)), now, self.policy)
        work.accounts[key] = after
        _plan(account, after, effects)

    def _practice(self, work: StatementsWorkspace, practice_id: str) -> Practice:
        practice = work.practices.get(practice_id)
        if practice is None:
            raise Waiting(reference("practice", practice_id, practice_id))
        return practice


def _known(work: StatementsWorkspace, key: Key) -> Account:
    account = work.accounts.get(key)
    if account is None:
        raise Refused("account_unknown", "no balance was ever reported for this account")
    return account


def _plan(before: Account, after: Account, effects: Effects) -> None:
    """Schedule the statement day that ``after`` has planned and ``before`` had not."""
    if after.cycle.next_at is not None and after.cycle.sequence != before.cycle.sequence:
        effects.schedule(
            STATEMENT_DAY,
            after.practice_id,
            after.account_id,
            after.cycle.next_at,
            {"sequence": after.cycle.sequence},
        )
