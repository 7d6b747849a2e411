"""Posting charges: what was done, at the practice's price, against whoever pays first."""

from msgspec.structs import replace

from services.billing.domain import ledger_account as accounts
from services.billing.domain.case import Case
from services.billing.domain.encounter_account import CodedService
from services.billing.domain.ledger import Posted
from services.billing.domain.ledger_account import ar_insurance


def price(case: Case, coded: CodedService) -> CodedService:
    """The coded lines with their charges; a code without a price stays without one."""
    practice_id = case.account.practice_id
    return replace(
        coded,
        lines=tuple(
            replace(
                line,
                charge_cents=case.rules.charges.charge_cents(practice_id, line.code, line.units),
            )
            if line.charge_cents is None
            else line
            for line in coded.lines
        ),
    )


def post_charges(case: Case) -> None:
    """Make the posted charges those of the account's coded lines; changes mirror, then post anew.

    A charge is debited to AR_INS(1), or to AR_PATIENT when the patient pays alone. An encounter
    that is not billable has none.
    """
    coded = case.account.coded
    debit = accounts.AR_PATIENT if case.account.coverage.self_pay else ar_insurance(1)
    detail = "self-pay" if debit == accounts.AR_PATIENT else "charge"
    wanted: dict[int, int] = {}
    if coded is not None and not case.account.not_billable:
        wanted = {line.line: line.charge_cents for line in coded.lines if line.charge_cents}
    kept: list[Posted] = []
    for posted in case.account.charges:
        if posted.debit == debit and wanted.get(posted.line) == posted.amount_cents:
            kept.append(posted)
            del wanted[posted.line]
        else:
            case.ledger.mirror(posted)
    for line, cents in wanted.items():
        kept.extend(case.ledger.post(line, "charge", debit, accounts.REVENUE, cents, detail=detail))
    kept.sort(key=lambda posted: posted.line)
    case.account = replace(case.account, charges=tuple(kept))
