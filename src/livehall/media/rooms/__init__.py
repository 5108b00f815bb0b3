"""Rooms, who is in them, and what they send each other."""
