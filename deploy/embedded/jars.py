"""The jars of the Kafka broker: fetched by coordinate, accepted by checksum, kept in a cache.

``kafka-jars.lock`` beside this module names every jar (``group:artifact:version sha256``); a jar
whose sha256 differs is never put on a class path, wherever it came from. Downloading is jgo's
work; ``CLAIMSTREAM_MAVEN_REPOSITORY`` names a mirror to fetch from.

``python -m deploy.embedded.jars`` resolves the dependency tree again and rewrites the lock file.
"""

import fcntl
import hashlib
import os
import shutil
import ssl
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import certifi
import platformdirs
import requests

from deploy.embedded.errors import EmbeddedError, explain

KAFKA = ("org.apache.kafka", "kafka_2.13", "4.3.1")
LOGGING = ("org.apache.logging.log4j", "log4j-slf4j-impl", "2.25.4")
LOCK_FILE = Path(__file__).with_name("kafka-jars.lock")
_LOCK_HEAD = (
    "# The jars of the embedded Kafka broker, one a line: group:artifact:version sha256\n"
    "# Rewritten by: python -m deploy.embedded.jars\n"
)
_DOWNLOADS_AT_ONCE = 8
_ATTEMPTS = 3
_BUNDLE_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

Progress = Callable[[int, int], None]
"""Told (jars present, jars in all) after each jar."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock file."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def filename(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    @property
    def coordinate(self) -> str:
        return f"{self.group}:{self.artifact}:{self.version}"


def cache_dir() -> Path:
    """Where downloads are kept: ``CLAIMSTREAM_CACHE_DIR``, else the user's cache folder."""
    given = os.environ.get("CLAIMSTREAM_CACHE_DIR")
    return Path(given) if given else platformdirs.user_cache_path("claimstream")


def locked_jars(lock_file: Path = LOCK_FILE) -> tuple[Jar, ...]:
    """The jars of the lock file, in its order."""
    jars: list[Jar] = []
    for line in lock_file.read_text(encoding="utf-8").splitlines():
        if not line or line.startswith("#"):
            continue
        coordinate, sha256 = line.split()
        group, artifact, version = coordinate.split(":")
        jars.append(Jar(group, artifact, version, sha256))
    return tuple(jars)


def fetch(
    jars: tuple[Jar, ...] | None = None,
    *,
    cache: Path | None = None,
    progress: Progress | None = None,
) -> list[Path]:
    """Every jar as a verified local file, downloaded where the cache lacks it.

    Several processes may call this at once; one downloads, the others wait for it. Raises
    EmbeddedError when a download is refused, a checksum differs or the disk cannot be written.
    """
    wanted = locked_jars() if jars is None else jars
    folder = (cache_dir() if cache is None else cache) / "jars"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _exclusive(folder / ".lock"):
            missing = [jar for jar in wanted if not _is_intact(folder / jar.filename, jar)]
            present = len(wanted) - len(missing)
            if progress is not None:
                progress(present, len(wanted))
            if missing:
                with _trusting_the_system_too(folder):
                    _download_all(missing, folder, present, len(wanted), progress)
    except OSError as error:
        raise explain(error, folder) from error
    return [folder / jar.filename for jar in wanted]


