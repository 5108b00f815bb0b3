"""Recordings of meetings, and where they go."""
