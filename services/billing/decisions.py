"""What people decide in billing: each a command, under a role, through the same rules as events."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import Field

from services.billing.domain import denial, refund
from services.billing.domain.case import Case
from services.billing.domain.conclusion import conclude
from services.billing.domain.hold import LineFix, fix_hold, override_hold
from services.billing.domain.rules import Rules
from services.billing.keeping import keep
from services.billing.workspace import BillingWorkspace
from services.chassis.effects import Effects, Refused
from services.chassis.incoming import Command, Incoming

MAY_FIX = frozenset({"biller", "coder", "billing_manager"})
MAY_OVERRIDE = frozenset({"billing_manager"})
MAY_DECIDE = frozenset({"biller", "billing_manager", "finance"})
MAY_REFUND = frozenset({"billing_manager", "finance"})


class EncounterDecision(Command):
    """A decision about one encounter's account."""

    encounter_id: str

    @property
    def key(self) -> str:
        """``practice:encounter``."""
        return f"{self.practice_id}:{self.encounter_id}"


class FixHold(EncounterDecision):
    """Correct what holds a claim, or only look again; then send it if it passes.

    charges: cents by line. modifiers and pointers by line. self_pay: the patient pays alone.
    """

    claim_id: str
    charges: Mapping[int, int] = Field(default_factory=dict)
    modifiers: Mapping[int, tuple[str, ...]] = Field(default_factory=dict)
    pointers: Mapping[int, tuple[int, ...]] = Field(default_factory=dict)
    place_of_service: str = ""
    prior_authorization: str = ""
    self_pay: bool = False


class OverrideHold(EncounterDecision):
    """Send a held claim in spite of edits that may be overridden."""

    claim_id: str
    edits: tuple[str, ...] = ()


class DecideDenial(EncounterDecision):
    """Say what becomes of a refused amount."""

    item_id: str
    action: Literal["write_off", "patient", "correct", "appeal", "other_payer"]


class Refund(EncounterDecision):
    """Approve, or pay, the refund of a patient's credit."""

    step: Literal["approve", "pay"]
    amount_cents: int


class Decisions:
    """The handlers of commands under one set of rules."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def fix(self, rows: BillingWorkspace, incoming: Incoming[FixHold], now: datetime) -> Effects:
        """``holds fix``."""
        command = incoming.event
        case = self._case(rows, incoming, now, MAY_FIX)
        fix_hold(
            case,
            command.claim_id,
            LineFix(
                command.charges,
                command.modifiers,
                command.pointers,
                command.place_of_service,
                command.prior_authorization,
                command.self_pay,
            ),
        )
        return self._concluded(rows, case)

    def override(
        self, rows: BillingWorkspace, incoming: Incoming[OverrideHold], now: datetime
    ) -> Effects:
        """``holds override``."""
        command = incoming.event
        case = self._case(rows, incoming, now, MAY_OVERRIDE)
        override_hold(case, command.claim_id, command.edits)
        return self._concluded(rows, case)

    def decide_denial(
        self, rows: BillingWorkspace, incoming: Incoming[DecideDenial], now: datetime
    ) -> Effects:
        """``denials decide``."""
        command = incoming.event
        case = self._case(rows, incoming, now, MAY_DECIDE)
        if command.action == "write_off":
            denial.write_off(case, command.item_id, command.role)
        elif command.action == "patient":
            denial.to_patient(case, command.item_id)
        else:
            denial.start_work(case, command.item_id, command.action)
        return self._concluded(rows, case)

    def refund(self, rows: BillingWorkspace, incoming: Incoming[Refund], now: datetime) -> Effects:
        """``refunds approve`` and ``refunds pay``; one person may not do both (maker-checker)."""
        command = incoming.event
        case = self._case(rows, incoming, now, MAY_REFUND)
        if command.step == "approve":
            refund.approve_refund(case, command.amount_cents, command.actor)
        else:
            refund.pay_refund(case, command.amount_cents, command.actor)
        return self._concluded(rows, case)

    def _case(
        self,
        rows: BillingWorkspace,
        incoming: Incoming[FixHold]
        | Incoming[OverrideHold]
        | Incoming[DecideDenial]
        | Incoming[Refund],
        now: datetime,
        roles: frozenset[str],
    ) -> Case:
        command = incoming.event
        if command.role not in roles:
            raise Refused("role_not_allowed", f"this needs one of {', '.join(sorted(roles))}")
        if not command.reason.strip():
            raise Refused("reason_missing", "a decision needs its reason")
        account = rows.encounters.get((command.practice_id, command.encounter_id))
        if account is None:
            raise Refused("encounter_unknown", "billing has no account for this encounter")
        return Case(account, self.rules, now, f"command:{incoming.event_id}")

    def _concluded(self, rows: BillingWorkspace, case: Case) -> Effects:
        conclude(case)
        effects = Effects()
        keep(rows, case, effects)
        return effects
