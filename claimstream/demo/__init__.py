"""A run to watch: the whole revenue cycle on one machine, in quick time, with its books proven."""
