"""Dates and times of day as X12 writes them (data elements 373, 337, 1250 and 1251)."""

from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache


@lru_cache(maxsize=8192)
def parse_date(text: str) -> date | None:
    """CCYYMMDD, or YYMMDD of this century as ISA09 has it; None where it is no calendar date."""
    if not (text.isascii() and text.isdigit()):
        return None
    if len(text) == 6:
        text = "20" + text
    if len(text) != 8:
        return None
    try:
        return date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return None


@lru_cache(maxsize=4096)
def format_date(day: date) -> str:
    """CCYYMMDD."""
    return f"{day.year:04d}{day.month:02d}{day.day:02d}"


def parse_time(text: str) -> time | None:
    """HHMM, HHMMSS or HHMMSSd..d; None where it is no time of day."""
    if not (text.isascii() and text.isdigit() and len(text) in {4, 6, 7, 8}):
        return None
    try:
        return time(int(text[:2]), int(text[2:4]), int(text[4:6] or "0"))
    except ValueError:
        return None


def format_time(moment: time) -> str:
    """HHMM, or HHMMSS where there are seconds."""
    text = f"{moment.hour:02d}{moment.minute:02d}"
    return f"{text}{moment.second:02d}" if moment.second else text


@dataclass(frozen=True, slots=True)
class QualifiedDate:
    """A DTP or DTM: what the date means (data element 374), and one day or a period."""

    qualifier: str
    first: date
    last: date | None = None


@lru_cache(maxsize=8192)
def parse_period(form: str, text: str) -> tuple[date, date | None] | None:
    """The days of a DTP02/DTP03 pair in form D8 or RD8; None where they are not dates.

    A date with a time of day (DT) gives its date.
    """
    if form == "RD8":
        first_text, dash, last_text = text.partition("-")
        first, last = parse_date(first_text), parse_date(last_text)
        return (first, last) if dash and first and last and len(text) == 17 else None
    if form == "DT":
        text = text[:8]
    first = parse_date(text) if len(text) == 8 else None
    return (first, None) if first else None


def format_period(first: date, last: date | None) -> tuple[str, str]:
    """The DTP02/DTP03 pair: D8 for one day, RD8 for a period."""
    if last is None:
        return "D8", format_date(first)
    return "RD8", f"{format_date(first)}-{format_date(last)}"
