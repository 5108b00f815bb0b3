"""Figures: operations and wire."""
