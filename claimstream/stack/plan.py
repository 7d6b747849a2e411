"""What a stack consists of: the servers, what prepares them, and the processes in their order.

Order: Kafka and PostgreSQL; the preparing commands; companions (stand-ins for the outside world);
the services. What a companion announces reaches the services as ``CLAIMSTREAM_<NAME>_<WHAT>``, so
the payer's ``{"port": 2222, "host_key": "..."}`` becomes ``CLAIMSTREAM_PAYER_PORT`` and
``CLAIMSTREAM_PAYER_HOST_KEY``.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec

from claimstream.stack.clock import clock_text
from claimstream.stack.processes import ProcessSpec, announcement, announcing_process
from claimstream.stack.state import (
    KAFKA_VARIABLE,
    SERVICES,
    STATE_VARIABLE,
    StateFolder,
    database_variable,
    given_databases,
    given_kafka,
)
from deploy.embedded.jars import Progress
from deploy.embedded.kafka import EmbeddedKafka
from deploy.embedded.postgres import EmbeddedPostgres
from services.chassis.clock import ENVIRONMENT_VARIABLE

_CLAIMSTREAM = (sys.executable, "-c", "from claimstream.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Command:
    """A program that prepares something and ends; ``text`` says what, for the progress display."""

    name: str
    text: str
    argv: Sequence[str]


@dataclass(frozen=True, slots=True)
class Program:
    """A program that stays: a service (``http``) or a companion."""

    name: str
    argv: Sequence[str]
    http: bool = True


def default_commands() -> tuple[Command, ...]:
    """The topics; services bring their own schema up to date when they start."""
    return (Command("topics", "Creating topics", (*_CLAIMSTREAM, "topics", "apply")),)


def default_companions() -> tuple[Program, ...]:
    """The payer behind its SFTP server, where it is installed."""
    if find_spec("simulators.payer") and find_spec("simulators.payer.__main__"):
        return (Program("payer", (sys.executable, "-m", "simulators.payer"), http=False),)
    return ()


def default_services() -> tuple[Program, ...]:
    """The four services, each by its own command."""
    return tuple(Program(name, (*_CLAIMSTREAM, "run", name)) for name in SERVICES)


@dataclass(slots=True)
class Plan:
    """A stack on one state folder. Given addresses take the place of embedded servers."""

    folder: StateFolder
    commands: Sequence[Command] = field(default_factory=default_commands)
    companions: Sequence[Program] = field(default_factory=default_companions)
    services: Sequence[Program] = field(default_factory=default_services)
    jars_progress: Progress | None = None
    kafka: EmbeddedKafka | None = field(default=None, init=False)
    postgres: EmbeddedPostgres | None = field(default=None, init=False)
    _given_databases: Mapping[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self._given_databases = given_databases()
        if given_kafka() is None:
            self.kafka = EmbeddedKafka(self.folder.path / "kafka", progress=self.jars_progress)
        missing = [name for name in SERVICES if name not in self._given_databases]
        if missing:
            self.postgres = EmbeddedPostgres(self.folder.path / "postgres", databases=missing)

    def server_specs(self) -> list[ProcessSpec]:
        """Kafka and PostgreSQL, as far as they are embedded."""
        specs: list[ProcessSpec] = []
        if self.kafka is not None:
            kafka = self.kafka
            specs.append(
                ProcessSpec(
                    name="kafka",
                    make=kafka.prepare,
                    ready=lambda _child: kafka.is_ready(),
                    explain=lambda _child: kafka.failure(),
                    port=lambda: kafka.port or None,
                    start_within_s=120,
                )
            )
        if self.postgres is not None:
            postgres = self.postgres
            specs.append(
                ProcessSpec(
                    name="postgres",
                    make=postgres.prepare,
                    ready=lambda _child: postgres.is_ready(),
                    explain=lambda _child: postgres.failure(),
                    after_ready=lambda _child: postgres.provision(),
                    start_within_s=300,
                )
            )
        return specs

    def companion_specs(self) -> list[ProcessSpec]:
        """The companions."""
        return [self._spec(program) for program in self.companions]

    def service_specs(self) -> list[ProcessSpec]:
        """The services."""
        return [self._spec(program) for program in self.services]

    def kafka_bootstrap(self) -> str:
        """The broker's address; known once Kafka was prepared."""
        return given_kafka() or (self.kafka.bootstrap if self.kafka is not None else "")

    def database_urls(self) -> dict[str, str]:
        """Each service's database; known once PostgreSQL was prepared."""
        embedded = {} if self.postgres is None else self.postgres.database_urls()
        return {**embedded, **self._given_databases}

    def extra(self) -> dict[str, str]:
        """What the companions announced, by ``<name>.<what>``."""
        return {
            f"{program.name}.{what}": value
            for program in self.companions
            for what, value in announcement(self.folder.run / f"{program.name}.port").items()
        }

    def environment(self, process: str = "") -> dict[str, str]:
        """What ``process`` gets to know: every shared address, and no database but its own."""
        databases = self.database_urls()
        hidden = {database_variable(name) for name in SERVICES}
        env = {name: value for name, value in os.environ.items() if name not in hidden}
        env |= {KAFKA_VARIABLE: self.kafka_bootstrap(), STATE_VARIABLE: str(self.folder.path)}
        clock = clock_text(self.folder)
        if clock is not None:
            env.setdefault(ENVIRONMENT_VARIABLE, clock)
        for name, value in self.extra().items():
            env["CLAIMSTREAM_" + name.replace(".", "_").replace("-", "_").upper()] = value
        if process in databases:
            env[database_variable(process)] = databases[process]
        if process:
            port = env.setdefault(f"CLAIMSTREAM_HTTP_PORT_{process.upper()}", "0")
            env["CLAIMSTREAM_HTTP_PORT"] = port
        return env

    def _spec(self, program: Program) -> ProcessSpec:
        return announcing_process(
            program.name,
            program.argv,
            lambda: self.environment(program.name),
            log=self.folder.log(program.name),
            port_file=self.folder.run / f"{program.name}.port",
            http=program.http,
        )
