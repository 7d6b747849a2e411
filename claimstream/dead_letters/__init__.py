"""What the commands on dead letters work with: databases, masks, ages, work on many letters."""
