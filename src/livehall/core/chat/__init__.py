"""What people write to each other during a session."""
