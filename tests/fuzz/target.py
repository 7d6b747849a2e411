"""What is fuzzed: an edge where bytes from outside come in."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.fuzz.mutation import spoiled_bytes
from tests.fuzz.watch import Check

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Target:
    """One edge.

    seeds: good inputs. structured: a change that keeps the form. share: how many of a thousand
    inputs it gets. make: prepares the check, which may take a while.
    """

    name: str
    about: str
    share: int
    seeds: Callable[[], Sequence[bytes]]
    make: Callable[[], Check]
    structured: Callable[[Random, Sequence[bytes]], bytes]

    def kept(self) -> list[Path]:
        """Inputs that crashed it once."""
        return sorted((CORPUS / self.name).glob("*"))

    def drawn(self, draw: Random, seeds: Sequence[bytes]) -> tuple[str, bytes]:
        """The next input and how it was made: three of five keep the form of a seed that has it."""
        if draw.randrange(5) < 3:
            with suppress(ValueError, RecursionError):
                return "structured", self.structured(draw, seeds)
        return "bytes", spoiled_bytes(draw, seeds)
