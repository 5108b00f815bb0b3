"""Meetings: entering a room, and media tokens for a customer's own clients."""
