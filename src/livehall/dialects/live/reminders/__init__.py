"""Reminders: operations and wire."""
