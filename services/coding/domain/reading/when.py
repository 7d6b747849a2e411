"""How long, how long ago and in what year a problem is told to be, and that it is over."""

import re

DURATION = re.compile(
    r"[\s,]*\b(?:x|for)\s*(?:the\s+)?(?:past\s+|last\s+)?\d{1,3}\s*"
    r"(?:hour|hr|day|week|wk|month|year|yr)s?\b",
    re.IGNORECASE,
)
AGO = re.compile(
    r"[\s,]*\b(?P<number>\d{1,3}|one|two|three|four|five|six|a)\s+"
    r"(?P<unit>day|week|wk|month|year|yr)s?\s+(?:ago|prior|back)\b",
    re.IGNORECASE,
)
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_DAYS = {"day": 1, "week": 7, "wk": 7, "month": 30, "year": 365, "yr": 365}
FOUR_WEEKS = 28
WHEN = re.compile(
    r"[\s,]*(?:\(?(?:in |since |circa )?(?:19|20)\d\d\)?|\d+ (?:years?|yrs?|months?) ago|"
    r"many years ago|in the past|as a child)",
    re.IGNORECASE,
)
RESOLVED = re.compile(r"\b(?<!not )(?:resolved|in the past)\b", re.IGNORECASE)
RESOLVED_BEHIND = re.compile(
    r"[\s:;,.()\u2013\u2014-]*(?:(?:has|have|is|was|now|since|completely|fully|clinically|it|this|"
    r"which|that|already)\s+)*(?:resolved|cured)(?=\s*(?:$|[.,;()]|\d{4}|on\b|in\b|since\b|after\b|"
    r"with\b|by\b))",
    re.IGNORECASE,
)

# So the titles of what a mother is cared for say it (O33 to O36): the care is no doubt.
_NO_DOUBT = re.compile(r"(?<=care for )(?:known or )?\(?suspected\)?(?= )", re.IGNORECASE)
REMISSION = re.compile(r",(?= in (?:\w+ ){0,2}remission\b)", re.IGNORECASE)
"""The comma before "in remission", which belongs to the name of the disease."""


def days(ago: re.Match[str]) -> int:
    """The days of a match of ``AGO``."""
    number = ago["number"].lower()
    count = int(number) if number.isdigit() else _NUMBERS[number]
    return count * _DAYS[ago["unit"].lower()]


def undoubted(text: str) -> str:
    """``text`` without the comma before a remission, and without doubt that only a title words."""
    return _NO_DOUBT.sub(lambda found: " " * len(found.group()), REMISSION.sub(" ", text))
