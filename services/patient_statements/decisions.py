"""What people decide about patient accounts: payments taken, holds placed and released."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.values import Id
from services.chassis.incoming import Command


class AccountCommand(Command):
    """A decision about one account."""

    account_id: Id

    @property
    def key(self) -> str:
        return f"{self.practice_id}:{self.account_id}"


class RecordPayment(AccountCommand):
    """Money came in; the same ``payment_id`` is recorded once."""

    payment_id: Id
    amount_cents: Annotated[int, Field(strict=True)]
    method: Literal["card", "cash", "check", "ach"]


class PlaceHold(AccountCommand):
    """Stop the account's statements; ``reason`` is one of ``domain.hold.HOLD_REASONS``."""


class ReleaseHold(AccountCommand):
    """Let the account's statements go on."""
