"""What every service stands on: exactly-once effect, in order per key, and the means to operate it.

A Kafka record is decoded alone, decided purely, and written in one PostgreSQL transaction for the
whole batch (inbox, state, outbox, dead letters); then its offset is committed and the relay
publishes the outbox. There is no domain word in here.
"""
