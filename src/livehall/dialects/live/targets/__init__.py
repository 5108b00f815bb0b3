"""Where an organization keeps its recordings."""
