"""What the gateway checks takes as many statements for much as for little: coverage, and files."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import asyncpg

from schemas.claim import ClaimAcknowledged
from services.payer_gateway.app import service_for
from services.payer_gateway.files.examiner import Examiner
from services.payer_gateway.partners import load_partners
from services.payer_gateway.questions.coverage_checks import CoverageChecks
from services.payer_gateway.settings import GatewaySettings
from services.payer_gateway.x12.eligibility_response import Coverage
from tests.bench import stories
from tests.bench.conftest import Start
from tests.bench.partner import Partner
from tests.bench.tally import Tally, names
from tests.bench.test_statement_counts_beside import EXCHANGES, _claims_wait

CLAIMS = (2, 10, 40)
"""All that wait for one payer's word, in one transaction."""

ASKED = "coverage is asked about"
ANSWERED = "claims go on, or are given back"
CHECKED = "a received file is checked"


async def _answered(pool: asyncpg.Pool, size: int) -> int:
    """The payer says something of two thirds of the patients: half are covered; how many not."""
    await pool.execute(
        "insert into inbound_file (sha256, payer_id, name, content, received_at, state) "
        "values ($1, 'BLUERIVER', $1, '', now(), 'loaded')",
        f"answer{size}",
    )
    refused = 0
    for place, name in enumerate(names(size)):
        said = (Coverage.ACTIVE, Coverage.INACTIVE, None)[place % 3]
        if said is not None:
            await pool.execute(
                "insert into answer "
                "(trace, file_sha256, number, received_at, outcome, codes, detail) "
                "select trace, $2, $3, now(), $4, '', '{}' from question where subject = $1",
                f"PT{name}",
                f"answer{size}",
                place,
                said.value,
            )
        refused += said is Coverage.INACTIVE
    return refused


async def test_coverage_is_checked_at_the_same_cost_however_many_claims_wait_for_it(
    start: Start,
) -> None:
    partner = replace(load_partners(None)["BLUERIVER"], checks_eligibility=True)
    partners = {"BLUERIVER": partner}
    tally = Tally(await start(service_for(partners, GatewaySettings())))
    counted, checks = tally.counted, CoverageChecks(partners, quiet_seconds=0)
    await counted.hear([stories.practice()])
    await counted.hear(stories.providers(["1"]))
    for size in CLAIMS:
        await counted.hear(stories.patients(names(size)))
        await counted.hear(stories.coverages(names(size)))
        await counted.hear(stories.submitted(names(size)))
        assert await tally.count(ASKED, checks.step(counted.runtime)) == 0
        asked = "select count(*) from question where subject = any($1)"
        assert await counted.pool.fetchval(asked, [f"PT{name}" for name in names(size)]) == size
        refused = await _answered(counted.pool, size)
        counted.clock.advance(timedelta(hours=partner.eligibility_hours))
        assert await tally.count(ANSWERED, checks.step(counted.runtime)) == size
        assert len(await counted.said(ClaimAcknowledged)) == refused
    tally.check({ASKED, ANSWERED})


async def test_a_received_file_is_checked_at_the_same_cost_whatever_is_in_it(
    start: Start, tmp_path: Path
) -> None:
    partners = load_partners(None)
    tally = Tally(await start(service_for(partners, GatewaySettings())))
    counted, examiner = tally.counted, Examiner()
    partner = Partner(tmp_path, counted.pool, counted.clock)
    for files, claims in EXCHANGES[:3]:
        await _claims_wait(counted, files, claims)
        partner.close_files()
        await partner.send()
        partner.answer()
        while not await partner.receive():
            continue
    await partner.close()
    kinds = await counted.pool.fetch("select distinct kinds from inbound_file order by kinds")
    assert [row["kinds"] for row in kinds] == ["277CA", "835", "999"]
    while await tally.count(CHECKED, examiner.step(counted.runtime)):
        continue
    looked_in_vain = tally.by_kind[CHECKED].pop()
    assert len(looked_in_vain) < len(tally.by_kind[CHECKED][0])
    tally.check({CHECKED})
