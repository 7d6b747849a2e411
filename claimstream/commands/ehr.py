"""``claimstream ehr``: publish an EHR's events, from bundles, from a file, or simulated.

Exit codes: 0 done; 1 something could not be read and was not published; 2 wrong usage; 3 no Kafka.
"""

import asyncio
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn
from rich.table import Table

from claimstream.commands.faults import quiet_libraries
from claimstream.topics.address import NoKafkaAddressError, kafka_bootstrap
from simulators.ehr.clinic.schedule import DAYS, FIRST_DAY, generate
from simulators.ehr.events_file import read_events
from simulators.ehr.fhir.import_files import FhirOptions, read_fhir
from simulators.ehr.fhir.payer_names import PayerNamesError, payer_names
from simulators.ehr.finding import Severity, counted
from simulators.ehr.publisher import (
    BrokerNotReachedError,
    BrokerSilentError,
    PublishReport,
    publish,
    rehearse,
)
from simulators.ehr.scheduled import Scheduled

UNREADABLE = 1
NO_KAFKA = 3
_WORDS = {
    Severity.UNREADABLE: "not published, could not be read",
    Severity.LEFT_OUT: "left out on purpose",
    Severity.DERIVED: "published with a derived value",
}

app = typer.Typer(no_args_is_help=True, help="The EHR's side: publish documented encounters.")


@app.callback()
def _ehr() -> None:
    """The EHR's side: publish documented encounters."""


def _day(text: str | None, option: str) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter("a date is written YYYY-MM-DD", param_hint=option) from None


def _lines(file: str) -> Iterator[bytes]:
    if file == "-":
        yield from sys.stdin.buffer
        return
    try:
        with Path(file).open("rb") as source:
            yield from source
    except OSError as error:
        raise typer.BadParameter(
            error.strerror or "cannot be read", param_hint="--events"
        ) from None


def _summary(console: Console, report: PublishReport, shown: int, *, dry_run: bool) -> None:
    table = Table(title="Would be published" if dry_run else "Published", title_justify="left")
    table.add_column("topic")
    table.add_column("records", justify="right")
    for topic, count in sorted(report.published.items()):
        table.add_row(topic, str(count))
    table.add_row("all", str(report.total), style="bold")
    console.print(table)
    if not report.findings:
        return
    findings = Table(title="What else was found", title_justify="left")
    for column in ("what became of it", "reason", "count"):
        findings.add_column(column)
    for (severity, reason), count in counted(report.findings).items():
        findings.add_row(_WORDS[severity], reason, str(count))
    console.print(findings)
    broken = [one for one in report.findings if one.severity is Severity.UNREADABLE]
    for finding in broken[:shown]:
        console.print(str(finding), markup=False, highlight=False, soft_wrap=True)
    if len(broken) > shown:
        console.print(f"and {len(broken) - shown} more; --show {len(broken)} prints all")


def _items(
    report: PublishReport,
    *,
    fhir: list[str],
    options: FhirOptions,
    events: str | None,
    simulate: int | None,
    seed: int,
    start: date,
    days: int,
) -> Iterator[Scheduled]:
    note = report.findings.append
    if fhir:
        yield from read_fhir(fhir, options, note)
    if events is not None:
        yield from read_events(
            _lines(events), "stdin" if events == "-" else events, datetime.now(UTC), note
        )
    if simulate is not None:
        yield from generate(simulate, seed, start, days)


@app.command("publish")
def publish_command(
    *,
    paths: Annotated[
        list[str] | None, typer.Argument(help="More bundles, after --fhir.", show_default=False)
    ] = None,
    fhir: Annotated[
        list[str] | None,
        typer.Option("--fhir", help="FHIR R4 bundles: files, folders or globs; .json or .gz."),
    ] = None,
    events: Annotated[
        str | None, typer.Option("--events", help="Own events, a JSON object a line; - is stdin.")
    ] = None,
    simulate: Annotated[
        int | None, typer.Option("--simulate", min=0, help="So many encounters of a seeded EHR.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Seed of the simulated EHR.")] = 7,
    start: Annotated[
        str, typer.Option(help="First date of service of the simulated EHR.")
    ] = FIRST_DAY.isoformat(),
    days: Annotated[int, typer.Option(min=1, help="Days over which it spreads its visits.")] = DAYS,
    shift_dates: Annotated[
        str | None,
        typer.Option(
            "--shift-dates",
            help="Move each patient's dates by whole days, the birth date too, so that the newest"
            " date of service is this one; intervals and ages stay.",
        ),
    ] = None,
    since: Annotated[
        str | None,
        typer.Option("--since", help="Leave out encounters with an earlier date of service."),
    ] = None,
    payers: Annotated[
        Path | None, typer.Option("--payers", help="Your names of payers, as a TOML file.")
    ] = None,
    period_as_time: Annotated[
        bool,
        typer.Option(
            "--period-as-time",
            help="Take an office encounter's period as the provider's total time. Right only where"
            " your EHR means it so.",
        ),
    ] = False,
    rate: Annotated[int, typer.Option(min=0, help="At most so many records a second.")] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read, check and count; publish nothing.")
    ] = False,
    show: Annotated[int, typer.Option(min=0, help="How many broken things to print.")] = 20,
    bootstrap: Annotated[
        str | None,
        typer.Option(
            "--bootstrap",
            help="Kafka's host:port; else CLAIMSTREAM_KAFKA_BOOTSTRAP, else the running stack's.",
        ),
    ] = None,
) -> None:
    """Publish documented encounters and what they refer to."""
    bundles = [*(fhir or []), *(paths or [])]
    if paths and not fhir:
        raise typer.BadParameter("bundles are given after --fhir", param_hint="PATHS")
    if not bundles and events is None and simulate is None:
        raise typer.BadParameter("give --fhir, --events or --simulate")
    try:
        names = payer_names(payers)
    except PayerNamesError as error:
        raise typer.BadParameter(str(error), param_hint="--payers") from None
    first_day = _day(start, "--start") or FIRST_DAY
    report = PublishReport()
    items = _items(
        report,
        fhir=bundles,
        options=FhirOptions(
            newest=_day(shift_dates, "--shift-dates"),
            since=_day(since, "--since"),
            payers=names,
            period_as_time=period_as_time,
        ),
        events=events,
        simulate=simulate,
        seed=seed,
        start=first_day,
        days=days,
    )
    quiet_libraries()
    console = Console()
    errors = Console(stderr=True)
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        console=errors,
        transient=True,
    ) as progress:
        only_simulated = simulate if simulate is not None and not bundles and not events else None
        task = progress.add_task("encounters", total=only_simulated)

        def sent(item: Scheduled) -> None:
            if getattr(item.event, "revision", 0) == 1:
                progress.advance(task)

        try:
            if dry_run:
                rehearse(items, report, sent=sent)
            else:
                asyncio.run(
                    publish(items, kafka_bootstrap(bootstrap), report, rate=rate, sent=sent)
                )
        except NoKafkaAddressError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(NO_KAFKA) from None
        except BrokerSilentError as error:
            typer.echo(f"{error}.", err=True)
            raise typer.Exit(NO_KAFKA) from None
        except BrokerNotReachedError as error:
            typer.echo(f"{error}. Start the stack with `claimstream up`.", err=True)
            raise typer.Exit(NO_KAFKA) from None
    _summary(console, report, show, dry_run=dry_run)
    if report.unreadable:
        raise typer.Exit(UNREADABLE)
