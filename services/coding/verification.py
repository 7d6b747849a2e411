"""What coding's database says it published, for the proof."""

from datetime import date

import asyncpg

from schemas.coding import EncounterCoded

_CODED = """
select practice_id, encounter_id, generate_series(1, version) as version, service_date
from coding.encounter where version > 0
"""


async def published(
    connection: asyncpg.Connection,
) -> list[tuple[str, str, tuple[str | int, ...], date | None]]:
    """Each coded version: topic, practice, (encounter, version), the date that it came after."""
    return [
        (
            EncounterCoded.TOPIC,
            row["practice_id"],
            (row["encounter_id"], row["version"]),
            row["service_date"],
        )
        for row in await connection.fetch(_CODED)
    ]
