"""A partner that goes on saying nothing is asked ever less often.

It rests for as long as it has been silent before, and for several times as long as it was waited
for at most: what others left, or are to get, waits for it in vain a tenth of the time in the end.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from services.payer_gateway.transport.transport import RefusedError, RestingError, SilentError

_TIMES_AS_LONG = 9
_LONGEST_SECONDS = 300


class Rest:
    """When one partner may be asked again."""

    def __init__(self) -> None:
        self._silent_since: float | None = None
        self._until = 0.0

    @contextmanager
    def between_silences(self) -> Iterator[None]:
        """Raises ``RestingError`` while it rests, as it may after a ``SilentError`` inside."""
        began = monotonic()
        if began < self._until:
            raise RestingError("the partner said nothing and is asked again in a while")
        try:
            yield
        except RefusedError:
            self._silent_since = None
            raise
        except SilentError:
            now = monotonic()
            if self._silent_since is None:
                self._silent_since = began
            most = min((now - began) * _TIMES_AS_LONG, _LONGEST_SECONDS)
            rest = min(began - self._silent_since, most)
            self._until = max(self._until, now + rest)
            raise
        else:
            self._silent_since = None
