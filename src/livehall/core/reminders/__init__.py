"""Telling people about the sessions of rooms that they follow."""
