"""Every payer's folders behind a server that fails as told."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncssh

from services.payer_gateway.transport.connections import Transports
from simulators.payer.server import port_of, wait_until_closed
from tests.integration.payer_gateway.conftest import Gateway
from tests.integration.payer_gateway.faulty_server import Faults, start_faulty


def shown(key: asyncssh.SSHKey) -> str:
    return str(key.export_public_key().decode().strip())


@dataclass
class Partner:
    """Every payer's folders behind a server that fails as told."""

    gateway: Gateway
    faults: Faults
    key: asyncssh.SSHKey
    port: int = 0

    @property
    def root(self) -> Path:
        return self.gateway.wire.payer.options.state / "logins" / "claimstream"

    def point_to(self, port: int, **changes: object) -> None:
        """Write the connections file anew."""
        self.port = port
        connection = {
            "host": "127.0.0.1",
            "port": port,
            "user": "clinic",
            "password": "any",
            "host_key": shown(self.key),
        }
        text = json.dumps({"payer": connection | changes})
        self.gateway.wire.connections.write_text(text)

    def incoming(self) -> dict[str, bytes]:
        folder = self.gateway.wire.incoming("BLUERIVER")
        return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}

    def leave(self, name: str, content: bytes, age_seconds: int | None = None) -> None:
        """Put an answer into the outgoing folder, its time set off by so many seconds."""
        file = self.gateway.wire.outgoing("BLUERIVER") / name
        file.write_bytes(content)
        if age_seconds is not None:
            at = file.stat().st_mtime - age_seconds
            os.utime(file, (at, at))

    def left(self) -> list[str]:
        return sorted(file.name for file in self.gateway.wire.outgoing("BLUERIVER").iterdir())


@asynccontextmanager
async def faulty_partner(gateway: Gateway) -> AsyncIterator[Partner]:
    key = asyncssh.generate_private_key("ssh-ed25519")
    made = Partner(gateway, Faults(), key)
    server = await start_faulty(made.root, key, made.faults)
    made.point_to(port_of(server))
    gateway.transports = Transports(gateway.wire.connections)
    yield made
    await gateway.transports.close()
    await wait_until_closed(server)
