"""Registering for a room or one of its sessions: the form, the registrants, their personal links."""
