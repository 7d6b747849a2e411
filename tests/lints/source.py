"""What a house rule looks at and what it finds."""

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath

PROJECT = Path(__file__).resolve().parents[2]
SUFFIXES = frozenset(
    {".py", ".sql", ".toml", ".md", ".yml", ".yaml", ".json", ".lock", ".sh", ".txt", ".typ", ".j2"}
)
NAMES = frozenset({"Makefile", "Dockerfile", "run"})
GENERATED = ("schemas/published/",)


@dataclass(frozen=True)
class Source:
    """A file of the project; ``path`` is relative to the project, with slashes."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree of a Python file."""
        return ast.parse(self.text, self.path)

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @property
    def folders(self) -> tuple[str, ...]:
        return PurePosixPath(self.path).parent.parts


@dataclass(frozen=True, slots=True)
class Finding:
    """A place where a rule is broken, and what to do about it."""

    path: str
    line: int
    rule: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message} ({self.rule})"


Rule = Callable[[Source], Iterator[Finding]]


def project_sources(project: Path = PROJECT) -> Iterator[Source]:
    """Every text file of the project that people wrote; nothing installed, cached or built."""
    for path in sorted(_files(project)):
        relative = path.relative_to(project).as_posix()
        if path.suffix in SUFFIXES or path.name in NAMES:
            yield Source(relative, path.read_text(encoding="utf-8"))


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.iterdir():
        if path.is_symlink() or path.name in {"__pycache__", "node_modules", "dist", "build"}:
            continue
        if path.is_dir():
            if not path.name.startswith(".") or path.name == ".ci":
                yield from _files(path)
        elif not path.name.startswith("."):
            yield path
