"""What a run came to, in one SQLite file: kept while it is compared, and for later runs."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from claimstream.chaos.outcome import STAGE_COUNT, Outcome, Stages, saying
from claimstream.lineage.history import Fact
from claimstream.stack.errors import StackError

_SCHEMA = """
pragma journal_mode = off;
pragma synchronous = off;
create table told (subject text, stage int, said text, at text);
create table state (subject text, content text);
create table with_others (subject text);
create table once_small (subject text);
create table account_of (subject text, account text);
create table about (schedule text);
"""


@dataclass(frozen=True, slots=True)
class OutcomeFile:
    """One file. Looks for what was told of an encounter only when asked."""

    path: Path
    _db: sqlite3.Connection

    @classmethod
    def empty(cls, path: Path) -> "OutcomeFile":
        """A new file, in place of whatever is there."""
        path.unlink(missing_ok=True)
        db = sqlite3.connect(path, isolation_level=None)
        db.executescript(_SCHEMA)
        return cls(path, db)

    def take(self, facts: Sequence[Fact]) -> None:
        """Write down what some more facts say, each key's in their order."""
        rows = [
            (subject, stage, said, at.isoformat()) for subject, stage, said, at in saying(facts)
        ]
        with self._transaction():
            self._db.executemany("insert into told values (?, ?, ?, ?)", rows)

    def index(self) -> None:
        """Nothing more will be told."""
        self._db.execute("create index told_of on told (subject)")

    def get(self, subject: str, default: Stages, /) -> Stages:
        """What the events of an encounter said, stage by stage."""
        found: list[list[tuple[str, datetime]]] = [[] for _ in range(STAGE_COUNT)]
        rows = self._db.execute(
            "select stage, said, at from told where subject = ? order by rowid", (subject,)
        ).fetchall()
        for stage, said, at in rows:
            found[stage].append((said, datetime.fromisoformat(at)))
        return found if rows else default

    def keep(self, outcome: Outcome, schedule: str) -> None:
        """Write the rest of what the run of that ``schedule`` came to."""
        db = self._db
        with self._transaction():
            db.executemany(
                "insert into state values (?, ?)",
                ((name, msgspec.json.encode(state)) for name, state in outcome.states.items()),
            )
            db.executemany(
                "insert into with_others values (?)", ((each,) for each in outcome.with_others)
            )
            db.executemany(
                "insert into once_small values (?)", ((each,) for each in outcome.once_small)
            )
            db.executemany("insert into account_of values (?, ?)", outcome.account_of.items())
            db.execute("insert into about values (?)", (schedule,))

    @classmethod
    def opened(cls, path: Path, schedule: str) -> Outcome:
        """What a run kept before. Raises ``StackError`` where it is none of that ``schedule``."""
        try:
            db = sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)
            kept = db.execute("select schedule from about").fetchall()
            if kept != [(schedule,)]:
                raise StackError(
                    f"{path} is of other encounters: another number, seed or release of the EHR."
                )
            outcome = Outcome(told=cls(path, db))
            for name, content in db.execute("select subject, content from state"):
                outcome.states[name] = msgspec.json.decode(content)
            outcome.with_others = {row[0] for row in db.execute("select * from with_others")}
            outcome.once_small = {row[0] for row in db.execute("select * from once_small")}
            outcome.account_of = dict(db.execute("select * from account_of"))
        except sqlite3.Error:
            raise StackError(f"{path} is no outcome of a run.") from None
        return outcome

    def _transaction(self) -> "_Transaction":
        return _Transaction(self._db)


@dataclass(frozen=True, slots=True)
class _Transaction:
    db: sqlite3.Connection

    def __enter__(self) -> None:
        self.db.execute("begin")

    def __exit__(self, *_: object) -> None:
        self.db.execute("commit")
