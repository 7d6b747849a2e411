"""Timely filing: until when a payer takes a claim, as its profile says (days of its contract).

Payers count a first claim from the day of service, often one after another payer from that payer's
decision, and a replacement by a limit of its own. A void takes money back and is never too late.
"""

from datetime import date, timedelta

from schemas.claim import AcknowledgementReason
from services.payer_gateway.domain.readings import AnyClaim
from services.payer_gateway.domain.trading_partner import TradingPartner

PAST_LIMIT = "gateway:past_filing_limit"
FILED_BEFORE = "gateway:filed_before"

_REPLACEMENT, _VOID = "7", "8"


def last_day(partner: TradingPartner, claim: AnyClaim) -> date | None:
    """The last day on which the payer takes the claim; None where the profile sets no limit."""
    begins, days = claim.service_date, partner.filing_days
    if claim.frequency_code == _VOID:
        return None
    if claim.frequency_code == _REPLACEMENT:
        days = partner.correction_days
    elif claim.prior_payers and partner.filing_days_after_payer:
        begins = max(payer.adjudicated_on for payer in claim.prior_payers)
        days = partner.filing_days_after_payer
    return begins + timedelta(days=days) if days else None


def past_limit(last: date, today: date) -> AcknowledgementReason:
    """Why a claim is held, and what to do."""
    return AcknowledgementReason(
        code=PAST_LIMIT,
        message=f"level 7, rule of this payer: it took the claim until {last}, "
        f"{(today - last).days} days ago; send proof of timely filing with it, or write it off",
    )


def filed_before(file_name: str, sha256: str, sent_on: date) -> AcknowledgementReason:
    """The proof of timely filing: an earlier version that this payer was sent in time."""
    return AcknowledgementReason(
        code=FILED_BEFORE,
        message=f"proof: an earlier version went out on {sent_on} in {file_name} "
        f"(sha256 {sha256}); claimstream payer proof shows it with the payer's answers",
    )
