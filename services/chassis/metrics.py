"""Every metric that a service exposes, by name, in one place."""

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """The metrics of one service process; label values never hold ids."""

    def __init__(self, service: str) -> None:
        self.registry = CollectorRegistry()
        labels = {"service": service}

        def counter(name: str, text: str, *more: str) -> Counter:
            return Counter(name, text, ["service", *more], registry=self.registry)

        def gauge(name: str, text: str) -> Gauge:
            return Gauge(name, text, ["service"], registry=self.registry).labels(**labels)

        self._inputs = counter(
            "claimstream_inputs_total", "Inputs taken in, by topic and outcome", "topic", "outcome"
        )
        self._dead = counter(
            "claimstream_dead_letters_total",
            "Records set aside, by topic and reason",
            "topic",
            "reason",
        )
        self._published = counter("claimstream_published_total", "Events published", "topic")
        self._forgotten = counter(
            "claimstream_forgotten_total", "Rows whose retention is over, by table", "table"
        )
        self._faults = counter(
            "claimstream_infrastructure_faults_total", "Batches put back, by kind of fault", "fault"
        )
        self.batch_seconds = Histogram(
            "claimstream_batch_seconds",
            "Seconds from a batch's records to its commit",
            ["service"],
            registry=self.registry,
            buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
        ).labels(**labels)
        self.batch_records = Histogram(
            "claimstream_batch_records",
            "Records in a batch",
            ["service"],
            registry=self.registry,
            buckets=(1, 5, 10, 25, 50, 100, 250, 500, 1000),
        ).labels(**labels)
        self.lag_events = gauge("claimstream_lag_events", "Records not yet read")
        self.lag_seconds = gauge(
            "claimstream_lag_seconds",
            "Seconds since the newest record processed, while any is unread",
        )
        self.outbox_depth = gauge("claimstream_outbox_depth", "Events not yet published")
        self.outbox_age_seconds = gauge("claimstream_outbox_age_seconds", "Age of the oldest one")
        self.outbox_full = gauge(
            "claimstream_outbox_full", "1 while nothing is decided because the outbox is full"
        )
        self.dead_letters_open = gauge(
            "claimstream_dead_letters_open", "Dead letters not dealt with"
        )
        self.parked_events = gauge("claimstream_parked_events", "Records behind a blocked lane")
        self.breaker_open = gauge("claimstream_breaker_open", "1 while the breaker stops reading")
        self._service = service

    def inputs(self, topic: str, outcome: str, count: int = 1) -> None:
        """Count inputs; ``outcome`` is decided, duplicate, parked or dead."""
        self._inputs.labels(self._service, topic, outcome).inc(count)

    def dead_letter(self, topic: str, reason: str) -> None:
        """Count a record set aside."""
        self._dead.labels(self._service, topic, reason).inc()

    def published(self, topic: str, count: int) -> None:
        """Count events published."""
        self._published.labels(self._service, topic).inc(count)

    def forgotten(self, table: str, count: int) -> None:
        """Count rows that a sweep forgot."""
        self._forgotten.labels(self._service, table).inc(count)

    def fault(self, kind: str) -> None:
        """Count a batch that was put back because of ``kind``."""
        self._faults.labels(self._service, kind).inc()
