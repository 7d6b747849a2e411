"""The moments at which a service can be made to end, by name."""

COMMITTED = "after the transaction, before the offsets"
PUBLISHED = "after the publication, before the outbox"
MIGRATION = "during migration"
REVOKED = "while partitions are given back"
ASSIGNED = "while partitions are taken over"
DRAIN = "while draining"
DRAIN_RELAY = "while draining the outbox"
UPLOAD_HALF = "half a file uploaded"
STAGED = "file written whole, not yet noted"
UPLOADED = "file uploaded, not yet noted"
STORED = "file stored, not yet removed at the payer"
LOADED = "file read, not yet committed"

EVERYWHERE = (COMMITTED, PUBLISHED, MIGRATION, REVOKED, ASSIGNED, DRAIN, DRAIN_RELAY)
GATEWAY = (UPLOAD_HALF, STAGED, UPLOADED, STORED, LOADED)
