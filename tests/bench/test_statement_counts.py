"""The statements of a batch do not depend on its size: what a batch costs is the same everywhere.

``tests.bench.tally`` records what each service's batches take.
"""

from schemas.claim import ClaimSubmitted
from schemas.coding import DocumentationQueryOpened
from schemas.patient_account import PatientBalanceDue
from services.billing.app import service as billing
from services.billing.settings import BillingSettings
from services.coding.app import service as coding
from services.coding.settings import CodingSettings
from services.patient_statements.app import service as patient_statements
from services.patient_statements.settings import PatientStatementsSettings
from services.payer_gateway.app import service as payer_gateway
from services.payer_gateway.settings import GatewaySettings
from tests.bench import stories
from tests.bench.conftest import Start
from tests.bench.tally import SIZES, Tally, names


async def test_codings_batches_cost_the_same_at_any_size(start: Start) -> None:
    tally = Tally(await start(coding(CodingSettings())))
    for size in SIZES:
        await tally.hear(stories.providers(["1", *names(size - 1)]))
        await tally.hear(stories.patients(names(size)))
        await tally.hear(stories.coverages(names(size)))
        await tally.hear(stories.documented(names(size), signed=False))
        queries = await tally.counted.said(DocumentationQueryOpened)
        await tally.hear(stories.answered(queries))
    tally.check(tally.counted.service.subscriptions)


async def test_billings_batches_cost_the_same_at_any_size(start: Start) -> None:
    tally = Tally(await start(billing(BillingSettings())))
    for size in SIZES:
        await tally.hear(stories.patients(names(size)))
        await tally.hear(stories.coverages(names(size)))
        await tally.hear(stories.coded(names(size)))
        claims = await tally.counted.said(ClaimSubmitted)
        await tally.hear(stories.acknowledged(claims))
        adjudications = stories.adjudicated(claims)
        await tally.hear(adjudications)
        await tally.hear(stories.deposits(adjudications))
        balances = await tally.counted.said(PatientBalanceDue)
        await tally.hear(stories.payments(balances))
        await tally.counted.said(PatientBalanceDue)
        await tally.hear(stories.not_billable(f"N{name}" for name in names(size)))
    tally.check(tally.counted.service.subscriptions)


async def test_the_gateways_batches_cost_the_same_at_any_size(start: Start) -> None:
    tally = Tally(await start(payer_gateway(GatewaySettings())))
    for size in SIZES:
        practices = [
            stories.practice().model_copy(update={"practice_id": practice_id})
            for practice_id in [stories.PRACTICE, *names(size - 1)]
        ]
        await tally.hear(practices)
        await tally.hear(stories.providers(["1", *names(size - 1)]))
        await tally.hear(stories.patients(names(size)))
        await tally.hear(stories.coverages(names(size)))
        await tally.hear(stories.submitted(names(size)))
    tally.check(tally.counted.service.subscriptions)


async def test_patient_statements_batches_cost_the_same_at_any_size(start: Start) -> None:
    tally = Tally(await start(patient_statements(PatientStatementsSettings())))
    for size in SIZES:
        practices = [
            stories.practice().model_copy(update={"practice_id": practice_id})
            for practice_id in [stories.PRACTICE, *names(size - 1)]
        ]
        await tally.hear(practices)
        await tally.hear(stories.patients(names(size)))
        await tally.hear(stories.coverages(names(size)))
        await tally.hear(stories.balances(names(size)))
    tally.check(tally.counted.service.subscriptions)
