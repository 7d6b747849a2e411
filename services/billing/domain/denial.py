"""Deciding about what a payer refused: correct, appeal, write off, or (PR only) the patient."""

from msgspec.structs import replace

from services.billing.domain import claim_state as states
from services.billing.domain import ledger_account as accounts
from services.billing.domain.case import Case
from services.billing.domain.ledger_account import ar_insurance
from services.billing.domain.remittance_posting import origin_of
from services.billing.domain.work_item import UNDECIDED, WorkItem
from services.chassis.effects import Refused

_MAY_REACH_PATIENT = frozenset({"yes", "if_pr", "after_check"})


def find_item(case: Case, item_id: str) -> WorkItem:
    """An open work item by id; raises ``Refused("work_item_unknown")``."""
    item = case.items.get(item_id)
    if item is None or not item.is_open:
        raise Refused("work_item_unknown", f"there is no open work item {item_id}")
    return item


def write_off(case: Case, item_id: str, role: str) -> None:
    """Give up a refused amount: DENIAL_WO to AR_INS, within the role's authority.

    It belongs to the payer's decision: should the payer take that back, this is mirrored too.
    Raises ``Refused``: ``work_item_unknown``, ``not_a_denial``, ``beyond_authority``,
    ``write_off_exceeds_open`` (I10).
    """
    item = _undecided(case, item_id)
    limit = case.rules.write_off_limit_cents(role)
    if item.amount_cents > limit:
        raise Refused("beyond_authority", f"role {role} may write off {limit} cents at most")
    _move_open(case, item, accounts.DENIAL_WO, "denial_write_off")
    case.close_item(item, "written_off", "write_off")
    _say_written_off(case, item)


def to_patient(case: Case, item_id: str) -> None:
    """Let a refused amount be the patient's: only where the payer said PR (R6, invariant I7).

    A later payer comes before the patient: then it moves on to that one.
    Raises ``Refused``: ``work_item_unknown``, ``not_a_denial``, ``not_patient_responsibility``.
    """
    item = _undecided(case, item_id)
    payer_id = case.adjudications[item.subject].payer_id
    rule = case.rules.adjustments.find(item.group, item.carc, item.remark_codes, payer_id)
    if item.group != "PR" or rule.patient not in _MAY_REACH_PATIENT:
        raise Refused(
            "not_patient_responsibility", f"{item.group}-{item.carc} is not the patient's to pay"
        )
    if case.account.coverage.payer(item.level + 1) is not None:
        _move_open(case, item, ar_insurance(item.level + 1), "transfer")
        case.close_item(item, "closed", "other_payer")
        return
    if case.account.coverage.protection != "none":
        raise Refused("not_patient_responsibility", "the law protects this patient from the bill")
    _move_open(case, item, accounts.AR_PATIENT, "patient_responsibility")
    case.close_item(item, "closed", "patient")


def start_work(case: Case, item_id: str, action: str) -> None:
    """Say that a refusal is being worked on (corrected, appealed); it stays receivable."""
    item = find_item(case, item_id)
    case.items[item_id] = replace(item, state="waiting", action=action)


def expire(case: Case, item_id: str) -> None:
    """The last day of a work item has passed: it stays, as its manager's to decide."""
    item = case.items.get(item_id)
    if item is not None and item.is_open:
        case.items[item_id] = replace(item, state="expired", owner="billing_manager")


def _undecided(case: Case, item_id: str) -> WorkItem:
    item = find_item(case, item_id)
    if item.kind not in UNDECIDED:
        raise Refused("not_a_denial", f"work item {item_id} is a {item.kind}")
    return item


def _move_open(case: Case, item: WorkItem, account: str, kind: str) -> None:
    adjudication = case.adjudications[item.subject]
    credit = ar_insurance(item.level)
    if item.amount_cents > case.ledger.balance(credit, item.line):
        raise Refused("write_off_exceeds_open", "the payer no longer owes that much on the line")
    posted = case.ledger.post(
        item.line,
        kind,
        account,
        credit,
        item.amount_cents,
        detail=f"{item.group}-{item.carc}",
        origin=origin_of(adjudication),
    )
    case.adjudications[item.subject] = replace(
        adjudication, disposition=(*adjudication.disposition, *posted)
    )


def _say_written_off(case: Case, item: WorkItem) -> None:
    claim = case.claims[item.claim_id]
    left = [each for each in case.open_items(*UNDECIDED) if each.claim_id == item.claim_id]
    if not left and claim.state == states.DENIED:
        case.move(claim, states.WRITTEN_OFF, "write_off_approved")
