"""``claimstream payer`` and ``claimstream payers``."""
