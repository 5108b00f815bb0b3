"""How long a lost right goes on to work."""
