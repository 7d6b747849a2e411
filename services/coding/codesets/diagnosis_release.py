"""One release of ICD-10-CM, read from its artefact; pages are shared, little is kept in memory."""

import sqlite3
from array import array
from collections.abc import Iterator, Mapping, Sequence
from itertools import compress
from pathlib import Path

from services.coding.codesets.artefact import ArtefactError, Manifest, connect, refuse_other_words
from services.coding.codesets.external_causes import ExternalCauseIndex
from services.coding.codesets.tabular_list import WEAK
from services.coding.domain.code_sets import (
    DiagnosisNode,
    ExternalCause,
    Postings,
    Substance,
    Token,
)

_KEPT_NODES = 8_000
_LOWEST_BIT = bytes(number & 1 for number in range(256))
_FLIPPED = bytes((1,)) + bytes(255)


def _unmarked(packed: bytes) -> Postings:
    """``phrase << 1 | optional`` by four bytes each, told apart without looking at each number."""
    mark = packed[:: array("I").itemsize].translate(_LOWEST_BIT)
    halved = int.from_bytes(packed, "little") >> 1
    clear = int.from_bytes(b"\xff\xff\xff\x7f" * len(mark), "little")
    numbers = array("I", (halved & clear).to_bytes(len(packed), "little"))
    if 1 not in mark:
        return Postings(numbers, array("I"))
    return Postings(
        array("I", compress(numbers, mark.translate(_FLIPPED))), array("I", compress(numbers, mark))
    )


class DiagnosisRelease:
    """Implements ``DiagnosisCodes`` over an unpacked artefact."""

    def __init__(self, unpacked: Path, manifest: Manifest) -> None:
        refuse_other_words(manifest)
        self._connection = connect(unpacked)
        self.release = manifest.release
        self._phrase_node = self._array("node", "I")
        self.flags = self._array("flags", "B")
        self.weights = self._array("weight", "I")
        self._has_words = self._has_column("node", "words")
        self._has_halves = self._has_column("posting", "optional")
        self._codes = tuple(
            row[0] for row in self._connection.execute("SELECT code FROM node ORDER BY number")
        )
        self._nodes: dict[str, DiagnosisNode | None] = {}
        self._postings: dict[int, Postings] = {}
        self._causes: ExternalCauseIndex | None = None

    def _has_column(self, table: str, column: str) -> bool:
        """Whether a table has a column; what was compiled earlier may not."""
        return any(
            row[1] == column for row in self._connection.execute(f"PRAGMA table_info({table})")
        )

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
            f"SELECT code, title, parent, children, sevenths, side, default_child"
            f"{', words' if self._has_words else ''} FROM node WHERE code = ?",
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
                tuple(array("I", row[7])) if self._has_words else None,
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

    def words(self) -> list[str]:
        """Every word of the index."""
        return [text for (text,) in self._connection.execute("SELECT text FROM token")]

    def postings(self, token: int) -> Postings:
        """Phrases with this word; kept, since all of them together are a few megabytes."""
        kept = self._postings.get(token)
        if kept is not None:
            return kept
        if self._has_halves:
            row = self._row("SELECT essential, optional FROM posting WHERE id = ?", token)
            found = Postings(array("I", row[0] if row else b""), array("I", row[1] if row else b""))
        else:
            row = self._row("SELECT numbers FROM posting WHERE id = ?", token)
            found = _unmarked(b"" if row is None else row[0])
        self._postings[token] = found
        return found

    def substance(self, key: str) -> Substance | None:
        """The row of the drug table for these words (OG I.C.19.e), or None."""
        row = self._row("SELECT * FROM substance WHERE key = ?", key)
        return None if row is None else Substance(*row)

    def external_causes(self, tokens: Sequence[str]) -> Sequence[ExternalCause]:
        """Causes of chapter 20 that the index names with these words, best first (OG I.C.20)."""
        if self._causes is None:
            there = self._row("SELECT 1 FROM sqlite_master WHERE name = ?", "external_cause")
            self._causes = ExternalCauseIndex(
                ()
                if there is None
                else (
                    ExternalCause(*row)
                    for row in self._connection.execute("SELECT * FROM external_cause")
                )
            )
        return self._causes.named(tokens)

    def rows(self) -> Iterator[tuple[str, dict[str, str]]]:
        """Every code in order, with what makes it another: for comparing releases."""
        for code, title, children, sevenths in self._connection.execute(
            "SELECT code, title, children, sevenths FROM node ORDER BY code"
        ):
            yield (
                code,
                {
                    "title": title,
                    "leaf": str(not children).lower(),
                    "seventh_characters": "".join(sorted(sevenths)),
                },
            )

    def code_of(self, number: int) -> str:
        """The code that a phrase names."""
        code: str = self._codes[self._phrase_node[number]]
        return code

    def paths(self, numbers: Sequence[int]) -> Mapping[int, str]:
        """How the index reads at these phrases; a tabular title has no such path."""
        marks = ",".join("?" * len(numbers))
        return dict(
            self._connection.execute(
                f"SELECT phrase, text FROM path WHERE phrase IN ({marks})",
                list(numbers),
            )
        )
