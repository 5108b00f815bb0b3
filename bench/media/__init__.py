"""Load on our media server and on the real LiveKit server alike."""
