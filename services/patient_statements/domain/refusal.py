"""How a rule of this domain says no."""


class RuleRefusal(Exception):  # noqa: N818 - a refusal is an outcome, not an error in the program
    """A rule refuses an input; ``reason`` is a stable snake-case code, the message holds no PHI."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message
