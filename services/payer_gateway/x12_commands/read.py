"""``claimstream x12 read``: what a file says, as values or in short."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, time
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from services.payer_gateway.x12.acknowledgement import InterchangeAcknowledgement
from services.payer_gateway.x12.claim_status import ClaimStatus
from services.payer_gateway.x12.delimiters import Delimiters
from services.payer_gateway.x12.envelope import Transaction
from services.payer_gateway.x12.envelope_reader import (
    InterchangeStart,
    TransactionEnd,
    TransactionStart,
)
from services.payer_gateway.x12.finding import Finding
from services.payer_gateway.x12.stream import Event, stream
from services.payer_gateway.x12.transaction_sets import read_transaction
from services.payer_gateway.x12_commands.holding import held, receipt
from services.payer_gateway.x12_commands.shared import fail, pieces


@dataclass(slots=True)
class _Counted:
    """What is told of one transaction set."""

    interchange: str
    sender: str
    receiver: str
    set_id: str
    version: str
    control_number: str
    segments: int = 0
    claims: int = 0
    charge_cents: int = 0
    paid_cents: int = 0
    errors: int = 0
    warnings: int = 0
    is_refused: bool = False
    statuses: int = 0
    accepted: int = 0
    rejected: int = 0
    holds: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        money = f"charged {dollars(self.charge_cents)}, paid {dollars(self.paid_cents)}"
        answers = f"{self.accepted:,} accepted, {self.rejected:,} rejected"
        claims = f"{self.statuses:,} claims, {answers}" if self.statuses else ""
        holds = "; ".join(self.holds) or claims or f"{self.claims:,} claims, {money}"
        return (
            f"{self.set_id} {self.control_number} ({self.version}) from {self.sender} to "
            f"{self.receiver}, interchange {self.interchange}: {self.segments:,} segments, "
            f"{holds}, {self.errors:,} errors, {self.warnings:,} warnings"
            + (", refused" if self.is_refused else "")
        )


@dataclass(slots=True)
class _Summary:
    told: list[_Counted | str] = field(default_factory=list)
    interchanges: int = 0
    outside: Counter[str] = field(default_factory=Counter)


def read(
    file: Annotated[Path, typer.Argument(help="an X12 file; - for standard input")],
    *,
    as_json: Annotated[bool, typer.Option("--json", help="everything, as one document")] = False,
    as_lines: Annotated[
        bool, typer.Option("--jsonl", help="everything, a line as it comes: for files of any size")
    ] = False,
    summary: Annotated[
        bool, typer.Option("--summary", help="a line a transaction set (the default)")
    ] = False,
) -> None:
    """Read a file: envelopes, claims, payments, answers and what is wrong with them.

    In short, and everything as JSON (amounts in cents, dates as YYYY-MM-DD):
        claimstream x12 read remittance.835
        claimstream x12 read remittance.835 --json | jq '.events[] | select(.event == "Finding")'
        claimstream x12 read large.835 --jsonl > claims.jsonl

    Each names its event: InterchangeStart, GroupStart, TransactionStart, then what the set
    holds (Claim, RemittanceClaim, ProviderAdjustment, ClaimStatus, ...), Finding, and the ends.

    Exit 0: it could be read, whatever it says; 1: no interchange was found in it; 2: wrong usage.
    """
    if as_json + as_lines + summary > 1:
        raise fail("give one of --json, --jsonl and --summary")
    with pieces(file) as source:
        if as_lines or as_json:
            is_readable = _as_json(source, as_lines=as_lines)
        else:
            is_readable = _in_short(source)
    if not is_readable:
        raise fail("no interchange (ISA segment) was found in it", 1)


def _as_json(source: Iterable[bytes], *, as_lines: bool) -> bool:
    is_readable = False
    documents = []
    for event in _read_whole(stream(source)):
        is_readable = is_readable or (isinstance(event, InterchangeStart) and event.readable)
        document = {"event": type(event).__name__, **_plain_fields(event)}
        if as_lines:
            typer.echo(orjson.dumps(document).decode())
        else:
            documents.append(document)
    if not as_lines:
        typer.echo(orjson.dumps({"events": documents}, option=orjson.OPT_INDENT_2).decode())
    return is_readable


def _read_whole(events: Iterable[Event]) -> Iterator[Any]:
    """The events, a set that came whole as the values that its reader makes of it."""
    for event in events:
        if isinstance(event, Transaction):
            value, findings = read_transaction(event)
            yield from findings
            if value is not None:
                yield value
        else:
            yield event


def _plain_fields(value: Any) -> dict[str, Any]:
    names = [each.name for each in fields(value)] if is_dataclass(value) else value._fields
    return {name: _plain(getattr(value, name)) for name in names}


def _plain(value: Any) -> Any:
    """A value of the codec as JSON has it."""
    if isinstance(value, Delimiters):
        return value.all
    if is_dataclass(value):
        return _plain_fields(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | bool) else str(value)


def _in_short(source: Iterable[bytes]) -> bool:
    found = _summed(_read_whole(stream(source)))
    for each in found.told:
        typer.echo(str(each))
    for rule, count in sorted(found.outside.items()):
        typer.echo(f"{rule}: {count:,}")
    sets = [each for each in found.told if isinstance(each, _Counted)]
    if found.outside or any(each.errors or each.warnings for each in sets):
        typer.echo("claimstream x12 check says what is wrong and where.")
    return found.interchanges > 0


def _summed(events: Iterable[Any]) -> _Summary:
    found = _Summary()
    interchange: InterchangeStart | None = None
    current: _Counted | None = None
    for event in events:
        match event:
            case InterchangeStart():
                interchange = event
                found.interchanges += event.readable
            case TransactionStart():
                current = _Counted(
                    interchange.control_number if interchange else "",
                    interchange.sender.identifier if interchange else "",
                    interchange.receiver.identifier if interchange else "",
                    event.set_id,
                    event.version,
                    event.control_number,
                )
                found.told.append(current)
            case TransactionEnd() if current is not None:
                current.segments = event.segments
                current.claims = event.claims + event.unreadable
                current.charge_cents, current.paid_cents = event.charge_cents, event.paid_cents
                current.is_refused = event.is_refused
                current = None
            case Finding() if current is not None:
                current.errors += event.is_error
                current.warnings += not event.is_error
            case Finding():
                found.outside[f"{event.severity.value} {event.rule}"] += 1
            case ClaimStatus() if current is not None:
                current.statuses += 1
                current.accepted += event.is_accepted
                current.rejected += event.is_rejected
            case InterchangeAcknowledgement():
                found.told.append(receipt(event))
            case _ if current is not None and (told := held(event)):
                current.holds.append(told)
            case _:
                pass
    return found


def dollars(cents: int) -> str:
    """An amount as people write it."""
    sign = "-" if cents < 0 else ""
    whole, rest = divmod(abs(cents), 100)
    return f"{sign}{whole:,}.{rest:02d}"
