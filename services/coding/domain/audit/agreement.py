"""How far the first coding agrees with the reference: the second coder's, or the adjudicated.

All shares are permille integers; money is cents. A share of nothing is None, never a full mark.
"""

from collections import Counter
from collections.abc import Hashable, Sequence

from msgspec import Struct

from services.coding.domain.coding_result import Line
from services.coding.domain.encounter_state import Proposal
from services.coding.domain.review.queue_order import Price

_LADDERS: tuple[tuple[str, ...], ...] = (
    ("99202", "99203", "99204", "99205"),
    ("99211", "99212", "99213", "99214", "99215"),
    ("99221", "99222", "99223"),
    ("99231", "99232", "99233"),
    ("99234", "99235", "99236"),
    ("99281", "99282", "99283", "99284", "99285"),
    ("99304", "99305", "99306"),
    ("99307", "99308", "99309", "99310"),
    ("99341", "99342", "99344", "99345"),
    ("99347", "99348", "99349", "99350"),
)
_STEP = {code: (ladder[0], step) for ladder in _LADDERS for step, code in enumerate(ladder)}


class Agreement(Struct, frozen=True):
    """One case: counts, and the money by which the first coding was over or under.

    ``is_priced``: whether every line that differs has a price; else the money is not known, and 0.
    """

    matched: int
    missed: int
    extra: int
    claim: bool
    visit: str
    reference_visit: str
    first_listed: str
    reference_first_listed: str
    lines_matched: int
    modifiers_matched: int
    over_cents: int
    under_cents: int
    is_priced: bool = True


class Figures(Struct, frozen=True):
    """What all cases of one coder come to."""

    cases: int
    code_permille: int | None
    claim_permille: int | None
    visit_exact_permille: int | None
    visit_within_one_permille: int | None
    first_listed_permille: int | None
    modifier_permille: int | None
    over_coded: int
    under_coded: int
    over_cents: int
    under_cents: int
    net_cents: int
    gross_cents: int
    visit_kappa_permille: int | None
    first_listed_kappa_permille: int | None
    not_priced: int = 0
    """Cases whose difference in money is not known: they are in none of the cents."""


def visit_of(lines: Sequence[Line]) -> str:
    """The evaluation and management code with levels, or empty."""
    return next((line.code for line in lines if line.code in _STEP), "")


def within_one(one: str, other: str) -> bool:
    """Whether two visit codes are of one family and at most one level apart."""
    if one == other:
        return True
    first, second = _STEP.get(one), _STEP.get(other)
    if first is None or second is None or first[0] != second[0]:
        return False
    return abs(first[1] - second[1]) <= 1


def agree(one: Proposal, other: Proposal) -> bool:
    """Whether two codings of one encounter say the same.

    Diagnoses in order; lines with units, pointers and modifiers, in any order of lines and of
    modifiers. A drug's NDC is copied from the record and judged by nobody.
    """
    return _judged(one) == _judged(other)


def _judged(proposal: Proposal) -> tuple[tuple[str, ...], Counter[Hashable]]:
    return (
        tuple(diagnosis.code for diagnosis in proposal.diagnoses),
        Counter(
            (line.code, frozenset(line.modifiers), line.units, line.pointers)
            for line in proposal.lines
        ),
    )


def compared(first: Proposal, reference: Proposal, price: Price) -> Agreement:
    """How the first coding of one encounter stands to its reference."""
    own, right = _codes(first), _codes(reference)
    matched = sum((own & right).values())
    lines = Counter(line.code for line in first.lines) & Counter(
        line.code for line in reference.lines
    )
    with_modifiers = Counter(_with_modifiers(line) for line in first.lines) & Counter(
        _with_modifiers(line) for line in reference.lines
    )
    difference = _cents_over(first, reference, price)
    return Agreement(
        matched,
        right.total() - matched,
        own.total() - matched,
        agree(first, reference),
        visit_of(first.lines),
        visit_of(reference.lines),
        first.diagnoses[0].code if first.diagnoses else "",
        reference.diagnoses[0].code if reference.diagnoses else "",
        lines.total(),
        with_modifiers.total(),
        max(difference or 0, 0),
        max(-(difference or 0), 0),
        difference is not None,
    )


def _codes(proposal: Proposal) -> Counter[str]:
    return Counter(
        (
            *(diagnosis.code for diagnosis in proposal.diagnoses),
            *(line.code for line in proposal.lines),
        )
    )


def _with_modifiers(line: Line) -> tuple[str, frozenset[str]]:
    return line.code, frozenset(line.modifiers)


def _cents_over(first: Proposal, reference: Proposal, price: Price) -> int | None:
    """By how much the first coding is over its reference, negative if under; None if not known.

    Only lines that differ count: what both report costs the same on both sides.
    """
    lines: dict[tuple[str, frozenset[str]], Line] = {}
    units: Counter[tuple[str, frozenset[str]]] = Counter()
    for sign, proposal in ((1, first), (-1, reference)):
        for line in proposal.lines:
            named = _with_modifiers(line)
            lines.setdefault(named, line)
            units[named] += sign * line.units
    total = 0
    for named, count in units.items():
        cents = price(lines[named]) if count else 0
        if cents is None:
            return None
        total += count * cents
    return total


def figures(cases: Sequence[Agreement]) -> Figures:
    """The figures of a set of cases; visits count where either coding has one."""
    matched = sum(case.matched for case in cases)
    compared_codes = sum(case.matched + case.missed + case.extra for case in cases)
    visits = [case for case in cases if case.visit or case.reference_visit]
    over = sum(case.over_cents for case in cases)
    under = sum(case.under_cents for case in cases)
    return Figures(
        len(cases),
        _permille(matched, compared_codes),
        _permille(sum(case.claim for case in cases), len(cases)),
        _permille(sum(case.visit == case.reference_visit for case in visits), len(visits)),
        _permille(
            sum(within_one(case.visit, case.reference_visit) for case in visits), len(visits)
        ),
        _permille(
            sum(case.first_listed == case.reference_first_listed for case in cases), len(cases)
        ),
        _permille(
            sum(case.modifiers_matched for case in cases), sum(case.lines_matched for case in cases)
        ),
        sum(case.over_cents > 0 for case in cases),
        sum(case.under_cents > 0 for case in cases),
        over,
        under,
        over - under,
        over + under,
        kappa_permille([(case.visit, case.reference_visit) for case in visits]),
        kappa_permille([(case.first_listed, case.reference_first_listed) for case in cases]),
        sum(not case.is_priced for case in cases),
    )


def _permille(part: int, whole: int) -> int | None:
    return None if whole == 0 else (2_000 * part + whole) // (2 * whole)


def kappa_permille(pairs: Sequence[tuple[Hashable, Hashable]]) -> int | None:
    """Cohen's kappa of two raters over the same cases, in permille, rounded to nearest.

    (po - pe) / (1 - pe), all in integers. None without cases, and where both raters gave one and
    the same answer to all: chance alone would have agreed as well.
    """
    count = len(pairs)
    agreed = sum(one == other for one, other in pairs)
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    chance = sum(first[answer] * second[answer] for answer in first)
    beyond = count * count - chance
    if beyond == 0:
        return None
    return (2_000 * (count * agreed - chance) + beyond) // (2 * beyond)
