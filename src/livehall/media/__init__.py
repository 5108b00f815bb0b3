"""The embedded media server: LiveKit-compatible signalling, forwarding, server API and webhooks.

It stands alone: it imports nothing of the project but `kernel`, and the rest of the project reaches it only
through LiveKit's server API. `serve.MediaServer` is the whole of it.
"""
