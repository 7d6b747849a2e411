"""The project's documents, as the tests read them: blocks, command lines, links, tables."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
FOLDERS = ("docs", "schemas", "services", "simulators", "deploy", "tests")
OPERATE = ROOT / "docs" / "operate.md"

_FENCE = re.compile(r"^```(?P<kind>[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_COMMAND = re.compile(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(claimstream|python|make) (.*)")
_NO_COMMANDS = ("python", "json", "jsonl", "toml", "mermaid", "text", "sql")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block: the words after the fence, and what it holds."""

    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class CommandLine:
    """A command that a document shows: the program, its words, and whether it is a whole line."""

    document: str
    program: str
    words: tuple[str, ...]
    whole: bool

    def __str__(self) -> str:
        return f"{self.document}: {self.program} {' '.join(self.words)}"


def documents() -> list[Path]:
    """Every Markdown file of the project."""
    found = [ROOT / "README.md"]
    for folder in FOLDERS:
        found += sorted((ROOT / folder).rglob("*.md"))
    return found


def named(document: Path) -> str:
    """A document's path within the project."""
    return document.relative_to(ROOT).as_posix()


def read(document: Path) -> str:
    return document.read_text(encoding="utf-8")


def blocks(text: str) -> list[Block]:
    """The fenced blocks of a text."""
    return [Block(one["kind"].strip(), one["text"]) for one in _FENCE.finditer(text)]


def prose(text: str) -> str:
    """A text without its fenced blocks."""
    return _FENCE.sub("", text)


def links(text: str) -> list[str]:
    """Where a text's links lead."""
    return _LINK.findall(prose(text))


def anchors(text: str) -> set[str]:
    """The fragments that headings make."""
    headings = re.findall(r"^#+ (.+)$", prose(text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def commands(document: Path) -> Iterator[CommandLine]:
    """Every command line in a block, and every command named in running text."""
    text = read(document)
    shown = [block.text for block in blocks(text) if block.kind.split(" ")[0] not in _NO_COMMANDS]
    body = prose(text)
    indented = re.findall(r"(?:^(?: {4}).*\n?)+", body, re.MULTILINE)
    for block in [*shown, *indented]:
        for line in block.replace("\\\n", " ").splitlines():
            yield from _command(document, line.strip(), whole=True)
    for span in _SPAN.findall(re.sub(r"^ {4}.*$", "", body, flags=re.MULTILINE)):
        yield from _command(document, span, whole=False)


def _command(document: Path, line: str, *, whole: bool) -> Iterator[CommandLine]:
    found = _COMMAND.fullmatch(re.split(r"\s{2,}", line)[0])
    if found is not None:
        words = shlex.split(found[2], comments=True)
        yield CommandLine(named(document), found[1], tuple(words), whole)


def table(text: str, first_heading: str) -> list[list[str]]:
    """The rows of the table whose first heading is ``first_heading``, cells without backticks."""
    rows: list[list[str]] = []
    inside = False
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip().strip("|").split(" | ")]
        if inside and line.startswith("|"):
            rows.append(cells)
        elif inside:
            break
        inside = inside or (line.startswith("|") and cells[0] == first_heading)
    return rows[1:]


def codes(cell: str) -> list[str]:
    """What stands in backticks in a cell."""
    return _SPAN.findall(cell)
