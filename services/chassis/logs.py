"""Structured logs: one JSON object a line, ids and counts only.

A field that is not on the list of safe fields is not written, whatever it holds; an exception is
written as its class and place, never as its text.
"""

import logging
import sys
from collections import Counter
from collections.abc import MutableMapping
from time import monotonic
from types import TracebackType
from typing import Any

import structlog

SAFE_FIELDS = frozenset(
    {
        "action",
        "actor",
        "address",
        "attempt",
        "bytes",
        "claim_id",
        "count",
        "event",
        "event_id",
        "failed",
        "fault",
        "file_name",
        "instance",
        "key",
        "kind",
        "lane",
        "level",
        "logger",
        "migrations",
        "offset",
        "partition",
        "payer_id",
        "port",
        "practice_id",
        "reason",
        "records",
        "role",
        "seconds",
        "service",
        "state",
        "statement_id",
        "timestamp",
        "topic",
        "topics",
        "where",
    }
)

_ONCE_IN_SECONDS = 10

Logger = structlog.stdlib.BoundLogger


def place_of(error: BaseException) -> str:
    """The module and line at which an error was raised."""
    frame = error.__traceback__
    if frame is None:
        return "unknown"
    while frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_globals.get('__name__', '?')}:{frame.tb_lineno}"


def fault_of(error: BaseException) -> str:
    """An error as it may be logged and counted: the name of its class."""
    return type(error).__name__


def _only_safe(
    _logger: object, _method: str, fields: MutableMapping[str, Any]
) -> MutableMapping[str, Any]:
    error = fields.pop("exc_info", None)
    if isinstance(error, BaseException):
        fields["fault"] = fault_of(error)
        fields["where"] = place_of(error)
    return {name: value if name in SAFE_FIELDS else "(left out)" for name, value in fields.items()}


class _LibraryHandler(logging.Handler):
    """Lets libraries' warnings through as their logger and kind of error, without their text.

    One that comes again and again, as a client's that tries again, is written once in a while,
    with how many there were.
    """

    def __init__(self, level: int = logging.NOTSET) -> None:
        super().__init__(level)
        self._written: dict[tuple[str, str, int], float] = {}
        self._left_out: Counter[tuple[str, str, int]] = Counter()

    def emit(self, record: logging.LogRecord) -> None:
        place = (record.name, record.module, record.lineno)
        now = monotonic()
        self._left_out[place] += 1
        if now - self._written.get(place, -_ONCE_IN_SECONDS) < _ONCE_IN_SECONDS:
            return
        self._written[place] = now
        error = record.exc_info[1] if record.exc_info else None
        structlog.get_logger().log(
            record.levelno,
            "library warning",
            logger=record.name,
            where=f"{record.module}:{record.lineno}",
            fault=fault_of(error) if error else "",
            count=self._left_out.pop(place),
        )


def configure_logs(service: str, instance: str) -> Logger:
    """Set logging up for this process and return its logger."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _only_safe,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.root.handlers = [_LibraryHandler(level=logging.WARNING)]
    logging.root.setLevel(logging.WARNING)

    def classified(
        kind: type[BaseException], error: BaseException, _trace: TracebackType | None
    ) -> None:
        if issubclass(kind, KeyboardInterrupt):
            return
        structlog.get_logger().critical("stopped", fault=kind.__name__, where=place_of(error))

    sys.excepthook = classified
    logger: Logger = structlog.get_logger().bind(service=service, instance=instance)
    return logger
