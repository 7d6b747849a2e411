"""What a service's database says that the service published, as the proof asks for it."""

from datetime import date, datetime
from typing import NamedTuple


class Told(NamedTuple):
    """One decision, by the topic that its event goes to, its practice, and its own name there.

    since: a moment that the event is not older than; None where nothing says. is_certain: whether
    the event must be there. Where it is not, it may be: the database keeps where something stands,
    and not that it was told on the way.
    """

    topic: str
    practice_id: str
    name: tuple[str | int, ...]
    since: date | datetime | None
    is_certain: bool = True
