"""Whether the totals of a 277CA are those of its claims (QTY and AMT of loops 2200B and 2200C)."""

from collections.abc import Iterator

from services.payer_gateway.x12.amounts import AmountError, parse_cents
from services.payer_gateway.x12.checks.loop_frame import Frame, Place
from services.payer_gateway.x12.checks.structure import Structure
from services.payer_gateway.x12.claim_acknowledgement import CONTRADICTION
from services.payer_gateway.x12.codes import REJECTING_CATEGORIES
from services.payer_gateway.x12.finding import Finding, Scope, error
from services.payer_gateway.x12.segments import at, component

TOTALS = error("status.totals", 3, Scope.TRANSACTION, "277CA 2200B, 2200C QTY and AMT")
CATEGORY = error(
    "status.category-not-batch", 5, Scope.CLAIM, "277CA STC01-1, X12 interpretation 1942"
)

_ACCEPTED = {"90": True, "AA": False, "QA": True, "QC": False, "YU": True, "YY": False}
"""Whether a total is of what was accepted, by QTY01 or AMT01."""

_Count = dict[tuple[int, bool], list[int]]


def check(structure: Structure) -> Iterator[Finding]:
    """What contradicts itself within statuses, and between them and the totals above them.

    Where a status contradicts itself nobody can say how its claim was counted.
    """
    refusing = REJECTING_CATEGORIES | {"A4"}
    claims: dict[int, tuple[Frame, bool, int]] = {}
    is_doubtful = False
    for position, raw in enumerate(structure.transaction.raw, 1):
        if not raw.startswith("STC"):
            continue
        frame, stc = structure.frame_at(position), structure.elements(position)
        category = component(at(stc, 1), structure.transaction.delimiters.component, 1)
        action = at(stc, 3)
        if category and category[:1] != "A" and len(category) <= 3:
            message = "a batch acknowledgement uses categories A0 to A8 only"
            yield Place(frame, "STC", position, "STC01-1").found(CATEGORY, message)
        elif action in {"U", "WQ"} and (action == "U") != (category in refusing):
            message = "category and action contradict each other: the rejection is believed"
            is_doubtful = True
            yield Place(frame, "STC", position, "STC03").found(CONTRADICTION, message)
        if frame.loop.id == "2200D":
            _, was, cents = claims.get(id(frame), (frame, True, 0))
            is_accepted = was and category not in refusing and action != "U"
            claims[id(frame)] = (frame, is_accepted, _cents(at(stc, 4)) or cents)
    if claims and not is_doubtful:
        yield from _totals(structure, _counted(list(claims.values())))


def _counted(claims: list[tuple[Frame, bool, int]]) -> _Count:
    """Claims and cents, by level above and whether accepted."""
    counted: _Count = {}
    for frame, is_accepted, cents in claims:
        for above in frame.chain:
            counts = counted.setdefault((id(above), is_accepted), [0, 0])
            counts[0] += 1
            counts[1] += cents
    return counted


def _totals(structure: Structure, counted: _Count) -> Iterator[Finding]:
    for position, raw in enumerate(structure.transaction.raw, 1):
        frame = structure.frame_at(position)
        if raw[:3] not in {"QTY", "AMT"} or frame.loop.id not in {"2200B", "2200C"}:
            continue
        name, qualifier, text = (*structure.elements(position), "", "")[:3]
        if qualifier not in _ACCEPTED or frame.parent is None:
            continue
        found = counted.get((id(frame.parent), _ACCEPTED[qualifier]), [0, 0])
        said = _cents(text)
        expected = found[0] * 100 if name == "QTY" else found[1]
        if said is not None and said != expected:
            what = "claims" if name == "QTY" else "charges"
            message = f"the total is not that of the {what} below: correct it"
            yield Place(frame, name, position, f"{name}02").found(TOTALS, message)


def _cents(text: str) -> int | None:
    try:
        return parse_cents(text)
    except AmountError:
        return None
