"""The gateway's rules, pure: claims into X12 values, batches, answers matched, events decided."""
