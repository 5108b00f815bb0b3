"""Organizations and who is a member: operations and wire."""
