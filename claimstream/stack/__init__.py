"""The stack on this machine: Kafka, PostgreSQL, the services and who pays, as processes.

    from claimstream.stack import Stack, discover

    with Stack().running() as addresses:
        print(addresses.kafka_bootstrap)

``Stack`` starts, stops and looks at one; ``discover`` finds the addresses of one that runs, or of
what the environment gives; ``embedded_kafka`` and ``embedded_postgres`` run a server alone.
"""

from claimstream.stack.control import Stack
from claimstream.stack.errors import StackError, StackNotRunningError
from claimstream.stack.state import StackAddresses, StateFolder, discover, require, state_folder
from deploy.embedded.kafka import embedded_kafka
from deploy.embedded.postgres import embedded_postgres

__all__ = [
    "Stack",
    "StackAddresses",
    "StackError",
    "StackNotRunningError",
    "StateFolder",
    "discover",
    "embedded_kafka",
    "embedded_postgres",
    "require",
    "state_folder",
]
