"""Importing this registers every operation of the dialect, and what its events publish."""

from livehall.dialects.live.attendance import publications as attendance_publications
from livehall.dialects.live.attendance import routes as attendance
from livehall.dialects.live.auth import routes as auth
from livehall.dialects.live.chat import publications as chat_publications
from livehall.dialects.live.chat import routes as chat
from livehall.dialects.live.health import routes as health
from livehall.dialects.live.libraries import routes as libraries
from livehall.dialects.live.realtime import routes as realtime
from livehall.dialects.live.recordings import publications as recording_publications
from livehall.dialects.live.recordings import routes as recordings
from livehall.dialects.live.rooms import publications as room_publications
from livehall.dialects.live.rooms import routes as rooms
from livehall.dialects.live.sessions import publications as session_publications
from livehall.dialects.live.sessions import routes as sessions
from livehall.dialects.live.webhooks import routes as webhooks

ROUTES = (attendance, auth, chat, health, libraries, realtime, recordings, rooms, sessions, webhooks)
PUBLICATIONS = (
    attendance_publications,
    chat_publications,
    recording_publications,
    room_publications,
    session_publications,
)
