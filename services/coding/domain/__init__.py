"""The rules of coding, pure: no I/O, no clock, no randomness. Same input, same bytes."""
