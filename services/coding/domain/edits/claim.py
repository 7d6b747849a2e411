"""The lines under edit, with what was reported before, and the verdicts found so far."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from typing import TypeVar

from services.coding.domain.code_sets import CodeSets
from services.coding.domain.edits.fixes import Fix
from services.coding.domain.edits.service_line import (
    EditContext,
    PastLine,
    ServiceLine,
    same_provider,
)
from services.coding.domain.edits.tables import EditTables, FeeIndicators, NoData
from services.coding.domain.edits.verdicts import Status, Verdict

T = TypeVar("T")


class Claim:
    """Lines numbered from 1; rules read it and add their verdicts."""

    def __init__(
        self,
        lines: Sequence[ServiceLine],
        diagnoses: Sequence[str],
        context: EditContext,
        sets: CodeSets,
        *,
        passes: bool = True,
    ) -> None:
        """``passes``: whether plain passes are wanted, too."""
        self.lines = tuple(lines)
        self.diagnoses = tuple(diagnoses)
        self.context = context
        self.sets = sets
        self.passes = passes
        self.tables: EditTables = sets.edits
        self.found: list[Verdict] = []
        self._fees: dict[tuple[str, date, str], FeeIndicators | NoData | None] = {}
        self._absent: set[tuple[str, date]] = set()
        self._days = {line.date for line in self.lines}
        self._past = [as_line(past) for past in context.history if past.date in self._days]
        self._beside: dict[int, list[tuple[int, ServiceLine]]] = {}
        self._releases: dict[tuple[str, date], str] = {}

    def numbered(self) -> Iterator[tuple[int, ServiceLine]]:
        """Each line with its number."""
        return enumerate(self.lines, start=1)

    def beside(self, line: ServiceLine) -> Iterator[tuple[int, ServiceLine]]:
        """Other lines of that day and provider; number 0: reported at another encounter."""
        found = self._beside.get(id(line))
        if found is None:
            found = [
                (number, other)
                for number, other in self.all_lines()
                if other is not line and _together(line, other)
            ]
            self._beside[id(line)] = found
        return iter(found)

    def all_lines(self) -> list[tuple[int, ServiceLine]]:
        """The lines proposed, then those of other encounters, which are numbered 0."""
        return [*self.numbered(), *((0, past) for past in self._past)]

    def fee(self, code: str, on: date, modifier: str = "") -> FeeIndicators | NoData | None:
        """Fee schedule indicators, looked up once."""
        key = (code, on, modifier)
        if key not in self._fees:
            self._fees[key] = self.tables.fee_indicators(code, on, modifier)
        return self._fees[key]

    def package(self, code: str, on: date) -> tuple[str, str]:
        """The code's global period and the release that says so; empty when it is not known.

        Without a fee schedule, what the practice's own procedure set says of a surgical code.
        """
        fee = self.fee(code, on)
        if isinstance(fee, FeeIndicators):
            return fee.global_days, fee.release
        entry = self.sets.procedures.entry(code)
        if isinstance(fee, NoData) and entry is not None and entry.global_days in SURGICAL:
            return entry.global_days, self.sets.procedures.release
        return "", ""

    def release(self, table: str, on: date) -> str:
        """The release of a table on a date; without one the verdict *no data* is given once."""
        key = (table, on)
        if key not in self._releases:
            release = self.tables.release(table, on)
            if isinstance(release, NoData):
                self.no_data(release, on)
            self._releases[key] = release if isinstance(release, str) else ""
        return self._releases[key]

    def known(self, answer: T | NoData, on: date) -> T | None:
        """The answer of a table, or None with a verdict *no data*."""
        if isinstance(answer, NoData):
            self.no_data(answer, on)
            return None
        return answer

    def said(self, missing: Iterable[Verdict]) -> None:
        """Take over verdicts of *no data*, so that they are not given again."""
        for verdict in missing:
            self._absent.update((verdict.rule, day) for day in self._days)

    def no_data(self, missing: NoData, on: date) -> None:
        """Say once for a table and day that nothing could be looked up."""
        if (missing.table, on) in self._absent:
            return
        self._absent.add((missing.table, on))
        at_hand = ", ".join(missing.at_hand)
        self.found.append(
            Verdict(
                missing.table,
                "no_data",
                tuple(n for n, line in self.numbered() if line.date == on),
                (),
                SOURCES.get(missing.table, ""),
                "",
                f"{missing.table} on {on}",
                f"not checked: {missing.table} ("
                + (f"no release covers {on}; at hand: {at_hand})" if at_hand else NONE_AT_HAND),
            )
        )

    def say(  # noqa: PLR0917 - as the verdict reads
        self,
        rule: str,
        status: Status,
        lines: Sequence[int],
        source: str,
        release: str,
        message: str = "",
        *,
        codes: Sequence[str] = (),
        looked_up: str = "",
        modifiers: Sequence[str] = (),
        fixes: Sequence[Fix] = (),
    ) -> None:
        """Add a verdict; the codes are those of the lines unless given."""
        numbers = tuple(n for n in lines if n)
        shown = tuple(codes) or tuple(self.lines[n - 1].code for n in numbers)
        self.found.append(
            Verdict(
                rule,
                status,
                numbers,
                shown,
                source,
                release,
                looked_up or "+".join(shown),
                message,
                tuple(modifiers),
                tuple(fixes),
            )
        )


SURGICAL = ("000", "010", "090")
NONE_AT_HAND = "no release at hand)"
SOURCES = {
    "ncci-ptp": "NCCI Policy Manual I.E",
    "ncci-mue": "NCCI Policy Manual I.V",
    "ncci-addon": "NCCI Policy Manual I.R, I.W",
    "pfs": "42 CFR 414.40; Medicare Claims Processing Manual 12",
    "coverage": "Social Security Act 1862(a)(1)(A); 42 CFR 400.202, 405.1062",
    "icd10cm": "45 CFR 162.1002(c)(2)",
}
Rule = Callable[[Claim], None]


def as_line(past: PastLine) -> ServiceLine:
    """A line of another encounter in the shape of those under edit."""
    return ServiceLine(past.code, past.date, past.modifiers, past.units, None, past.provider_id)


def _together(one: ServiceLine, other: ServiceLine) -> bool:
    return one.date == other.date and same_provider(one.provider_id, other.provider_id)
