"""A partner that says nothing is left alone for several times as long as it was waited for.

What others left, or are to get, waits for it in vain a tenth of the time at most.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from services.payer_gateway.transport.transport import RestingError, SilentError

_TIMES_AS_LONG = 9
_LONGEST_SECONDS = 300


class Rest:
    """When one partner may be asked again."""

    def __init__(self) -> None:
        self._until = 0.0

    @contextmanager
    def between_silences(self) -> Iterator[None]:
        """Raises ``RestingError`` while it rests, which it does after a ``SilentError`` inside."""
        began = monotonic()
        if began < self._until:
            raise RestingError("the partner said nothing and is asked again in a while")
        try:
            yield
        except SilentError:
            now = monotonic()
            rest = min((now - began) * _TIMES_AS_LONG, _LONGEST_SECONDS)
            self._until = max(self._until, now + rest)
            raise
