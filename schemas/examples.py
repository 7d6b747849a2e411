"""One valid example of every event: the story of one office visit, from its note to its statement.

Invented people, practice and payer. Documents, published schemas and tests show these.
"""

from functools import cache
from importlib.resources import files

from schemas.catalogue import MODEL_OF_TOPIC
from schemas.event import Event


@cache
def example(topic: str) -> Event:
    """The example event of ``topic``; ``KeyError`` for a topic that the catalogue lacks."""
    text = files("schemas").joinpath("examples", f"{topic}.json").read_bytes()
    return MODEL_OF_TOPIC[topic].model_validate_json(text)
