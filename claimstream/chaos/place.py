"""Where a run under faults keeps what it needs, below the stack's state folder."""

import sys
from dataclasses import dataclass
from pathlib import Path

from claimstream.stack.state import StateFolder


@dataclass(frozen=True, slots=True)
class Place:
    """Paths of one run."""

    folder: StateFolder

    @property
    def own(self) -> Path:
        """Fuses, holds and lives of the processes, and the journal."""
        return self.folder.path / "chaos"

    def keeper(self, member: str, name: str, *arguments: str) -> tuple[str, ...]:
        """The program that keeps ``name`` running as ``member``."""
        module = (sys.executable, "-m", "claimstream.chaos.process")
        return (*module, str(self.own), member, name, *arguments)

    @property
    def connections(self) -> Path:
        """How the gateway is told to reach the payer."""
        return self.own / "connection.json"

    @property
    def contract(self) -> Path:
        """The payer's plans in this run."""
        return self.own / "contract.toml"

    @property
    def journal(self) -> Path:
        """What was done to the stack and when, a JSON object a line."""
        return self.own / "journal.jsonl"

    @property
    def schedule(self) -> Path:
        """The EHR's events, the same file for both runs."""
        return self.folder.path.parent / "schedule.events"

    @property
    def told(self) -> Path:
        """What this run came to."""
        return self.folder.path.parent / f"{self.folder.path.name}.outcome"

    @property
    def payer(self) -> Path:
        """The payer's folder."""
        return self.folder.path / "payer"

    @property
    def payer_connection(self) -> Path:
        """Where the payer says how to reach it."""
        return self.payer / "connection.json"
