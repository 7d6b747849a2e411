"""Claims and plans for the payer simulator's tests."""

from datetime import date

from simulators.payer.claim import Claim, Line, PriorLine, PriorPayer
from simulators.payer.contract import CostShare, Plan

SERVED = date(2026, 3, 2)


def line(
    number: int = 1, code: str = "99213", charge_cents: int = 25000, **changes: object
) -> Line:
    """One line, as billed."""
    values: dict[str, object] = {
        "number": number,
        "control_number": str(number),
        "code": code,
        "modifiers": (),
        "units": 1,
        "charge_cents": charge_cents,
        "service_date": SERVED,
    }
    return Line(**{**values, **changes})  # type: ignore[arg-type]


def claim(*lines: Line, **changes: object) -> Claim:
    """A primary claim, received three days after the service."""
    used = lines or (line(),)
    values: dict[str, object] = {
        "claim_id": "CLAIM1",
        "member_id": "M100",
        "responsibility": "P",
        "frequency": "1",
        "original_icn": "",
        "place_of_service": "11",
        "billing_npi": "1234567893",
        "total_charge_cents": sum(each.charge_cents for each in used),
        "lines": used,
        "received_on": date(2026, 3, 5),
    }
    return Claim(**{**values, **changes})  # type: ignore[arg-type]


def medicare(**changes: object) -> Plan:
    """Part B as in the worked example: fees 150.00 and 40.00, 50.00 of deductible."""
    values: dict[str, object] = {
        "payer_id": "MEDICARE_B",
        "name": "MEDICARE",
        "kind": "medicare",
        "filing_months": 12,
        "fees": {"99213": 15000, "93000": 4000},
        "deductible_cents": 5000,
        "sequestration_percent": 2,
        "cost_share": {"other": CostShare(deductible=True, coinsurance_percent=20)},
        "crosses_over_to": ("MEDIGAP_PLUS",),
    }
    return Plan(**{**values, **changes})  # type: ignore[arg-type]


def medigap() -> Plan:
    """Covers coinsurance and copayment, not the deductible."""
    return Plan(
        payer_id="MEDIGAP_PLUS",
        name="MEDIGAP",
        kind="medigap",
        percent_of_charge=100,
        supplement_covers=frozenset({"2", "3"}),
    )


def prior(payer_id: str, *lines: PriorLine, paid_cents: int = 0) -> PriorPayer:
    """What a payer before this one did."""
    paid = sum(each.paid_cents for each in lines) or paid_cents
    return PriorPayer(payer_id, paid, (), tuple(lines))
