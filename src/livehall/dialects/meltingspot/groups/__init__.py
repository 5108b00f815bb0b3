"""Linked groups: operations and wire."""
