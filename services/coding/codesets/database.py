"""Writing the SQLite file of an artefact, and looking rows up in it by code."""

import sqlite3
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Generic, TypeVar

from services.coding.codesets.artefact import ArtefactError

K = TypeVar("K")
V = TypeVar("V")
_MOST_KEPT = 4_000


class DatabaseWriter:
    """Writes the tables of one artefact; the same rows give the same bytes."""

    def __init__(self, path: Path, tables: str) -> None:
        self.connection = sqlite3.connect(path)
        self.connection.execute("PRAGMA page_size = 4096")
        self.connection.executescript(tables)

    def rows(self, table: str, width: int, rows: Iterable[tuple[Any, ...]]) -> None:
        """Insert ``rows`` of ``width`` values."""
        marks = ",".join("?" * width)
        self.connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)

    def close(self) -> None:
        """Commit and write the file anew, without gaps."""
        self.connection.commit()
        self.connection.execute("VACUUM")
        self.connection.close()


class Kept(Generic[K, V]):
    """What was looked up before, up to a few thousand answers."""

    def __init__(self, look_up: Callable[[K], V]) -> None:
        self._look_up = look_up
        self._answers: dict[K, V] = {}

    def __call__(self, key: K) -> V:
        """The answer for ``key``. Raises ``ArtefactError`` when the file is damaged."""
        try:
            return self._answers[key]
        except KeyError:
            pass
        try:
            answer = self._look_up(key)
        except sqlite3.DatabaseError as error:
            raise ArtefactError("a code-set table is damaged; import it again") from error
        if len(self._answers) >= _MOST_KEPT:
            self._answers.clear()
        self._answers[key] = answer
        return answer
