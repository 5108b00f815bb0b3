"""API clients: operations and wire."""
