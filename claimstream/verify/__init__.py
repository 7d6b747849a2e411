"""Proof, over topics and databases, that nothing was lost, doubled, reordered or unexplained."""
