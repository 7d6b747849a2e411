"""The payer's SFTP server and its files, on a bad day."""

import asyncio
from pathlib import Path

import asyncpg

from claimstream.chaos.arena import Arena
from claimstream.chaos.faults.base import Fault
from claimstream.chaos.waiting import NeverCameError, until

_UNFINISHED = ".part"
_FOR_A_FILE_S = 10
_LOOK_S = 0.02


def _outboxes(arena: Arena) -> list[Path]:
    return sorted(arena.place.payer.glob("logins/*/*/out"))


def _delivered(folder: Path) -> list[Path]:
    return [each for each in sorted(folder.iterdir()) if not each.name.endswith(_UNFINISHED)]


class SftpDown(Fault):
    """Connections break and none is taken."""

    name = "sftp-down"
    about = "the payer's SFTP server unreachable for some seconds"
    weight = 3

    async def strike(self, arena: Arena) -> None:
        arena.proxy.down = True
        arena.proxy.break_all()
        await self.wait(500, 5000)

    async def heal(self, arena: Arena) -> None:
        arena.proxy.down = False


class SftpSlow(Fault):
    """Bytes trickle."""

    name = "sftp-slow"
    about = "the payer's SFTP server at a few kilobytes a second"
    weight = 2

    async def strike(self, arena: Arena) -> None:
        arena.proxy.bytes_a_second = self.rng.randint(2_000, 20_000)
        self.detail = f"{arena.proxy.bytes_a_second} bytes a second"
        await self.wait(2000, 6000)

    async def heal(self, arena: Arena) -> None:
        arena.proxy.bytes_a_second = 0


class SftpCut(Fault):
    """A connection breaks after so many bytes, in the middle of an upload more often than not."""

    name = "sftp-cut"
    about = "connections to the payer cut after some kilobytes sent, uploads in half"
    weight = 5

    async def strike(self, arena: Arena) -> None:
        before = arena.proxy.cuts
        after = self.rng.randint(200, 12_000)
        arena.proxy.cut_after_bytes = after
        try:
            await until(lambda: arena.proxy.cuts > before, "a connection to cut", _FOR_A_FILE_S)
        except NeverCameError:
            self.missed = True
        self.detail = f"after {after} bytes"

    async def heal(self, arena: Arena) -> None:
        arena.proxy.cut_after_bytes = -1


class FileTwice(Fault):
    """The payer leaves a file a second time that the gateway took long ago, or just now."""

    name = "file-twice"
    about = "a file that the payer delivered is delivered again, under its name or another"
    weight = 5

    async def strike(self, arena: Arena) -> None:
        row = await arena.on_database("payer_gateway", self._any_file)
        if row is None:
            self.missed = True
            return
        name = row["name"] if self.rng.random() < 0.5 else f"again-{row['name']}"
        folders = [each for each in _outboxes(arena) if each.parent.name == row["payer_id"]]
        for folder in folders:
            partial = folder / f"{name}{_UNFINISHED}"
            await asyncio.to_thread(partial.write_bytes, row["content"])
            await asyncio.to_thread(partial.replace, folder / name)
        self.detail = name

    async def _any_file(self, connection: asyncpg.Connection) -> asyncpg.Record | None:
        names = await connection.fetch(
            "select payer_id, name from inbound_file order by received_at, name"
        )
        if not names:
            return None
        return await connection.fetchrow(
            "select payer_id, name, content from inbound_file "
            "where (payer_id, name) = ($1, $2) limit 1",
            *self.rng.choice(names),
        )

    async def heal(self, arena: Arena) -> None:
        """The gateway knows the file by its content; there is nothing to undo."""


class FilesOutOfOrder(Fault):
    """What the payer delivers is held back, then let through the other way round."""

    name = "files-out-of-order"
    about = "files of the payer held back and let through in reverse order"
    weight = 4

    async def strike(self, arena: Arena) -> None:
        held: list[tuple[Path, Path]] = []
        aside = arena.place.own / "held"
        aside.mkdir(exist_ok=True)
        loop = asyncio.get_running_loop()
        end = loop.time() + self.rng.randint(2, 6)
        self._held = held
        while loop.time() < end:
            for folder in _outboxes(arena):
                for path in _delivered(folder):
                    away = aside / f"{len(held):06d}"
                    try:
                        path.rename(away)
                    except FileNotFoundError:
                        continue
                    held.append((away, path))
            await asyncio.sleep(_LOOK_S)
        self.detail = f"{len(held)} files"
        self.missed = len(held) < 2

    async def heal(self, _arena: Arena) -> None:
        """The last first: the gateway takes and reads files in the order of their names."""
        for place, (away, path) in enumerate(reversed(self._held)):
            away.rename(path.with_name(f"{place:06d}-{path.name}"))
