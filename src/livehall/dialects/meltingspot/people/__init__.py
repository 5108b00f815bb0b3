"""Speakers and participants: operations and wire."""
