"""People's standing towards rooms and sessions, whether or not they ever come."""
