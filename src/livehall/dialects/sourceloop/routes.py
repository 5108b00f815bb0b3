"""Importing this registers every operation of the dialect."""

from livehall.dialects.sourceloop.api import sourceloop
from livehall.dialects.sourceloop.archives import routes as archives
from livehall.dialects.sourceloop.callbacks import routes as callbacks
from livehall.dialects.sourceloop.meetings import routes as meetings

__all__ = ["sourceloop"]

ROUTES = (archives, callbacks, meetings)
