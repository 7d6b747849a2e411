"""One answer file at a time, after files that were read together could not be stored."""

from collections import Counter

from services.chassis.logs import fault_of
from services.payer_gateway.domain.quarantine import KeptFinding
from services.payer_gateway.stores.file_store import InboundFile

READER_FAILED = KeptFinding(
    "gateway.reader-failed", "our reader failed on this file: keep it and report the rule"
)
READING_FAULTS = (ArithmeticError, LookupError, ValueError, TypeError, RecursionError)
"""A fault of our own reading or checking, not of what it needs."""

_TRIES = 2


class ReadingAttempt:
    """Knows which file is under way, and refuses the one that could not be stored too often.

    Another instance may read a file between two tries: what is tried then is another one, and
    starts afresh.
    """

    def __init__(self) -> None:
        self._under_way = ""
        self._failures: Counter[str] = Counter()
        self._refused: dict[str, KeptFinding] = {}

    def on(self, file: InboundFile) -> KeptFinding | None:
        """Why the file of this try is to be set aside, ``None`` where it is to be read."""
        self._under_way = file.sha256
        return self._refused.get(file.sha256)

    def failed(self, error: BaseException) -> bool:
        """Whether to try again after ``error``."""
        sha256 = self._under_way
        if not sha256 or sha256 in self._refused:
            return False
        self._failures[sha256] += 1
        if self._failures[sha256] >= _TRIES:
            self._refused[sha256] = KeptFinding(
                "gateway.storage-refused",
                f"the database answers {fault_of(error)} to what this file says: keep it and "
                "report the rule",
            )
        return True
