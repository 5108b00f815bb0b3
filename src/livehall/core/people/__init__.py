"""Organizations, accounts, members, and the credentials by which they sign in."""
