"""Importing this registers every operation of the dialect."""

from livehall.dialects.live.auth import routes as auth
from livehall.dialects.live.health import routes as health
from livehall.dialects.live.realtime import routes as realtime
from livehall.dialects.live.rooms import routes as rooms
from livehall.dialects.live.sessions import routes as sessions

__all__ = ["auth", "health", "realtime", "rooms", "sessions"]
