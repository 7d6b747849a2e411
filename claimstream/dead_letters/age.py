"""Ages as people write them: ``90s``, ``15m``, ``2h``, ``3d``, ``1w``."""

import re
from datetime import timedelta

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_age(text: str) -> timedelta:
    """Read an age. Raises ``ValueError`` that says what the form is."""
    found = re.fullmatch(r"(\d{1,5})([smhdw])", text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no age, such as 90s, 15m, 2h, 3d or 1w")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