def _download_all(
    missing: list[Jar], folder: Path, present: int, total: int, progress: Progress | None
) -> None:
    with (
        tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as scratch,
        ThreadPoolExecutor(_DOWNLOADS_AT_ONCE, thread_name_prefix="jar") as pool,
    ):
        waiting = [pool.submit(_download, jar, Path(scratch), folder) for jar in missing]
        try:
            for done, future in enumerate(as_completed(waiting), start=present + 1):
                future.result()
                if progress is not None:
                    progress(done, total)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _download(jar: Jar, scratch: Path, folder: Path) -> None:
    """Fetch one jar into ``folder``; the file appears there whole and verified or not at all."""
    from jgo.maven import MavenContext

    mirror = os.environ.get("CLAIMSTREAM_MAVEN_REPOSITORY")
    remote = {"mirror": mirror.rstrip("/")} if mirror else None
    context = MavenContext(repo_cache=scratch, remote_repos=remote, timeout=60)
    for attempt in range(1, _ATTEMPTS + 1):
        shutil.rmtree(scratch / Path(*jar.group.split(".")) / jar.artifact, ignore_errors=True)
        component = context.project(jar.group, jar.artifact).at_version(jar.version)
        try:
            got = Path(component.artifact().resolve())
            break
        except (requests.RequestException, RuntimeError, ValueError) as error:
            if attempt == _ATTEMPTS:
                raise EmbeddedError(_refusal(jar, error)) from error
    if not _is_intact(got, jar):
        raise EmbeddedError(
            f"The Kafka jar {jar.coordinate} arrived with another checksum than the lock file's, "
            "so it was thrown away: try again, or from another network or Maven mirror "
            "(CLAIMSTREAM_MAVEN_REPOSITORY)."
        )
    got.replace(folder / jar.filename)


def _refusal(jar: Jar, error: Exception) -> str:
    """The sentence for a jar that could not be downloaded."""
    what = f"The Kafka jar {jar.coordinate} could not be downloaded"
    if isinstance(error, requests.exceptions.SSLError):
        return (
            f"{what}, as the server's certificate is not trusted here: set REQUESTS_CA_BUNDLE to "
            "your company's certificate file."
        )
    if isinstance(error, requests.exceptions.ProxyError):
        return f"{what} through the proxy: set HTTPS_PROXY to a working proxy, or unset it."
    return (
        f"{what}: check the network, set HTTPS_PROXY if there is a proxy, or name a Maven mirror "
        "in CLAIMSTREAM_MAVEN_REPOSITORY."
    )


@contextmanager
def _trusting_the_system_too(folder: Path) -> Iterator[None]:
    """Accept the certificates that this machine trusts besides those that ``requests`` brings.

    Only for the length of the block, and only where no bundle was named.
    """
    system = os.environ.get("SSL_CERT_FILE") or ssl.get_default_verify_paths().cafile
    named = any(name in os.environ for name in _BUNDLE_VARIABLES)
    if named or system is None or not Path(system).is_file():
        yield
        return
    bundle = folder / "certificates.pem"
    bundle.write_bytes(Path(certifi.where()).read_bytes() + b"\n" + Path(system).read_bytes())
    os.environ[_BUNDLE_VARIABLES[0]] = str(bundle)
    try:
        yield
    finally:
        del os.environ[_BUNDLE_VARIABLES[0]]
        bundle.unlink(missing_ok=True)


def _is_intact(path: Path, jar: Jar) -> bool:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256
    except FileNotFoundError:
        return False


@contextmanager
def _exclusive(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def resolve() -> list[Jar]:
    """The broker's jars as its published dependencies say today, with the logging binding."""
    import jgo
    from jgo.maven import MavenContext

    with tempfile.TemporaryDirectory() as scratch:
        locked = jgo.build(":".join(KAFKA), cache_dir=Path(scratch)).lockfile
        if locked is None:
            raise EmbeddedError("jgo resolved Kafka's dependencies without a lock file.")
        jars = [
            Jar(entry.groupId, entry.artifactId, entry.version, str(entry.sha256))
            for entry in locked.dependencies
        ]
    group, artifact, version = LOGGING
    binding = MavenContext().project(group, artifact).at_version(version).artifact().resolve()
    digest = hashlib.sha256(Path(binding).read_bytes()).hexdigest()
    jars.append(Jar(group, artifact, version, digest))
    return sorted(jars, key=lambda jar: jar.coordinate)


def write_lock(jars: list[Jar], lock_file: Path = LOCK_FILE) -> None:
    """Write ``jars`` as a lock file."""
    lines = "".join(f"{jar.coordinate} {jar.sha256}\n" for jar in jars)
    lock_file.write_text(_LOCK_HEAD + lines, encoding="utf-8")


if __name__ == "__main__":
    write_lock(resolve())
