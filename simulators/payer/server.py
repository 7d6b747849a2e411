"""The payer's SFTP server: logins, folders, and the host key that submitters pin.

A login sees ``<PAYER>/in`` and ``<PAYER>/out`` for each payer and nothing else. A file belongs to
the payer once it has its final name: names that end in ``.part`` are still being written.
"""

import asyncio
import hmac
import os
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncssh

UNFINISHED = ".part"
_HOST_KEY = "host_key"


@dataclass(frozen=True, slots=True)
class Login:
    """A submitter's name and password."""

    user: str
    password: str


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Where files of one login and payer lie."""

    login: str
    payer_id: str
    incoming: Path
    outgoing: Path


def mailboxes(root: Path, logins: Sequence[str], payers: Sequence[str]) -> tuple[Mailbox, ...]:
    """The folders of every login and payer, made where they are missing."""
    made = []
    for login in logins:
        for payer in payers:
            base = root / "logins" / login / payer
            for folder in (base / "in", base / "out"):
                folder.mkdir(parents=True, exist_ok=True)
            made.append(Mailbox(login, payer, base / "in", base / "out"))
    return tuple(made)


def deliver(folder: Path, name: str, content: bytes) -> None:
    """Write a file whole, then give it its final name; the name never shows half a file."""
    unfinished = folder / f"{name}{UNFINISHED}"
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(folder / name)


def host_key(state: Path) -> asyncssh.SSHKey:
    """The server's own key, made once and kept in the state folder (mode 0600)."""
    path = state / _HOST_KEY
    if not path.exists():
        key = asyncssh.generate_private_key("ssh-ed25519")
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(key.export_private_key())
    return asyncssh.read_private_key(path)


def password_file(state: Path, user: str) -> str:
    """The password of a login, made once and kept in the state folder (mode 0600)."""
    path = state / f"password_{user}"
    if not path.exists():
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(24))
    return path.read_text(encoding="ascii").strip()


class _Server(asyncssh.SSHServer):
    def __init__(self, logins: Mapping[str, str]) -> None:
        self._logins = logins

    def begin_auth(self, username: str) -> bool:  # noqa: ARG002 - nobody is let in without
        return True

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        known = self._logins.get(username, "")
        return bool(known) and hmac.compare_digest(known.encode(), password.encode())


async def start_server(
    state: Path,
    logins: Sequence[Login],
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    arrived: Callable[[], None] = lambda: None,
) -> asyncssh.SSHAcceptor:
    """Serve the logins' folders; ``arrived`` is called when a file takes its final name."""
    by_name = {login.user: login.password for login in logins}

    class Files(asyncssh.SFTPServer):
        """The folders of the login, and of no other."""

        def __init__(self, chan: asyncssh.SSHServerChannel[bytes]) -> None:
            user = chan.get_connection().get_extra_info("username")
            super().__init__(chan, chroot=os.fsencode(state / "logins" / user))

        def rename(self, oldpath: bytes, newpath: bytes) -> None:
            super().rename(oldpath, newpath)
            arrived()

        def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
            super().posix_rename(oldpath, newpath)
            arrived()

    return await asyncssh.listen(
        host,
        port,
        server_factory=lambda: _Server(by_name),
        server_host_keys=[host_key(state)],
        sftp_factory=Files,
        allow_scp=False,
    )


def port_of(server: asyncssh.SSHAcceptor) -> int:
    """The port that the server listens on."""
    return server.get_port()


def public_host_key(state: Path) -> str:
    """The line to pin: key type and key."""
    return host_key(state).export_public_key().decode("ascii").strip()


async def wait_until_closed(server: asyncssh.SSHAcceptor, grace_seconds: int = 5) -> None:
    """Stop listening; open transfers get a moment to end."""
    server.close()
    try:
        async with asyncio.timeout(grace_seconds):
            await server.wait_closed()
    except TimeoutError:
        return
