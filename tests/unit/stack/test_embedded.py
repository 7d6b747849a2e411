"""Jars, ports and sentences of the embedded servers, without starting one."""

import errno
import gc
import hashlib
import http.server
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.embedded.errors import EmbeddedError, explain
from deploy.embedded.jars import KAFKA, LOGGING, Jar, fetch, locked_jars, write_lock
from deploy.embedded.ports import LOOPBACK, free_ports, is_free, remembered_ports
from deploy.embedded.postgres import EmbeddedPostgres

# jgo leaves the connection of a streamed answer to the garbage collector.
pytestmark = [
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
CONTENT = b"not really a jar"
JAR = Jar("org.example", "thing", "1.0", hashlib.sha256(CONTENT).hexdigest())
AT_MIRROR = "org/example/thing/1.0/thing-1.0.jar"


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Maven repository of our own that serves a folder."""
    root = tmp_path / "mirror"
    file = root / AT_MIRROR
    file.parent.mkdir(parents=True)
    file.write_bytes(CONTENT)
    file.with_name(f"{file.name}.sha1").write_text(hashlib.sha1(CONTENT).hexdigest())  # noqa: S324

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: object, **kwargs: object) -> None:
            super().__init__(*args, directory=str(root), **kwargs)  # type: ignore[arg-type]

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            return

    with http.server.ThreadingHTTPServer((LOOPBACK, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://{LOOPBACK}:{server.server_port}/"
        monkeypatch.setenv("CLAIMSTREAM_MAVEN_REPOSITORY", url)
        monkeypatch.setenv("NO_PROXY", LOOPBACK)
        yield root
        gc.collect()
        server.shutdown()


def test_a_download_with_another_checksum_is_thrown_away(mirror: Path, tmp_path: Path) -> None:
    (mirror / AT_MIRROR).write_bytes(b"tampered with")
    digest = hashlib.sha1(b"tampered with").hexdigest()  # noqa: S324
    (mirror / f"{AT_MIRROR}.sha1").write_text(digest)
    with pytest.raises(EmbeddedError, match="another checksum"):
        fetch((JAR,), cache=tmp_path / "cache")
    assert not (tmp_path / "cache" / "jars" / JAR.filename).exists()


def test_a_jar_the_repository_lacks_is_one_sentence(mirror: Path, tmp_path: Path) -> None:
    (mirror / AT_MIRROR).unlink()
    with pytest.raises(EmbeddedError, match="check the network") as caught:
        fetch((JAR,), cache=tmp_path / "cache")
    assert "org.example:thing:1.0" in str(caught.value)


def test_a_repository_that_cannot_be_reached_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (port,) = free_ports(1)
    monkeypatch.setenv("CLAIMSTREAM_MAVEN_REPOSITORY", f"http://{LOOPBACK}:{port}")
    monkeypatch.setenv("NO_PROXY", LOOPBACK)
    with pytest.raises(EmbeddedError, match="CLAIMSTREAM_MAVEN_REPOSITORY"):
        fetch((JAR,), cache=tmp_path / "cache")
    gc.collect()


def test_a_cache_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(EmbeddedError, match="cannot be used"):
        fetch((JAR,), cache=tmp_path / "file")


def test_a_damaged_jar_in_the_cache_is_fetched_again(mirror: Path, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    (path,) = fetch((JAR,), cache=tmp_path / "c", progress=lambda d, t: seen.append((d, t)))
    assert path.read_bytes() == CONTENT
    assert seen == [(0, 1), (1, 1)]
    path.write_bytes(CONTENT[:5])
    assert fetch((JAR,), cache=tmp_path / "c")[0].read_bytes() == CONTENT


def test_an_intact_cache_needs_no_repository(mirror: Path, tmp_path: Path) -> None:
    fetch((JAR,), cache=tmp_path / "c")
    (mirror / AT_MIRROR).unlink()
    assert fetch((JAR,), cache=tmp_path / "c")[0].read_bytes() == CONTENT


def test_the_lock_file_holds_the_broker_its_logging_and_no_address() -> None:
    jars = locked_jars()
    coordinates = {(jar.group, jar.artifact, jar.version) for jar in jars}
    assert {KAFKA, LOGGING} <= coordinates
    assert len(coordinates) == len(jars)
    assert all(len(jar.sha256) == 64 for jar in jars)
    clients = [jar.version for jar in jars if jar.artifact == "kafka-clients"]
    assert clients == [KAFKA[2]]


def test_a_lock_file_reads_back_as_it_was_written(tmp_path: Path) -> None:
    write_lock([JAR], tmp_path / "lock")
    assert locked_jars(tmp_path / "lock") == (JAR,)


def test_a_remembered_port_that_is_taken_is_given_up(tmp_path: Path) -> None:
    first = remembered_ports(tmp_path / "ports", 2)
    assert remembered_ports(tmp_path / "ports", 2) == first
    with socket.socket() as taken:
        taken.bind((LOOPBACK, first[0]))
        taken.listen()
        assert not is_free(first[0])
        second = remembered_ports(tmp_path / "ports", 2)
        assert first[0] not in second


@pytest.mark.parametrize("written", ["", "[1]", '{"a": 1}', '["x", "y"]', "null"])
def test_a_damaged_port_file_gives_new_ports(tmp_path: Path, written: str) -> None:
    (tmp_path / "ports").write_text(written, encoding="utf-8")
    assert len(set(remembered_ports(tmp_path / "ports", 2))) == 2


@pytest.mark.parametrize(
    ("number", "advice"),
    [
        (errno.ENOSPC, "is full"),
        (errno.EACCES, "No permission"),
        (errno.EROFS, "No permission"),
        (errno.EMFILE, "ulimit"),
        (errno.ENOENT, "does not exist"),
        (errno.EIO, "cannot be used"),
    ],
)
def test_an_operating_system_error_becomes_one_sentence(number: int, advice: str) -> None:
    said = str(explain(OSError(number, "words"), Path("folder")))
    assert advice in said
    assert "\n" not in said


def test_a_name_that_could_carry_sql_names_no_database(tmp_path: Path) -> None:
    with pytest.raises(EmbeddedError, match="cannot name a database"):
        EmbeddedPostgres(tmp_path, databases=["coding; drop"]).prepare()
