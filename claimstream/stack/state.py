"""The state folder of a stack, what is written there about a running one, and how it is found.

Layout of the folder: ``stack.json`` (the record below, mode 0600), ``supervisor.lock`` (held while
a supervisor lives), ``kafka/``, ``postgres/``, ``logs/`` and ``run/`` (port and progress files).
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from claimstream.stack.errors import StackNotRunningError
from deploy.embedded.child import Identity

SERVICES = ("coding", "billing", "payer_gateway", "patient_statements")
STATE_VARIABLE = "CLAIMSTREAM_STATE_DIR"
KAFKA_VARIABLE = "CLAIMSTREAM_KAFKA_BOOTSTRAP"
CONNECTIONS_VARIABLE = "CLAIMSTREAM_PAYER_GATEWAY_CONNECTIONS_FILE"
MARKER = ".claimstream-state"


def database_variable(service: str) -> str:
    """The environment variable that gives ``service``'s database."""
    return f"CLAIMSTREAM_DATABASE_URL_{service.upper()}"


@dataclass(frozen=True, slots=True)
class StackAddresses:
    """Where everything is. ``database_urls`` and ``http_urls`` are by service; ``extra`` is what
    other processes announced, as ``<process>.<what>``."""

    kafka_bootstrap: str
    database_urls: Mapping[str, str] = field(default_factory=dict)
    http_urls: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """The same as environment variables, for a process that is not of the stack."""
        return {KAFKA_VARIABLE: self.kafka_bootstrap} | {
            database_variable(service): url for service, url in self.database_urls.items()
        }


@dataclass(frozen=True, slots=True)
class ProcessRecord:
    """One process of a running stack. ``state`` is starting, ready, restarting, failed or stopped;
    ``message`` says why where it failed."""

    name: str
    state: str
    identity: Identity | None = None
    port: int | None = None
    restarts: int = 0
    message: str = ""


@dataclass(frozen=True, slots=True)
class StackRecord:
    """What a supervisor writes about its stack. ``phase`` is starting, ready or stopping."""

    supervisor: Identity
    run: str
    phase: str
    kafka_bootstrap: str = ""
    database_urls: Mapping[str, str] = field(default_factory=dict)
    extra: Mapping[str, str] = field(default_factory=dict)
    processes: tuple[ProcessRecord, ...] = ()

    def is_alive(self) -> bool:
        """Whether the supervisor that wrote this still runs."""
        return self.supervisor.is_alive()

    def addresses(self) -> StackAddresses:
        """Where this stack's parts are."""
        http = {
            process.name: f"http://127.0.0.1:{process.port}"
            for process in self.processes
            if process.name in SERVICES and process.port
        }
        return StackAddresses(self.kafka_bootstrap, self.database_urls, http, self.extra)


@dataclass(frozen=True, slots=True)
class StateFolder:
    """Paths below one state folder."""

    path: Path

    @property
    def record_file(self) -> Path:
        return self.path / "stack.json"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        return self.path / "run"

    def log(self, process: str) -> Path:
        """The log file of a process."""
        special = {
            "kafka": self.path / "kafka" / "logs" / "server.log",
            "postgres": self.path / "postgres" / "logs" / "postgres.log",
        }
        return special.get(process, self.logs / f"{process}.log")

    def make(self) -> None:
        """Create the folder with its marker. Raises OSError."""
        self.logs.mkdir(parents=True, exist_ok=True)
        self.run.mkdir(exist_ok=True)
        (self.path / MARKER).touch()

    def read(self) -> StackRecord | None:
        """The record of the last stack on this folder, alive or not."""
        try:
            return msgspec.json.decode(self.record_file.read_bytes(), type=StackRecord)
        except (FileNotFoundError, NotADirectoryError, msgspec.DecodeError):
            return None

    def write(self, record: StackRecord) -> None:
        """Replace the record in one step; readers see the old or the new one."""
        scratch = self.record_file.with_suffix(".new")
        scratch.unlink(missing_ok=True)
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(record))
        scratch.replace(self.record_file)

    def running(self) -> StackRecord | None:
        """The record of the stack that runs on this folder now."""
        record = self.read()
        return record if record is not None and record.is_alive() else None

    @contextmanager
    def lock(self) -> Iterator[bool]:
        """Whether we are the folder's only supervisor, for as long as the block lasts."""
        with (self.path / "supervisor.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True


def state_folder(given: Path | None = None) -> StateFolder:
    """The state folder: ``given``, else ``CLAIMSTREAM_STATE_DIR``, else ``.state`` of the checkout
    that this code runs from, else the user's state folder."""
    if given is not None:
        return StateFolder(given.expanduser().absolute())
    named = os.environ.get(STATE_VARIABLE)
    if named:
        return StateFolder(Path(named).expanduser().absolute())
    return usual_folder()


def usual_folder() -> StateFolder:
    """The state folder where nobody named one."""
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "pyproject.toml").is_file():
        return StateFolder(checkout / ".state")
    import platformdirs

    return StateFolder(platformdirs.user_state_path("claimstream"))


def given_kafka() -> str | None:
    """The broker's address from the environment."""
    return os.environ.get(KAFKA_VARIABLE) or None


def given_databases() -> dict[str, str]:
    """The services' databases that the environment gives."""
    found = {service: os.environ.get(database_variable(service)) for service in SERVICES}
    return {service: url for service, url in found.items() if url}


def discover(given: Path | None = None) -> StackAddresses | None:
    """Where Kafka, the databases and the services are; None when no Kafka is known.

    What the environment gives comes before what a running stack says.
    """
    record = state_folder(given).running()
    kafka = given_kafka() or (record.kafka_bootstrap if record is not None else "")
    if not kafka:
        return None
    databases = given_databases()
    if record is None:
        return StackAddresses(kafka, databases)
    found = record.addresses()
    return StackAddresses(kafka, {**found.database_urls, **databases}, found.http_urls, found.extra)


def require(given: Path | None = None) -> StackAddresses:
    """``discover``, or StackNotRunningError."""
    found = discover(given)
    if found is None:
        raise StackNotRunningError
    return found
