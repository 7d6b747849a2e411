"""Compile the official files into the artefacts that ship: ``python -m services.coding.codesets``.

A build-time tool: it needs the package simple-icd-10-cm (its data files) and the published index,
tables and lists in one folder each. Nothing keyed by CPT numbers is compiled.
"""

import tempfile
from array import array
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from services.coding.codesets import (
    alphabetic_index,
    artefact,
    drug_table,
    external_causes,
    hcpcs_files,
    index_file,
)
from services.coding.codesets import phrase_table as phrases
from services.coding.codesets.database import DatabaseWriter
from services.coding.codesets.tabular_list import Node, prefer_indexed_defaults, read_nodes
from services.coding.domain.reading import wording

_DIAGNOSIS_TABLES = """
CREATE TABLE node(number INTEGER PRIMARY KEY, code TEXT UNIQUE, title TEXT, parent TEXT,
  children TEXT, sevenths TEXT, side TEXT, default_child TEXT, words BLOB);
CREATE TABLE note(code TEXT, kind TEXT, text TEXT);
CREATE TABLE token(text TEXT PRIMARY KEY, id INTEGER, weight INTEGER, frequency INTEGER)
  WITHOUT ROWID;
CREATE TABLE posting(id INTEGER PRIMARY KEY, essential BLOB, optional BLOB);
CREATE TABLE path(phrase INTEGER PRIMARY KEY, text TEXT);
CREATE TABLE array(name TEXT PRIMARY KEY, data BLOB) WITHOUT ROWID;
CREATE TABLE substance(key TEXT PRIMARY KEY, accidental TEXT, self_harm TEXT, assault TEXT,
  undetermined TEXT, adverse_effect TEXT, underdosing TEXT) WITHOUT ROWID;
CREATE TABLE external_cause(tokens TEXT, optional TEXT, code TEXT, path TEXT);
"""
_NO_PHRASES = array("I")
_HCPCS_TABLES = """
CREATE TABLE item(code TEXT PRIMARY KEY, title TEXT, added TEXT, terminated TEXT, coverage TEXT,
  drug_key TEXT, dose TEXT, dose_unit TEXT) WITHOUT ROWID;
CREATE TABLE place(code TEXT PRIMARY KEY, name TEXT, facility INTEGER) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class DiagnosisFiles:
    """The files of one release of ICD-10-CM.

    Without a code list, the tabular list's own definitions give the seventh characters.
    """

    tabular: Path
    index: Path
    code_list: Path | None = None
    neoplasms: Path | None = None
    drugs: Path | None = None
    external_causes: Path | None = None

    def all(self) -> tuple[Path, ...]:
        """Those that are there, in a fixed order."""
        return tuple(
            path
            for path in (
                self.tabular,
                self.code_list,
                self.index,
                self.neoplasms,
                self.drugs,
                self.external_causes,
            )
            if path is not None
        )


def package_files() -> tuple[Path, Path]:
    """The tabular XML and the code list inside simple-icd-10-cm, without importing it."""
    spec = find_spec("simple_icd_10_cm")
    if spec is None or spec.origin is None:
        raise artefact.ArtefactError("simple-icd-10-cm is not installed; it is needed to compile")
    folder = Path(spec.origin).parent / "data"
    return next(folder.glob("icd10c-tabular-*.xml")), next(folder.glob("code-list-*.txt"))


def compile_diagnoses(
    data: Path, out: Path, release: str = "FY2026", held_out: frozenset[str] = frozenset()
) -> Path:
    """ICD-10-CM with index, neoplasm and drug tables; in force 1 October to 30 September."""
    tabular, code_list = package_files()
    tables = data / "icd10cm_fy2026_tables"
    files = DiagnosisFiles(
        tabular,
        data / "icd10cm_fy2025_index" / "ICD10CM_2025_Index.csv",
        code_list,
        next(tables.glob("icd10cm-neoplasm-*.xml")),
        next(tables.glob("icd10cm-drug-*.xml")),
        next(tables.glob("icd10cm-eindex-*.xml")),
    )
    year = int(release.removeprefix("FY"))
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "diagnoses.sqlite"
        count = write_diagnoses(files, path, held_out)
        return artefact.pack(
            path,
            out,
            artefact.Manifest(
                "icd10cm",
                release,
                f"{year - 1}-10-01",
                f"{year}-09-30",
                wording.VERSION,
                artefact.sources(files.all()),
                artefact.sha256_of(path),
                count,
            ),
        )


def write_diagnoses(
    files: DiagnosisFiles, path: Path, held_out: frozenset[str] = frozenset()
) -> int:
    """Compile ICD-10-CM into the database ``path``; returns the number of nodes."""
    nodes = read_nodes(files.tabular, files.code_list)
    if held_out:
        phrases.hold_out(nodes, held_out)
    with index_file.as_csv(files.index) as index:
        titles = {node.code: node.title for node in nodes.values()}
        indexed = alphabetic_index.read_index(index, titles)
    defaults: dict[str, str] = {}
    for phrase in indexed:
        if not phrase.residual:
            defaults.setdefault(wording.key(phrase.tokens), phrase.code)
    prefer_indexed_defaults(nodes, defaults)
    neoplasms = [] if files.neoplasms is None else alphabetic_index.read_neoplasms(files.neoplasms)
    causes = (
        [] if files.external_causes is None else external_causes.read_causes(files.external_causes)
    )
    substances = [] if files.drugs is None else drug_table.read_substances(files.drugs)
    table = phrases.compile_phrases(
        nodes,
        [
            *indexed,
            *neoplasms,
            *alphabetic_index.cause_phrases(causes),
            *alphabetic_index.poisoning_phrases(substances),
        ],
    )
    writer = DatabaseWriter(path, _DIAGNOSIS_TABLES)
    _write_nodes(writer, nodes, table.token_ids)
    _write_phrases(writer, table)
    writer.rows("substance", 7, substances)
    writer.rows("external_cause", 4, causes)
    writer.close()
    return len(nodes)


def _write_nodes(
    writer: DatabaseWriter, nodes: dict[str, Node], token_ids: Mapping[str, int]
) -> None:
    writer.rows(
        "node",
        9,
        (
            (
                number,
                node.code,
                node.title,
                node.parent,
                " ".join(node.children),
                node.sevenths,
                node.side,
                node.default_child,
                _title_words(node, token_ids),
            )
            for number, node in enumerate(nodes.values())
        ),
    )
    writer.rows(
        "note",
        3,
        ((node.code, kind, text) for node in nodes.values() for kind, text in node.notes),
    )
    writer.connection.execute("CREATE INDEX note_code ON note(code)")


def _title_words(node: Node, token_ids: Mapping[str, int]) -> bytes:
    """The numbers of the index's words that a title has, so that no title is read to rank."""
    told = {token_ids[text] for text in wording.read(node.title).tokens if text in token_ids}
    return array("I", sorted(told)).tobytes()


