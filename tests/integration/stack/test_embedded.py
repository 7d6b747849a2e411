"""The embedded servers themselves: crash, restart, and a machine that has nothing installed."""

import os
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from deploy.embedded.errors import EmbeddedError
from deploy.embedded.kafka import EmbeddedKafka, running_kafka
from deploy.embedded.postgres import EmbeddedPostgres, running_postgres

LONGEST_SOCKET = 107
"""Characters of a socket's path that Linux takes (sun_path)."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder outside pytest's own, which another user may not pass through."""
    with tempfile.TemporaryDirectory(prefix="claimstream-test-") as path:
        yield Path(path)


@pytest.fixture(scope="module")
async def kafka() -> AsyncIterator[EmbeddedKafka]:
    """A broker that nobody kills."""
    with tempfile.TemporaryDirectory(prefix="claimstream-test-") as path:
        async with running_kafka(Path(path)) as kafka:
            yield kafka


@pytest.fixture(scope="module")
async def postgres() -> AsyncIterator[EmbeddedPostgres]:
    """A server that nobody kills, in a folder whose path is too long for a socket."""
    with tempfile.TemporaryDirectory(prefix="claimstream-test-") as path:
        deep = Path(path) / ("long" * 20) / ("longer" * 10)
        async with running_postgres(deep, databases=["coding", "billing"]) as postgres:
            yield postgres


async def send(bootstrap: str, topic: str, values: list[bytes]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all")
    await producer.start()
    try:
        for value in values:
            await producer.send_and_wait(topic, value)
    finally:
        await producer.stop()


async def received(bootstrap: str, topic: str, count: int) -> list[bytes]:
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        values: list[bytes] = []
        while len(values) < count:
            record = await consumer.getone()
            values.append(record.value)
        return values
    finally:
        await consumer.stop()


async def create(bootstrap: str, topic: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, 1, 1)])
    finally:
        await admin.close()


async def test_a_broker_killed_in_mid_stream_starts_again_with_all_it_acknowledged(
    folder: Path,
) -> None:
    values = [b"%d" % number for number in range(50)]
    async with running_kafka(folder) as kafka:
        bootstrap = kafka.bootstrap
        await create(bootstrap, "kept")
        await send(bootstrap, "kept", values)
        kafka.kill()
        assert not kafka.is_ready()
    async with running_kafka(folder) as again:
        assert again.bootstrap == bootstrap
        assert await received(again.bootstrap, "kept", 50) == values


async def test_a_broker_left_running_by_a_killed_parent_is_replaced(folder: Path) -> None:
    async with running_kafka(folder) as first:
        await create(first.bootstrap, "kept")
        async with running_kafka(folder) as second:
            assert not first.is_running()
            await send(second.bootstrap, "kept", [b"x"])
            assert await received(second.bootstrap, "kept", 1) == [b"x"]


async def test_a_topic_nobody_created_does_not_appear(kafka: EmbeddedKafka) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.describe_topics(["surprise"])
        assert "surprise" not in await admin.list_topics()
    finally:
        await admin.close()


async def test_a_record_of_ten_megabytes_is_taken(kafka: EmbeddedKafka) -> None:
    await create(kafka.bootstrap, "large")
    producer = AIOKafkaProducer(
        bootstrap_servers=kafka.bootstrap, max_request_size=16 * 1024 * 1024
    )
    await producer.start()
    try:
        await producer.send_and_wait("large", b"x" * 10_000_000)
    finally:
        await producer.stop()


async def test_a_server_killed_after_a_commit_starts_again_with_it(folder: Path) -> None:
    async with running_postgres(folder, databases=["billing"]) as postgres:
        url = postgres.database_url("billing")
        connection = await asyncpg.connect(url)
        await connection.execute("CREATE TABLE posting (cents bigint)")
        await connection.execute("INSERT INTO posting SELECT * FROM generate_series(1, 1000)")
        connection.terminate()
        postgres.kill()
    async with running_postgres(folder, databases=["billing"]) as again:
        assert again.database_url("billing") == url
        connection = await asyncpg.connect(url)
        assert await connection.fetchval("SELECT sum(cents) FROM posting") == 500_500
        await connection.close()


async def test_a_stale_pid_file_that_names_a_stranger_does_not_stop_a_start(folder: Path) -> None:
    async with running_postgres(folder, databases=[]) as postgres:
        pid_file = postgres.data / "postmaster.pid"
        lines = pid_file.read_text(encoding="utf-8").splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n", encoding="utf-8")
    async with running_postgres(folder, databases=[]) as again:
        assert again.is_ready()


async def test_a_server_left_running_by_a_killed_parent_is_replaced(folder: Path) -> None:
    async with (
        running_postgres(folder, databases=[]) as first,
        running_postgres(folder, databases=[]) as second,
    ):
        assert not first.is_running()
        assert second.is_ready()


async def test_a_service_cannot_enter_another_services_database(
    postgres: EmbeddedPostgres,
) -> None:
    own = await asyncpg.connect(postgres.database_url("coding"))
    await own.execute("CREATE TABLE mine (id int)")
    await own.close()
    url = postgres.database_url("coding").replace("/coding?", "/billing?")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await asyncpg.connect(url)
    wrong = postgres.database_url("coding").replace("coding:", "coding:x", 1)
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(wrong)
    assert (postgres.folder / "passwords.json").stat().st_mode & 0o777 == 0o600


async def test_what_a_statement_held_does_not_reach_the_servers_log(
    postgres: EmbeddedPostgres,
) -> None:
    connection = await asyncpg.connect(postgres.database_url("billing"))
    await connection.execute("CREATE TABLE patient (name text PRIMARY KEY)")
    await connection.execute("INSERT INTO patient VALUES ('Rosalind Quux')")
    with pytest.raises(asyncpg.UniqueViolationError):
        await connection.execute("INSERT INTO patient VALUES ('Rosalind Quux')")
    await connection.close()
    log = postgres.log.read_text(encoding="utf-8")
    assert "duplicate key" in log
    assert "Quux" not in log


async def test_a_folder_with_a_long_path_gets_a_short_socket(postgres: EmbeddedPostgres) -> None:
    assert len(str(postgres.folder)) > LONGEST_SOCKET
    connection = await asyncpg.connect(postgres.database_url("billing"))
    assert await connection.fetchval("SELECT 1") == 1
    await connection.close()


def test_data_of_another_major_version_is_refused_with_one_sentence(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder, databases=[])
    postgres.start()
    postgres.stop()
    (postgres.data / "PG_VERSION").write_text("9\n", encoding="utf-8")
    with pytest.raises(EmbeddedError, match="another major version") as caught:
        postgres.start()
    assert "\n" not in str(caught.value)


def test_kafka_starts_on_a_machine_without_java_or_any_path(folder: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from deploy.embedded.kafka import embedded_kafka\n"
        "with embedded_kafka(Path(sys.argv[1])) as kafka: print(kafka.is_ready())"
    )
    keep = ("HOME", "CLAIMSTREAM_CACHE_DIR", "XDG_CACHE_HOME")
    env = {name: os.environ[name] for name in keep if name in os.environ}
    done = subprocess.run(
        [sys.executable, "-c", code, str(folder)],
        env={**env, "PATH": "/nonexistent"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "True", done.stderr


def test_a_broker_without_disk_space_says_so(folder: Path) -> None:
    kafka = EmbeddedKafka(folder)
    child = kafka.prepare()
    child.log_path.write_text("java.io.IOException: No space left on device", encoding="utf-8")
    assert "is full" in kafka.failure()
