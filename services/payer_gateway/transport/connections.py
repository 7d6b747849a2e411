"""Addresses and credentials by connection name; a file that is read again when it changes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import asyncssh
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from services.payer_gateway.transport.directory import DirectoryTransport
from services.payer_gateway.transport.sftp import SftpAddress, SftpTransport
from services.payer_gateway.transport.transport import Transport, TransportError


class Connection(BaseModel):
    """How a partner is reached: ``directory``, or ``host`` with a user and a pinned host key.

    host_key: the server's public key as one line, ``ssh-ed25519 AAAA...``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    directory: Path | None = None
    host: str = ""
    port: Annotated[int, Field(ge=1, le=65_535)] = 22
    user: str = ""
    password: SecretStr | None = None
    key_file: Path | None = None
    host_key: str = ""

    @model_validator(mode="after")
    def _is_complete(self) -> "Connection":
        if self.directory is None:
            if not (self.host and self.user and self.host_key):
                raise ValueError("give directory, or host, user and host_key")
            if self.password is None and self.key_file is None:
                raise ValueError("give password or key_file")
            try:
                asyncssh.import_public_key(self.host_key)
            except asyncssh.KeyImportError:
                raise ValueError(
                    "host_key is no public key: ask the partner for its line, ssh-ed25519 AAAA..."
                ) from None
        return self


_CONNECTIONS = TypeAdapter(dict[str, Connection])


def parse_connections(text: str) -> dict[str, Connection]:
    """Connections by name. Raises ``TransportError`` that names what is wrong, never a value."""
    try:
        return _CONNECTIONS.validate_python(json.loads(text))
    except json.JSONDecodeError as error:
        raise TransportError(
            f"the connections file is not JSON (line {error.lineno}, column {error.colno})"
        ) from None
    except RecursionError:
        raise TransportError("the connections file is nested too deeply") from None
    except ValidationError as error:
        findings = "; ".join(
            f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}"
            for item in error.errors(include_url=False, include_input=False, include_context=False)
        )
        raise TransportError(f"the connections file cannot be used: {findings}") from None


def transport_of(connection: Connection) -> Transport:
    """The transport for a connection; nothing is opened yet."""
    if connection.directory is not None:
        return DirectoryTransport(connection.directory)
    return SftpTransport(
        SftpAddress(
            host=connection.host,
            port=connection.port,
            user=connection.user,
            host_key=connection.host_key,
            password=connection.password.get_secret_value() if connection.password else None,
            key_file=connection.key_file,
        )
    )


@dataclass(slots=True)
class _Open:
    connection: Connection
    transport: Transport


class Transports:
    """The open transports of a process, one a connection, whoever uses it."""

    def __init__(self, file: Path | None) -> None:
        self._file = file
        self._read_at: tuple[int, int] | None = None
        self._known: dict[str, Connection] = {}
        self._open: dict[str, _Open] = {}

    async def get(self, name: str) -> Transport | None:
        """The transport of that connection, ``None`` while no such connection is given."""
        self._refresh()
        connection = self._known.get(name)
        held = self._open.get(name)
        if held is not None and held.connection != connection:
            del self._open[name]
            await held.transport.close()
            held = None
        if connection is None:
            return None
        if held is None:
            held = self._open[name] = _Open(connection, transport_of(connection))
        return held.transport

    def _refresh(self) -> None:
        if self._file is None:
            return
        try:
            stat = self._file.stat()
            stamp = (stat.st_mtime_ns, stat.st_size)
            if stamp != self._read_at:
                self._known = parse_connections(self._file.read_text(encoding="utf-8"))
                self._read_at = stamp
        except FileNotFoundError:
            return
        except OSError as error:
            raise TransportError(
                f"the connections file cannot be read: {error.strerror}"
            ) from error
        except UnicodeDecodeError:
            raise TransportError("the connections file is not UTF-8 text") from None

    async def close(self) -> None:
        """Close every connection."""
        for held in self._open.values():
            await held.transport.close()
        self._open.clear()
