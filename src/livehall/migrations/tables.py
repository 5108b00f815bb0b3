"""Every table that a slice keeps, so that a migration can be compared with them."""

from livehall.core.audience import model as audience
from livehall.core.chat import files_model as chat_files
from livehall.core.exports import model as exports
from livehall.core.messages import model as messages
from livehall.core.participants import model as participants
from livehall.core.people import groups_model as groups
from livehall.core.people import model as people
from livehall.core.polls import model as polls
from livehall.core.presets import model as presets
from livehall.core.recordings import model as recordings
from livehall.core.registrations import model as registrations
from livehall.core.reminders import model as reminders
from livehall.core.rooms import model as rooms
from livehall.core.sessions import bans, ingest, places
from livehall.core.sessions import model as sessions
from livehall.core.stage import model as stage
from livehall.core.webhooks import model as webhooks
from livehall.kernel import idempotency, journal
from livehall.kernel.db import metadata

__all__ = [
    "audience",
    "bans",
    "chat_files",
    "exports",
    "groups",
    "idempotency",
    "ingest",
    "journal",
    "messages",
    "metadata",
    "participants",
    "people",
    "places",
    "polls",
    "presets",
    "recordings",
    "registrations",
    "reminders",
    "rooms",
    "sessions",
    "stage",
    "webhooks",
]
