"""What an element of a segment requires of its others, by the situational rules of the guides.

Only what no syntax note of X12 says; each segment is looked at by itself.
"""

import re
from collections.abc import Iterator

from services.payer_gateway.x12.checks.loop_frame import Place
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.claim_rules import NEGATIVE
from services.payer_gateway.x12.finding import Finding, Rule, Scope, error, warning
from services.payer_gateway.x12.segments import Segment, at

ADDRESS = error(
    "situation.address", 4, Scope.CLAIM, "N402, N403: required in the United States and Canada"
)
GAP = error("situation.code-gap", 4, Scope.CLAIM, "HI03 to HI12: only after the one before")
ACCOUNT = error(
    "remittance.payment-account", 4, Scope.TRANSACTION, "835 BPR05 to BPR15 by BPR04 ACH, BOP, FWT"
)
METHOD = warning("remittance.payment-method", 4, Scope.TRANSACTION, "835 BPR02, BPR04 NON")

_WITH_STATES = frozenset({"", "US", "CA"})
_TRANSFERS = frozenset({"ACH", "BOP", "FWT"})
_CLEARED = "ACH"
_ROUTING = "01"
_is_routing = re.compile(r"(?:[0-9]{9})?").fullmatch
_ACCOUNTS = (6, 7, 8, 9, 10, 12, 13, 14, 15)
_PAID_BY_PATIENT = frozenset({"F3", "F5"})

_Fault = tuple[Rule, str, str]
"""The rule, the element and what to do."""


def check(structure: Structure) -> Iterator[Finding]:
    """Addresses, lists of codes, what patients pay, and how a payer pays."""
    transaction = structure.transaction
    mark = transaction.delimiters.element
    address, codes = f"N4{mark}", f"HI{mark}"
    amount = f"AMT{mark}F" if transaction.set_id == "837" else "AMT-"
    for position, raw in structure.doubtful():
        if raw.startswith(address):
            found = address_faults(raw.split(mark))
        elif raw.startswith(codes) and mark + mark in raw:
            found = gap_faults(raw.split(mark))
        elif raw.startswith(amount):
            found = paid_faults(raw.split(mark))
        elif raw.startswith("BPR"):
            found = _payment_faults(raw.split(mark))
        else:
            continue
        for rule, element, message in found:
            place = Place(structure.frame_at(position), raw.split(mark, 1)[0], position, element)
            yield place.found(rule, message)


def address_faults(n4: Segment) -> Iterator[_Fault]:
    """An address without a country is one of the United States: it has a state and a ZIP code."""
    if at(n4, 4) in _WITH_STATES:
        if not at(n4, 2):
            yield ADDRESS, "N402", "write the state, or the country where it is abroad"
        if not at(n4, 3):
            yield ADDRESS, "N403", "write the ZIP code, or the country where it is abroad"


def gap_faults(hi: Segment) -> Iterator[_Fault]:
    """Codes follow one another without an empty element."""
    for number in range(2, len(hi)):
        if hi[number] and not hi[number - 1]:
            message = f"HI{number:02d} follows an empty element: move the codes together"
            yield GAP, f"HI{number - 1:02d}", message


def paid_faults(amt: Segment) -> Iterator[_Fault]:
    """What a patient has paid, or is to pay, is no debt of somebody else's."""
    if at(amt, 1) in _PAID_BY_PATIENT and at(amt, 2).startswith("-"):
        yield NEGATIVE, "AMT02", "what a patient pays is never negative"


def _payment_faults(bpr: Segment) -> Iterator[_Fault]:
    """A transfer names both accounts; where nothing is paid there is none."""
    method, paid = at(bpr, 4), at(bpr, 2)
    missing = [number for number in _ACCOUNTS if not at(bpr, number)]
    if method == _CLEARED and not at(bpr, 5):
        missing.append(5)
    if method in _TRANSFERS and missing:
        said = ", ".join(f"BPR{number:02d}" for number in missing)
        message = f"a transfer names its format and both accounts: fill {said}"
        yield ACCOUNT, f"BPR{missing[0]:02d}", message
    elif method == "NON" and paid.strip("0.-"):
        yield METHOD, "BPR04", "NON says that nothing is paid, but BPR02 is not zero"
    for number in (6, 12):
        if at(bpr, number) == _ROUTING and not _is_routing(at(bpr, number + 1)):
            message = "a routing number of the ABA (01) has nine digits"
            yield ACCOUNT, f"BPR{number + 1:02d}", message
    if at(bpr, 1) == "H" and method != "NON" and paid.strip("0.-"):
        yield METHOD, "BPR01", "H tells of no payment, but BPR02 is not zero"
