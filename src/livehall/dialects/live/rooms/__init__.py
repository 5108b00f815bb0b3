"""Rooms: operations, wire and publications."""
