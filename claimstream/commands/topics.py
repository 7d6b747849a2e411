"""``claimstream topics``: make the broker match the catalogue, list topics, read events.

Exit codes: 0 done; 1 something was refused or does not match; 2 wrong usage; 3 no Kafka there.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from aiokafka.errors import KafkaError

from claimstream.commands.faults import quiet_libraries
from claimstream.commands.tail import (
    SHOWN_UNLESS_ASKED,
    PhiNotAllowedError,
    TailOptions,
    run_tail,
)
from claimstream.topics.address import (
    PARTITIONS_VARIABLE,
    REPLICATION_VARIABLE,
    NoKafkaAddressError,
    kafka_bootstrap,
)
from claimstream.topics.apply import apply_topics, cluster_topics
from claimstream.topics.broker import BrokerRefusedError, BrokerUnreachableError, Cluster
from claimstream.topics.plan import Step, refused, sized, wanted_configs
from claimstream.topics.reading import NoSuchTopicError
from claimstream.topics.table import table
from schemas.catalogue import Topic, topics
from schemas.publish import ContractBreak, differences, publication, write

REFUSED = 1
NO_KAFKA = 3

app = typer.Typer(no_args_is_help=True, help="The topics: apply, list, read, publish contracts.")

Bootstrap = Annotated[
    str | None,
    typer.Option(
        "--bootstrap",
        help="Kafka's host:port; else CLAIMSTREAM_KAFKA_BOOTSTRAP, else the running stack's.",
    ),
]

Partitions = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=1_000,
        envvar=PARTITIONS_VARIABLE,
        help="Partitions of each topic that has several: the most instances of a service that share"
        " it. Choose once; the catalogue's number where not given.",
    ),
]

_WORD_OF_ACTION = {
    "create": ("created", "would create"),
    "alter": ("altered", "would alter"),
    "grow": ("grown", "would grow"),
    "refuse": ("refused", "refused"),
    "unchanged": ("as it should be", "as it should be"),
}


@contextmanager
def _plain_failures() -> Iterator[None]:
    """A failure that a person can act on becomes one sentence and an exit code."""
    quiet_libraries()
    try:
        yield
    except (NoKafkaAddressError, BrokerUnreachableError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(NO_KAFKA) from None
    except (NoSuchTopicError, PhiNotAllowedError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from None
    except BrokerRefusedError as error:
        typer.echo(f"Kafka refused: {error}", err=True)
        raise typer.Exit(REFUSED) from None
    except (KafkaError, OSError) as error:
        typer.echo(f"Kafka cannot be asked any more ({type(error).__name__}).", err=True)
        raise typer.Exit(NO_KAFKA) from None


@app.command("apply")
def apply_command(
    bootstrap: Bootstrap = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done and do nothing.")
    ] = False,
    replication: Annotated[
        int | None,
        typer.Option(
            min=1,
            envvar=REPLICATION_VARIABLE,
            help="Copies of each topic created; 3, or as many as there are brokers.",
        ),
    ] = None,
    partitions: Partitions = None,
    allow_more_partitions: Annotated[
        bool,
        typer.Option(
            "--allow-more-partitions",
            help="Add partitions to topics that have fewer. Keys move: do it only when producers"
            " are stopped and consumers have read to the end.",
        ),
    ] = False,
) -> None:
    """Create the catalogue's topics, and alter those whose settings differ."""
    with _plain_failures():
        steps = asyncio.run(
            apply_topics(
                kafka_bootstrap(bootstrap),
                replication=replication,
                partitions=partitions,
                allow_more_partitions=allow_more_partitions,
                dry_run=dry_run,
            )
        )
    _print_steps(steps, dry_run=dry_run)
    if refused(steps):
        raise typer.Exit(REFUSED)


def _print_steps(steps: list[Step], *, dry_run: bool) -> None:
    rows = [
        (step.topic, _WORD_OF_ACTION[step.action][dry_run], "; ".join(step.details))
        for step in steps
        if step.action != "unchanged"
    ]
    if rows:
        typer.echo(table(("TOPIC", "TO DO" if dry_run else "DONE", "WHAT"), rows))
    counts = ", ".join(
        f"{sum(step.action == action for step in steps)} {words[dry_run]}"
        for action, words in _WORD_OF_ACTION.items()
        if any(step.action == action for step in steps)
    )
    typer.echo(f"{len(steps)} topics: {counts}.")


