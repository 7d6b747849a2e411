"""The in-memory unit of work of one batch: what was loaded, and what the batch changed.

Changes made while one input is decided are staged; they are kept when it is accepted and forgotten
when it is refused, so that a refusal in mid-way leaves no trace.
"""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from typing import Any, Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Rows(Generic[K, V]):
    """The rows of one table, by key. Values must be immutable."""

    __slots__ = ("_changed", "_loaded", "_staged")

    def __init__(self, loaded: Mapping[K, V] | None = None) -> None:
        self._loaded: dict[K, V] = dict(loaded or {})
        self._changed: dict[K, V] = {}
        self._staged: dict[K, V] = {}

    def fill(self, loaded: Mapping[K, V]) -> None:
        """Add rows that the database holds."""
        self._loaded.update(loaded)

    def get(self, key: K) -> V | None:
        """The row as the inputs decided so far have left it."""
        if key in self._staged:
            return self._staged[key]
        if key in self._changed:
            return self._changed[key]
        return self._loaded.get(key)

    def __contains__(self, key: K) -> bool:
        return key in self._staged or key in self._changed or key in self._loaded

    def __setitem__(self, key: K, value: V) -> None:
        self._staged[key] = value

    def changed(self) -> dict[K, V]:
        """The rows to write, by key."""
        return self._changed

    def is_new(self, key: K) -> bool:
        """Whether the database did not hold the row when the batch was loaded.

        No lock keeps another transaction from adding such a row meanwhile. A row that was decided
        from what it held before must therefore be inserted, never written over: where another was
        quicker the insert fails, and all is decided again.
        """
        return key not in self._loaded

    def values(self) -> Iterator[V]:
        """Every row, changed ones as changed, in the order first seen."""
        return iter((self._loaded | self._changed | self._staged).values())

    def keep(self) -> None:
        """Accept what was staged."""
        self._changed.update(self._staged)
        self._staged.clear()

    def forget(self) -> None:
        """Drop what was staged."""
        self._staged.clear()


class Appended(Generic[V]):
    """Rows that are only ever added."""

    __slots__ = ("_kept", "_staged")

    def __init__(self) -> None:
        self._kept: list[V] = []
        self._staged: list[V] = []

    def append(self, value: V) -> None:
        """Add one row."""
        self._staged.append(value)

    def extend(self, values: Iterator[V] | list[V] | tuple[V, ...]) -> None:
        """Add several rows, in order."""
        self._staged.extend(values)

    def all(self) -> list[V]:
        """The rows to write, in order."""
        return self._kept

    def keep(self) -> None:
        """Accept what was staged."""
        self._kept.extend(self._staged)
        self._staged.clear()

    def forget(self) -> None:
        """Drop what was staged."""
        self._staged.clear()


class _Deciding:
    """Keeps what is staged in the block if it ends well, forgets it if it raises."""

    __slots__ = ("_tables",)

    def __init__(self, tables: "list[Rows[Any, Any] | Appended[Any]]") -> None:
        self._tables = tables

    def __enter__(self) -> None:
        pass

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        for table in self._tables:
            if table._staged:
                if error is None:
                    table.keep()
                else:
                    table.forget()


class Workspace:
    """Base of a service's unit of work; attributes that are rows are found by themselves."""

    def deciding(self) -> AbstractContextManager[None]:
        """Keep what is staged inside if it ends well, forget it if it raises."""
        return self._deciding

    @cached_property
    def _deciding(self) -> _Deciding:
        return _Deciding(
            [table for table in vars(self).values() if isinstance(table, Rows | Appended)]
        )
