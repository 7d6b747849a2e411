"""What of a payer's PR amounts may reach the patient, and by which kind.

Only group PR can (regulation R6: CO and PI are the provider's). PR is not added across payers: each
payer's PR moves on to the next, and what the last one leaves is the patient's.
"""

from collections.abc import Iterable

from services.billing.domain import ledger_account as accounts
from services.billing.domain.coverage import CoverageSnapshot
from services.billing.domain.kept import Kept
from services.billing.domain.ledger import Posted

_BUCKETS = {
    "PR-1": "deductible_cents",
    "PR-2": "coinsurance_cents",
    "PR-3": "copay_cents",
    "self-pay": "self_pay_cents",
}


class PatientPart(Kept, frozen=True):
    """How a PR amount of the last payer divides, in cents."""

    patient_cents: int
    write_off_cents: int


def patient_part(
    amount_cents: int, coverage: CoverageSnapshot, medicaid_copay_left_cents: int
) -> PatientPart:
    """Apply the caps of law to a PR amount that no payer is left to take.

    Qualified Medicare beneficiary: nothing (SSA 1902(n)(3)(B), R8). Medicaid among the payers: at
    most what is left of the copay that Medicaid allows (42 CFR 447.15, R7). Else all of it.
    """
    protection = coverage.protection
    if protection == "none":
        return PatientPart(amount_cents, 0)
    allowed = 0 if protection == "qmb" else max(medicaid_copay_left_cents, 0)
    patient = max(min(amount_cents, allowed), 0)
    return PatientPart(patient, amount_cents - patient)


def share_by_kind(postings: Iterable[Posted]) -> dict[str, int]:
    """The patient's share by kind, from the postings that made it (835 CAS reasons 1, 2, 3).

    The fields of a ``ResponsibilityShare``, in cents.
    """
    sums: dict[str, int] = {}
    for posted in postings:
        if posted.debit == accounts.AR_PATIENT:
            cents = posted.amount_cents
        elif posted.credit == accounts.AR_PATIENT:
            cents = -posted.amount_cents
        else:
            continue
        bucket = _BUCKETS.get(posted.detail, "other_cents")
        sums[bucket] = sums.get(bucket, 0) + cents
    return {bucket: max(cents, 0) for bucket, cents in sums.items()}
