"""What a stack consists of: the servers, what prepares them, and the processes in their order.

Order: Kafka and PostgreSQL; the preparing commands; companions (stand-ins for the outside world);
the services. A companion's announced host and port are known as ``extra`` addresses.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from claimstream.stack.clock import clock_setting
from claimstream.stack.processes import ProcessSpec, announcement, announcing_process
from claimstream.stack.state import (
    CONNECTIONS_VARIABLE,
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

_CONNECTION_FILE = "connection.json"
_CLAIMSTREAM = (sys.executable, "-c", "from claimstream.cli import main; main()")


@dataclass(frozen=True, slots=True)
class Command:
    """A program that prepares something and ends; ``text`` says what, for the progress display."""

    name: str
    text: str
    argv: Sequence[str]


@dataclass(frozen=True, slots=True)
class Program:
    """A program that stays: a service (``http``) or a companion.

    ``port_file`` is where it announces itself, ``run/<name>.port`` when not given. ``env`` holds
    settings that the environment may override.
    """

    name: str
    argv: Sequence[str]
    http: bool = True
    port_file: Path | None = None
    env: Mapping[str, str] = field(default_factory=dict)


def default_commands() -> tuple[Command, ...]:
    """The topics; services bring their own schema up to date when they start."""
    return (Command("topics", "Creating topics", (*_CLAIMSTREAM, "topics", "apply")),)


def default_companions(folder: StateFolder) -> tuple[Program, ...]:
    """The payer behind its SFTP server, unless the environment says how to reach real ones."""
    if CONNECTIONS_VARIABLE in os.environ or not find_spec("simulators.payer"):
        return ()
    home = folder.path / "payer"
    serve = (sys.executable, "-m", "simulators.payer", "serve", "--state-dir", str(home))
    return (Program("payer", serve, http=False, port_file=home / _CONNECTION_FILE),)


def default_services(folder: StateFolder) -> tuple[Program, ...]:
    """The four services, each by its own command; the gateway knows the companion payer."""
    connection = str(folder.path / "payer" / _CONNECTION_FILE)
    settings = {"payer_gateway": {CONNECTIONS_VARIABLE: connection}}
    return tuple(
        Program(name, (*_CLAIMSTREAM, "run", name), env=settings.get(name, {})) for name in SERVICES
    )


@dataclass(slots=True)
class Plan:
    """A stack on one state folder. Given addresses take the place of embedded servers."""

    folder: StateFolder
    commands: Sequence[Command] = field(default_factory=default_commands)
    companions: Sequence[Program] | None = None
    services: Sequence[Program] | None = None
    jars_progress: Progress | None = None
    kafka: EmbeddedKafka | None = field(default=None, init=False)
    postgres: EmbeddedPostgres | None = field(default=None, init=False)
    _given_databases: Mapping[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if self.companions is None:
            self.companions = default_companions(self.folder)
        if self.services is None:
            self.services = default_services(self.folder)
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
        return [self._spec(program) for program in self.companions or ()]

    def service_specs(self) -> list[ProcessSpec]:
        """The services."""
        return [self._spec(program) for program in self.services or ()]

    def kafka_bootstrap(self) -> str:
        """The broker's address; known once Kafka was prepared."""
        return given_kafka() or (self.kafka.bootstrap if self.kafka is not None else "")

    def database_urls(self) -> dict[str, str]:
        """Each service's database; known once PostgreSQL was prepared."""
        embedded = {} if self.postgres is None else self.postgres.database_urls()
        return {**embedded, **self._given_databases}

    def extra(self) -> dict[str, str]:
        """Where the companions are: ``<name>.host`` and ``<name>.port``."""
        return {
            f"{program.name}.{what}": value
            for program in self.companions or ()
            for what, value in announcement(self._port_file(program), program.name).items()
            if what in ("host", "port")
        }

    def environment(self, program: Program | None = None) -> dict[str, str]:
        """What ``program`` gets to know: the shared addresses, and no database but its own."""
        hidden = {database_variable(name) for name in SERVICES}
        env = {name: value for name, value in os.environ.items() if name not in hidden}
        env |= {KAFKA_VARIABLE: self.kafka_bootstrap(), STATE_VARIABLE: str(self.folder.path)}
        env.setdefault("CLAIMSTREAM_PAYER_STATE_DIR", str(self.folder.path / "payer"))
        clock = clock_setting(self.folder)
        if clock is not None:
            env.setdefault(ENVIRONMENT_VARIABLE, clock)
        if program is None:
            return env
        databases = self.database_urls()
        if program.name in databases:
            env[database_variable(program.name)] = databases[program.name]
        port = env.get(f"CLAIMSTREAM_HTTP_PORT_{program.name.upper()}", "0")
        return {**program.env, **env, "CLAIMSTREAM_HTTP_PORT": port}

    def _port_file(self, program: Program) -> Path:
        return program.port_file or self.folder.run / f"{program.name}.port"

    def _spec(self, program: Program) -> ProcessSpec:
        return announcing_process(
            program.name,
            program.argv,
            lambda: self.environment(program),
            log=self.folder.log(program.name),
            port_file=self._port_file(program),
            http=program.http,
        )
