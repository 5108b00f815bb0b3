"""Recordings, their files, and HLS."""
