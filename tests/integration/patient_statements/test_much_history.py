"""The newest statements are listed without a look at those of years."""

import pytest

from services.patient_statements import statement_store
from tests.integration.patient_statements.conftest import Running
from tests.plans import rows_read

_STATEMENTS = """
insert into statement (practice_id, statement_id, account_id, number, revision, state, notice,
    total_cents, due_on, content, cause_id, decided_at)
select 'P' || n % 4, 'ST' || n, 'A' || n / 8, n / 4 % 2 + 1, 1, 'withdrawn', 'first', 100,
    current_date, '{}', gen_random_uuid(), now() - n * interval '1 hour'
from generate_series(1, 5000) n
"""


@pytest.mark.parametrize(
    ("practice", "account", "newest"),
    [(None, None, ["ST1", "ST2"]), ("P3", None, ["ST3", "ST7"]), ("P3", "A300", ["ST2403"])],
)
async def test_few_statements_are_listed_by_a_look_at_few(
    running: Running, practice: str | None, account: str | None, newest: list[str]
) -> None:
    await running.rows(_STATEMENTS)
    await running.rows("analyze")
    async with running.pool.acquire() as connection:
        listed = await statement_store.list_statements(connection, practice, account, 2)
        read = await rows_read(connection, statement_store._LIST, practice, account, 2)
    assert [each.statement_id for each in listed][:2] == [*newest, "ST2407"][:2]
    assert read < 20
