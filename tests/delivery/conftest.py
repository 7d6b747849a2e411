"""A till, its database and its desk for dead letters, on a clock that stands still."""

from collections.abc import AsyncIterator

import asyncpg
import pytest

from services.chassis.letter_desk import LetterDesk
from services.chassis.processor import Processor
from tests.delivery.till import Counted, Deposit, Opened, Topics, prepare, till_service
from tests.fixtures.postgres import MakeDatabase
from tests.support import ManualClock


@pytest.fixture
async def pool(make_database: MakeDatabase) -> AsyncIterator[asyncpg.Pool]:
    pool = await asyncpg.create_pool(await make_database("till", prepare), min_size=1, max_size=4)
    yield pool
    await pool.close()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def processor(pool: asyncpg.Pool, clock: ManualClock) -> Processor:
    return Processor(till_service(Topics(Deposit, Opened, Counted)), pool, clock)


@pytest.fixture
def desk(processor: Processor) -> LetterDesk:
    return processor.desk
