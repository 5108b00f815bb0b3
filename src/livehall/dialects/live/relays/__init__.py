"""TURN servers for clients of one's own."""
