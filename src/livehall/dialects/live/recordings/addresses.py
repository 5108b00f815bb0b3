"""Addresses that carry their own right: files of recordings, and HLS.

An HLS token is bound to an attendance, so that it stops with it (C16); the staff's to session and account,
for an hour. `/hls/<token>/<session>/index.m3u8`: segments are relative to the playlist and inherit the token.
"""

from datetime import datetime, timedelta

from livehall.core.recordings.links import Links
from livehall.kernel.ids import Id

WATCHING = timedelta(hours=24)  # the attendance itself ends it earlier
PREVIEW = timedelta(hours=1)
STAFF = "staff:"  # before session and account, where no attendance is meant


def replay_page(origin: str, room_id: Id, recording_id: Id) -> str:
    """Where people watch a recording."""
    return f"{origin}/w/{room_id}/replay/{recording_id}"


def hls_for(origin: str, links: Links, session_id: Id, attendance_id: Id, now: datetime) -> str:
    """Where the holder of an attendance watches."""
    return _hls(origin, links.sign("hls", attendance_id, now + WATCHING), session_id)


def hls_for_staff(origin: str, links: Links, session_id: Id, account_id: Id | None, now: datetime) -> str:
    subject = f"{STAFF}{session_id}:{account_id or ''}"
    return _hls(origin, links.sign("hls", subject, now + PREVIEW), session_id)


def _hls(origin: str, token: str, session_id: Id) -> str:
    return f"{origin}/hls/{token}/{session_id}/index.m3u8"
