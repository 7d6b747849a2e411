"""How a service describes itself to the chassis."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Generic, TypeAlias, TypeVar

import asyncpg

from schemas.event import Event
from schemas.view import View
from services.chassis.background import Runtime
from services.chassis.effects import Effects
from services.chassis.incoming import DeadlineDue, Incoming
from services.chassis.workspace import Workspace

W = TypeVar("W", bound=Workspace)

Connection: TypeAlias = asyncpg.Connection
Handler = Callable[[W, Incoming[Any], datetime], Effects]


@dataclass(frozen=True)
class Service(Generic[W]):
    """A composition root: what a service reads, how it decides, and where its state lies.

    ``handlers`` decide purely. ``load`` reads every row that a batch may need and locks those that
    may change: the references that decisions rest on, then aggregates, each in key order. ``save``
    writes what changed; a row that ``Rows.is_new`` says the load did not find is inserted, never
    upserted. Both use a number of statements that does not depend on the size of the batch, and
    keep nothing of it elsewhere, since a batch may be rolled back. ``deadline_lanes`` names, by
    kind, the lane without whose events a deadline must not be decided: it waits while that lane is
    blocked. Other deadlines are acted upon in time, whatever waits. ``unhurried``: nobody waits
    some tenths of a second for what it decides, so that it reads and publishes in larger portions;
    ``leisurely``: nor a second, so that it reads in still larger ones. ``views``: by topic, the
    fields that are read where a service takes few of a contract's; their handlers take both.
    """

    name: str
    subscriptions: Mapping[str, type[Event]]
    handlers: Mapping[type[Any], Handler[W]]
    migrations: Path
    load: Callable[[Connection, Sequence[Incoming[Any]]], Awaitable[W]]
    save: Callable[[Connection, W], Awaitable[None]]
    deadline_handlers: Mapping[str, Handler[W]] = field(default_factory=dict)
    deadline_lanes: Mapping[str, Callable[[DeadlineDue], str]] = field(default_factory=dict)
    background: tuple[Callable[[Runtime], Awaitable[None]], ...] = ()
    unhurried: bool = False
    leisurely: bool = False
    views: Mapping[str, type[View]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        missing = [
            topic for topic, model in self.subscriptions.items() if model not in self.handlers
        ]
        missing += [topic for topic, view in self.views.items() if view not in self.handlers]
        missing += sorted(self.deadline_lanes.keys() - self.deadline_handlers.keys())
        if missing:
            raise ValueError(f"{self.name} subscribes to {missing} and has no handler for them")
