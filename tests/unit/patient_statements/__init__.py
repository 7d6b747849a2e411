"""The rules of patient accounts and statements."""
