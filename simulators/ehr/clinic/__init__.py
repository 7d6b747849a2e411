"""A seeded EHR of three believable practices; everything in it is invented."""
