"""A payer's remittance on paper as a person enters it: a form in TOML, read into an 835's values.

What an 835 would say stands in the form in the same words (005010X221A1): the check (BPR, TRN),
each claim (loop 2100), its lines (2110), their adjustments (CAS) and what was moved at provider
level (PLB). So it is balanced, matched and published as an 835 is. Amounts are dollars as text.
"""

import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TypeVar

import msgspec
from msgspec import Struct

from services.payer_gateway.domain.quarantine import RemittanceKey
from services.payer_gateway.domain.remittance_events import remittance_key
from services.payer_gateway.x12 import balance
from services.payer_gateway.x12.adjustment import Adjustment, by_group, total_cents
from services.payer_gateway.x12.amounts import AmountError, parse_cents
from services.payer_gateway.x12.codes import ADJUSTMENT_GROUPS_835, CLAIM_PAYMENT_STATUSES
from services.payer_gateway.x12.external_codes import problem
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.parties import Reference
from services.payer_gateway.x12.procedure import Procedure
from services.payer_gateway.x12.remittance import (
    Payee,
    Payer,
    ProviderAdjustment,
    Remittance,
    RemittanceClaim,
    ServicePayment,
)

PAPER_PAYER = "paper"
"""Stands for TRN03 in the key of a payment that was entered by hand."""

_PROVIDER_REASONS = frozenset(
    {"50", "51", "72", "90", "AH", "AM", "AP", "B2", "B3", "BD", "BN", "C5", "CR", "CS", "CT"}
    | {"CV", "CW", "DM", "E3", "FB", "FC", "GO", "HM", "IP", "IR", "IS", "J1", "L3", "L6", "LE"}
    | {"LS", "OA", "OB", "PI", "PL", "RA", "RE", "SL", "TL", "WO", "WU"}
)
"""PLB03-1 (data element 426), as the guide takes it."""

_MOST_REMARKS = 5
_MOST_PROBLEMS = 20

T = TypeVar("T")


class FormError(ValueError):
    """The form cannot be used; the message says all that is wrong with it, and names nobody."""


class PaperLine(Struct, frozen=True, forbid_unknown_fields=True):
    """A service line. ``billed_as``: the code that was sent, where another one was paid."""

    charge: str
    paid: str
    line: int | None = None
    code: str = ""
    modifiers: tuple[str, ...] = ()
    units: int = 1
    billed_as: str = ""
    allowed: str = ""
    adjustments: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


class PaperClaim(Struct, frozen=True, forbid_unknown_fields=True):
    """A claim as it was decided. adjustments: each as ``CO 45 49.50``.

    ``elsewhere``: nobody here sent it; it is set aside as an 835's would be. ``forwarded``: another
    payer sent it to this one.
    """

    claim: str
    charge: str
    paid: str
    status: str = "1"
    patient_responsibility: str = ""
    payer_control_number: str = ""
    adjustments: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    lines: tuple[PaperLine, ...] = ()
    elsewhere: bool = False
    forwarded: bool = False


class PaperAdjustment(Struct, frozen=True, forbid_unknown_fields=True):
    """Money moved at provider level; a positive amount lowers the check."""

    reason: str
    amount: str
    reference: str = ""


class PaperForm(Struct, frozen=True, forbid_unknown_fields=True):
    """What somebody enters of one check, or of one notice that nothing is paid."""

    payer: str
    check: str
    on: date
    amount: str
    claims: tuple[PaperClaim, ...] = ()
    provider_adjustments: tuple[PaperAdjustment, ...] = ()


@dataclass(frozen=True, slots=True)
class EnteredPayment:
    """A form that is sound by itself. ``payer_id`` is our id of the payer."""

    payer_id: str
    remittance: Remittance
    elsewhere: frozenset[str]
    forwarded: frozenset[str]

    @property
    def key(self) -> RemittanceKey:
        """By this it is entered once for its payer."""
        return entered_key(remittance_key(self.remittance))

    @property
    def claim_ids(self) -> list[str]:
        """Its claims, in a fixed order."""
        return sorted({claim.claim_id for claim in self.remittance.claims})


