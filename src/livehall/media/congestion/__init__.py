"""How much a subscriber's way down carries, and which layers go there."""
