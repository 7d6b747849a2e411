"""One CLP of a remittance as billing keeps it: checked, matched to the lines billed, allocated."""

from collections.abc import Sequence
from datetime import date
from operator import itemgetter

from services.billing.domain.allocation import split_by_weight
from services.billing.domain.claim import BilledLine
from services.billing.domain.claim_adjustment import LineAdjustment
from services.billing.domain.kept import Kept
from services.billing.domain.ledger import Posted
from services.chassis.effects import Refused

REVERSAL = "22"
NOT_RECOGNISED = "4"
FORWARDED = frozenset({"19", "20", "21"})
PENDING = frozenset({"5", "13", "15", "16", "17"})
DUPLICATE = "18"
"""CARC 18: the payer has decided this very claim before."""
INFORMATIONAL = frozenset({"23", "25"})
"""CLP02: 23 not our claim, forwarded; 25 predetermination. Neither moves money."""


class RemittanceLine(Kept, frozen=True):
    """One SVC as received (835 loop 2110). Cents, signed."""

    line: int
    code: str
    modifiers: tuple[str, ...]
    units: int
    charge_cents: int
    paid_cents: int
    adjustments: tuple[LineAdjustment, ...]
    remark_codes: tuple[str, ...] = ()


class MatchedLine(Kept, frozen=True):
    """What the payer decided for one billed line, claim-level adjustments included.

    charge = paid + sum of adjustments holds for each line.
    """

    line: int
    charge_cents: int
    paid_cents: int
    adjustments: tuple[LineAdjustment, ...]
    remark_codes: tuple[str, ...] = ()


class Adjudication(Kept, frozen=True):
    """A payer's decision on a claim, and what was posted for it.

    matched: empty while its lines fit none that were billed. cash: its payments. disposition: the
    write-offs and transfers that follow from it while it is the decision that stands.
    """

    key: str
    claim_id: str
    claim_version: int
    level: int
    payer_id: str
    status_code: str
    payer_control_number: str
    remittance_id: str
    trace_number: str
    sequence: int
    paid_on: date
    charge_cents: int
    paid_cents: int
    lines: tuple[RemittanceLine, ...]
    adjustments: tuple[LineAdjustment, ...]
    crossover_payer_id: str = ""
    matched: tuple[MatchedLine, ...] = ()
    reversed_by: str = ""
    reverses: str = ""
    standing: bool = False
    cash: tuple[Posted, ...] = ()
    disposition: tuple[Posted, ...] = ()

    @property
    def order(self) -> tuple[int, date, str, int, str]:
        """The payer's own order of decisions, whatever the order of arrival."""
        return (self.claim_version, self.paid_on, self.trace_number, self.sequence, self.key)

    @property
    def content(self) -> tuple[object, ...]:
        """What the payer said, without what became of it."""
        return (self.charge_cents, self.paid_cents, self.lines, self.adjustments)

    @property
    def is_reversal(self) -> bool:
        """CLP02 22."""
        return self.status_code == REVERSAL

    @property
    def moves_money(self) -> bool:
        """Whether it is a decision at all, rather than a notice."""
        return self.status_code not in PENDING and self.status_code not in INFORMATIONAL


def check_balance(
    charge_cents: int,
    paid_cents: int,
    adjustments: Sequence[LineAdjustment],
    lines: Sequence[RemittanceLine],
) -> None:
    """Invariant I4: each line, and the claim, charge less adjustments equals paid.

    Raises ``Refused``: ``line_out_of_balance`` or ``claim_out_of_balance`` (835, balancing).
    """
    adjusted = sum([each.amount_cents for each in adjustments])
    for line in lines:
        of_line = 0
        for each in line.adjustments:
            of_line += each.amount_cents
        if line.charge_cents - of_line != line.paid_cents:
            raise Refused(
                "line_out_of_balance",
                f"line {line.line or '?'}: charge {line.charge_cents} less adjustments {of_line} "
                f"is not the payment {line.paid_cents} (cents)",
            )
        adjusted += of_line
    if charge_cents - adjusted != paid_cents:
        raise Refused(
            "claim_out_of_balance",
            f"charge {charge_cents} less adjustments {adjusted} is not the payment "
            f"{paid_cents} (cents)",
        )
    if lines and sum(line.charge_cents for line in lines) != charge_cents:
        raise Refused("claim_out_of_balance", "the lines' charges are not the claim's charge")


