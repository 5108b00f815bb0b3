"""HTTP: the signalling doors and LiveKit's server API (Twirp)."""
