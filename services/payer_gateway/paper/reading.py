"""A page as a person reads it: items in their order under short names of our own."""

from dataclasses import dataclass

from services.payer_gateway.paper.form import Page
from services.payer_gateway.paper.grid import SERVICE_LINES

ITEM_NAMES: dict[str, str] = {
    "carrier": "Payer",
    "1": "Program",
    "1a": "Insured's id",
    "2": "Patient",
    "3": "Patient's birth and sex",
    "4": "Insured",
    "5": "Patient's address",
    "6": "Patient is the insured's",
    "7": "Insured's address",
    "9": "Other insured",
    "9a": "Other policy or group",
    "9d": "Other plan",
    "10a": "From employment",
    "10b": "From an auto accident",
    "10c": "From another accident",
    "10d": "Claim codes",
    "11": "Insured's group",
    "11a": "Insured's birth and sex",
    "11b": "Other claim id",
    "11c": "Insured's plan",
    "11d": "Another plan",
    "12": "Patient's signature",
    "13": "Insured's signature",
    "14": "Onset",
    "15": "Other date",
    "16": "Unable to work",
    "17": "Referring or ordering",
    "17a": "Referring, other id",
    "17b": "Referring, NPI",
    "18": "In hospital",
    "19": "Further information",
    "20": "Outside laboratory",
    "21": "Diagnoses",
    "22": "Resubmission",
    "23": "Authorization",
    "25": "Tax id",
    "26": "Claim number",
    "27": "Accepts assignment",
    "28": "Total charge",
    "29": "Paid",
    "31": "Provider's signature",
    "32": "Where the service was",
    "32a": "Facility's NPI",
    "32b": "Facility's other id",
    "33": "Billing provider",
    "33a": "Billing NPI",
    "33b": "Billing, other id",
}
_DATE_PARTS = frozenset({"month", "day", "year"})


@dataclass(frozen=True, slots=True)
class ReadLine:
    """One service line: its half in the shade last."""

    dates: str
    place: str
    procedure: str
    pointers: str
    charge: str
    units: str
    provider: str
    supplement: str


def items(page: Page) -> list[tuple[str, str, str]]:
    """Item number, its name and what stands in it, for the items that hold something."""
    found: dict[str, list[str]] = {}
    for name, text in page.fields.items():
        if "#" in name:
            continue
        item, _, part = name.partition(".")
        parts = found.setdefault(item, [])
        last = part.rpartition(".")[2]
        if text == "X" and part:
            parts.append(part.upper())
        elif last in _DATE_PARTS and parts and last != "month":
            parts[-1] += f"/{text}"
        elif item == "21" and part.isupper():
            parts.append(f"{part} {text}")
        else:
            parts.append(text)
    return [
        (item, label, " ".join(found[item])) for item, label in ITEM_NAMES.items() if item in found
    ]


def service_lines(page: Page) -> list[ReadLine]:
    """The service lines of the page, in order."""
    return [_line(page, row) for row in range(1, SERVICE_LINES + 1) if f"24d#{row}" in page.fields]


def _line(page: Page, row: int) -> ReadLine:
    def of(name: str) -> str:
        return page.fields.get(f"{name}#{row}", "")

    days = [
        "/".join(of(f"24a.{part}.{unit}") for unit in ("month", "day", "year"))
        for part in ("from", "to")
    ]
    modifiers = [of(f"24d.modifier.{number}") for number in range(1, 5)]
    provider = " ".join(part for part in (of("24j"), of("24i"), of("24j.other")) if part)
    return ReadLine(
        dates=days[0] if days[0] == days[1] else " - ".join(days),
        place=of("24b"),
        procedure=" ".join(part for part in (of("24d"), *modifiers) if part),
        pointers=of("24e"),
        charge=of("24f"),
        units=of("24g"),
        provider=provider,
        supplement=of("24.supplement"),
    )
