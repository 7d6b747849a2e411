"""What every event has in common, and how a consumer reads one."""

from typing import ClassVar, Self

from schemas.values import Id, Value


class Event(Value):
    """A fact that one service publishes and others act upon.

    Every event names its practice, the billing organisation whose encounter or account it is about;
    all other ids are unique within that practice.
    """

    TOPIC: ClassVar[str]
    KEY_FIELD: ClassVar[str]

    practice_id: Id

    @property
    def key(self) -> str:
        """The Kafka key: ``practice:id``. Events of one key are read in the order they happened."""
        own: str = getattr(self, self.KEY_FIELD)
        return own if self.KEY_FIELD == "practice_id" else f"{self.practice_id}:{own}"

    def to_json(self) -> bytes:
        """The record's value: UTF-8 JSON, absent fields left out."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)

    @classmethod
    def from_json(cls, value: bytes) -> Self:
        """Read a record's value; fields of a newer minor version are ignored.

        Raises ``pydantic.ValidationError`` when the value breaks the contract.
        """
        read: Self = cls.__pydantic_validator__.validate_json(value, extra="ignore")
        return read


def key_of(practice_id: str, own_id: str) -> str:
    """The key under which events about ``own_id`` of a practice travel."""
    return f"{practice_id}:{own_id}"
