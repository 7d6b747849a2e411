"""From one dose and its containers to the lines that report it, with what is not as it should be.

Sources: Medicare Claims Processing Manual chapter 17 section 40 (units, JW, JZ, containers); HCPCS
Level II descriptors. All amounts are in the unit of the descriptor.
"""

from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct

from services.coding.domain.procedures.drug_units import DrugLine, drug_lines
from services.coding.domain.procedures.vial_mix import Size, Vial, held, smallest_mix

Container = Literal["single_dose", "multi_dose", "unknown"]
MOST_UNITS = 9_999


class Finding(Struct, frozen=True):
    """What is not as it should be, or what is not known: a stable kind and a sentence."""

    kind: str
    message: str


class DoseLines(Struct, frozen=True):
    """Lines, the containers that hold the dose, and what is left over; None: not known."""

    lines: tuple[DrugLine, ...]
    vials: tuple[Vial, ...]
    waste: Decimal | None
    findings: tuple[Finding, ...]


def dose_lines(  # noqa: PLR0917 - the facts of one dose
    dose: Decimal,
    per: Decimal,
    container: Container,
    sizes: tuple[Size, ...],
    wasted: Decimal | None,
    day: date,
) -> DoseLines:
    """The lines for ``dose`` of a drug that is counted by ``per``.

    ``wasted`` is what was documented as discarded; without it, what the smallest containers leave.
    """
    findings: list[Finding] = []
    vials = smallest_mix(dose, sizes) if sizes else ()
    if vials is None:
        _say(findings, "containers_unusable", "no mix of the containers named holds the dose")
        vials = ()
    waste = wasted
    if container == "single_dose":
        waste = _discarded(dose, wasted, vials, findings)
    elif container == "multi_dose":
        if wasted:
            _say(
                findings,
                "waste_of_multi_dose",
                "what is left of a multiple-dose container is not reported",
            )
        waste = None
    else:
        _say(findings, "container_unknown", "whether the container is for one dose is not said")
    lines = drug_lines(dose, waste, per, container, day)
    if container == "single_dose" and waste and len(lines) == 1:
        _say(findings, "waste_within_units", "the units of the dose already hold what was left")
    if any(line.units > MOST_UNITS for line in lines):
        _say(findings, "too_many_units", f"a line has more than {MOST_UNITS} units")
    return DoseLines(tuple(lines), vials, waste, tuple(findings))


def _discarded(
    dose: Decimal, wasted: Decimal | None, vials: tuple[Vial, ...], findings: list[Finding]
) -> Decimal | None:
    """What may be reported as discarded from containers for one dose."""
    if not vials:
        if wasted is None:
            _say(
                findings,
                "discarded_amount_unknown",
                "what was discarded is not said, nor from what: neither JW nor JZ is known",
            )
        return wasted
    least = held(vials) - dose
    if wasted is None:
        return least
    if wasted > least:
        _say(
            findings,
            "waste_above_smallest_mix",
            "more was discarded than the smallest containers leave, which is what is reported",
        )
        return least
    if wasted < least:
        _say(
            findings,
            "waste_below_containers",
            "less is documented as discarded than the containers leave; what is documented counts",
        )
    return wasted


def _say(findings: list[Finding], kind: str, message: str) -> None:
    findings.append(Finding(kind, message))
