"""What goes wrong with the stack, said in one sentence."""


class StackError(Exception):
    """The stack cannot do what was asked; the message is one sentence that says what to do."""


class StackNotRunningError(StackError):
    """No stack runs on this state folder and no addresses were given."""

    def __init__(self) -> None:
        super().__init__(
            "No stack is running: start one with `claimstream up`, or set "
            "CLAIMSTREAM_KAFKA_BOOTSTRAP and CLAIMSTREAM_DATABASE_URL_<SERVICE>."
        )
