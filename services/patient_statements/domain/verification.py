"""Proof that statements and payments add up, from what was kept and not from the rules' own state.

Balances are folded again from billing's reports and the payments, in the order of the account's
revisions; decisions are taken again from their stored inputs (I14; money model, section 3).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from services.patient_statements.domain.statement_gate import GateDecision, GateInputs, decide

Key = tuple[str, str]
"""A practice's id and an id of its own."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not hold: which rule, about what, and how. Ids and cents only."""

    rule: str
    subject: str
    message: str


@dataclass(frozen=True, slots=True)
class KeptReport:
    """One report by billing, as kept."""

    account: Key
    revision: int
    encounter_id: str
    version: int
    patient_paid_cents: int
    balance_cents: int


@dataclass(frozen=True, slots=True)
class KeptPayment:
    """One payment, as kept; ``allocations`` are cents by encounter."""

    account: Key
    revision: int
    payment_id: str
    amount_cents: int
    unapplied_cents: int
    allocations: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class KeptItem:
    """An encounter on a kept statement."""

    encounter_id: str
    version: int
    balance_cents: int


@dataclass(frozen=True, slots=True)
class KeptStatement:
    """A statement, as kept."""

    account: Key
    statement_id: str
    number: int
    revision: int
    state: str
    total_cents: int
    items: Sequence[KeptItem]
    failures: int = 0
    documents_whole: bool = True


@dataclass(frozen=True, slots=True)
class KeptDecision:
    """A decision of the gate, as kept."""

    account: Key
    revision: int
    occasion: str
    statement_id: str | None
    inputs: GateInputs
    decision: GateDecision


@dataclass(frozen=True, slots=True)
class KeptAccount:
    """An account's own figures, as kept."""

    account: Key
    due_cents: int
    unapplied_cents: int
    statements: int


@dataclass(slots=True)
class Balance:
    """One encounter's balance as it is folded."""

    version: int = 0
    patient_paid_cents: int = 0
    reported_cents: int = 0
    pending_cents: int = 0

    @property
    def due_cents(self) -> int:
        return max(0, self.reported_cents - self.pending_cents)


@dataclass(slots=True)
class History:
    """Everything kept about one account."""

    reports: list[KeptReport] = field(default_factory=list)
    payments: list[KeptPayment] = field(default_factory=list)
    statements: list[KeptStatement] = field(default_factory=list)
    decisions: list[KeptDecision] = field(default_factory=list)
    account: KeptAccount | None = None

    def balances(self, revision: int | None = None) -> dict[str, Balance]:
        """The balances by encounter as of a revision; of the last one without it."""
        entries: list[KeptReport | KeptPayment] = [*self.reports, *self.payments]
        entries.sort(key=lambda entry: entry.revision)
        found: dict[str, Balance] = {}
        for entry in entries:
            if revision is not None and entry.revision > revision:
                break
            if isinstance(entry, KeptPayment):
                for encounter_id, cents in entry.allocations.items():
                    found.setdefault(encounter_id, Balance()).pending_cents += cents
                continue
            balance = found.setdefault(entry.encounter_id, Balance())
            applied = max(0, entry.patient_paid_cents - balance.patient_paid_cents)
            if balance.version:
                balance.pending_cents = max(0, balance.pending_cents - applied)
            balance.version = entry.version
            balance.patient_paid_cents = entry.patient_paid_cents
            balance.reported_cents = entry.balance_cents
        return found


def histories(
    *,
    accounts: Iterable[KeptAccount],
    reports: Iterable[KeptReport],
    payments: Iterable[KeptPayment],
    statements: Iterable[KeptStatement],
    decisions: Iterable[KeptDecision],
) -> dict[Key, History]:
    """What was kept, by account."""
    found: dict[Key, History] = {}
    for account in accounts:
        found.setdefault(account.account, History()).account = account
    for report in reports:
        found.setdefault(report.account, History()).reports.append(report)
    for payment in payments:
        found.setdefault(payment.account, History()).payments.append(payment)
    for statement in statements:
        found.setdefault(statement.account, History()).statements.append(statement)
    for decision in decisions:
        found.setdefault(decision.account, History()).decisions.append(decision)
    return found


