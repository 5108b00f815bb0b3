"""Meetings: made, entered by token, moved, ended, and who was there."""
