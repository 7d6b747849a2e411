"""Finding and reading bundle files: plain or gzip, folders and globs, whole or not at all."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from decimal import Decimal, InvalidOperation
from pathlib import Path

import msgspec

from simulators.ehr.fhir.node import FhirError, Node

LARGEST_FILE_BYTES = 512 * 1024 * 1024
_CHUNK_BYTES = 1024 * 1024
_SUFFIXES = (".json", ".json.gz")
_MAGIC = frozenset("*?[")
_decoder = msgspec.json.Decoder(float_hook=Decimal)


def files_of(given: str) -> tuple[Path, ...]:
    """The files that ``given`` names, in order of name: a file, a folder's bundles, or a glob.

    Empty when there is none.
    """
    path = Path(given).expanduser()
    if path.is_dir():
        found = (file for file in path.rglob("*") if file.name.endswith(_SUFFIXES))
        return tuple(sorted(file for file in found if file.is_file()))
    if path.is_file():
        return (path,)
    if not _MAGIC.intersection(given):
        return ()
    base = Path(path.anchor) if path.is_absolute() else Path()
    matched = base.glob(str(path.relative_to(base)))
    return tuple(sorted(file for file in matched if file.is_file()))


def _content(path: Path, limit: int) -> bytes:
    """The file's bytes, unpacked; the magic number says whether it is gzip, not the name."""
    with path.open("rb") as raw:
        packed = raw.read(2) == b"\x1f\x8b"
    chunks: list[bytes] = []
    size = 0
    with gzip.open(path, "rb") if packed else path.open("rb") as source:
        while chunk := source.read(_CHUNK_BYTES):
            size += len(chunk)
            if size > limit:
                raise FhirError("$", "too_large", f"the file holds more than {limit} bytes")
            chunks.append(chunk)
    return b"".join(chunks)


def read_bundle(path: Path, limit: int = LARGEST_FILE_BYTES) -> Node:
    """The bundle in ``path`` as a node, numbers as integers and decimals.

    Raises ``FhirError`` when the file cannot be read, is cut off, is larger than ``limit`` bytes
    unpacked, is not JSON, or is not a transaction, batch or collection bundle.
    """
    try:
        content = _content(path, limit)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise FhirError("$", "truncated", "the gzip file is cut off or damaged") from None
    except OSError as error:
        raise FhirError("$", "not_readable", error.strerror or "the file cannot be read") from None
    try:
        document = _decoder.decode(content.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, UnicodeDecodeError, InvalidOperation, RecursionError):
        raise FhirError("$", "not_json", "the file is not JSON in UTF-8") from None
    bundle = Node(document, "Bundle")
    if not isinstance(document, dict) or document.get("resourceType") != "Bundle":
        raise FhirError("$", "not_a_bundle", "the file holds no FHIR Bundle")
    if bundle.text("type") not in {"transaction", "batch", "collection", "searchset", "document"}:
        raise FhirError("Bundle.type", "wrong_type", "a transaction or collection is expected")
    return bundle


def all_files(given: Iterable[str]) -> Iterator[tuple[str, tuple[Path, ...]]]:
    """Each thing named with its files."""
    for name in given:
        yield name, files_of(name)
