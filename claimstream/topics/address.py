"""Where Kafka is: an address that was given, or that of the stack running on this machine."""

import os
from importlib import import_module
from importlib.util import find_spec

BOOTSTRAP_VARIABLE = "CLAIMSTREAM_KAFKA_BOOTSTRAP"
REPLICATION_VARIABLE = "CLAIMSTREAM_KAFKA_REPLICATION"


class NoKafkaAddressError(Exception):
    """No address was given and no stack runs here."""

    def __init__(self) -> None:
        super().__init__(
            "No Kafka address is known: start the stack with `claimstream up`, or set"
            f" {BOOTSTRAP_VARIABLE} (or --bootstrap) to host:port."
        )


def kafka_bootstrap(given: str | None = None) -> str:
    """``given``, else the environment's, else the running stack's ``host:port``.

    Raises ``NoKafkaAddressError``.
    """
    address = given or os.environ.get(BOOTSTRAP_VARIABLE) or _running_stack()
    if not address:
        raise NoKafkaAddressError
    return address


def _running_stack() -> str | None:
    if find_spec("claimstream.stack") is None:
        return None
    stack = import_module("claimstream.stack.state").discover()
    return None if stack is None else str(stack.kafka_bootstrap)
