"""Right and left of one condition: the bilateral code where there is one (I.B.13)."""

from services.coding.domain.coding_result import Diagnosis
from services.coding.domain.diagnosis.rules.context import Context
from services.coding.domain.diagnosis.rules.listing import Listing
from services.coding.domain.diagnosis.rules.rule import Rule, rule
from services.coding.domain.diagnosis.specificity import (
    BILATERAL_ARTHROSIS,
    sibling,
    sideless,
)

# Injuries are coded one by one (I.C.19.b), and a neoplasm of each side is one of its own.
_PAIRED = ("G5", "H", "I7", "I8", "L", "M", "N", "Z9", "Q")


@rule("both-sides", "I.B.13", *_PAIRED)
def both(listing: Listing, context: Context, mark: str) -> Listing:
    """Right and left together are bilateral; a known side makes an unknown one moot."""
    sided = [
        (each, node)
        for each in listing.of(*_PAIRED)
        if (node := context.node(each.code)) is not None and node.side
    ]
    if len(sided) < 2:
        return listing
    for right, one in sided:
        for left, other in sided:
            if one.parent != other.parent or sideless(one.title) != sideless(other.title):
                continue
            if one.side == "right" and other.side == "left":
                code = _bilateral(right, context)
                if code:
                    listing = listing.dropped("combined", mark, (left,))
                    listing = listing.recoded(right, code, mark, (left,))
            elif one.side == "unspecified" and other.side in ("right", "left", "bilateral"):
                listing = listing.dropped("less_specific", mark, (right,))
    return listing


def _bilateral(diagnosis: Diagnosis, context: Context) -> str:
    code = BILATERAL_ARTHROSIS.get(diagnosis.code[:5], "")
    if code:
        return code
    node = context.node(diagnosis.code)
    found = None if node is None else sibling(context.codes, node, "bilateral")
    return found.code if found is not None and context.exists(found.code) else ""


RULES: tuple[Rule, ...] = (both,)
