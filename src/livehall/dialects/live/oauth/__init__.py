"""OAuth: tokens for clients that hold an id and a secret."""
