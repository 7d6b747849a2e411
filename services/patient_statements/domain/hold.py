"""Holds that people place on an account: for which reasons, under which roles."""

from services.patient_statements.domain.refusal import RuleRefusal

# The reasons that freeze statements: disputes of the bill, financial assistance (26 CFR
# 1.501(r)-4), good faith estimates (45 CFR 149.620), surprise bills (45 CFR 149.410-.440).
HOLD_REASONS = frozenset(
    {
        "billing_dispute",
        "financial_assistance",
        "good_faith_estimate",
        "surprise_bill",
        "legal",
        "courtesy",
    }
)
HOLD_ROLES = frozenset({"patient_accounts", "supervisor", "compliance"})
RELEASE_ROLES = frozenset({"supervisor", "compliance"})
PAYMENT_ROLES = frozenset({"cashier", "patient_accounts", "supervisor"})


def require_role(role: str, allowed: frozenset[str]) -> None:
    """Raises ``RuleRefusal("role_not_permitted")`` unless ``role`` is one of ``allowed``."""
    if role not in allowed:
        raise RuleRefusal(
            "role_not_permitted", f"this needs one of the roles {', '.join(sorted(allowed))}"
        )


def require_hold_reason(reason: str) -> None:
    """Raises ``RuleRefusal("hold_reason_unknown")`` unless ``reason`` is a known code."""
    if reason not in HOLD_REASONS:
        raise RuleRefusal(
            "hold_reason_unknown", f"a hold's reason is one of {', '.join(sorted(HOLD_REASONS))}"
        )
