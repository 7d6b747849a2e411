"""A coverage determination as read, and the diagnosis codes in its lists."""

import re
from pathlib import Path
from typing import NamedTuple

from services.coding.codesets.published_file import LayoutError

LISTED = re.compile(r"[\s;,|]+")
AS_PUBLISHED = "give the coverage database's CSV export, unpacked, or the plain layout"
_DIAGNOSIS = re.compile(r"[A-Z][0-9][0-9A-Z](?:\.?[0-9A-Z]{1,4})?")


class Policy(NamedTuple):
    """A determination with its codes; jurisdictions empty: everywhere. Dates are ISO or empty."""

    policy: str
    jurisdictions: tuple[str, ...]
    codes: tuple[str, ...]
    covered: tuple[str, ...]
    not_covered: tuple[str, ...]
    begins: str
    ends: str


def is_diagnosis(text: str) -> bool:
    """Whether ``text`` is an ICD-10-CM code, with or without its dot."""
    return _DIAGNOSIS.fullmatch(text) is not None


def diagnoses(path: Path, line: int, text: str) -> tuple[str, ...]:
    """ICD-10-CM codes and ranges without dots, in order. Raises ``LayoutError``."""
    found: dict[str, None] = {}
    for item in LISTED.split(text.strip().upper()):
        ends = item.split("-") if item else []
        if len(ends) > 2 or not all(_DIAGNOSIS.fullmatch(end) for end in ends):
            raise LayoutError(path, line, f"{item[:20]!r} is no diagnosis code", AS_PUBLISHED)
        if ends:
            found["-".join(end.replace(".", "") for end in ends)] = None
    return tuple(found)
