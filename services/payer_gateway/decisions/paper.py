"""What a person says of forms: printed, mailed, or given back to billing."""

from datetime import datetime
from uuid import UUID

from schemas.claim import AcknowledgementReason
from services.chassis.effects import Effects, Refused
from services.chassis.incoming import Command, Incoming
from services.payer_gateway.domain.claim_events import given_back, transmitted
from services.payer_gateway.domain.paper_batch import (
    PaperBatch,
    Word,
    note_mailed,
    note_printed,
    without,
)
from services.payer_gateway.state import GatewayWorkspace

GIVEN_BACK = "paper:given_back"


class PaperCommand(Command):
    """What somebody says of a batch of forms."""

    file_id: UUID

    @property
    def key(self) -> str:
        """The batch."""
        return f"{self.practice_id}:{self.file_id}"


class MarkPrinted(PaperCommand):
    """The forms are printed."""


class MarkMailed(PaperCommand):
    """The forms are on their way since ``mailed_at``; ``how``: by which post, under what number."""

    mailed_at: datetime
    how: str = ""


class GiveBack(PaperCommand):
    """A claim was taken out of its batch, or the payer sent it back: billing mends it."""

    claim_id: str

    @property
    def key(self) -> str:
        """The claim."""
        return f"{self.practice_id}:{self.claim_id}"


def _batch(workspace: GatewayWorkspace, command: PaperCommand) -> PaperBatch:
    batch = workspace.batches.get(command.file_id)
    if batch is None:
        raise Refused("batch_unknown", "there is no such batch of forms")
    return batch


def on_printed(
    workspace: GatewayWorkspace, incoming: Incoming[MarkPrinted], now: datetime
) -> Effects:
    """Note that the forms are printed, and by whom."""
    batch = _batch(workspace, incoming.event)
    workspace.batches[batch.file_id] = note_printed(batch, Word(now, incoming.event.actor))
    return Effects()


def on_mailed(
    workspace: GatewayWorkspace, incoming: Incoming[MarkMailed], now: datetime
) -> Effects:
    """Note that the forms are mailed: their claims were sent then, and an answer is waited for."""
    command = incoming.event
    word = Word(command.mailed_at, command.actor, command.how)
    batch = note_mailed(_batch(workspace, command), word, now)
    workspace.batches[batch.file_id] = batch
    return transmitted(
        batch.practice_id,
        batch.payer_id,
        batch.going,
        name=batch.name,
        number=batch.number,
        at=command.mailed_at,
    )


def on_given_back(
    workspace: GatewayWorkspace, incoming: Incoming[GiveBack], now: datetime
) -> Effects:
    """Give the claim to billing with the reason; before it was mailed it is taken out."""
    command = incoming.event
    if not command.reason.strip():
        raise Refused("reason_missing", "say what is wrong with it: billing mends it by that")
    batch = _batch(workspace, command)
    record = workspace.claims.get((command.practice_id, command.claim_id))
    if record is None or command.claim_id not in dict(batch.claims):
        raise Refused("claim_unknown", f"claim {command.claim_id} does not stand in that batch")
    if record.is_final:
        raise Refused("claim_settled", f"claim {command.claim_id} is {record.state} already")
    workspace.batches[batch.file_id] = without(batch, command.claim_id)
    workspace.claims[record.practice_id, record.claim_id] = record.raised_to("rejected")
    reason = AcknowledgementReason(code=GIVEN_BACK, message=command.reason[:400])
    return given_back([(record, (reason,))], now)
