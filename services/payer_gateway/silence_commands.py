"""What a person may decide about a payer that does not answer: that it is in their hands."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from services.chassis.effects import Effects, Refused
from services.chassis.incoming import Command, Incoming
from services.payer_gateway.domain.silence import SilenceKey
from services.payer_gateway.state import GatewayWorkspace


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
