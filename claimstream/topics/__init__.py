"""Topics as an operator meets them: made to match the catalogue, listed, and read by people."""
