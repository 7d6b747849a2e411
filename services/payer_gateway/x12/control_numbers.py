"""Control numbers already met, in bounded memory."""

from bisect import bisect_right

_MOST_RUNS = 20_000
_LONGEST = 18


class ControlNumbers:
    """Tells which control number comes a second time.

    Numbers that follow one another are kept as one run, so that any count of them takes little
    memory. Where they follow no order at all, those that made up the oldest runs are forgotten
    after 20 000 runs.
    """

    __slots__ = ("_ends", "_starts", "_texts")

    def __init__(self) -> None:
        self._starts: list[int] = []
        self._ends: list[int] = []
        self._texts: set[str] = set()

    def is_repeated(self, text: str) -> bool:
        """Whether ``text`` came before; it has come from now on. Leading zeros tell nothing."""
        if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST):
            known = text in self._texts
            if len(self._texts) < _MOST_RUNS:
                self._texts.add(text)
            return known
        number = int(text)
        place = bisect_right(self._starts, number)
        if place and number <= self._ends[place - 1]:
            return True
        if place and self._ends[place - 1] == number - 1:
            self._ends[place - 1] = number
        else:
            self._starts.insert(place, number)
            self._ends.insert(place, number)
            if len(self._starts) > _MOST_RUNS:
                del self._starts[0], self._ends[0]
        return False
