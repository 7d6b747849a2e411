"""What a handler decides about: an event, a due deadline, or a person's command."""

from collections.abc import Mapping
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

import msgspec
from pydantic import BaseModel, ConfigDict

from schemas.view import View

E_co = TypeVar("E_co", bound=BaseModel | View, covariant=True)


class Incoming(msgspec.Struct, Generic[E_co], frozen=True):
    """One decoded input; ``topic`` is ``deadline:<kind>`` or ``command:<name>`` for the others."""

    event_id: UUID
    topic: str
    key: str
    event: E_co
    occurred_at: datetime
    correlation_id: str = ""
    traceparent: str = ""


class DeadlineDue(BaseModel):
    """A durable deadline has passed."""

    model_config = ConfigDict(frozen=True)

    kind: str
    practice_id: str
    key: str
    due_at: datetime
    payload: Mapping[str, str | int] = {}


class Command(BaseModel):
    """A person's decision, made under a role; subclass it for each kind of decision."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    practice_id: str
    actor: str
    role: str
    reason: str = ""

    @property
    def key(self) -> str:
        """The key of the aggregate that the decision is about, as ``practice:id``."""
        return self.practice_id
