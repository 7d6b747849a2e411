"""What changed from one release of a code set to another: codes added, removed, and changed."""

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

Values = dict[str, str]
Keyed = tuple[str, Values]


class Difference(NamedTuple):
    """One code's difference; ``before`` is None for an added one, ``after`` for a removed one."""

    key: str
    before: Values | None
    after: Values | None

    @property
    def kind(self) -> str:
        """``added``, ``removed`` or ``changed``."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"

    def fields(self) -> dict[str, Any]:
        """As printed: what was added or removed, or each field as it was and is."""
        if self.before is None or self.after is None:
            return {"code": self.key, **(self.after or self.before or {})}
        changed = {
            name: [self.before.get(name, ""), value]
            for name, value in self.after.items()
            if self.before.get(name, "") != value
        }
        return {"code": self.key, **changed}


def differences(before: Iterable[Keyed], after: Iterable[Keyed]) -> Iterator[Difference]:
    """Differences in order of the keys, by which both sides are ordered; nothing is kept."""
    left, right = iter(before), iter(after)
    old, new = next(left, None), next(right, None)
    while old is not None or new is not None:
        if new is None or (old is not None and old[0] < new[0]):
            assert old is not None  # noqa: S101 - one of the two is there
            yield Difference(old[0], old[1], None)
            old = next(left, None)
        elif old is None or new[0] < old[0]:
            yield Difference(new[0], None, new[1])
            new = next(right, None)
        else:
            if old[1] != new[1]:
                yield Difference(old[0], old[1], new[1])
            old, new = next(left, None), next(right, None)
