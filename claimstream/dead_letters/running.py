"""A service that runs, asked to redrive: its own rules and settings decide, as they do what waits.

An instance that is killed leaves what it was asked for to the others, or to its next start; a
command that is killed leaves nothing behind that would go on without it.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from time import monotonic
from uuid import UUID, uuid4

import asyncpg

from services.chassis import redrives
from services.chassis.letter_desk import Person, Redriven
from services.chassis.presence import present
from services.chassis.repair import Contents

LOOK_EVERY_SECONDS = 0.05
STILL_WANTED_EVERY_SECONDS = 5
SILENT_AFTER_SECONDS = 300
"""So long without an answer, and waiting for more makes no sense."""


class ServiceSilentError(RuntimeError):
    """The service answers no more; the message says why. ``answers`` came before."""

    def __init__(self, message: str, answers: list[Redriven]) -> None:
        super().__init__(message)
        self.answers = answers


class RunningService:
    """Does what a desk does, by having the service do it."""

    def __init__(
        self, service: str, pool: asyncpg.Pool, person: Person, stop: asyncio.Event
    ) -> None:
        self._service = service
        self._pool = pool
        self._person = person
        self._stop = stop

    async def redrive(self, letter_ids: Sequence[UUID], person: Person) -> list[Redriven]:
        """Decide letters again; fewer answers where it was stopped meanwhile.

        Raises ``ServiceSilentError``. What is not answered was not done, in either case.
        """
        return await self._asked(letter_ids, person)

    async def rehearse(
        self, letter_ids: Sequence[UUID], contents: Contents | None = None
    ) -> list[Redriven]:
        """What ``redrive`` would come to, by ``contents`` if given. Raises as that does."""
        return await self._asked(letter_ids, self._person, is_rehearsal=True, copy=contents)

    async def tried(self, letter_id: UUID, copy: Contents) -> tuple[Contents, Redriven]:
        """A copy, and what a redrive by it would come to. Raises ``ServiceSilentError``."""
        answers = await self.rehearse([letter_id], copy)
        if not answers:
            raise ServiceSilentError("Stopped.", [])
        return copy, answers[0]

    async def _asked(
        self,
        letter_ids: Sequence[UUID],
        person: Person,
        *,
        is_rehearsal: bool = False,
        copy: Contents | None = None,
    ) -> list[Redriven]:
        run = uuid4()
        answers: list[Redriven] = []
        async with self._pool.acquire() as connection:
            await redrives.ask(
                connection, run, letter_ids, person, is_rehearsal=is_rehearsal, copy=copy
            )
            said = heard = monotonic()
            silence = ""
            while len(answers) < len(letter_ids) and not (silence or self._stop.is_set()):
                came = await redrives.take_answers(connection, run)
                if came:
                    answers += came
                    heard = monotonic()
                    continue
                if monotonic() - said >= STILL_WANTED_EVERY_SECONDS:
                    await redrives.still_wanted(connection, run)
                    said = monotonic()
                    silence = await self._silence(connection, said - heard)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stop.wait(), LOOK_EVERY_SECONDS)
            if len(answers) < len(letter_ids):
                await redrives.withdraw(connection, run)
                answers += await redrives.take_answers(connection, run)
        if silence and len(answers) < len(letter_ids):
            raise ServiceSilentError(silence, answers)
        return answers

    async def _silence(self, connection: asyncpg.Connection, seconds: float) -> str:
        """Why waiting for more makes no sense; empty while it does."""
        instances = await present(connection)
        if not instances:
            return f"No instance of {self._service} runs any more."
        if seconds < SILENT_AFTER_SECONDS:
            return ""
        said = ", ".join(f"{name}: {state}" for name, state in instances.items())
        minutes = SILENT_AFTER_SECONDS // 60
        return f"{self._service} has answered nothing for {minutes} minutes ({said})."
