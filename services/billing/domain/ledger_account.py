"""The accounts of the ledger. A balance is debit-positive cents."""

from typing import Final

AR_PATIENT: Final = "AR_PATIENT"
REVENUE: Final = "REVENUE"
CONTRACTUAL: Final = "CONTRACTUAL"
SEQUESTRATION: Final = "SEQUESTRATION"
DENIAL_WO: Final = "DENIAL_WO"
COST_SHARING_WO: Final = "COST_SHARING_WO"
CAPITATION_CONTRA: Final = "CAPITATION_CONTRA"
SMALL_BALANCE: Final = "SMALL_BALANCE"
CHARITY: Final = "CHARITY"
BAD_DEBT: Final = "BAD_DEBT"
CASH_INS: Final = "CASH_INS"
CASH_PATIENT: Final = "CASH_PATIENT"
UNAPPLIED: Final = "UNAPPLIED"
REFUND_PAYABLE: Final = "REFUND_PAYABLE"
INTEREST_INCOME: Final = "INTEREST_INCOME"
CAPITATION: Final = "CAPITATION"
PROVIDER_LEVEL: Final = "PROVIDER_LEVEL"

WRITE_OFFS: Final = frozenset(
    {
        CONTRACTUAL,
        SEQUESTRATION,
        DENIAL_WO,
        COST_SHARING_WO,
        CAPITATION_CONTRA,
        SMALL_BALANCE,
        CHARITY,
        BAD_DEBT,
        INTEREST_INCOME,
    }
)
"""What lowers an encounter's receivable without cash. Interest paid inside a claim raises it."""

AR_INS_1: Final = "AR_INS_1"
AR_INS_2: Final = "AR_INS_2"
AR_INS_3: Final = "AR_INS_3"
_AR_INS: Final = (AR_INS_1, AR_INS_2, AR_INS_3)
AR_INSURANCE: Final = frozenset(_AR_INS)


def ar_insurance(level: int) -> str:
    """What the payer of ``level`` (1 primary to 3 tertiary) owes."""
    return _AR_INS[level - 1]
