"""Who is asked to a session: speakers, invited audience, groups that it is open to."""
