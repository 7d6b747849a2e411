"""The compiled artefact of one release: a SQLite file, packed for keeping, unpacked once to read.

``<name>.sqlite.xz`` lies beside ``<name>.json``, its manifest: code set, release, effective dates,
sources with their checksums, and the checksum of the unpacked file. Unpacked files are opened
read-only and immutable, so that processes share their pages.
"""

import hashlib
import json
import lzma
import os
import sqlite3
import tempfile
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

from services.chassis.settings import SettingsError


class ArtefactError(SettingsError):
    """A code-set artefact is missing, damaged, or was compiled for other rules."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file that went into an artefact."""

    name: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an artefact holds and from what it was compiled; dates are inclusive, ISO text."""

    code_set: str
    release: str
    effective_from: str
    effective_to: str
    wording_version: int
    sources: tuple[Source, ...]
    sha256: str
    rows: int

    def covers(self, day: date) -> bool:
        """Whether the release was in force on ``day``."""
        return self.effective_from <= day.isoformat() <= self.effective_to


def sha256_of(path: Path) -> str:
    """The checksum of a file, read in pieces."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def sources(paths: Iterable[Path]) -> tuple[Source, ...]:
    """Names and checksums of the files compiled."""
    return tuple(Source(path.name, sha256_of(path)) for path in paths)


def pack(database: Path, folder: Path, manifest: Manifest) -> Path:
    """Write the artefact and its manifest into ``folder``; returns the packed file."""
    name = f"{manifest.code_set}-{manifest.release}"
    packed = folder / f"{name}.sqlite.xz"
    packed.write_bytes(lzma.compress(database.read_bytes(), preset=9 | lzma.PRESET_EXTREME))
    (folder / f"{name}.json").write_text(
        json.dumps(asdict(manifest), indent=1) + "\n", encoding="utf-8"
    )
    return packed


def read_manifest(path: Path) -> Manifest:
    """The manifest in ``path``; ``ArtefactError`` when it is not one."""
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        fields["sources"] = tuple(Source(**source) for source in fields["sources"])
        return Manifest(**fields)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ArtefactError(f"{path.name} is not a code-set manifest") from error


def cache_folder() -> Path:
    """Where artefacts are unpacked: ``CLAIMSTREAM_CACHE_DIR``, or the user's cache."""
    given = os.environ.get("CLAIMSTREAM_CACHE_DIR") or os.environ.get("XDG_CACHE_HOME")
    base = Path(given) if given else Path.home() / ".cache"
    return base / "claimstream" / "codesets"


def unpack(packed: Path, manifest: Manifest, cache: Path) -> Path:
    """The unpacked file: from the cache when its size matches, else unpacked and verified.

    Several processes may start at once: each writes its own file and renames it into place.
    """
    target = cache / f"{manifest.code_set}-{manifest.release}-{manifest.sha256[:16]}.sqlite"
    if target.exists():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    try:
        data = lzma.decompress(packed.read_bytes())
    except (OSError, lzma.LZMAError) as error:
        raise ArtefactError(f"{packed.name} cannot be unpacked") from error
    if hashlib.sha256(data).hexdigest() != manifest.sha256:
        raise ArtefactError(f"{packed.name} does not match its manifest's checksum")
    with tempfile.NamedTemporaryFile(dir=cache, delete=False) as partial:
        partial.write(data)
        partial.flush()
        os.fsync(partial.fileno())
    Path(partial.name).replace(target)
    return target


def connect(unpacked: Path) -> sqlite3.Connection:
    """A read-only connection that maps the file instead of copying it."""
    connection = sqlite3.connect(
        f"file:{unpacked}?mode=ro&immutable=1", uri=True, check_same_thread=False
    )
    connection.execute("PRAGMA mmap_size = 268435456")
    connection.execute("PRAGMA cache_size = -2048")
    return connection
