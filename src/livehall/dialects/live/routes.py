"""Importing this registers every operation of the dialect, and what its events publish."""

from livehall.dialects.live.admin import routes as admin
from livehall.dialects.live.attendance import publications as attendance_publications
from livehall.dialects.live.attendance import routes as attendance
from livehall.dialects.live.auth import routes as auth
from livehall.dialects.live.chat import publications as chat_publications
from livehall.dialects.live.chat import routes as chat
from livehall.dialects.live.clients import routes as clients
from livehall.dialects.live.exporting import publications as exporting_publications
from livehall.dialects.live.exporting import routes as exporting
from livehall.dialects.live.groups import routes as groups
from livehall.dialects.live.health import routes as health
from livehall.dialects.live.insight import routes as insight
from livehall.dialects.live.invitees import linking as linked_groups
from livehall.dialects.live.invitees import routes as invitees
from livehall.dialects.live.libraries import routes as libraries
from livehall.dialects.live.media_reports import routes as media_reports
from livehall.dialects.live.meetings import routes as meetings
from livehall.dialects.live.moderation import publications as moderation_publications
from livehall.dialects.live.moderation import routes as moderation
from livehall.dialects.live.oauth import routes as oauth
from livehall.dialects.live.organizations import privacy
from livehall.dialects.live.organizations import routes as organizations
from livehall.dialects.live.outputs import routes as outputs
from livehall.dialects.live.participants import publications as participant_publications
from livehall.dialects.live.participants import routes as participants
from livehall.dialects.live.polls import publications as poll_publications
from livehall.dialects.live.polls import routes as polls
from livehall.dialects.live.presets import routes as presets
from livehall.dialects.live.questions import publications as question_publications
from livehall.dialects.live.questions import routes as questions
from livehall.dialects.live.realtime import routes as realtime
from livehall.dialects.live.recordings import publications as recording_publications
from livehall.dialects.live.recordings import routes as recordings
from livehall.dialects.live.registrations import own as own_registrations  # before what takes an id
from livehall.dialects.live.registrations import publications as registration_publications
from livehall.dialects.live.registrations import routes as registrations
from livehall.dialects.live.relays import routes as relays
from livehall.dialects.live.reminders import publications as reminder_publications
from livehall.dialects.live.reminders import routes as reminders
from livehall.dialects.live.rooms import publications as room_publications
from livehall.dialects.live.rooms import routes as rooms
from livehall.dialects.live.sessions import editing_routes as session_editing
from livehall.dialects.live.sessions import publications as session_publications
from livehall.dialects.live.sessions import routes as sessions
from livehall.dialects.live.stage import publications as stage_publications
from livehall.dialects.live.stage import routes as stage
from livehall.dialects.live.targets import routes as targets
from livehall.dialects.live.webhooks import publications as webhook_publications
from livehall.dialects.live.webhooks import routes as webhooks

ROUTES = (
    admin,
    attendance,
    auth,
    chat,
    clients,
    exporting,
    groups,
    health,
    insight,
    invitees,
    libraries,
    linked_groups,
    media_reports,
    meetings,
    moderation,
    oauth,
    organizations,
    outputs,
    participants,
    polls,
    presets,
    privacy,
    questions,
    realtime,
    recordings,
    relays,
    own_registrations,
    registrations,
    reminders,
    rooms,
    session_editing,
    sessions,
    stage,
    targets,
    webhooks,
)
PUBLICATIONS = (
    attendance_publications,
    chat_publications,
    exporting_publications,
    moderation_publications,
    participant_publications,
    poll_publications,
    question_publications,
    recording_publications,
    registration_publications,
    reminder_publications,
    room_publications,
    session_publications,
    stage_publications,
    webhook_publications,
)
