"""What the implementation guides allow, as data: loops, segments, elements and codes."""
