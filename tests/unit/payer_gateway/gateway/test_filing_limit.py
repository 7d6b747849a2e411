"""Until when a payer takes a claim, by its profile alone."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from schemas.claim import PriorPayer
from services.payer_gateway.domain.filing_limit import last_day
from services.payer_gateway.partners import load_partners
from tests.integration.payer_gateway.stories import claim

PARTNER = next(iter(load_partners(None).values()))
PRIOR = PriorPayer(
    payer_id="X", coverage_id="COV0", level=1, paid_cents=1, adjudicated_on=date(2026, 4, 1)
)


@pytest.mark.parametrize(
    ("terms", "changes", "last"),
    [
        ({}, {}, None),
        ({"filing_days": 90}, {"frequency_code": "8"}, None),
        ({"correction_days": 90}, {}, None),
        ({"filing_days": 90}, {"frequency_code": "7"}, None),
        ({"filing_days": 90}, {}, date(2026, 5, 25)),
        (
            {"filing_days": 90, "correction_days": 365},
            {"frequency_code": "7"},
            date(2027, 2, 24),
        ),
        ({"filing_days": 90}, {"prior_payers": (PRIOR,)}, date(2026, 5, 25)),
        (
            {"filing_days": 90, "filing_days_after_payer": 60},
            {"prior_payers": (PRIOR,)},
            date(2026, 5, 31),
        ),
        ({"filing_days": 90, "filing_days_after_payer": 60}, {}, date(2026, 5, 25)),
    ],
)
def test_the_last_day_follows_from_the_profile_and_the_kind_of_claim(
    terms: dict[str, Any], changes: dict[str, Any], last: date | None
) -> None:
    assert last_day(replace(PARTNER, **terms), claim(**changes)) == last
