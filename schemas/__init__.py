"""The contracts: every event on every topic, its envelope, its id, and the topic catalogue.

``schemas`` is the only thing that the services share besides the chassis. One module holds one
topic family; ``catalogue`` says which topics exist; ``envelope`` binds an event to a Kafka record
(CloudEvents 1.0, binary mode); ``event_id`` derives ids that are the same on every replay.
"""
