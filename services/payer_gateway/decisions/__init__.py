"""What a person may decide, as commands that take the same way as events."""
