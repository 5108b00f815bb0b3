"""Lasting places: libraries, and the rooms that they shelve."""
