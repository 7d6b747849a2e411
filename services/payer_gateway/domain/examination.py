"""What a check of a received file finds at SNIP levels 1 to 5.

Reading takes all that can be used of an answer though the payer keeps to its guide badly; this says
how badly, so that somebody can talk to the payer. It refuses nothing.
"""

from collections.abc import Iterable

from msgspec import Struct

from services.payer_gateway.x12.checks.file_check import PlacedFinding, check_file

_MOST_FAULTS = 100


class Fault(Struct, frozen=True):
    """A finding as it is kept; its message names nobody. transaction: ST02, empty outside a set."""

    rule: str
    snip_level: int
    severity: str
    path: str
    segment: int
    element: str
    message: str
    transaction: str = ""


class Examination(Struct, frozen=True):
    """How many errors and warnings there are, and the first of them."""

    errors: int = 0
    warnings: int = 0
    faults: tuple[Fault, ...] = ()

    @property
    def first_error(self) -> str:
        """The rule of the first error that is kept, empty where none is."""
        return next((each.rule for each in self.faults if each.severity == "error"), "")


CHECK_FAILED = Examination(
    errors=1,
    faults=(
        Fault(
            rule="gateway.check-failed",
            snip_level=1,
            severity="error",
            path="",
            segment=0,
            element="",
            message="our check failed on this file: keep it and report the rule",
        ),
    ),
)
"""What is kept of a file on which the check itself fails; others are checked after it."""


def examine(content: bytes | Iterable[bytes]) -> Examination:
    """Check a file, of whatever kinds of transaction sets."""
    errors = warnings = 0
    faults: list[Fault] = []
    for each in check_file(content):
        if not isinstance(each, PlacedFinding):
            continue
        finding = each.finding
        errors += finding.is_error
        warnings += not finding.is_error
        if len(faults) < _MOST_FAULTS:
            faults.append(
                Fault(
                    finding.rule,
                    finding.snip_level,
                    finding.severity.value,
                    finding.path,
                    finding.segment,
                    finding.element,
                    finding.message,
                    each.transaction,
                )
            )
    return Examination(errors, warnings, tuple(faults))
