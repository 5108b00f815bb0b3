"""Speakers, invited audience and linked groups: operations and wire."""
