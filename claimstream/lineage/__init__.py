"""What happened, read from the topics alone."""