def entered_key(key: RemittanceKey) -> RemittanceKey:
    """The key that a payment has, or would have, where it is entered by hand.

    Check, day and amount; zeros before a check's number make no difference. It says nothing of who
    pays: two payers may have each entered one. A file's payment is the same as one with its key
    whoever that was entered for, since a file may come by another partner's folder.
    """
    trace = key.trace_number.strip().lstrip("0") or "0"
    return RemittanceKey(PAPER_PAYER, trace, key.paid_on, key.payment_cents)


def read_form(text: str) -> EnteredPayment:
    """The payment that a form tells of; raises ``FormError`` with all that is wrong."""
    try:
        form = msgspec.convert(tomllib.loads(text), PaperForm)
    except tomllib.TOMLDecodeError as error:
        raise FormError(f"the form is not TOML: {error}") from None
    except msgspec.ValidationError as error:
        raise FormError(f"the form is not filled in: {error}") from None
    return _Form(form).payment()


def balance_problems(remittance: Remittance) -> list[str]:
    """What does not balance at the three levels (835 1.10.2.1), or in what the patient owes."""
    return [_in_words(each, remittance) for each in balance.check(remittance)]


def _in_words(finding: Finding, remittance: Remittance) -> str:
    whose = f"claim {finding.claim}" if finding.claim else f"check {remittance.trace_number}"
    amounts = ""
    if finding.expected_cents is not None and finding.found_cents is not None:
        amounts = f" ({finding.expected_cents} cents expected, {finding.found_cents} entered)"
    return f"{whose}: {finding.message}{amounts}"


