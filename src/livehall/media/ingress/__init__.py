"""Encoders come in: RTMP through a front of our own and a child process, WHIP by the rooms' own WebRTC."""
