"""What a command says when Kafka or PostgreSQL cannot be asked: one sentence, and a code."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg
import typer
from aiokafka.errors import KafkaError

from claimstream.stack.errors import StackError
from claimstream.topics.address import NoKafkaAddressError
from claimstream.topics.broker import BrokerRefusedError, BrokerUnreachableError
from services.chassis.settings import SettingsError

UNREACHABLE = 3
_SAID = (StackError, NoKafkaAddressError, BrokerUnreachableError, SettingsError)


def quiet_libraries() -> None:
    """What clients say of a server that is away is told in one sentence, or tried again."""
    for library in ("aiokafka", "asyncpg", "asyncio"):
        logging.getLogger(library).setLevel(logging.CRITICAL)


@contextmanager
def plain_faults(but: tuple[type[Exception], ...] = ()) -> Iterator[None]:
    """Any fault of what the command talks to becomes one sentence and exit code 3.

    ``but``: what the command answers itself.
    """
    quiet_libraries()
    try:
        yield
    except but:
        raise
    except _SAID as error:
        sentence = str(error)
    except (KafkaError, BrokerRefusedError) as error:
        sentence = (
            f"Kafka cannot be asked ({type(error).__name__}): see that it runs, with "
            "`claimstream status`."
        )
    except asyncpg.UndefinedTableError:
        sentence = (
            "A database has no tables yet, or older ones: each service makes its own when it "
            "starts, and not all have started."
        )
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        sentence = (
            f"A database cannot be asked ({type(error).__name__}): see that PostgreSQL runs, with "
            "`claimstream status`."
        )
    else:
        return
    typer.echo(sentence, err=True)
    raise typer.Exit(UNREACHABLE)
