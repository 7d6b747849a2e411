"""A proof of filing looks at the claim's own files and its payer's, however much there is."""

from services.payer_gateway.stores import desk_store
from tests.integration.payer_gateway.conftest import Gateway
from tests.plans import rows_read

_CLAIMS = """
insert into claim (practice_id, claim_id, encounter_id, payer_id, state, file_id)
select 'P1', 'C' || n, 'E' || n, 'PAYER' || n % 100, 'filed', md5((n / 10)::text)::uuid
from generate_series(1, 5000) n
"""
_SENT = """
insert into outbound_file (file_id, practice_id, payer_id, sender_id, receiver_id,
    interchange_control_number, name, sha256, content, claim_ids, claim_count, state, created_at,
    sent_at)
select md5(n::text)::uuid, 'P1', 'PAYER' || n % 100, 'S', 'R', n + 1, n || '.837', '', '',
    array(select 'C' || own from generate_series(n * 10, n * 10 + 9) own), 10, 'accepted',
    now() - interval '1 day', now() - interval '1 day'
from generate_series(0, 500) n
"""
_RECEIVED = """
insert into inbound_file (sha256, payer_id, name, content, received_at, state, kinds)
select md5(n::text), 'PAYER' || n % 100, n || '.835', convert_to('CLP*C' || n || '*1~', 'UTF8'),
    now(), 'loaded', '835'
from generate_series(1, 5000) n
"""


async def test_a_proof_of_filing_looks_at_few_rows(gateway: Gateway) -> None:
    for each in (_CLAIMS, _SENT, _RECEIVED):
        await gateway.rows(each)
    await gateway.rows("analyze")
    async with gateway.pool.acquire() as connection:
        proof = await desk_store.proof_of(connection, "C2502")
        read = await rows_read(connection, desk_store._PROOF, "C2502")
        others = await rows_read(connection, desk_store._EARLIER, "C2502")
    assert [(each.direction, each.name) for each in proof] == [("out", "250.837")]
    assert read < 100
    assert others < 10


async def test_the_answers_of_its_payer_since_it_was_sent_are_found(gateway: Gateway) -> None:
    for each in (_CLAIMS, _SENT, _RECEIVED):
        await gateway.rows(each)
    await gateway.rows("update inbound_file set payer_id = 'PAYER50' where name = '2502.835'")
    async with gateway.pool.acquire() as connection:
        proof = await desk_store.proof_of(connection, "C2502")
    assert [each.name for each in proof] == ["250.837", "2502.835"]
