"""Attendees: registering them, and how long they watched."""
