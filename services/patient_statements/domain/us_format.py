"""Amounts, dates and telephone numbers as people in the United States read them."""

from datetime import date

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def dollars(amount_cents: int) -> str:
    """``123456`` as ``$1,234.56``; a negative amount has its sign before the dollar."""
    whole, cents = divmod(abs(amount_cents), 100)
    return f"{'-' if amount_cents < 0 else ''}${whole:,}.{cents:02d}"


def long_date(day: date) -> str:
    """``March 5, 2026``."""
    return f"{_MONTHS[day.month - 1]} {day.day}, {day.year}"


def telephone(digits: str) -> str:
    """Ten digits as ``(555) 123-4567``."""
    return f"({digits[:3]}) {digits[3:6]}-{digits[6:]}"
