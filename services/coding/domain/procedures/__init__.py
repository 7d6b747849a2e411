"""From orders, administrations and decision making to service lines."""
