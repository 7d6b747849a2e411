"""The rules of patient accounts and statements: pure, without I/O, clock or randomness."""
