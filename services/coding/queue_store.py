"""What waits for a coder, with what its rank and its case need."""

import asyncpg
import msgspec

from services.coding.domain.review.queue_order import Waiting
from services.coding.records import CoverageCopy, PolicyCopy
from services.coding.store import state_of

_policies = msgspec.json.Decoder(tuple[PolicyCopy, ...])


async def waiting_cases(connection: asyncpg.Connection, practice_id: str | None) -> list[Waiting]:
    """Every encounter that waits for a coder, with the primary payer's programme."""
    rows = await connection.fetch(
        """
        select e.practice_id, e.encounter_id, e.detail, c.policies
        from coding.encounter e
        left join coding.coverage c using (practice_id, patient_id)
        where e.state in ('coder_queue', 'escalated')
          and ($1::text is null or e.practice_id = $1)
        order by e.practice_id, e.encounter_id
        """,
        practice_id,
    )
    found: list[Waiting] = []
    for row in rows:
        state = state_of(row["detail"])
        policies = () if row["policies"] is None else _policies.decode(row["policies"])
        programme = CoverageCopy(policies).programme_on(state.service_date)
        found.append(Waiting(row["practice_id"], row["encounter_id"], state, programme))
    return found
