"""Many chats at once, and one that nobody could read any more."""
