"""More than may be: loops and segments beyond what the guides allow."""

from tests.unit.payer_gateway.x12.mutation.change import Broken, put, repeat

_2300 = "2000A/2000B/2300"

LIMITS = (
    Broken(
        "a claim has a thirteenth diagnosis",
        "837P",
        put("HI*ABK:I10", 13, "ABF:I10"),
        "element.too-many",
        1,
        f"{_2300}/HI",
        "HI13",
        spoils=("C3",),
    ),
    Broken(
        "an earlier payer has a sixth adjustment",
        "837P",
        repeat("CAS*PR*2", times=4),
        "structure.segment-repeated",
        1,
        f"{_2300}/2400/2430/CAS",
        spoils=("C3",),
    ),
    Broken(
        "an adjustment has a seventh reason",
        "835",
        put("CAS*PR*3*20", 20, "1"),
        "element.too-many",
        1,
        "2000/2100/CAS",
        "CAS20",
        spoils=("C9",),
    ),
    Broken(
        "a claim has a second note",
        "837P",
        repeat("NTE", times=1),
        "structure.segment-repeated",
        1,
        f"{_2300}/NTE",
        spoils=("C4",),
    ),
    Broken(
        "a paid line has a third date",
        "835",
        repeat("DTM*472*20260106", times=2),
        "structure.segment-repeated",
        1,
        "2000/2100/2110/DTM",
        spoils=("C8",),
    ),
)
