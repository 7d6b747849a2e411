"""The patient's side of an encounter: money applied line by line, and what is said of the balance.

What the patient paid is applied to the lines in their order, up to the patient's share of each; the
rest stays UNAPPLIED, which is the patient's credit (I8). That is a function of the totals alone,
so that payments and remittances may come in any order (I6).
"""

from hashlib import blake2b
from typing import Any, Final

from msgspec.structs import replace

from schemas.patient_account import PatientBalanceDue
from services.billing.domain import ledger_account as accounts
from services.billing.domain.allocation import fill_in_order
from services.billing.domain.case import Case
from services.billing.domain.claim_settlement import waiting
from services.billing.domain.claim_state import CROSSED_OVER, IN_FLIGHT, REVERSED, UNSENT, VOIDED
from services.billing.domain.encounter_account import CodedService
from services.billing.domain.ledger import Posted
from services.billing.domain.patient_responsibility import share_by_kind

_AWAITING: Final = frozenset({REVERSED, VOIDED, CROSSED_OVER})


def receive_payment(case: Case, amount_cents: int) -> None:
    """Post patient money: to the open lines in order, the excess to UNAPPLIED."""
    lines = sorted(case.ledger.lines(accounts.AR_PATIENT))
    open_cents = [case.ledger.balance(accounts.AR_PATIENT, line) for line in lines]
    parts = fill_in_order(amount_cents, open_cents)
    for line, part in zip(lines, parts, strict=True):
        case.ledger.post(line, "patient_payment", accounts.CASH_PATIENT, accounts.AR_PATIENT, part)
        case.applied[line] = case.applied.get(line, 0) + part
    case.ledger.post(
        0,
        "patient_payment",
        accounts.CASH_PATIENT,
        accounts.UNAPPLIED,
        amount_cents - sum(parts),
    )
    apply_patient_money(case)


def apply_patient_money(case: Case) -> None:
    """Bring what is applied to each line in line with the patient's share of it."""
    unapplied = -case.ledger.total(accounts.UNAPPLIED)
    if not unapplied and not case.applied:
        return
    lines = sorted({*case.ledger.lines(accounts.AR_PATIENT), *case.applied})
    if not lines:
        return
    shares = [
        case.ledger.balance(accounts.AR_PATIENT, line) + case.applied.get(line, 0) for line in lines
    ]
    targets = fill_in_order(unapplied + sum(case.applied.values()), shares)
    changes = [
        (line, target - case.applied.get(line, 0))
        for line, target in zip(lines, targets, strict=True)
    ]
    for line, change in sorted(changes, key=lambda pair: pair[1]):
        case.ledger.post(
            line, "payment_application", accounts.UNAPPLIED, accounts.AR_PATIENT, change
        )
        case.applied[line] = case.applied.get(line, 0) + change


def is_final(case: Case) -> bool:
    """Whether every payer is done with the encounter (money.md section 2, rule 8).

    Nothing receivable from a payer nor owed to one, no claim on its way or to be sent, no reversal
    or correction awaited, and nobody to whom it was forwarded still to answer.
    """
    if case.account.coded is None:
        return False
    balances = case.ledger.accounts()
    for account in accounts.AR_INSURANCE:
        lines = balances.get(account)
        if lines is not None and any(lines.values()):
            return False
    if waiting(case) or case.open_items("hold"):
        return False
    for claim in case.claims.values():
        if claim.replaced_by:
            continue
        if claim.state in IN_FLIGHT or claim.state in UNSENT:
            return False
        if claim.state in _AWAITING and not case.account.not_billable:
            return False
    return True


def write_off_cents(case: Case) -> int:
    """What providers gave up on the encounter, by contract, law or decision."""
    return sum(cents for name, cents in case.ledger.totals().items() if name in accounts.WRITE_OFFS)


def tell_balance(case: Case, *, final: bool) -> None:
    """Emit ``PatientBalanceDue`` when the encounter is final and the amounts changed.

    Once told, a balance that is no longer final is told again as such, so that no statement goes
    out on it. final: whether every payer is done with the encounter (``is_final``).
    """
    if not final and not case.account.told:
        return
    account = case.account
    if account.coded is None:
        return
    total = case.ledger.total
    event = PatientBalanceDue.model_validate(
        {
            "practice_id": account.practice_id,
            "account_id": account.account_id,
            "patient_id": account.patient_id,
            "encounter_id": account.encounter_id,
            "version": account.balance_version + 1,
            "service_date": account.coded.service_date,
            "insurance_final": final,
            "charge_cents": -total(accounts.REVENUE),
            "insurance_paid_cents": total(accounts.CASH_INS),
            "adjusted_cents": write_off_cents(case),
            "patient_paid_cents": total(accounts.CASH_PATIENT),
            "balance_cents": max(total(accounts.AR_PATIENT), 0),
            "credit_cents": -total(accounts.UNAPPLIED) - total(accounts.REFUND_PAYABLE),
            "share": share_by_kind(_patient_postings(case)),
            "protection": account.coverage.protection,
            "payer_names": [payer.name for payer in account.coverage.payers],
            "lines": _lines(case, account.coded),
            "as_of": case.now,
        }
    )
    content = event.__pydantic_serializer__.to_json(event, exclude={"version", "as_of"})
    said = blake2b(content, digest_size=8).hexdigest()
    if said == account.told:
        return
    case.events.append(event)
    case.account = replace(account, balance_version=event.version, told=said)


def _patient_postings(case: Case) -> list[Posted]:
    found = list(case.account.charges)
    for each in case.adjudications.values():
        if each.standing:
            found.extend(each.disposition)
    return found


def _lines(case: Case, coded: CodedService) -> list[dict[str, Any]]:
    charged, paid, patient = (
        case.ledger.lines(account)
        for account in (accounts.REVENUE, accounts.CASH_INS, accounts.AR_PATIENT)
    )
    adjusted: dict[int, int] = {}
    for account, rows in case.ledger.accounts().items():
        if account in accounts.WRITE_OFFS:
            for number, cents in rows.items():
                adjusted[number] = adjusted.get(number, 0) + cents
    applied = case.applied
    return [
        {
            "line": line.line,
            "code": line.code,
            "charge_cents": max(-charged.get(line.line, 0), 0),
            "insurance_paid_cents": paid.get(line.line, 0),
            "adjusted_cents": adjusted.get(line.line, 0),
            "patient_cents": patient.get(line.line, 0) + applied.get(line.line, 0),
        }
        for line in coded.lines
    ]
