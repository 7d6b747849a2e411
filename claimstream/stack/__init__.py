"""The stack on this machine: Kafka, PostgreSQL, the services and who pays, as processes.

    from claimstream.stack.control import Stack

    with Stack().running() as addresses:
        print(addresses.kafka_bootstrap)

``control.Stack`` starts, stops and looks at one; ``state.discover`` finds the addresses of one that
runs, or of what the environment gives; ``deploy.embedded`` runs a server alone.
"""