@app.command("list")
def list_command(bootstrap: Bootstrap = None, partitions: Partitions = None) -> None:
    """Show the catalogue beside what the broker has; exit 1 when they differ."""
    with _plain_failures():
        cluster = asyncio.run(cluster_topics(kafka_bootstrap(bootstrap)))
    rows: list[tuple[str, ...]] = [
        (
            topic.name,
            _state(sized(topic, partitions), cluster),
            str(_partitions(sized(topic, partitions), cluster)),
            _kept(topic),
            topic.phi,
            topic.key,
            ", ".join(topic.consumers) or "-",
        )
        for topic in topics()
    ]
    differs = any(row[1] != "yes" for row in rows)
    known = {row[0] for row in rows}
    rows += [
        (name, "not in the catalogue", str(found.partitions), "", "", "", "")
        for name, found in sorted(cluster.topics.items())
        if name not in known
    ]
    headings = ("TOPIC", "ON THE BROKER", "PARTITIONS", "KEPT", "PHI", "KEY", "READ BY")
    typer.echo(table(headings, rows))
    if differs:
        typer.echo("`claimstream topics apply --dry-run` says what to do about the differences.")
        raise typer.Exit(REFUSED)


def _partitions(topic: Topic, cluster: Cluster) -> int:
    found = cluster.topics.get(topic.name)
    return topic.partitions if found is None else max(topic.partitions, found.partitions)


def _state(topic: Topic, cluster: Cluster) -> str:
    found = cluster.topics.get(topic.name)
    if found is None:
        return "missing"
    if found.partitions < topic.partitions:
        return f"{found.partitions} partitions"
    if any(found.configs.get(name) != value for name, value in wanted_configs(topic).items()):
        return "other settings"
    return "yes"


def _kept(topic: Topic) -> str:
    if topic.compaction:
        return "last of each key"
    return "for ever" if topic.retention_days < 0 else f"{topic.retention_days} days"


@app.command("tail")
def tail_command(  # noqa: PLR0917
    topic: Annotated[str, typer.Argument(help="The topic, a dead-letter topic too.")],
    key: Annotated[
        str | None, typer.Option(help="Only this key, such as PRACTICE:ENCOUNTER.")
    ] = None,
    from_start: Annotated[
        bool, typer.Option("--from-start", help="Everything that the topic holds.")
    ] = False,
    last: Annotated[
        int, typer.Option("-n", "--last", min=0, help="This many of the last.")
    ] = SHOWN_UNLESS_ASKED,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on with what is written; ctrl-C ends it.")
    ] = False,
    json_lines: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    show_phi: Annotated[
        bool,
        typer.Option("--show-phi", help="Show PHI unmasked; needs CLAIMSTREAM_ALLOW_PHI=1."),
    ] = False,
    bootstrap: Bootstrap = None,
) -> None:
    """Print the events of TOPIC as a person reads them, PHI masked."""
    with _plain_failures():
        printed = run_tail(
            kafka_bootstrap(bootstrap),
            TailOptions(
                topic=topic,
                key=key,
                last=None if from_start else last,
                follow=follow,
                json_lines=json_lines,
                show_phi=show_phi,
            ),
        )
    if not printed and not json_lines and not follow:
        typer.echo("No events." if key is None else f"No events of the key {key}.", err=True)


@app.command("publish")
def publish_command(
    check: Annotated[
        bool,
        typer.Option("--check", help="Write nothing; fail when the files are not up to date."),
    ] = False,
) -> None:
    """Write the JSON Schema of every event and the AsyncAPI document of every service."""
    wanted = publication()
    if wanted.breaks:
        _print_breaks(wanted.breaks)
        raise typer.Exit(REFUSED)
    if not check:
        changed = write(wanted)
        for path in changed:
            typer.echo(f"schemas/published/{path}")
        typer.echo(f"{len(wanted.files)} files, {len(changed)} changed.")
        return
    lines = differences(wanted)
    if lines:
        typer.echo("\n".join(lines))
        typer.echo(
            "The published contracts are not those of the code: `claimstream topics publish`"
            " writes them."
        )
        raise typer.Exit(REFUSED)
    typer.echo(f"{len(wanted.files)} files, all up to date.")


@app.command("compatible")
def compatible_command() -> None:
    """Check every contract against all its published versions, readers and writers both ways."""
    wanted = publication()
    if wanted.breaks:
        _print_breaks(wanted.breaks)
        raise typer.Exit(REFUSED)
    versions = sum(path.startswith("history/") for path in wanted.files)
    typer.echo(f"{versions} published versions, each compatible with the contracts of the code.")


def _print_breaks(found: tuple[ContractBreak, ...]) -> None:
    typer.echo(f"{len(found)} changes break a contract:", err=True)
    for contract_break in found:
        typer.echo(f"  {contract_break}", err=True)
