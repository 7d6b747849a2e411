"""A few threads for what may never come back: the process ends without them."""

from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from threading import Thread
from typing import Any, TypeVar

T = TypeVar("T")


class Threads:
    """As many threads as ``most``, begun as they are needed.

    Those of an executor of the standard library are waited for before a process ends, whatever
    they wait for.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._begun = 0
        self._waiting: SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None] = SimpleQueue()

    def submit(self, act: Callable[[], T]) -> Future[T]:
        """What ``act`` gives once a thread has done it; cancelled before, it is never begun."""
        future: Future[T] = Future()
        self._waiting.put((future, act))
        if self._begun < self._most:
            self._begun += 1
            Thread(target=self._work, daemon=True).start()
        return future

    def _work(self) -> None:
        while (each := self._waiting.get()) is not None:
            future, act = each
            if not future.set_running_or_notify_cancel():
                continue
            try:
                result = act()
            except BaseException as error:
                future.set_exception(error)
            else:
                future.set_result(result)

    def close(self) -> None:
        """Begin nothing more, and wait for nothing."""
        try:
            while (each := self._waiting.get_nowait()) is not None:
                each[0].cancel()
        except Empty:
            pass
        for _ in range(self._begun):
            self._waiting.put(None)
