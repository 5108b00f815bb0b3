"""Importing this registers every operation of the dialect."""

from livehall.dialects.voila.api import voila
from livehall.dialects.voila.attendees import routes as attendees
from livehall.dialects.voila.interactions import routes as interactions
from livehall.dialects.voila.ping import routes as ping
from livehall.dialects.voila.tokens import routes as tokens

ROUTES = (attendees, interactions, ping, tokens)

__all__ = ["ROUTES", "voila"]