def _write_phrases(writer: DatabaseWriter, table: phrases.PhraseTable) -> None:
    writer.rows(
        "token",
        4,
        (
            (token, number, table.token_weights[number], table.frequencies[number])
            for token, number in table.token_ids.items()
        ),
    )
    writer.rows(
        "posting",
        3,
        (
            (
                number,
                table.essential.get(number, _NO_PHRASES).tobytes(),
                table.optional.get(number, _NO_PHRASES).tobytes(),
            )
            for number in range(len(table.token_ids))
        ),
    )
    writer.rows("path", 2, ((n, text) for n, text in enumerate(table.paths) if text))
    for name in ("node", "flags", "weight"):
        writer.rows("array", 2, [(name, getattr(table, name).tobytes())])


def compile_hcpcs(data: Path, out: Path, release: str = "2024-07") -> Path:
    """HCPCS Level II (quarterly) and place-of-service codes."""
    folder = data / "cms_2024q3"
    files = (
        folder / "hcpcs_lvl2.csv",
        folder / "hcpcs_lvl2_descriptions.csv",
        folder / "pos_codes.csv",
    )
    items = hcpcs_files.read_hcpcs(files[0], files[1])
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "hcpcs.sqlite"
        write_hcpcs(path, items, hcpcs_files.read_places(files[2]))
        return artefact.pack(
            path,
            out,
            artefact.Manifest(
                "hcpcs",
                release,
                "2024-07-01",
                "2024-09-30",
                wording.VERSION,
                artefact.sources(files),
                artefact.sha256_of(path),
                len(items),
            ),
        )


def write_hcpcs(
    path: Path,
    items: Iterable[hcpcs_files.HcpcsItem],
    places: Iterable[hcpcs_files.Place],
) -> None:
    """Compile HCPCS Level II and places of service, either may be none, into ``path``."""
    writer = DatabaseWriter(path, _HCPCS_TABLES)
    writer.rows("item", 8, items)
    writer.rows("place", 3, places)
    writer.close()
