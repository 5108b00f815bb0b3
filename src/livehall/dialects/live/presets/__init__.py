"""Presets in the primary API."""
