"""One release of ICD-10-CM, read from its artefact; pages are shared, little is kept in memory."""

import sqlite3
from array import array
from collections.abc import Sequence
from pathlib import Path

from services.coding.codesets.artefact import ArtefactError, Manifest, connect
from services.coding.codesets.phrase_table import RESIDUAL
from services.coding.codesets.tabular_list import WEAK
from services.coding.domain import wording
from services.coding.domain.code_sets import DiagnosisNode, Phrase, Token

_SHORT_POSTINGS = 2_000
_KEPT_POSTINGS = 400
_KEPT_NODES = 8_000


class DiagnosisRelease:
    """Implements ``DiagnosisCodes`` over an unpacked artefact."""

    def __init__(self, unpacked: Path, manifest: Manifest) -> None:
        if manifest.wording_version != wording.VERSION:
            raise ArtefactError(
                f"{manifest.code_set} {manifest.release} was compiled for other word rules "
                f"({manifest.wording_version}, not {wording.VERSION}); compile it again"
            )
        self._connection = connect(unpacked)
        self.release = manifest.release
        self._phrase_node = self._array("node", "I")
        self._phrase_flags = self._array("flags", "B")
        self.weights = self._array("weight", "I")
        self._codes = tuple(
            row[0] for row in self._connection.execute("SELECT code FROM node ORDER BY number")
        )
        self._nodes: dict[str, DiagnosisNode | None] = {}
        self._postings: dict[int, Sequence[int]] = {}
        self._common: dict[int, Sequence[int]] = {}

    def _row(self, sql: str, value: str | int) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._connection.execute(sql, (value,)).fetchone()
        return row

    def _array(self, name: str, kind: str) -> Sequence[int]:
        row = self._row("SELECT data FROM array WHERE name = ?", name)
        if row is None:
            raise ArtefactError(f"the artefact has no {name} array")
        values = array(kind)
        values.frombytes(row[0])
        return values

    def node(self, code: str) -> DiagnosisNode | None:
        """The node with this code (with its dot), or None."""
        if code in self._nodes:
            return self._nodes[code]
        row = self._row(
            "SELECT code, title, parent, children, sevenths, side, default_child "
            "FROM node WHERE code = ?",
            code,
        )
        node = (
            None
            if row is None
            else DiagnosisNode(
                row[0],
                row[1],
                row[2],
                tuple(row[3].split()),
                row[4],
                row[5],
                row[6].removeprefix(WEAK),
                row[6].startswith(WEAK),
            )
        )
        if len(self._nodes) >= _KEPT_NODES:
            self._nodes.clear()
        self._nodes[code] = node
        return node

    def notes(self, code: str) -> Sequence[tuple[str, str]]:
        """Instructional notes (kind, text) that stand at this very node."""
        return self._connection.execute(
            "SELECT kind, text FROM note WHERE code = ?", (code,)
        ).fetchall()

    def token(self, text: str) -> Token | None:
        """The index's word, or None when no phrase has it."""
        row = self._row("SELECT id, weight, frequency FROM token WHERE text = ?", text)
        return None if row is None else Token(row[0], row[1], row[2])

    def postings(self, token: int) -> Sequence[int]:
        """Phrases with this word in order, as ``number << 1 | optional``."""
        kept = self._postings.get(token)
        if kept is None:
            kept = self._common.get(token)
        if kept is not None:
            return kept
        row = self._row("SELECT numbers FROM posting WHERE id = ?", token)
        numbers = array("I")
        if row is not None:
            numbers.frombytes(row[0])
        kept_in = self._postings if len(numbers) < _SHORT_POSTINGS else self._common
        if len(kept_in) >= _KEPT_POSTINGS:
            kept_in.clear()
        kept_in[token] = numbers
        return numbers

    def exact(self, key: str) -> int | None:
        """The phrase whose essential words are just these, or None."""
        row = self._row("SELECT phrase FROM exact WHERE key = ?", key)
        return None if row is None else row[0]

    def phrase(self, number: int) -> Phrase:
        """A phrase by its number."""
        flags = self._phrase_flags[number]
        return Phrase(
            self._codes[self._phrase_node[number]],
            self.weights[number],
            flags & ~RESIDUAL,
            bool(flags & RESIDUAL),
        )

    def path(self, number: int) -> str:
        """How the index reads at this phrase; empty for a tabular title."""
        row = self._row("SELECT text FROM path WHERE phrase = ?", number)
        return "" if row is None else row[0]
