"""Importing this registers every operation of the dialect."""

from livehall.dialects.live.auth import routes as auth
from livehall.dialects.live.health import routes as health

__all__ = ["auth", "health"]
