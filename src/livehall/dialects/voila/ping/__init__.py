"""Whether the credentials work."""
