"""Giving a patient's credit back: approved by one person, paid by another (maker-checker)."""

from msgspec.structs import replace

from services.billing.domain import ledger_account as accounts
from services.billing.domain.case import Case
from services.chassis.effects import Refused


def approve_refund(case: Case, amount_cents: int, actor: str) -> None:
    """UNAPPLIED to REFUND_PAYABLE; at most the open credit (I9).

    Raises ``Refused("refund_exceeds_credit")``.
    """
    credit = -case.ledger.total(accounts.UNAPPLIED)
    if not 0 < amount_cents <= credit:
        raise Refused("refund_exceeds_credit", f"the open credit is {max(credit, 0)} cents")
    case.ledger.post(
        0, "refund_approved", accounts.UNAPPLIED, accounts.REFUND_PAYABLE, amount_cents
    )
    approvers = {*case.account.refund_approvers, actor}
    case.account = replace(case.account, refund_approvers=tuple(sorted(approvers)))


def pay_refund(case: Case, amount_cents: int, actor: str) -> None:
    """REFUND_PAYABLE to CASH_PATIENT; at most what was approved, and by somebody else.

    Once all is paid, who approved it may pay what others approve later.

    Raises ``Refused``: ``refund_not_approved``, ``maker_is_checker``.
    """
    if actor in case.account.refund_approvers:
        raise Refused("maker_is_checker", "who approved a refund may not pay it")
    approved = -case.ledger.total(accounts.REFUND_PAYABLE)
    if not 0 < amount_cents <= approved:
        raise Refused("refund_not_approved", f"approved and unpaid are {max(approved, 0)} cents")
    case.ledger.post(0, "refund_paid", accounts.REFUND_PAYABLE, accounts.CASH_PATIENT, amount_cents)
    if not case.ledger.total(accounts.REFUND_PAYABLE):
        case.account = replace(case.account, refund_approvers=())
