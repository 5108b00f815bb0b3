"""Groups of members: operations and wire."""
