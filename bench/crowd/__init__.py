"""Thousands who enter one session, and vote."""
