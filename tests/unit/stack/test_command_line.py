"""What the command line says of itself, and what it loads to say it."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from claimstream import cli
from claimstream.cli import build, overview

_LOADED = (
    "import sys\n"
    "from claimstream.cli import main\n"
    "sys.argv[1:] = ['--help']\n"
    "try:\n"
    "    main()\n"
    "finally:\n"
    "    print(*sys.modules, sep='\\n', file=sys.stderr)\n"
)


def said(app: typer.Typer, *words: str) -> tuple[int, str]:
    """The exit code and what is printed."""
    done = CliRunner().invoke(app, words, terminal_width=400, prog_name="claimstream")
    return done.exit_code, done.output


def test_a_command_that_there_is_not_is_refused_by_the_overview_as_by_the_whole() -> None:
    assert said(overview(), "sattus", "--json") == said(build(None), "sattus", "--json")
    assert said(overview(), "sattus")[0] == 2


def test_the_overview_says_of_each_command_what_the_command_says_of_itself() -> None:
    assert said(overview(), "--help") == said(build(None), "--help")
    assert "Start Kafka, PostgreSQL" in said(overview())[1]


def test_the_overview_loads_nothing_that_it_does_not_show() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOADED], capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in done.stderr.split()}
    assert "typer" in loaded
    heavy = {"aiokafka", "asyncio", "asyncpg", "faststream", "pydantic", "requests", "services"}
    assert not loaded & heavy


def test_the_log_of_a_service_that_never_ran_is_told_to_be_none(tmp_path: Path) -> None:
    code, told = said(build("logs"), "logs", "billing", "--state-dir", str(tmp_path))
    assert code != 0
    assert "billing has written no log yet" in told


def test_ctrl_c_while_a_command_is_loaded_ends_it_without_a_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(_: str | None) -> typer.Typer:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli, "build", interrupted)
    monkeypatch.setattr(sys, "argv", ["claimstream", "verify"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == cli.INTERRUPTED
    assert capsys.readouterr().err == ""
