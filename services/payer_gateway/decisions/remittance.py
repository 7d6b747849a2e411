"""What a person enters of a payer's remittance on paper: it has the effects that an 835 has."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from hashlib import sha256

from services.chassis.effects import Effects, Refused
from services.chassis.incoming import Command, Incoming
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.paper_remittance import EnteredPayment, FormError, read_form
from services.payer_gateway.domain.quarantine import QuarantineItem, discriminator_of
from services.payer_gateway.domain.remittance_events import RemittanceContext, decide_remittance
from services.payer_gateway.domain.trading_partner import TradingPartner
from services.payer_gateway.state import EnteredRemittance, GatewayWorkspace

ROLES = frozenset({"administrator", "biller", "finance", "supervisor"})
"""Who may enter what a payer paid."""

_DATED_AHEAD = timedelta(days=7)
"""A check may be dated so far ahead of the day on which it is entered; more is a slip."""


class EnterRemittance(Command):
    """Load a payment that a person copied from paper. ``form`` is TOML; ``subject`` names it."""

    form: str
    subject: str

    @property
    def key(self) -> str:
        """The check."""
        return f"{self.practice_id}:{self.subject}"


class RemittanceDesk:
    """Takes payments on paper from payers that are set up here."""

    def __init__(self, partners: Mapping[str, TradingPartner]) -> None:
        self._partners = partners

    def on_entered(
        self, workspace: GatewayWorkspace, incoming: Incoming[EnterRemittance], now: datetime
    ) -> Effects:
        """Publish what an 835 of the payment would have; the form is kept as it was entered.

        Nothing is half taken: raises ``Refused`` where the form is unsound or does not balance, the
        payment was loaded before, or a claim in it is nobody's here and is not said to be.
        """
        command = incoming.event
        if command.role not in ROLES:
            allowed = ", ".join(sorted(ROLES))
            raise Refused("role_not_allowed", f"the role must be one of {allowed}")
        try:
            entered = read_form(command.form)
        except FormError as error:
            raise Refused("form_unsound", str(error)) from None
        self._look_at(workspace, entered, command.practice_id, now)
        content = command.form.encode()
        digest = sha256(content).hexdigest()
        claims: dict[str, list[ClaimRecord]] = {}
        for record in workspace.claims.values():
            claims.setdefault(record.claim_id, []).append(record)
        outcome = decide_remittance(
            entered.remittance,
            (),
            RemittanceContext(
                payer_id=entered.payer_id,
                claims=claims,
                practices=(command.practice_id,),
                received_at=now,
                file_sha256=digest,
                cause=incoming.event_id,
            ),
        )
        if outcome.loaded is None or not _are_said(outcome.items, entered):
            raise Refused("payment_not_usable", _in_words(outcome.items))
        for moved in outcome.claims:
            workspace.claims[moved.practice_id, moved.claim_id] = moved
        workspace.entered.append(
            EnteredRemittance(
                digest,
                f"eob_{entered.payer_id}_{digest[:12]}.toml",
                content,
                replace(outcome.loaded, key=entered.key),
                tuple(outcome.items),
                now,
            )
        )
        effects = Effects()
        for event in outcome.events:
            effects.emit(event, discriminator_of(event))
        return effects

    def _look_at(
        self,
        workspace: GatewayWorkspace,
        entered: EnteredPayment,
        practice_id: str,
        now: datetime,
    ) -> None:
        """Refuse what cannot be right beside what is known here."""
        remittance = entered.remittance
        if entered.payer_id not in self._partners:
            raise Refused("payer_unknown", f"no payer {entered.payer_id} is set up here")
        if remittance.payment_date and remittance.payment_date > (now + _DATED_AHEAD).date():
            raise Refused(
                "day_to_come", f"the check is of a day to come: {remittance.payment_date}"
            )
        for loaded in workspace.remittances.values():
            raise Refused(
                "remittance_loaded",
                f"a payment of {loaded.payer_id} with that number, day and amount is loaded: "
                f"{loaded.remittance_id}",
            )
        wrong = sorted(
            f"claim {record.claim_id} was sent to {record.payer_id}"
            for record in workspace.claims.values()
            if record.practice_id == practice_id
            and record.payer_id != entered.payer_id
            and record.claim_id not in entered.forwarded | entered.elsewhere
        )
        if wrong:
            raise Refused(
                "payer_mismatch",
                f"{'; '.join(wrong)}: write forwarded = true where that payer sent it on",
            )


def _are_said(items: Sequence[QuarantineItem], entered: EnteredPayment) -> bool:
    """Whether nothing is set aside but claims that are said to be nobody's here."""
    return all(
        item.subject in entered.elsewhere and item.reason == "remittance.claim-unknown"
        for item in items
    )


def _in_words(items: Sequence[QuarantineItem]) -> str:
    return "; ".join(
        f"{item.subject}: {item.findings[0].message if item.findings else item.reason}"
        for item in items
    )