@dataclass(slots=True)
class _Form:
    """A form while it is read; what is wrong with it is gathered."""

    form: PaperForm
    problems: list[str] = field(default_factory=list)

    def payment(self) -> EnteredPayment:
        form = self.form
        claims = tuple(self._claim(claim, index) for index, claim in enumerate(form.claims))
        amount = self._cents(form.amount, "amount")
        if not form.check.strip():
            self.problems.append("check: write the number of the check, or of the notice")
        if not (claims or form.provider_adjustments):
            self.problems.append("claims: write what the check pays")
        self._said_twice(claims)
        remittance = Remittance(
            handling="I" if amount else "H",
            payment_cents=amount,
            credit_debit="C",
            method="CHK" if amount else "NON",
            payment_date=form.on,
            trace_number=form.check.strip(),
            payer_id=f"{PAPER_PAYER}:{form.payer}",
            payer=Payer(""),
            payee=Payee(""),
            claims=claims,
            provider_adjustments=tuple(
                self._moved(each, place) for place, each in enumerate(form.provider_adjustments, 1)
            ),
        )
        found = self.problems or balance_problems(remittance)
        if found:
            more = len(found) - _MOST_PROBLEMS
            said = [*found[:_MOST_PROBLEMS], *([f"and {more} more"] if more > 0 else [])]
            raise FormError("; ".join(said))
        return EnteredPayment(
            form.payer,
            remittance,
            frozenset(each.claim for each in form.claims if each.elsewhere),
            frozenset(each.claim for each in form.claims if each.forwarded),
        )

    def _claim(self, claim: PaperClaim, index: int) -> RemittanceClaim:
        where = f"claim {claim.claim}"
        if claim.status not in CLAIM_PAYMENT_STATUSES:
            self.problems.append(f"{where}: status: write 1, 2, 3, 4, 19 to 23 or 25 (CLP02)")
        adjustments = self._adjustments(claim.adjustments, where)
        lines = tuple(
            self._line(line, f"{where}, line {line.line or place}")
            for place, line in enumerate(claim.lines, 1)
        )
        every = [*adjustments, *(each for line in lines for each in line.adjustments)]
        share = total_cents(each for each in every if each.group == "PR")
        if claim.patient_responsibility:
            share = self._cents(
                claim.patient_responsibility, f"{where}: patient_responsibility", otherwise=share
            )
        remarks = self._remarks(claim.remarks, where)
        if len(remarks) > _MOST_REMARKS:
            self.problems.append(f"{where}: remarks: {_MOST_REMARKS} at most, as in MOA")
        return RemittanceClaim(
            claim_id=claim.claim,
            status=claim.status,
            charge_cents=self._cents(claim.charge, f"{where}: charge"),
            paid_cents=self._cents(claim.paid, f"{where}: paid"),
            patient_responsibility_cents=share,
            payer_claim_number=claim.payer_control_number.strip(),
            adjustments=adjustments,
            adjudication=(("MOA", "", "", *remarks),) if remarks else (),
            services=lines,
            index=index,
        )

    def _line(self, line: PaperLine, where: str) -> ServicePayment:
        allowed = self._cents(line.allowed, f"{where}: allowed") if line.allowed else None
        return ServicePayment(
            procedure=Procedure(line.code, line.modifiers),
            charge_cents=self._cents(line.charge, f"{where}: charge"),
            paid_cents=self._cents(line.paid, f"{where}: paid"),
            units=Decimal(line.units),
            submitted_procedure=Procedure(line.billed_as) if line.billed_as else None,
            adjustments=self._adjustments(line.adjustments, where),
            references=(Reference("6R", f"{line.line}"),) if line.line else (),
            amounts=(("B6", allowed),) if allowed is not None else (),
            remark_codes=tuple(("HE", code) for code in self._remarks(line.remarks, where)),
        )

    def _adjustments(self, texts: Sequence[str], where: str) -> tuple[Adjustment, ...]:
        return by_group(self._each_adjustment(texts, where))

    def _each_adjustment(self, texts: Sequence[str], where: str) -> Iterator[Adjustment]:
        for place, text in enumerate(texts, 1):
            here = f"{where}: adjustment {place}"
            parts = text.split()
            if len(parts) != 3:
                self.problems.append(f'{here}: write group, reason and amount, as "CO 45 49.50"')
                continue
            group, reason, amount = parts
            if group not in ADJUSTMENT_GROUPS_835:
                self.problems.append(f"{here}: the group is CO, OA, PI or PR (CAS01)")
            if wrong := problem("adjustment-reason", reason):
                self.problems.append(f"{here}: {wrong}")
            cents = self._cents(amount, here)
            if cents:
                yield Adjustment(group, reason, cents)

    def _remarks(self, codes: Sequence[str], where: str) -> list[str]:
        for code in codes:
            if wrong := problem("remark", code):
                self.problems.append(f"{where}: remarks: {wrong}")
        return list(codes)

    def _moved(self, moved: PaperAdjustment, place: int) -> ProviderAdjustment:
        where = f"provider adjustment {place}"
        if moved.reason not in _PROVIDER_REASONS:
            self.problems.append(f"{where}: the reason is no code of PLB03-1, such as L6 or WO")
        cents = self._cents(moved.amount, where)
        return ProviderAdjustment("", None, moved.reason, moved.reference.strip(), cents)

    def _said_twice(self, claims: Sequence[RemittanceClaim]) -> None:
        for name, whose in (
            ("claim", _repeated(claims, lambda each: (each.claim_id, each.is_reversal))),
            (
                "line of claim",
                [
                    claim
                    for claim in claims
                    if _repeated(
                        [each for each in claim.services if each.references],
                        lambda each: each.line_control_number,
                    )
                ],
            ),
        ):
            self.problems += [f"{name} {each.claim_id} stands in the form twice" for each in whose]

    def _cents(self, text: str, where: str, *, otherwise: int = 0) -> int:
        """Cents of an amount in dollars; what is none is noted, and ``otherwise`` goes on."""
        try:
            return parse_cents(text.replace(",", "") if _is_grouped(text) else text)
        except AmountError:
            self.problems.append(f'{where}: write dollars and cents, as "49.50"')
            return otherwise


def _is_grouped(text: str) -> bool:
    """Whether commas stand between thousands, and nowhere else."""
    whole = text.lstrip("-").partition(".")[0].split(",")
    return len(whole) > 1 and 0 < len(whole[0]) <= 3 and all(len(part) == 3 for part in whole[1:])


def _repeated(values: Sequence[T], key: Callable[[T], object]) -> list[T]:
    seen: set[object] = set()
    twice = []
    for value in values:
        if key(value) in seen:
            twice.append(value)
        seen.add(key(value))
    return twice
