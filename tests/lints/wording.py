"""What no file of the project says, and how long a module may be.

The patterns are put together from parts, so that this module does not say it either.
"""

import re
from collections.abc import Iterator

from tests.lints.source import GENERATED, Finding, Source

LONGEST_MODULE = 500

UNFINISHED = re.compile(
    r"\b(?:TO" + r"DO|FIX" + r"ME)\b|(?:#|--|//)\s*X" + r"XX\b|\bX" + r"XX:"
    r"|Not" + r"ImplementedError"
    r"|pragma:\s*no" + r" cover"
    r"|pytest\.(?:mark\.)?(?:sk" + r"ip\(|x" + r"fail)"
)
PACKAGE_HOSTS = re.compile(
    r"py" + r"pi\.(?:org|python)|python" + r"hosted\.org|npm" + r"js\.(?:org|com)"
    r"|(?:repo\d*|central)\.(?:ma" + r"ven|sona" + r"type)|ma" + r"ven\.org|mvn" + r"repository"
    r"|deb" + r"ian\.org|ubu" + r"ntu\.com|crates\." + r"io\b|proxy\.go" + r"lang",
    re.IGNORECASE,
)
MACHINE_PATHS = re.compile(
    r"(?<![\w./])/(?:wo" + r"rk|ro" + r"ot|home/\w+|tmp/br" + r"ief|Us" + r"ers/\w+)(?:/|\b)"
)
TOOL_NAMES = re.compile(
    r"\b(?:cla" + r"ude|anth" + r"ropic|open" + r"ai|chat" + r"gpt|co" + r"pilot)\b", re.IGNORECASE
)


def nothing_unfinished(source: Source) -> Iterator[Finding]:
    """Marks of work left undone, and tests that are left out or expected to fail."""
    yield from _said(source, UNFINISHED, "nothing-unfinished", "finish it, or leave it out")


def no_package_hosts(source: Source) -> Iterator[Finding]:
    """Names of package hosts: where packages come from is the installer's setting."""
    yield from _said(source, PACKAGE_HOSTS, "no-package-hosts", "packages are named without a host")


def no_machine_paths(source: Source) -> Iterator[Finding]:
    """Paths that exist on one machine only."""
    yield from _said(source, MACHINE_PATHS, "no-machine-paths", "a path of one machine")


def no_tool_names(source: Source) -> Iterator[Finding]:
    """Names of the tools that a text was written with."""
    yield from _said(source, TOOL_NAMES, "no-tool-names", "names a writing tool")


def short_modules(source: Source) -> Iterator[Finding]:
    """A module is about one thing; none is over 500 lines."""
    lines = source.text.count("\n")
    if source.is_python and lines > LONGEST_MODULE:
        yield Finding(
            source.path, LONGEST_MODULE, "short-modules", f"{lines} lines; split it by its nouns"
        )


def _said(source: Source, pattern: re.Pattern[str], rule: str, message: str) -> Iterator[Finding]:
    if source.path.startswith(GENERATED):
        return
    for number, line in enumerate(source.text.splitlines(), start=1):
        found = pattern.search(line)
        if found is not None:
            yield Finding(source.path, number, rule, f"{message}: {found.group()}")
