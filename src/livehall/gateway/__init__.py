"""Doors for WebSockets."""
