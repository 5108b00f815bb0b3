"""Lives: operations and wire."""