def match_lines(
    billed: Sequence[BilledLine],
    lines: Sequence[RemittanceLine],
    claim_adjustments: Sequence[LineAdjustment],
    charge_cents: int,
) -> tuple[MatchedLine, ...] | None:
    """The payer's lines on the lines billed, claim-level adjustments spread over them.

    Order of matching: our own line number (REF*6R), then code, modifiers and charge, then code and
    charge (a payer drops modifiers), then code, then the charge alone where only one line of either
    side is left. Several payer lines may fall on one billed line by number. Without lines, the
    billed ones stand for them. ``None`` when some line fits none; nothing may be posted then.
    """
    placed = _placed(billed, lines) if lines else _whole_claim(billed, charge_cents)
    if placed is None:
        return None
    numbers = [number for number, _ in placed]
    if not claim_adjustments and len(set(numbers)) == len(numbers):
        return tuple(
            [
                _matched(number, line.charge_cents, line.adjustments, line.remark_codes)
                for number, line in sorted(placed, key=itemgetter(0))
            ]
        )
    adjustments: dict[int, list[LineAdjustment]] = {number: [] for number in numbers}
    charges: dict[int, int] = dict.fromkeys(numbers, 0)
    remarks: dict[int, list[str]] = {number: [] for number in numbers}
    for number, line in placed:
        charges[number] += line.charge_cents
        adjustments[number].extend(line.adjustments)
        remarks[number].extend(line.remark_codes)
    order = list(charges)
    for each in claim_adjustments:
        parts = split_by_weight(each.amount_cents, [abs(charges[number]) for number in order])
        for number, part in zip(order, parts, strict=True):
            if part:
                adjustments[number].append(LineAdjustment(each.group, each.reason, part))
    return tuple(
        _matched(number, charges[number], tuple(adjustments[number]), remarks[number])
        for number in sorted(order)
    )


def _matched(
    number: int,
    charge_cents: int,
    adjustments: tuple[LineAdjustment, ...],
    remarks: Sequence[str],
) -> MatchedLine:
    paid_cents = charge_cents
    for each in adjustments:
        paid_cents -= each.amount_cents
    return MatchedLine(
        number,
        charge_cents,
        paid_cents,
        adjustments,
        tuple(dict.fromkeys(remarks)) if remarks else (),
    )


def _whole_claim(
    billed: Sequence[BilledLine], charge_cents: int
) -> list[tuple[int, RemittanceLine]] | None:
    sign = -1 if charge_cents < 0 else 1
    if sum(line.charge_cents for line in billed) * sign != charge_cents:
        return None
    return [
        (
            line.line,
            RemittanceLine(
                line.line,
                line.code,
                line.modifiers,
                line.units,
                line.charge_cents * sign,
                line.charge_cents * sign,
                (),
            ),
        )
        for line in billed
    ]


def _placed(
    billed: Sequence[BilledLine], lines: Sequence[RemittanceLine]
) -> list[tuple[int, RemittanceLine]] | None:
    known = {line.line for line in billed}
    if known.issuperset([line.line for line in lines]):
        return [(line.line, line) for line in lines]
    place: dict[int, int] = {
        index: line.line for index, line in enumerate(lines) if line.line in known
    }
    for rule in (_same_service, _same_code_and_charge, _same_code):
        for index, line in enumerate(lines):
            if index in place:
                continue
            taken = set(place.values())
            for own in billed:
                if own.line not in taken and rule(own, line):
                    place[index] = own.line
                    break
    left = [index for index in range(len(lines)) if index not in place]
    free = [own for own in billed if own.line not in set(place.values())]
    if len(left) == 1 and len(free) == 1:
        line = lines[left[0]]
        if abs(line.charge_cents) == free[0].charge_cents:
            place[left[0]] = free[0].line
            left = []
    if left:
        return None
    return [(place[index], line) for index, line in enumerate(lines)]


def _same_service(own: BilledLine, line: RemittanceLine) -> bool:
    return (
        own.code == line.code
        and set(own.modifiers) == set(line.modifiers)
        and own.charge_cents == abs(line.charge_cents)
    )


def _same_code_and_charge(own: BilledLine, line: RemittanceLine) -> bool:
    return own.code == line.code and own.charge_cents == abs(line.charge_cents)


def _same_code(own: BilledLine, line: RemittanceLine) -> bool:
    return own.code == line.code


def is_duplicate_refusal(adjudication: Adjudication) -> bool:
    """Whether every line, or the claim as a whole, was refused as a duplicate and nothing paid."""
    if adjudication.paid_cents or adjudication.is_reversal:
        return False
    return bool(adjudication.matched) and all(
        line.paid_cents == 0 and any(each.reason == DUPLICATE for each in line.adjustments)
        for line in adjudication.matched
    )


def is_mirror(reversal: Adjudication, original: Adjudication) -> bool:
    """Whether a CLP02 22 takes back exactly that decision: same claim, every amount negated.

    A reversal without adjustments is compared by charge and payment alone.
    """
    if (
        reversal.claim_id != original.claim_id
        or reversal.level != original.level
        or reversal.charge_cents != -original.charge_cents
        or reversal.paid_cents != -original.paid_cents
    ):
        return False
    taken_back = _adjusted(reversal)
    return not taken_back or taken_back == {
        reason: -cents for reason, cents in _adjusted(original).items()
    }


def _adjusted(adjudication: Adjudication) -> dict[tuple[str, str], int]:
    sums: dict[tuple[str, str], int] = {}
    every = [*adjudication.adjustments]
    for line in adjudication.lines:
        every.extend(line.adjustments)
    for each in every:
        reason = (each.group, each.reason)
        sums[reason] = sums.get(reason, 0) + each.amount_cents
    return {reason: cents for reason, cents in sums.items() if cents}
