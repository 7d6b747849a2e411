"""What the installer says when a machine lacks something."""

import subprocess
import sys
from collections import namedtuple
from pathlib import Path

import pytest

from deploy import bootstrap

Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize(
    ("words", "advice"),
    [
        ("OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM", "another checksum"),
        ("ProxyError('Cannot connect to proxy.', 407 Proxy Authentication)", "HTTPS_PROXY"),
        ("SSLError(CERTIFICATE_VERIFY_FAILED)", "PIP_CERT"),
        ("ERROR: 403 Client Error: Forbidden for url", "refused the download"),
        ("Failed to establish a new connection: NewConnectionError", "cannot be reached"),
        ("Temporary failure in name resolution", "cannot be reached"),
        ("ERROR: No matching distribution found for uvloop==0.21", "has no wheel"),
    ],
)
def test_pips_words_become_advice(words: str, advice: str, tmp_path: Path) -> None:
    said = bootstrap.sentence(f"Collecting x\n{words}\n", tmp_path / "none")
    assert advice in said
    assert "\n" not in said


def test_words_nobody_foresaw_point_to_the_log(tmp_path: Path) -> None:
    log = tmp_path / "bootstrap.log"
    log.touch()
    assert str(log) in bootstrap.sentence("something new", log)


def test_an_old_python_is_refused_with_the_way_to_name_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bootstrap, "OLDEST_PYTHON", (99, 0))
    with pytest.raises(bootstrap.BootstrapError, match="PYTHON="):
        bootstrap.check_machine()


def test_a_full_disk_is_refused_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda _path: Usage(10**12, 10**12, 5 * 1024 * 1024))
    with pytest.raises(bootstrap.BootstrapError, match="5 MB free and 1500 MB are needed"):
        bootstrap.check_disk()


def test_a_python_without_venv_is_told_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ensurepip", None)
    with pytest.raises(bootstrap.BootstrapError, match="no venv module"):
        bootstrap.check_machine()


def test_a_stamp_of_other_lock_files_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "claimstream").touch()
    (tmp_path / ".installed-run").write_text("stale", encoding="utf-8")
    assert not bootstrap.is_installed(tmp_path, "run")


def test_what_is_installed_for_development_is_enough_to_run(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "claimstream").touch()
    (tmp_path / ".installed-dev").write_text(bootstrap.fingerprint("dev"), encoding="utf-8")
    assert bootstrap.is_installed(tmp_path, "run")
    assert bootstrap.is_installed(tmp_path, "dev")


def test_make_without_a_python_says_so_in_one_sentence(tmp_path: Path) -> None:
    for tool in ("sh", "true"):
        (tmp_path / tool).symlink_to(f"/bin/{tool}")
    done = subprocess.run(
        ["/usr/bin/make", "venv"],
        cwd=bootstrap.ROOT,
        env={"PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "Python 3.11 or newer is needed and none was found" in done.stderr


@pytest.mark.parametrize(("prefix", "kept"), [(sys.base_prefix, True), ("/elsewhere", False)])
def test_an_environment_of_another_python_of_the_same_version_is_made_anew(
    prefix: str, kept: bool, tmp_path: Path
) -> None:
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f"#!/bin/sh\necho '{sys.version_info[:2]} {prefix}'\n", encoding="utf-8")
    python.chmod(0o755)
    assert bootstrap.make_venv(tmp_path / ".venv") == python
    assert python.is_symlink() is not kept
