"""Libraries: operations and wire."""
