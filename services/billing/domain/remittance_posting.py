"""Posting what a payer decided: its cash, its write-offs, and what it leaves to the next.

The cash of a decision is posted once, whatever else happens. Its disposition (write-offs and
transfers) is posted while it is the decision that stands for its payer, and withdrawn by an exact
mirror when it no longer does. Balances are therefore the same for every order of arrival (I6).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from msgspec.structs import replace

from services.billing.domain import ledger_account as accounts
from services.billing.domain.adjudication import FORWARDED, Adjudication, MatchedLine
from services.billing.domain.case import Case
from services.billing.domain.claim_adjustment import (
    PATIENT_SHARE,
    AdjustmentRule,
    LineAdjustment,
)
from services.billing.domain.coverage import MOST_PAYERS
from services.billing.domain.ledger import Posted, PostingOrigin
from services.billing.domain.ledger_account import ar_insurance
from services.billing.domain.patient_responsibility import patient_part
from services.billing.domain.work_item import UNDECIDED, WorkKind

_SHARES = {accounts.AR_PATIENT, accounts.COST_SHARING_WO}
_TURN = {"patient_share": 1, "write_off": 2, "denial": 3, "unknown": 4, "informational": 5}


def origin_of(adjudication: Adjudication) -> PostingOrigin:
    """Where the postings of a decision come from."""
    return PostingOrigin(adjudication.claim_id, adjudication.payer_id, adjudication.remittance_id)


def post_cash(case: Case, adjudication: Adjudication) -> None:
    """Post the payments of a decision: CASH_INS to AR_INS of its level, line by line."""
    posted: list[Posted] = []
    origin, receivable = origin_of(adjudication), ar_insurance(adjudication.level)
    for line in adjudication.matched:
        posted += case.ledger.post(
            line.line,
            "insurance_payment",
            accounts.CASH_INS,
            receivable,
            line.paid_cents,
            origin=origin,
        )
    case.adjudications[adjudication.key] = replace(adjudication, cash=tuple(posted))


def take_back(case: Case, original: Adjudication, reversal: Adjudication) -> None:
    """Mirror everything posted for ``original`` (CLP02 22): the reversal nets it to zero (I11)."""
    withdraw(case, original)
    for posted in original.cash:
        case.ledger.mirror(posted, origin=origin_of(reversal))
    original = case.adjudications[original.key]
    case.adjudications[original.key] = replace(original, reversed_by=reversal.key)
    case.adjudications[reversal.key] = replace(reversal, reverses=original.key)


def withdraw(case: Case, adjudication: Adjudication) -> None:
    """Mirror the disposition of a decision that no longer stands, and close its work."""
    for posted in adjudication.disposition:
        case.ledger.mirror(posted, origin=origin_of(adjudication))
    case.adjudications[adjudication.key] = replace(adjudication, disposition=(), standing=False)
    for item in case.open_items():
        if item.subject == adjudication.key and item.kind != "unmatched_remittance":
            case.close_item(item, "closed", "the payer's decision no longer stands")


def dispose(case: Case, adjudication: Adjudication) -> None:
    """Post the write-offs and transfers of the decision that stands, and open its work."""
    posted: list[Posted] = []
    decided = set()
    origin = origin_of(adjudication)
    for line in adjudication.matched:
        posted += _Disposition(case, adjudication, line, origin).post()
        decided.add(line.line)
    for billed in case.claims[adjudication.claim_id].content.lines:
        if billed.line not in decided:
            nothing = MatchedLine(billed.line, 0, 0, ())
            posted.extend(_Disposition(case, adjudication, nothing, origin).post())
    case.adjudications[adjudication.key] = replace(
        adjudication, disposition=tuple(posted), standing=True
    )


def share_again(case: Case, adjudication: Adjudication) -> None:
    """Post the patient share of a decision that stands anew, under the payers known now.

    What it wrote off, and what people decided about its refusals, stays as it is.
    """
    origin = origin_of(adjudication)
    kept: list[Posted] = []
    shares: dict[tuple[int, str], int] = {}
    for posted in adjudication.disposition:
        sides = {posted.debit, posted.credit}
        if posted.kind != "transfer" and not sides & _SHARES:
            kept.append(posted)
            continue
        own = ar_insurance(adjudication.level)
        signed = posted.amount_cents if posted.credit == own else -posted.amount_cents
        share = (posted.line, posted.detail)
        shares[share] = shares.get(share, 0) + signed
        case.ledger.mirror(posted, origin=origin)
    lines = {line.line: line for line in adjudication.matched}
    for (line, detail), cents in shares.items():
        share_of_line = _Disposition(case, adjudication, lines[line], origin)
        kept.extend(share_of_line.patient_share(cents, detail))
    case.adjudications[adjudication.key] = replace(adjudication, disposition=tuple(kept))


def transferred_to(case: Case, level: int, line: int) -> int:
    """What the decisions that stand moved to the payer of ``level`` on a line, in cents."""
    account = ar_insurance(level)
    return sum(
        posted.amount_cents if posted.debit == account else -posted.amount_cents
        for each in case.adjudications.values()
        if each.standing and each.level == level - 1
        for posted in each.disposition
        if posted.line == line and account in {posted.debit, posted.credit}
    )


@dataclass(slots=True)
class _Disposition:
    """One line of a decision while it is posted.

    room: what is left of the line for this payer to dispose of. The primary disposes of the whole
    charge that was billed, also where it restates another one. A later payer restates the whole
    claim, so it never disposes of more than the earlier ones left to it (I10).
    """

    case: Case
    adjudication: Adjudication
    line: MatchedLine
    origin: PostingOrigin
    room: int = 0
    bounded: bool = False

    def post(self) -> list[Posted]:
        level = self.adjudication.level
        self.bounded = level > 1
        if self.bounded:
            self.room = transferred_to(self.case, level, self.line.line) - self.line.paid_cents
        else:
            self.room = self._billed_cents() - self.line.paid_cents
        ruled = [(each, self._rule(each)) for each in self.line.adjustments]
        if len(ruled) > 1:
            ruled.sort(key=lambda pair: (pair[0].amount_cents > 0, _TURN[pair[1].meaning]))
        posted: list[Posted] = []
        for each, rule in ruled:
            posted += self._one(each, rule)
        if self.room != 0:
            self._mismatch(self.room)
        return posted

    def _billed_cents(self) -> int:
        number = self.line.line
        for each in self.case.claims[self.adjudication.claim_id].content.lines:
            if each.line == number:
                return each.charge_cents
        raise ValueError("the decision names a line that was not billed")

    def _rule(self, each: LineAdjustment) -> AdjustmentRule:
        return self.case.rules.adjustments.find(
            each.group, each.reason, self.line.remark_codes, self.adjudication.payer_id
        )

    def _take(self, amount_cents: int) -> int:
        taken = amount_cents
        if self.bounded and amount_cents > 0:
            taken = min(amount_cents, max(self.room, 0))
        self.room -= taken
        return taken

    def _one(self, each: LineAdjustment, rule: AdjustmentRule) -> Iterable[Posted]:
        if rule.meaning == "informational":
            return ()
        amount = self._take(each.amount_cents)
        if amount == 0:
            return ()
        detail = f"{each.group}-{each.reason}"
        if rule is PATIENT_SHARE:
            return self.patient_share(amount, detail)
        if rule.meaning == "write_off":
            return self._post("write_off", rule.account, amount, detail)
        self._work(each, rule, amount)
        return ()

    def patient_share(self, amount: int, detail: str) -> Iterable[Posted]:
        level = self.adjudication.level
        coverage = self.case.account.coverage
        if coverage.payer(level + 1) is not None or self._went_on():
            return self._post("transfer", ar_insurance(level + 1), amount, detail)
        asked = self.case.ledger.total(accounts.AR_PATIENT) + sum(self.case.applied.values())
        part = patient_part(amount, coverage, self.case.rules.medicaid_copay_cents - asked)
        return (
            *self._post("patient_responsibility", accounts.AR_PATIENT, part.patient_cents, detail),
            *self._post("write_off", accounts.COST_SHARING_WO, part.write_off_cents, detail),
        )

    def _went_on(self) -> bool:
        """Forwarded to a payer that is not registered: theirs, and not the patient's, for now."""
        forwarded = self.adjudication.status_code in FORWARDED
        return forwarded and self.adjudication.level < MOST_PAYERS

    def _post(self, kind: str, debit: str, amount: int, detail: str) -> tuple[Posted, ...]:
        return self.case.ledger.post(
            self.line.line,
            kind,
            debit,
            ar_insurance(self.adjudication.level),
            amount,
            detail=detail,
            origin=self.origin,
        )

    def _work(self, each: LineAdjustment, rule: AdjustmentRule, amount: int) -> None:
        adjudication = self.adjudication
        payer = self.case.account.coverage.payer(adjudication.level)
        due_on = None
        if rule.deadline is not None:
            programme = payer.programme if payer is not None else ""
            served = self.case.account.service_date
            start = served if rule.deadline == "initial" else adjudication.paid_on
            due_on = self.case.rules.filing.deadline(
                adjudication.payer_id, programme, rule.deadline, start, served
            )
        if self.case.account.not_billable:
            return
        kind: WorkKind = "denial" if rule.meaning == "denial" else "unknown_adjustment"
        self.case.open_item(
            kind,
            adjudication.claim_id,
            adjudication.key,
            f"{each.group}-{each.reason}",
            line=self.line.line,
            level=adjudication.level,
            group=each.group,
            carc=each.reason,
            remark_codes=self.line.remark_codes,
            amount_cents=amount,
            action=rule.action,
            due_on=due_on,
        )

    def _mismatch(self, left: int) -> None:
        if self.case.account.not_billable:
            return
        self.case.open_item(
            "coordination_mismatch",
            self.adjudication.claim_id,
            self.adjudication.key,
            "left_open_by_payer" if left > 0 else "paid_more_than_left",
            line=self.line.line,
            level=self.adjudication.level,
            amount_cents=left,
        )


def undecided_cents(case: Case, level: int | None = None) -> int:
    """What is receivable from payers as denied or unexplained, until somebody decides."""
    return sum(
        item.amount_cents
        for item in case.open_items(*UNDECIDED)
        if level is None or item.level == level
    )


def outcome_of(case: Case, adjudication: Adjudication) -> str:
    """``paid``, ``partial`` or ``denied`` (lifecycles of a claim).

    A zero payment with patient responsibility only is paid; denials normally arrive as CLP02 1 to
    3 with nothing paid, so the reasons decide and not the status.
    """
    if adjudication.status_code == "4":
        return "denied"
    refused = [
        line
        for line in adjudication.matched
        if line.adjustments and _is_refused(case, adjudication, line)
    ]
    if not refused:
        return "paid"
    if len(refused) == len(adjudication.matched) and not any(line.paid_cents for line in refused):
        return "denied"
    return "partial"


def _is_refused(case: Case, adjudication: Adjudication, line: MatchedLine) -> bool:
    find = case.rules.adjustments.find
    for each in line.adjustments:
        rule = find(each.group, each.reason, line.remark_codes, adjudication.payer_id)
        if rule.meaning == "denial":
            return True
    return False
