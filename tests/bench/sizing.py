"""What an installation needs, computed from measured figures: the tables of ``docs/scaling.md``.

    python -m tests.bench.sizing

reads the figures and assumptions from the document's first tables and writes the last one anew.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from claimstream.stack.state import SERVICES

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "scaling.md"
BEGIN, END = "<!-- sizes -->\n", "<!-- end of sizes -->"
RATES = (1, 100, 10_000)
PARTITIONS = (4, 12, 24, 60, 120, 240)
"""Numbers with many divisors, so that instances share them evenly."""

_SECONDS_AN_HOUR = 3_600
_GIGABYTE = 1_000_000_000
_MILLION = 1_000_000

Figures = Mapping[str, Sequence[int]]


def figures_of(text: str) -> Figures:
    """Each table row that holds whole numbers, by its first cell: the numbers in order."""
    found: dict[str, list[int]] = {}
    for line in text.partition(BEGIN)[0].splitlines():
        name, *cells = [cell.strip() for cell in line.strip("|").split("|")]
        numbers = [int(cell.replace(" ", "")) for cell in cells if re.fullmatch(r"[\d ]+", cell)]
        if line.startswith("|") and numbers:
            found[name] = numbers
    return found


def sizes(figures: Figures) -> list[tuple[str, list[int]]]:
    """The rows of the last table: what is counted, and how much of it at each of ``RATES``."""
    micro = {name: figures[name][0] for name in (*SERVICES, "kafka", "postgres")}
    (hours,) = figures["hours a day at the rate"]
    (days,) = figures["days a year"]
    (busy,) = figures["percent of a core in use"]
    (copies,) = figures["copies in Kafka"]
    (kept,) = figures["days kept in Kafka"]
    (connections,) = figures["connections an instance"]
    (wal,) = figures["WAL bytes"]
    stored = sum(figures[name][1] for name in SERVICES)

    def cores(name: str, rate: int, times: int = 1) -> int:
        return _up(rate * micro[name] * times * 100, _MILLION * busy)

    def instances(name: str, rate: int) -> int:
        return max(cores(name, rate), 1 if rate == RATES[0] else 2)

    daily = {rate: rate * hours * _SECONDS_AN_HOUR for rate in RATES}
    most = {rate: max(instances(name, rate) for name in SERVICES) for rate in RATES}
    kafka_disk = {
        rate: _up(daily[rate] * kept * figures["kafka"][1] * copies, _GIGABYTE) for rate in RATES
    }
    databases = {rate: _up(daily[rate] * days * stored, _GIGABYTE) for rate in RATES}
    all_cores = {
        rate: sum(instances(name, rate) for name in SERVICES)
        + cores("kafka", rate, copies)
        + cores("postgres", rate)
        for rate in RATES
    }
    rows = [("encounters a day", daily)]
    rows += [
        (f"instances of `{name}`", {rate: instances(name, rate) for rate in RATES})
        for name in SERVICES
    ]
    rows += [
        ("partitions of a topic", {rate: _partitions(most[rate]) for rate in RATES}),
        ("cores of Kafka, all copies", {rate: cores("kafka", rate, copies) for rate in RATES}),
        ("cores of PostgreSQL, all databases", {rate: cores("postgres", rate) for rate in RATES}),
        ("cores, everything", all_cores),
        ("connections to the busiest database", {rate: most[rate] * connections for rate in RATES}),
        ("WAL, kB a second, all databases", {rate: _up(rate * wal, 1_000) for rate in RATES}),
        ("disk of Kafka, GB, all copies", kafka_disk),
        ("databases, GB more a year", databases),
    ]
    (core_price,) = figures["cents a core and month"]
    (disk_price,) = figures["cents a GB and month"]
    cost = {
        rate: _up(
            all_cores[rate] * core_price + (kafka_disk[rate] + databases[rate]) * disk_price, 100
        )
        for rate in RATES
    }
    rows.append(("a month in the first year's end, USD", cost))
    return [(name, [by_rate[rate] for rate in RATES]) for name, by_rate in rows]


def table_of(rows: Sequence[tuple[str, Sequence[int]]]) -> str:
    """The same as a table of the document."""
    heads = " | ".join(f"{_spaced(rate)} a second" for rate in RATES)
    lines = [f"| | {heads} |", "| --- |" + " ---: |" * len(RATES)]
    lines += [f"| {name} | {' | '.join(map(_spaced, values))} |" for name, values in rows]
    return "\n".join(lines) + "\n"


def rewritten(text: str) -> str:
    """The document with its last table computed anew from its first ones."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}{table_of(sizes(figures_of(text)))}{END}{after}"


def _up(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)


def _partitions(instances: int) -> int:
    return next(each for each in PARTITIONS if each >= 2 * instances or each == PARTITIONS[-1])


def _spaced(number: int) -> str:
    return f"{number:,}".replace(",", " ")


if __name__ == "__main__":
    DOCUMENT.write_text(rewritten(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
