"""What a clock that ran ahead put off until then is due at once, once the clock was set back.

Lanes, letters and held deadlines are looked at again within an hour or so of being put off. One
that is to be looked at much later was put off by a clock that showed another day, and nothing else
might ever wake it.
"""

from datetime import datetime, timedelta

import asyncpg

from services.chassis.parking import LONGEST_RETRY

_LANES = """
update delivery.blocked_lane set retry_at = $1 where lane = any(array(
    select lane from delivery.blocked_lane where retry_at > $2 for update skip locked))
"""
_LETTERS = """
update delivery.dead_letter set retry_at = $1 where id = any(array(
    select id from delivery.dead_letter where status = 'open' and retry_at > $2
    for update skip locked))
"""
_DEADLINES = """
update delivery.deadline set held_until = $1 where id = any(array(
    select id from delivery.deadline where due_at <= $1 and held_until > $2
    for update skip locked))
"""


async def put_right(pool: asyncpg.Pool, now: datetime, retry_after: timedelta) -> int:
    """Have everything looked at that is put off further than anything is; how many.

    ``retry_after`` is the service's own (``Patience``).
    """
    furthest = now + 2 * max(retry_after, LONGEST_RETRY)
    count = 0
    async with pool.acquire() as connection, connection.transaction():
        for statement in (_LANES, _LETTERS, _DEADLINES):
            done: str = await connection.execute(statement, now, furthest)
            count += int(done.rpartition(" ")[2])
    return count
