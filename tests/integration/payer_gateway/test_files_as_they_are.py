"""Files of ours and of payers lie in their rows as they are: no time goes into packing them."""

from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.stories import claim, references

_STORED = "select content, pg_column_compression(content) as packed from {}"


async def test_a_file_that_packs_well_is_not_compressed_by_the_database(gateway: Gateway) -> None:
    await gateway.hear(*references(), *(claim(f"CLM{number}") for number in range(20)))
    gateway.clock.advance(gateway.partners["BLUERIVER"].batch_window)
    await gateway.send()
    (gateway.wire.outgoing("BLUERIVER") / "much.835").write_bytes(b"SVC*HC>99213*250*250~\n" * 900)
    await gateway.receive()
    for table in ("outbound_file", "inbound_file"):
        rows = await gateway.rows(_STORED.format(table))
        assert max(len(row["content"]) for row in rows) > 3_000
        assert {row["packed"] for row in rows} == {None}
