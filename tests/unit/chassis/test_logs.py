"""A library's warnings: never their text, and not more of them than somebody reads."""

import logging

import pytest
from structlog.testing import capture_logs

from services.chassis import logs


def warn(handler: logging.Handler, line: int, text: str) -> None:
    record = logging.LogRecord("aiokafka.x", logging.WARNING, "x.py", line, text, None, None)
    handler.emit(record)


def test_a_warning_that_comes_again_and_again_is_written_once_in_a_while_with_its_count(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = [100.0]
    monkeypatch.setattr(logs, "monotonic", lambda: now[0])
    handler = logs._LibraryHandler()
    with capture_logs() as written:
        for second in range(25):
            now[0] = 100.0 + second
            warn(handler, 5, "Patient P1 of topic T")
        warn(handler, 6, "another place")
    assert [(each["where"], each["count"]) for each in written] == [
        ("x:5", 1),
        ("x:5", 10),
        ("x:5", 10),
        ("x:6", 1),
    ]
    assert "P1" not in repr(written)
