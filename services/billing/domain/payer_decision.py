"""A payer's decision as it arrives (835 loop 2100), turned into the account's own terms."""

from collections.abc import Sequence

from schemas.claim import ClaimAdjudicated
from schemas.values import Adjustment
from schemas.view import AdjustmentPart
from services.billing.domain.acknowledgement import known_claim
from services.billing.domain.adjudication import (
    Adjudication,
    RemittanceLine,
    check_balance,
)
from services.billing.domain.case import Case
from services.billing.domain.claim_adjustment import LineAdjustment
from services.billing.domain.claim_settlement import take_in
from services.billing.domain.conclusion import conclude
from services.billing.domain.readings import DecidedClaim


def take_adjudication(case: Case, event: ClaimAdjudicated | DecidedClaim) -> bool:
    """Post a payer's decision; ``False`` when it was known already.

    Raises ``Refused``: ``claim_unknown``, ``line_out_of_balance``, ``claim_out_of_balance``,
    ``adjudication_conflicts``.
    """
    claim = known_claim(case.account, event.claim_id)
    adjustments = _adjustments(event.adjustments)
    lines = tuple(
        [
            RemittanceLine(
                line.line or 0,
                line.submitted_code or line.code,
                line.modifiers,
                line.units,
                line.charge_cents,
                line.paid_cents,
                _adjustments(line.adjustments),
                line.remark_codes,
            )
            for line in event.lines
        ]
    )
    check_balance(event.charge_cents, event.paid_cents, adjustments, lines)
    adjudication = Adjudication(
        key=posting_key(event),
        claim_id=event.claim_id,
        claim_version=claim.version,
        level=case.account.coverage.level_of(event.payer_id, from_level=claim.level) or 0,
        payer_id=event.payer_id,
        status_code=event.claim_status_code,
        payer_control_number=event.payer_control_number,
        remittance_id=event.remittance_id,
        trace_number=event.trace_number,
        sequence=event.sequence,
        paid_on=event.paid_on,
        charge_cents=event.charge_cents,
        paid_cents=event.paid_cents,
        lines=lines,
        adjustments=adjustments,
        crossover_payer_id=event.crossover_payer_id,
    )
    if not take_in(case, adjudication):
        return False
    conclude(case)
    return True


def posting_key(event: ClaimAdjudicated | DecidedClaim) -> str:
    """What makes a CLP the same CLP, however often it is delivered (invariant I5).

    Payer, remittance, trace (TRN02), claim (CLP01), the payer's number (CLP07), position and status
    (CLP02). A payer may use a trace again: the remittance, whose id follows from its date and
    amount as well, tells its deposits apart.
    """
    return "|".join(
        (
            event.payer_id,
            event.remittance_id,
            event.trace_number,
            event.claim_id,
            event.payer_control_number,
            str(event.sequence),
            event.claim_status_code,
        )
    )


def _adjustments(adjustments: Sequence[Adjustment | AdjustmentPart]) -> tuple[LineAdjustment, ...]:
    return tuple(
        [LineAdjustment(each.group, each.reason, each.amount_cents) for each in adjustments]
    )
