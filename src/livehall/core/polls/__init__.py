"""Questions with a few answers to choose from, put to everybody in a session."""
