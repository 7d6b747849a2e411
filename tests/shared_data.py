"""Where the public sample data lies, if it lies beside this checkout."""

from pathlib import Path

import pytest

_BESIDE = Path(__file__).resolve().parents[1].parent / "shared"

SHARED: Path | None = _BESIDE if (_BESIDE / "data").is_dir() else None

needs_shared_data = pytest.mark.skipif(
    SHARED is None, reason="public sample data is not beside this checkout"
)


def shared(*parts: str) -> Path:
    """A path below the sample data; only inside tests marked ``needs_shared_data``."""
    assert SHARED is not None
    return SHARED.joinpath("data", *parts)
