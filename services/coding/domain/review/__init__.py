"""What documentation leaves open, and what answers and coders settle."""
