"""Where Kafka is: an address that was given, or that of the stack running on this machine."""

from claimstream.stack.state import KAFKA_VARIABLE, discover

REPLICATION_VARIABLE = "CLAIMSTREAM_KAFKA_REPLICATION"
PARTITIONS_VARIABLE = "CLAIMSTREAM_KAFKA_PARTITIONS"


class NoKafkaAddressError(Exception):
    """No address was given and no stack runs here."""

    def __init__(self) -> None:
        super().__init__(
            "No Kafka address is known: start the stack with `claimstream up`, or set"
            f" {KAFKA_VARIABLE} (or --bootstrap) to host:port."
        )


def kafka_bootstrap(given: str | None = None) -> str:
    """``given``, else the environment's, else the running stack's ``host:port``.

    Raises ``NoKafkaAddressError``.
    """
    if given:
        return given
    found = discover()
    if found is None:
        raise NoKafkaAddressError
    return found.kafka_bootstrap
