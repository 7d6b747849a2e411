"""What lines are expected to come to, for ranking: the practice's charges, else relative values."""

from csv import DictReader
from datetime import date
from pathlib import Path

from msgspec.structs import replace

from services.chassis.terminal import ToldError
from services.coding.codesets.library import CodeSetLibrary, NoReleaseError
from services.coding.domain.coding_result import Line
from services.coding.domain.fee_estimate import estimate
from services.coding.domain.review.queue_order import Price


def read_charges(path: Path | None) -> dict[str, int]:
    """A practice's charges: CSV with the columns ``code`` and ``cents``.

    Raises ``ToldError`` that names the line of a charge that is none.
    """
    if path is None:
        return {}
    found: dict[str, int] = {}
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            for number, row in enumerate(DictReader(file), start=2):
                code, cents = (row.get("code") or "").strip(), (row.get("cents") or "").strip()
                if not code or not (cents.isascii() and cents.isdigit()):
                    raise ToldError(f"line {number} of the charges is no code with cents")
                found[code.upper()] = int(cents)
    except (OSError, UnicodeDecodeError) as error:
        raise ToldError(f"cannot read the charges ({type(error).__name__})") from None
    return found


def price_of(charges: dict[str, int], library: CodeSetLibrary, on: date) -> Price:
    """The price of a line: the practice's charge, else by relative values in force ``on``."""
    try:
        tables = library.on(on).edits
    except NoReleaseError:
        return lambda line: charges.get(line.code)

    def price(line: Line) -> int | None:
        if line.code in charges:
            return charges[line.code]
        found = estimate((replace(line, units=1),), "", on, tables)
        return None if found.unknown else found.cents

    return price
