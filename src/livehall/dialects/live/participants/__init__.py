"""Co-hosts and moderators in the primary API."""
