"""Bans, and the waiting room."""
