"""What follows from any change of an account: money applied, claims brought up, balance told."""

from datetime import timedelta

from services.billing.domain import claim_state as states
from services.billing.domain import ledger_account as accounts
from services.billing.domain.adjudication import Adjudication, MatchedLine
from services.billing.domain.case import Case
from services.billing.domain.claim import BilledLine
from services.billing.domain.claim_settlement import waiting
from services.billing.domain.claim_submission import bring_claims_up
from services.billing.domain.ledger_account import ar_insurance
from services.billing.domain.patient_settlement import apply_patient_money, is_final, tell_balance

OVERPAYMENT_DAYS = 60
"""To report and return an overpayment once identified (42 CFR 401.305(b))."""


def conclude(case: Case) -> None:
    """Do what the account's new facts ask for; the same facts twice do nothing the second time."""
    apply_patient_money(case)
    bring_claims_up(case)
    _compare_with_contract(case)
    _payer_credits(case)
    final = is_final(case)
    if final:
        _close_finished(case)
    tell_balance(case, final=final)


def _compare_with_contract(case: Case) -> None:
    standing = case.standing(1)
    coded = case.account.coded
    if standing is None or coded is None:
        return
    if any(each.standing and each.key == standing.key for each in case.account.adjudications):
        return
    if standing.payer_id not in case.rules.fees.contracts:
        return
    billed = {line.line: line for line in case.claims[standing.claim_id].content.lines}
    for line in standing.matched:
        short = _shortfall(case, standing, line, billed[line.line])
        if short:
            case.open_item(
                "underpaid",
                standing.claim_id,
                standing.key,
                "allowed_below_contract",
                line=line.line,
                level=1,
                amount_cents=short,
                action="appeal",
                due_on=case.rules.filing.deadline(
                    standing.payer_id,
                    case.account.coverage.payers[0].programme,
                    "appeal",
                    standing.paid_on,
                    coded.service_date,
                ),
            )


def _shortfall(case: Case, standing: Adjudication, line: MatchedLine, billed: BilledLine) -> int:
    """How far a line that was not refused lies below the contract, in cents."""
    allowed = line.paid_cents
    for each in line.adjustments:
        rule = case.rules.adjustments.find(
            each.group, each.reason, line.remark_codes, standing.payer_id
        )
        if rule.meaning == "patient_share" or rule.account == accounts.SEQUESTRATION:
            allowed += each.amount_cents
        elif rule.meaning != "write_off" or rule.account != accounts.CONTRACTUAL:
            return 0
    return case.rules.fees.shortfall_cents(
        standing.payer_id, billed.code, billed.units, billed.charge_cents, allowed
    )


def _payer_credits(case: Case) -> None:
    if not case.items:
        total = case.ledger.total
        if min(total(accounts.AR_INS_1), total(accounts.AR_INS_2), total(accounts.AR_INS_3)) >= 0:
            return
    in_flight = any(claim.state in states.IN_FLIGHT for claim in case.current_claims())
    for level in (1, 2, 3):
        owed = case.ledger.total(ar_insurance(level))
        payer = case.account.coverage.payer(level)
        subject = f"payer_credit:{level}"
        if owed < 0 and payer is not None and not in_flight and not waiting(case):
            if not any(item.subject == subject for item in case.open_items("payer_credit")):
                case.open_item(
                    "payer_credit",
                    "",
                    subject,
                    "payer_paid_too_much",
                    level=level,
                    amount_cents=min(-owed, _paid_by(case, level) or -owed),
                    action="refund",
                    due_on=case.today + timedelta(days=OVERPAYMENT_DAYS),
                )
        else:
            case.close_items("payer_credit", "balanced", subject=subject)


def _paid_by(case: Case, level: int) -> int:
    """What the payer of a level has paid and not taken back: the most that it can be owed."""
    return sum(
        each.paid_cents
        for each in case.adjudications.values()
        if each.level == level and each.cash and not each.reversed_by
    )


def _close_finished(case: Case) -> None:
    """A claim is closed when its encounter owes nothing and nobody has work on it.

    A credit of the patient's is the account's affair and keeps no claim open. Every payer must be
    done with the encounter; that stays so.
    """
    if case.ledger.total(accounts.AR_PATIENT) or case.open_insurance_cents() or case.open_items():
        return
    for claim in case.current_claims():
        answered = claim.state != states.CROSSED_OVER or case.standing(claim.level + 1)
        if claim.state in states.DECIDED and answered:
            case.move(claim, states.CLOSED, "balance_zero")
