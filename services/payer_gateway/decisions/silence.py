"""What a person may decide about a payer that does not answer: that it is in their hands."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.chassis.effects import Effects, Refused
from services.chassis.incoming import Command, Incoming
from services.payer_gateway.decisions.quarantine import ROLES
from services.payer_gateway.domain.silence import SilenceKey
from services.payer_gateway.state import AskedAgain, GatewayWorkspace


class SettleSilence(Command):
    """Take something that stays silent in hand; it is listed no more."""

    file_id: UUID
    kind: str
    subject: str

    @property
    def silence(self) -> SilenceKey:
        """What stays silent."""
        return SilenceKey(self.file_id, self.kind, self.subject)

    @property
    def key(self) -> str:
        """The claim or file."""
        return f"{self.practice_id}:{self.subject}"


class ResendFile(Command):
    """Send a file again that the partner lost: the same bytes under the same number."""

    file_id: UUID
    name: str

    @property
    def key(self) -> str:
        """The file."""
        return f"{self.practice_id}:{self.name}"


def settle(
    workspace: GatewayWorkspace, incoming: Incoming[SettleSilence], now: datetime
) -> Effects:
    """Note who has it in hand, and why; what comes later still ends it."""
    command = incoming.event
    if not command.reason.strip():
        raise Refused("reason_missing", "say what you know or do: it is kept with the decision")
    silence = workspace.silences.get(command.silence)
    if silence is None:
        raise Refused("silence_over", f"{command.subject} is waited for in vain no more")
    workspace.silences[silence.key] = replace(
        silence, settled_at=now, settled_by=command.actor, settled_because=command.reason
    )
    return Effects()


def on_resend(
    workspace: GatewayWorkspace, incoming: Incoming[ResendFile], now: datetime
) -> Effects:
    """Have the file sent again; raises ``Refused`` where the payer has it, or must not get it."""
    command = incoming.event
    if command.role not in ROLES:
        raise Refused("role_not_allowed", f"the role must be one of {', '.join(sorted(ROLES))}")
    if not command.reason.strip():
        raise Refused("reason_missing", "say who lost it: it is kept with the decision")
    file = workspace.files.get(command.file_id)
    if file is None:
        raise Refused("file_unknown", f"no file {command.name} was made here")
    if file.why_not_again:
        raise Refused("file_not_lost", f"{file.name} is not sent again: {file.why_not_again}")
    workspace.resent.append(AskedAgain(file.file_id, now))
    return Effects()
