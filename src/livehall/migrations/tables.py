"""Every table that a slice keeps, so that a migration can be compared with them."""

from livehall.core.audience import model as audience
from livehall.core.chat import model as chat
from livehall.core.people import model as people
from livehall.core.recordings import model as recordings
from livehall.core.rooms import model as rooms
from livehall.core.sessions import model as sessions
from livehall.kernel import idempotency, journal
from livehall.kernel.db import metadata

__all__ = [
    "audience",
    "chat",
    "idempotency",
    "journal",
    "metadata",
    "people",
    "recordings",
    "rooms",
    "sessions",
]
