"""The folder of both runs: empty, or holding earlier runs, never somebody else's."""

import shutil
from pathlib import Path

from claimstream.stack.control import Stack
from claimstream.stack.errors import StackError
from claimstream.stack.state import StateFolder

_MARKER = "chaos-runs"


def clear(path: Path) -> None:
    """Make ``path`` an empty folder for new runs; earlier ones in it are stopped and removed.

    Raises ``StackError`` where it holds anything else, is no folder, or may not be written.
    """
    try:
        if path.exists() and any(path.iterdir()):
            if not (path / _MARKER).exists():
                raise StackError(
                    f"{path} is not empty and holds no such runs: give another folder."
                )
            for name in ("calm", "faults"):
                Stack(StateFolder(path / name)).stop()
            shutil.rmtree(path)
        path.mkdir(parents=True, exist_ok=True)
        (path / _MARKER).touch()
    except OSError as error:
        raise StackError(
            f"{path} cannot be the folder of the runs ({error.strerror}): give another one."
        ) from None
