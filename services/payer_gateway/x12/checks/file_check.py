"""Checks a file of any X12 sets: every finding with the interchange, group and set it is in."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from services.payer_gateway.x12 import envelope_rules
from services.payer_gateway.x12.checks import envelope_check
from services.payer_gateway.x12.checks.set_check import SetReport, Setting, check_set
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.envelope_reader import (
    Acknowledged,
    EnvelopeEvent,
    GroupEnd,
    GroupStart,
    InterchangeEnd,
    InterchangeStart,
    TransactionEnd,
    TransactionStart,
    TransactionText,
    read_envelopes,
)
from services.payer_gateway.x12.finding import Finding, Scope

_NOTHING_KNOWN = Setting()
_PATHS = {
    envelope_rules.NOT_X12.id: "ISA",
    envelope_rules.LEADING_DATA.id: "ISA",
    envelope_rules.NO_IEA.id: "IEA",
    envelope_rules.NO_GE.id: "GE",
    envelope_rules.BYTE_ORDER_MARK.id: "ISA",
    envelope_rules.UNENDED.id: "IEA",
}
"""The envelope segment that is missing, by rule; else the element says which is at fault."""


@dataclass(frozen=True, slots=True)
class PlacedFinding:
    """A finding with the control numbers of what it is in: ISA13, GS06 and ST02, empty outside.

    ``segment`` of the finding counts from ST = 1 within a transaction set.
    """

    finding: Finding
    interchange: str = ""
    group: str = ""
    transaction: str = ""


@dataclass(frozen=True, slots=True)
class CheckedSet:
    """A transaction set that was checked, and where it stands."""

    interchange: str
    group: str
    transaction: str
    set_id: str
    version: str
    report: SetReport


def check_file(
    source: bytes | Iterable[bytes], setting: Setting = _NOTHING_KNOWN
) -> Iterator[PlacedFinding | CheckedSet]:
    """The findings of a file as they come, and each transaction set after its own.

    One transaction set is held at a time. Never raises on what the file holds.
    """
    check = _FileCheck(setting)
    for event in read_envelopes(source):
        yield from check.take(event)


def findings_of(
    source: bytes | Iterable[bytes], setting: Setting = _NOTHING_KNOWN
) -> list[PlacedFinding]:
    """All findings of a file."""
    return [each for each in check_file(source, setting) if isinstance(each, PlacedFinding)]


class _FileCheck:
    """What is open while the events of a file come."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.interchange: InterchangeStart | None = None
        self.group: GroupStart | None = None
        self.start: TransactionStart | None = None
        self.texts: list[str] = []
        self.of_set: list[Finding] = []
        self.holds = 0
        self.has_group = False

    def take(self, event: EnvelopeEvent) -> Iterator[PlacedFinding | CheckedSet]:
        """What one event brings to light."""
        match event:
            case TransactionText():
                self.texts.append(event.text)
            case Finding():
                if event.scope is Scope.TRANSACTION and self.start is not None:
                    self.of_set.append(event)
                else:
                    yield self._placed(event)
            case TransactionStart():
                self.start, self.texts, self.of_set = event, [], []
            case TransactionEnd():
                yield from self._set(event)
            case GroupStart():
                self.group = event
                self.holds += 1
                self.has_group = True
                if len(event.segment) > 1:
                    yield from self._group_segment(event.segment)
            case GroupEnd():
                if event.segment:
                    yield from self._group_segment(event.segment)
                if not event.transactions:
                    message = "the group holds no transaction set"
                    yield self._placed(envelope_check.EMPTY_GROUP.found(message, path="GS"))
                self.group = None
            case Acknowledged():
                self.holds += 1
                yield from map(self._placed, envelope_check.ta1(event.segment))
                if self.has_group:
                    message = "TA1 stands between ISA and the first GS: move it there"
                    yield self._placed(envelope_check.TA1_ORDER.found(message, path="TA1"))
            case InterchangeStart():
                self.interchange, self.holds, self.has_group = event, 0, False
                if event.readable:
                    yield from map(self._placed, envelope_check.isa(event.segment))
            case InterchangeEnd():
                yield from self._end(event)

    def _group_segment(self, segment: tuple[str, ...]) -> Iterator[PlacedFinding]:
        if self.interchange is not None:
            found = envelope_check.group(segment, self.interchange.delimiters)
            yield from map(self._placed, found)

    def _end(self, event: InterchangeEnd) -> Iterator[PlacedFinding]:
        if event.segment:
            yield from map(self._placed, envelope_check.iea(event.segment))
        if self.interchange is not None and self.interchange.readable and not self.holds:
            message = "the interchange holds neither a group nor a TA1"
            yield self._placed(envelope_check.EMPTY_INTERCHANGE.found(message, path="ISA"))
        self.interchange = None

    def _set(self, event: TransactionEnd) -> Iterator[PlacedFinding | CheckedSet]:
        start, self.start = self.start, None
        if start is None:
            return
        raw = [start.raw]
        for text in self.texts:
            raw += text.split(start.delimiters.segment)
        raw += [event.raw] if event.raw else []
        transaction = Transaction(
            set_id=start.set_id,
            control_number=start.control_number,
            version=start.version,
            raw=tuple(raw),
            delimiters=start.delimiters,
            position=start.position,
            findings=tuple(self.of_set),
        )
        created = self.group.created if self.group else None
        setting = self.setting
        if setting.created is None and created is not None:
            setting = replace(setting, created=created)
        report = check_set(transaction, setting)
        for finding in report.findings:
            yield self._placed(finding, start.control_number)
        yield CheckedSet(
            self._interchange_number,
            self.group.control_number if self.group else "",
            start.control_number,
            start.set_id,
            start.version,
            report,
        )

    @property
    def _interchange_number(self) -> str:
        return self.interchange.control_number if self.interchange else ""

    def _placed(self, finding: Finding, transaction: str = "") -> PlacedFinding:
        group = self.group.control_number if self.group else ""
        if not finding.path:
            finding = replace(finding, path=_PATHS.get(finding.rule, finding.element[:-2]))
        return PlacedFinding(finding, self._interchange_number, group, transaction)
