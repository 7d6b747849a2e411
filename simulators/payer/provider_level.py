"""What a payer moves at provider level (PLB) for reasons of its own.

A positive amount lowers the payment, a negative one raises it (X12 835 implementation, 1.10.2.1).
Amounts are whole cents of our own invention.
"""

from collections.abc import Mapping

Entry = tuple[str, str, int, int]
"""PLB03-1, PLB03-2, cents, and the cents that the next payments take back."""

_AMOUNTS: Mapping[str, int] = {
    "CS": 250,
    "J1": 175,
    "50": 300,
    "IR": 400,
    "LE": 600,
    "CT": -10_000,
    "90": 150,
}
_ADVANCE = 5_000
_REFUNDED = 1_200


def provider_adjustment(reason: str, reference: str) -> tuple[Entry, ...]:
    """The pairs of one reason; nothing for an empty one.

    A refund that the payer acknowledges (72) stands beside the recovery that it settles (WO). An
    advance (AP) raises this payment and lowers the next ones.
    """
    if reason == "72":
        return (("72", reference, -_REFUNDED, 0), ("WO", reference, _REFUNDED, 0))
    if reason == "AP":
        return (("AP", reference, -_ADVANCE, _ADVANCE),)
    if reason in _AMOUNTS:
        return ((reason, reference, _AMOUNTS[reason], 0),)
    return ()
