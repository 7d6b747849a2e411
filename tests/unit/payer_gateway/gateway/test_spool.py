"""A large file that our own disk does not take is said to be that, and not the partner's fault."""

import errno
import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from services.payer_gateway.files.large_inbound import SpoolError, _spool


def _on_a_full_disk() -> BinaryIO:
    return Path("/dev/full").open("r+b")


def test_a_disk_that_is_full_is_said_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", _on_a_full_disk)
    with pytest.raises(SpoolError, match="make room, or set TMPDIR"), _spool() as spool:
        spool._write(b"x" * 100_000)


def test_a_disk_that_is_full_at_the_end_of_a_file_is_said_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(tempfile, "TemporaryFile", _on_a_full_disk)
    with pytest.raises(SpoolError), _spool() as spool:
        spool._write(b"x")


def test_no_folder_for_temporary_files_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def nowhere() -> Any:
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found")

    monkeypatch.setattr(tempfile, "TemporaryFile", nowhere)
    with pytest.raises(SpoolError), _spool():
        pass


def test_what_else_fails_meanwhile_is_no_fault_of_the_disk() -> None:
    with pytest.raises(ConnectionResetError), _spool():
        raise ConnectionResetError(errno.ECONNRESET, "the database hung up")
