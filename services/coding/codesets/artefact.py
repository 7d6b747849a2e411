"""The compiled artefact of one release: a file packed for keeping, unpacked once to read.

``<name>.sqlite.xz`` lies beside ``<name>.json``, its manifest: code set, release, effective dates,
sources with their checksums, and the checksum of the unpacked file. Unpacked files are opened
read-only and immutable, so that processes share their pages. What an operator imports is kept as
``<name>.table``, unpacked, with the same manifest.
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
from services.coding.domain.reading import wording

TABLE = ".table"
"""What the file of an imported release ends with; what ships is packed instead."""
LAYOUT = 1
"""Of imported tables; a reader refuses any other."""


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
    layout: int = 1

    @property
    def name(self) -> str:
        """What its files are called."""
        return f"{self.code_set}-{self.release}"

    @property
    def dates(self) -> str:
        """The release and when it is in force, for people."""
        return f"{self.release}: {self.effective_from} to {self.effective_to}"

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
    packed = folder / f"{manifest.name}.sqlite.xz"
    packed.write_bytes(lzma.compress(database.read_bytes(), preset=9 | lzma.PRESET_EXTREME))
    _write_manifest(folder, manifest)
    return packed


def keep(table: Path, folder: Path, manifest: Manifest) -> Path:
    """Move the file of an import into ``folder``, read-only, its manifest after it."""
    kept = folder / f"{manifest.name}{TABLE}"
    with table.open("rb") as file:
        os.fsync(file.fileno())
    table.chmod(0o444)
    table.replace(kept)
    _write_manifest(folder, manifest)
    return kept


def _write_manifest(folder: Path, manifest: Manifest) -> None:
    with tempfile.NamedTemporaryFile("w", dir=folder, delete=False, encoding="utf-8") as partial:
        partial.write(json.dumps(asdict(manifest), indent=1) + "\n")
    Path(partial.name).chmod(0o644)
    Path(partial.name).replace(folder / f"{manifest.name}.json")


def opened(folder: Path, manifest: Manifest, cache: Path) -> Path:
    """The checked file of a release: as imported, or unpacked from what ships.

    Raises ``ArtefactError`` when it is missing or is not the one of its manifest.
    """
    if manifest.layout != LAYOUT:
        raise ArtefactError(
            f"{manifest.name} is of layout {manifest.layout}, not {LAYOUT}; import it again"
        )
    table = folder / f"{manifest.name}{TABLE}"
    if not table.exists():
        return unpack(folder / f"{manifest.name}.sqlite.xz", manifest, cache)
    if sha256_of(table) != manifest.sha256:
        raise ArtefactError(
            f"{table.name} does not match its manifest's checksum; import it again with --replace"
        )
    return table


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
    target = cache / f"{manifest.name}-{manifest.sha256[:16]}.sqlite"
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


def refuse_other_words(manifest: Manifest) -> None:
    """Refuse what was compiled for other word rules: its keys would not be found.

    Raises ``ArtefactError``.
    """
    if manifest.wording_version != wording.VERSION:
        raise ArtefactError(
            f"{manifest.code_set} {manifest.release} was compiled for other word rules "
            f"({manifest.wording_version}, not {wording.VERSION}); import or compile it again"
        )


def connect(unpacked: Path) -> sqlite3.Connection:
    """A read-only connection that maps the file instead of copying it.

    Raises ``ArtefactError`` for a file that is no database.
    """
    try:
        connection = sqlite3.connect(
            f"file:{unpacked}?mode=ro&immutable=1", uri=True, check_same_thread=False
        )
        connection.execute("PRAGMA mmap_size = 268435456")
        connection.execute("PRAGMA cache_size = -2048")
    except sqlite3.DatabaseError as error:
        raise ArtefactError(f"{unpacked.name} is damaged; import it again") from error
    return connection
