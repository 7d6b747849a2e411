"""Interchange control numbers: nine digits, in order, never twice between two parties (X12.5)."""

HIGHEST = 999_999_999


class ControlNumbersUsedUpError(ValueError):
    """Nine digits are used up between two parties: agree on new interchange ids with the payer."""


def usable(number: int) -> int:
    """``number`` if nine digits hold it; it never starts again, as a repeated one is refused."""
    if not 1 <= number <= HIGHEST:
        raise ControlNumbersUsedUpError(
            "every interchange control number between these two parties is used: "
            "agree on a new sender or receiver id"
        )
    return number


def file_name(sender_id: str, receiver_id: str, number: int, kind: str = "837") -> str:
    """The name of the file that carries an interchange; the same on every attempt to send it."""
    return f"{sender_id}_{receiver_id}_{number:09d}.{kind}"