def _totals(statement: KeptStatement, history: History, subject: str) -> Iterator[Finding]:
    if sum(item.balance_cents for item in statement.items) != statement.total_cents:
        yield Finding("statement_total", subject, "its items do not sum to its total")
    balances = history.balances(statement.revision)
    for item in statement.items:
        balance = balances.get(item.encounter_id, Balance())
        if (balance.version, balance.due_cents) != (item.version, item.balance_cents):
            yield Finding(
                "statement_as_of",
                subject,
                f"encounter {item.encounter_id} stood at {balance.due_cents} cents in version "
                f"{balance.version}; the statement says {item.balance_cents} in {item.version}",
            )


def _permission(statement: KeptStatement, history: History, subject: str) -> Iterator[Finding]:
    on_it = {item.encounter_id for item in statement.items}
    made = {
        each.occasion: each
        for each in history.decisions
        if each.statement_id == statement.statement_id
    }
    for occasion in ("statement_day", "issue") if statement.state == "issued" else ():
        decision = made.get(occasion)
        if decision is None:
            yield Finding("decision_missing", subject, f"no decision is kept for its {occasion}")
            continue
        again = decide(decision.inputs)
        blocked = {
            encounter_id: block.reason
            for block in again.blocked
            if block.reason != "small_balance"
            for encounter_id in block.encounter_ids
        }
        for encounter_id in sorted(on_it & blocked.keys()):
            yield Finding(
                "issued_while_suppressed",
                subject,
                f"encounter {encounter_id} was blocked on its {occasion}: {blocked[encounter_id]}",
            )


def _payments(history: History, practice_id: str) -> Iterator[Finding]:
    for payment in history.payments:
        allocated = sum(payment.allocations.values())
        if allocated + payment.unapplied_cents != payment.amount_cents:
            yield Finding(
                "payment_allocation",
                f"{practice_id}:{payment.payment_id}",
                f"{allocated} allocated and {payment.unapplied_cents} unapplied are not "
                f"{payment.amount_cents} cents",
            )


def _account(history: History, subject: str) -> Iterator[Finding]:
    account = history.account
    if account is None:
        yield Finding("account_missing", subject, "reports or statements are kept, and no account")
        return
    due_cents = sum(balance.due_cents for balance in history.balances().values())
    if due_cents != account.due_cents:
        yield Finding(
            "account_balance",
            subject,
            f"reports and payments come to {due_cents} cents; it says {account.due_cents}",
        )
    unapplied_cents = sum(payment.unapplied_cents for payment in history.payments)
    if unapplied_cents != account.unapplied_cents:
        yield Finding(
            "account_unapplied",
            subject,
            f"payments leave {unapplied_cents} cents; it says {account.unapplied_cents}",
        )
    numbers = sorted(statement.number for statement in history.statements)
    if numbers != list(range(1, account.statements + 1)):
        yield Finding("statement_numbers", subject, "its statements are not numbered 1, 2, 3, ...")


def _decisions(history: History, subject: str) -> Iterator[Finding]:
    for decision in history.decisions:
        if decide(decision.inputs) != decision.decision:
            yield Finding(
                "decision_not_repeatable",
                subject,
                f"the inputs of revision {decision.revision} decide otherwise now",
            )


def _statement(statement: KeptStatement, history: History, subject: str) -> Iterator[Finding]:
    yield from _totals(statement, history, subject)
    yield from _permission(statement, history, subject)
    if not statement.documents_whole:
        yield Finding("document_digest", subject, "a document is not what its digest says")
    if statement.state == "to_render" and statement.failures:
        yield Finding(
            "statement_not_printable",
            subject,
            f"printing failed {statement.failures} times; see the service's log",
        )


def findings(kept: Mapping[Key, History]) -> list[Finding]:
    """Everything that does not hold, by account; empty when all is proven."""
    found: list[Finding] = []
    for (practice_id, account_id), history in sorted(kept.items()):
        subject = f"{practice_id}:{account_id}"
        found.extend(_account(history, subject))
        found.extend(_payments(history, practice_id))
        found.extend(_decisions(history, subject))
        for statement in history.statements:
            found.extend(_statement(statement, history, f"{practice_id}:{statement.statement_id}"))
    return found
