"""May a statement go out? The blocking precedence, decided per encounter and for the whole.

Precedence: deceased, bankruptcy, hold, QMB, Medicaid, insurance pending, then credit, nothing due
and the small-balance limit. Disputes, plans and financial assistance take their places between
these. The inputs are a value of their own, so that a stored decision can be taken again.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from schemas.patient_account import SuppressionReason
from services.patient_statements.domain.encounter_balance import Protection

PRECEDENCE: tuple[SuppressionReason, ...] = (
    "deceased",
    "bankruptcy",
    "hold",
    "qmb",
    "medicaid",
    "insurance_pending",
    "credit_balance",
    "nothing_due",
    "small_balance",
)


@dataclass(frozen=True, slots=True)
class GateEncounter:
    """One encounter as the gate sees it; amounts in cents."""

    encounter_id: str
    due_cents: int
    insurance_final: bool = True
    protection: Protection = "none"
    deceased: bool = False


@dataclass(frozen=True, slots=True)
class GateInputs:
    """Everything that the decision depends on."""

    encounters: tuple[GateEncounter, ...]
    bankruptcy: bool = False
    hold: bool = False
    credit_cents: int = 0
    small_balance_limit_cents: int = 0


@dataclass(frozen=True, slots=True)
class Blocked:
    """Encounters that no statement may show, for one reason; none where nothing is due."""

    reason: SuppressionReason
    encounter_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateDecision:
    """``billable`` encounters go on a statement; ``blocked`` are suppressed, by precedence."""

    billable: tuple[str, ...]
    blocked: tuple[Blocked, ...]


def _block(encounter: GateEncounter, inputs: GateInputs) -> SuppressionReason | None:
    """The first reason, by precedence, that blocks one encounter; sources beside each."""
    if encounter.due_cents == 0 and encounter.protection == "none":
        return None
    if encounter.deceased:
        return "deceased"
    if inputs.bankruptcy:  # 11 USC 362(a)(6)
        return "bankruptcy"
    if inputs.hold:
        return "hold"
    if encounter.protection == "qmb":  # SSA 1902(n)(3)(B)
        return "qmb"
    if encounter.protection == "medicaid":  # 42 CFR 447.15
        return "medicaid"
    if not encounter.insurance_final:  # HFMA: no estimates, no incomplete information
        return "insurance_pending"
    return None


def _by_reason(
    encounters: Sequence[GateEncounter], inputs: GateInputs
) -> dict[SuppressionReason, list[str]]:
    found: dict[SuppressionReason, list[str]] = {}
    for encounter in encounters:
        reason = _block(encounter, inputs)
        if reason is not None:
            found.setdefault(reason, []).append(encounter.encounter_id)
    return found


def decide(inputs: GateInputs) -> GateDecision:
    """Which encounters a statement may show, and why the others may not be shown.

    Exactly one of the two is empty only where all agree: an account with nothing billable and
    nothing blocked is suppressed as ``credit_balance`` or ``nothing_due``.
    """
    found = _by_reason(inputs.encounters, inputs)
    stopped = {encounter_id for ids in found.values() for encounter_id in ids}
    billable = [
        each for each in inputs.encounters if each.due_cents and each.encounter_id not in stopped
    ]
    total_cents = sum(each.due_cents for each in billable)
    if billable and total_cents <= inputs.small_balance_limit_cents:
        found["small_balance"] = [each.encounter_id for each in billable]
        billable = []
    if not billable and not found:
        found["credit_balance" if inputs.credit_cents else "nothing_due"] = []
    return GateDecision(
        billable=tuple(each.encounter_id for each in billable),
        blocked=tuple(
            Blocked(reason, tuple(found[reason])) for reason in PRECEDENCE if reason in found
        ),
    )
