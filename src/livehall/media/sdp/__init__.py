"""Session descriptions: what a client's says, which of it we take, and what we write (RFC 8829)."""
