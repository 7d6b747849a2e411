"""Waiting for something that must come, and saying what did not."""

import asyncio
import inspect
import time
from collections.abc import Awaitable, Callable

_FIRST_PAUSE_S = 0.02
_LONGEST_PAUSE_S = 0.25
PATIENCE_S = 90
"""How long anything may take to come back; well beyond what a busy machine needs."""


class NeverCameError(Exception):
    """Something that must happen did not, however long it was waited for."""


async def until(
    condition: Callable[[], bool | Awaitable[bool]], what: str, within_s: int = PATIENCE_S
) -> None:
    """Return once ``condition`` holds. Raises ``NeverCameError`` that says ``what`` did not."""
    deadline = time.monotonic() + within_s
    pause = _FIRST_PAUSE_S
    while True:
        answer = condition()
        if await answer if inspect.isawaitable(answer) else answer:
            return
        if time.monotonic() > deadline:
            raise NeverCameError(f"{what}: not within {within_s} s")
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_S)
