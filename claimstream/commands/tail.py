"""``claimstream topics tail``: the events of a topic, as a person reads them."""

import asyncio
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import typer
from aiokafka.structs import ConsumerRecord

from claimstream.topics.reading import reading
from claimstream.topics.showing import shown

ALLOW_PHI_VARIABLE = "CLAIMSTREAM_ALLOW_PHI"
SHOWN_UNLESS_ASKED = 10


class PhiNotAllowedError(Exception):
    """PHI was asked for where it is not allowed."""

    def __init__(self) -> None:
        super().__init__(
            f"PHI is not shown here: set {ALLOW_PHI_VARIABLE}=1 where you are allowed to see it,"
            " or leave out --show-phi."
        )


@dataclass(frozen=True, slots=True)
class TailOptions:
    """What to print: ``last`` is None for everything from the start."""

    topic: str
    key: str | None = None
    last: int | None = SHOWN_UNLESS_ASKED
    follow: bool = False
    json_lines: bool = False
    show_phi: bool = False


async def tail(
    bootstrap: str, options: TailOptions, echo: Callable[[str], None] = typer.echo
) -> int:
    """Print the records that ``options`` ask for; return how many there were.

    Raises ``PhiNotAllowedError``, ``BrokerUnreachableError`` and ``NoSuchTopicError``.
    """
    if options.show_phi and os.environ.get(ALLOW_PHI_VARIABLE) != "1":
        raise PhiNotAllowedError
    printed = 0

    def show(record: ConsumerRecord) -> None:
        nonlocal printed
        printed += 1
        seen = shown(record, show_phi=options.show_phi)
        echo(seen.as_json() if options.json_lines else f"{seen.as_text()}\n")

    wanted_key = None if options.key is None else options.key.encode()

    def wanted(record: ConsumerRecord) -> bool:
        return wanted_key is None or record.key == wanted_key

    async with reading(bootstrap, options.topic) as reader:
        if options.last is None:
            async for record in reader.until_now():
                if wanted(record):
                    show(record)
        else:
            # Which records are a key's last is known only after reading them all.
            of_each = options.last if wanted_key is None else None
            kept: deque[ConsumerRecord] = deque(maxlen=options.last)
            async for record in reader.until_now(of_each):
                if wanted(record):
                    kept.append(record)
            for record in kept:
                show(record)
        if options.follow:
            async for record in reader.from_now():
                if wanted(record):
                    show(record)
    return printed


def run_tail(bootstrap: str, options: TailOptions) -> int:
    """``tail`` until it ends or ctrl-C ends it."""
    try:
        return asyncio.run(tail(bootstrap, options))
    except KeyboardInterrupt:
        return 0
