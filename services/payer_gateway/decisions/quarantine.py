"""What a person may decide about a quarantined item, and under which role."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from schemas.claim import ClaimAcknowledged, ClaimAdjudicated
from schemas.event import Event
from services.chassis.effects import Effects, Refused
from services.chassis.incoming import Command, Incoming
from services.payer_gateway.domain.claim_state import ClaimRecord
from services.payer_gateway.domain.paper_remittance import entered_key
from services.payer_gateway.domain.quarantine import QuarantineItem, released_event
from services.payer_gateway.state import GatewayWorkspace, ReadAgain

ROLES = frozenset({"supervisor", "administrator"})
"""Who may release or reject: it moves money that a payer and we do not agree about."""


class QuarantineCommand(Command):
    """A decision about one item."""

    item_id: UUID

    @property
    def key(self) -> str:
        """The item."""
        return f"{self.practice_id}:{self.item_id}"


class ReleaseQuarantined(QuarantineCommand):
    """Publish what was held, or read the file again."""


class RejectQuarantined(QuarantineCommand):
    """Give the item up; nothing of it is ever published."""


def _open_item(workspace: GatewayWorkspace, command: QuarantineCommand) -> QuarantineItem:
    if command.role not in ROLES:
        raise Refused("role_not_allowed", f"the role must be one of {', '.join(sorted(ROLES))}")
    if not command.reason.strip():
        raise Refused("reason_missing", "give a reason: it is kept with the decision")
    item = workspace.items.get(command.item_id)
    if item is None:
        raise Refused("item_unknown", f"there is no quarantined item {command.item_id}")
    if item.state != "open":
        raise Refused("item_settled", f"the item is {item.state} already")
    return item


def reject(
    workspace: GatewayWorkspace, incoming: Incoming[RejectQuarantined], now: datetime
) -> Effects:
    """Close the item; its file stays stored."""
    item = _open_item(workspace, incoming.event)
    workspace.items[item.item_id] = _settled(item, "rejected", incoming.event.reason, now)
    return Effects()


def release(
    workspace: GatewayWorkspace, incoming: Incoming[ReleaseQuarantined], now: datetime
) -> Effects:
    """Publish what the item holds, its claims looked up anew, or have the file read again."""
    item = _open_item(workspace, incoming.event)
    held = item.held
    effects = Effects()
    if held.read_again:
        if item.file_sha256 is None:
            raise Refused("nothing_to_read", "the item has no file")
        workspace.read_again.append(ReadAgain(item.file_sha256))
    elif not held.events:
        raise Refused(
            "nothing_held", "nothing of the item can be published: ask the payer to send it anew"
        )
    if held.remittance is not None:
        key = held.remittance.key
        if key in workspace.remittances or entered_key(key) in workspace.remittances:
            raise Refused("remittance_loaded", "this payment was loaded from another file: reject")
        workspace.remittances[key] = held.remittance
    for number, (topic, value) in enumerate(held.events):
        event = _for_its_claim(workspace, released_event(topic, value))
        effects.emit(event, f"{item.item_id}:{number}")
    workspace.items[item.item_id] = _settled(item, "released", incoming.event.reason, now)
    return effects


def _settled(item: QuarantineItem, state: str, reason: str, now: datetime) -> QuarantineItem:
    return replace(item, state=state, settled_because=reason, settled_at=now)


def _for_its_claim(workspace: GatewayWorkspace, event: Event) -> Event:
    """The event with the practice and encounter of its claim, and the claim moved by it."""
    if not isinstance(event, ClaimAdjudicated | ClaimAcknowledged):
        return event
    found = [record for record in workspace.claims.values() if record.claim_id == event.claim_id]
    if len(found) != 1:
        raise Refused(
            "claim_unknown", f"claim {event.claim_id} is still unknown here: nothing was published"
        )
    record = found[0]
    workspace.claims[record.practice_id, record.claim_id] = _moved(record, event)
    return event.model_copy(
        update={"practice_id": record.practice_id, "encounter_id": record.encounter_id}
    )


def _moved(record: ClaimRecord, event: ClaimAdjudicated | ClaimAcknowledged) -> ClaimRecord:
    if isinstance(event, ClaimAdjudicated):
        return record.raised_to("adjudicated", event.payer_control_number)
    state = {"accepted": "accepted", "rejected": "rejected"}.get(event.outcome, "received")
    return record.raised_to(state, event.payer_control_number)
