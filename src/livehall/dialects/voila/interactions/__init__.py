"""What attendees wrote: chat messages and questions."""
