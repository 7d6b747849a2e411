"""Every command that a document shows is one that the command line knows."""

import os
import re
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from typing import Any

import pytest
import typer

from claimstream.cli import build
from simulators.payer.__main__ import app as payer_app
from tests.support import LONG_ENOUGH_S
from tests.unit.docs.documents import (
    ROOT,
    Block,
    CommandLine,
    blocks,
    commands,
    documents,
    named,
    read,
)

COMMANDS = sorted({line for each in documents() for line in commands(each)}, key=str)
RUN = [
    pytest.param(block, id=named(each))
    for each in documents()
    for block in blocks(read(each))
    if block.kind.endswith(" run")
]


@cache
def _tree() -> Any:
    return typer.main.get_command(build(None))


def problem(root: Any, words: tuple[str, ...], *, whole: bool) -> str:
    """What is wrong with a command's words; empty when it would be understood."""
    command, rest = root, list(words)
    while hasattr(command, "commands"):
        if not rest or rest[0] not in command.commands:
            break
        command = command.commands[rest.pop(0)]
    options = {name: each for each in command.params for name in (*each.opts, *each.secondary_opts)}
    if hasattr(command, "commands"):
        return "no such command" if whole or not rest or command is root else ""
    positional = 0
    given: set[str] = set()
    while rest:
        word = rest.pop(0)
        if not word.startswith("-") or word == "-":
            positional += 1
            continue
        name, equals, _value = word.partition("=")
        if name == "--help":
            return ""
        if name not in options:
            return f"no option {name}"
        option = options[name]
        given.add(option.name)
        if not option.is_flag and not equals:
            if not rest:
                return "" if not whole else f"{name} without a value"
            rest.pop(0)
    if not whole:
        return ""
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    if positional > sum(each.nargs for each in arguments) and all(a.nargs > 0 for a in arguments):
        return "too many arguments"
    if positional < sum(each.required for each in arguments):
        return "too few arguments"
    missing = [
        each.opts[0]
        for each in command.params
        if each.param_type_name == "option" and each.required and not each.envvar
        if each.name not in given
    ]
    return f"without {', '.join(missing)}" if missing else ""


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("sattus", "no such command"),
        ("coding", "no such command"),
        ("coding queue lst", "no such command"),
        ("up --detached", "no option --detached"),
        ("dead-letters show", "too few arguments"),
        ("dead-letters show A B", "too many arguments"),
        ("dead-letters dismiss A", "without --reason"),
        ("logs coding --lines", "--lines without a value"),
        ("dead-letters dismiss A --reason=x", ""),
        ("topics tail T -n 3 --follow", ""),
        ("demo --nonsense --help", "no option --nonsense"),
    ],
)
def test_a_wrong_command_is_told_from_a_right_one(line: str, expected: str) -> None:
    assert problem(_tree(), tuple(line.split()), whole=True) == expected


def test_commands_are_found_in_the_documents() -> None:
    shown = {line.document for line in COMMANDS if line.program == "claimstream" and line.whole}
    assert {"docs/operate.md", "schemas/README.md", "docs/publish-encounters.md"} <= shown


@pytest.mark.parametrize("line", [x for x in COMMANDS if x.program == "claimstream"], ids=str)
def test_every_command_is_understood(line: CommandLine) -> None:
    if line.words in {("...",), ("--help",)}:
        return
    assert not problem(_tree(), line.words, whole=line.whole)


@pytest.mark.parametrize("line", [x for x in COMMANDS if x.program == "python"], ids=str)
def test_every_module_that_is_to_be_run_is_there(line: CommandLine) -> None:
    first, *rest = line.words
    if first != "-m":
        assert (ROOT / first).is_file()
        return
    module, *words = rest
    assert find_spec(module) is not None
    if module == "simulators.payer" and words:
        assert not problem(typer.main.get_command(payer_app), tuple(words), whole=line.whole)


@pytest.mark.parametrize("line", [x for x in COMMANDS if x.program == "make"], ids=str)
def test_every_target_is_in_the_makefile(line: CommandLine) -> None:
    targets = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE))
    assert {word for word in line.words if "=" not in word} <= targets


def test_there_are_blocks_to_run() -> None:
    assert {"sh run", "python run"} <= {each.values[0].kind for each in RUN}  # type: ignore[union-attr]


@pytest.mark.parametrize("block", RUN)
def test_every_block_marked_so_runs(block: Block) -> None:
    if block.kind == "python run":
        exec(compile(block.text, "document", "exec"), {"__name__": "document"})  # noqa: S102
        return
    scripts = os.pathsep.join([os.path.dirname(sys.executable), os.environ["PATH"]])  # noqa: PTH120
    for line in block.text.splitlines():
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=ROOT,
            env={**os.environ, "PATH": scripts},
            capture_output=True,
            text=True,
            check=False,
            timeout=LONG_ENOUGH_S,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip()
