"""Every table that a slice keeps, so that a migration can be compared with them."""

from livehall.core.people import model as people
from livehall.core.rooms import model as rooms
from livehall.core.sessions import model as sessions
from livehall.kernel import idempotency, journal
from livehall.kernel.db import metadata

__all__ = ["idempotency", "journal", "metadata", "people", "rooms", "sessions"]
