"""What a person names is found by its key, however many accounts there are."""

from services.billing import queries
from tests.integration.billing.conftest import Running
from tests.integration.billing.test_lineage import Script
from tests.plans import rows_read
from tests.unit.billing.desk import line, policy

MANY = 2_000

_MORE = """
with accounts as (
    insert into billing.encounter_account select (jsonb_populate_record(e, jsonb_build_object(
        'encounter_id', e.encounter_id || '-' || n))).*
    from billing.encounter_account e cross join generate_series(1, $1::int) n
)
insert into billing.claim select (jsonb_populate_record(c, jsonb_build_object(
    'encounter_id', c.encounter_id || '-' || n, 'claim_id', c.claim_id || '-' || n))).*
from billing.claim c cross join generate_series(1, $1::int) n
"""


async def test_the_account_of_an_encounter_or_a_claim_is_found_without_reading_the_others(
    running: Running,
) -> None:
    desk = Script()
    desk.register(policy("BLUERIVER"))
    desk.code(line(1, "99213"))
    await running.hear(*desk.handed())
    account = desk.account()
    async with running.pool.acquire() as connection:
        await (not_to_stay := connection.transaction()).start()
        await connection.execute(_MORE, MANY)
        await connection.execute("analyze billing.encounter_account, billing.claim")
        for practice in (None, account.practice_id):
            for subject in (account.encounter_id, account.claims[0].claim_id):
                (found,) = await queries.find_accounts(connection, subject, practice)
                assert found.encounter_id == account.encounter_id
                read = await rows_read(connection, queries._ACCOUNTS_OF, subject, practice)
                assert read < 10
        assert await queries.find_accounts(connection, "nothing", None) == []
        await not_to_stay.rollback()
