"""What coding's database says it published, for the proof."""

from collections.abc import AsyncIterator

import asyncpg

from schemas.coding import DocumentationQueryOpened, EncounterCoded, EncounterStateChanged
from services.chassis.told import Told
from services.coding.domain.encounter_state import EncounterState
from services.coding.store import state_of

_ENCOUNTERS = "select practice_id, encounter_id, service_date, detail from coding.encounter"
_SAID_BY_NOTHING_ELSE = frozenset({"coder_queue", "escalated", "not_billable"})
_PAGE = 500


async def published(connection: asyncpg.Connection) -> AsyncIterator[Told]:
    """Each coded version, each query asked, and where each encounter stands.

    An encounter keeps the state that it is in, not those that it passed: that one was told, once at
    least, unless codes or a query say it. It may have been in the queue before, escalated where a
    query was asked, coded anew to the same codes where it was coded. Nothing reopens what is not
    billable. None of it is older than the date of service.
    """
    async with connection.transaction():
        async for row in connection.cursor(_ENCOUNTERS, prefetch=_PAGE):
            practice_id, encounter_id, day, detail = row
            state = state_of(detail)
            for version in range(1, state.version + 1):
                yield Told(EncounterCoded.TOPIC, practice_id, (encounter_id, version), day)
            for query_id in state.asked:
                yield Told(DocumentationQueryOpened.TOPIC, practice_id, (query_id,), day)
            for name, is_certain in _states(state).items():
                told = (EncounterStateChanged.TOPIC, practice_id, (encounter_id, name), day)
                yield Told(*told, is_certain)


def _states(state: EncounterState) -> dict[str, bool]:
    """The states that ``EncounterStateChanged`` may have told of; whether it must have."""
    names = {"coder_queue": False}
    if state.asked:
        names["escalated"] = False
    if state.version:
        names["coded"] = False
    if state.state in _SAID_BY_NOTHING_ELSE:
        names[state.state] = True
    return names
