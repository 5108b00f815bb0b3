"""Rules of sessions on plain values."""

from typing import get_args

import msgspec
import pytest

from livehall.core.rooms.model import Room
from livehall.core.sessions import rules, states
from livehall.core.sessions.faults import (
    Banned,
    InvalidState,
    InvitationRequired,
    RegistrationRequired,
    SessionNotFound,
    WrongPassword,
)
from livehall.core.sessions.model import Session, Status
from livehall.core.sessions.rights import EVERYTHING, Place, Standing
from livehall.core.sessions.rules import Visitor, check_may_enter
from tests.support.people import NOON

EMPTY = {"programme": {}, "host_media": {}, "metadata": {}, "interruptions": 0, "viewer_count": 0}
HOST, CO_HOST = Standing(role="host", is_owner=True), Standing(role="co_host")
VIEWER = Standing(role="viewer")
SPEAKER = Standing(role="speaker", place=Place())
MODERATOR = Standing(role="moderator")


def a_session(**columns) -> Session:
    values = dict.fromkeys(Session.__struct_fields__) | EMPTY
    return Session(
        **values | {"id": "s", "status": "live", "mode": "webcam", "stream_state": "idle"} | columns
    )


def a_room(**columns) -> Room:
    values = dict.fromkeys(Room.__struct_fields__) | {"registration": {"mode": "none"}}
    return Room(**values | {"visibility": "public", "waiting_room": False} | columns)


WITH_PASSWORD = a_room(password_enc=b"sealed")
BY_REGISTRATION = a_room(registration={"mode": "required"}, password_enc=b"sealed")
PRIVATE, MEMBERS = a_room(visibility="private"), a_room(visibility="members")
WAITING = a_room(waiting_room=True)
LIVE, BACKSTAGE = a_session(), a_session(status="backstage")

ENTERING = [  # session, room, standing, visitor → admission or fault
    (a_session(status="ended"), a_room(), MODERATOR, Visitor(), InvalidState),
    (a_session(status="cancelled"), a_room(), VIEWER, Visitor(), InvalidState),
    (a_session(status="scheduled"), a_room(), MODERATOR, Visitor(), "too_early"),
    (a_session(status="scheduled"), a_room(), VIEWER, Visitor(is_banned=True), "too_early"),
    (LIVE, a_room(), VIEWER, Visitor(is_banned=True), Banned),
    (LIVE, a_room(), MODERATOR, Visitor(is_banned=True), Banned),
    (LIVE, BY_REGISTRATION, MODERATOR, Visitor(), "admitted"),
    (BACKSTAGE, a_room(), VIEWER, Visitor(), "too_early"),
    (BACKSTAGE, a_room(), SPEAKER, Visitor(), "admitted"),
    (BACKSTAGE, a_room(), MODERATOR, Visitor(), "admitted"),
    (LIVE, BY_REGISTRATION, VIEWER, Visitor(has_access_token=True), "admitted"),
    (LIVE, BY_REGISTRATION, VIEWER, Visitor(registration="approved"), "admitted"),
    (LIVE, BY_REGISTRATION, VIEWER, Visitor(rsvp="tentative"), "admitted"),
    (LIVE, BY_REGISTRATION, VIEWER, Visitor(rsvp="declined"), RegistrationRequired),
    (LIVE, BY_REGISTRATION, VIEWER, Visitor(registration="pending"), RegistrationRequired),
    (LIVE, BY_REGISTRATION, VIEWER, Visitor(has_invite=True), RegistrationRequired),
    (LIVE, WITH_PASSWORD, VIEWER, Visitor(has_invite=True), "admitted"),
    (LIVE, WITH_PASSWORD, VIEWER, Visitor(), WrongPassword),
    (LIVE, WITH_PASSWORD, VIEWER, Visitor(knows_password=True), "admitted"),
    (LIVE, PRIVATE, VIEWER, Visitor(is_member=True), SessionNotFound),
    (LIVE, PRIVATE, VIEWER, Visitor(is_in_linked_group=True), "admitted"),
    (LIVE, MEMBERS, VIEWER, Visitor(), SessionNotFound),
    (LIVE, MEMBERS, VIEWER, Visitor(is_member=True), "admitted"),
    (LIVE, a_room(), VIEWER, Visitor(), "admitted"),
    (LIVE, a_room(entry="members"), VIEWER, Visitor(), InvitationRequired),
    (LIVE, a_room(entry="members"), VIEWER, Visitor(is_member=True), "admitted"),
    (LIVE, a_room(entry="invited"), VIEWER, Visitor(is_member=True), InvitationRequired),
    (LIVE, a_room(entry="invited"), VIEWER, Visitor(rsvp="pending"), "admitted"),
    (LIVE, a_room(entry="invited"), VIEWER, Visitor(is_in_linked_group=True), "admitted"),
    (LIVE, a_room(entry="invited"), SPEAKER, Visitor(rsvp="accepted"), "admitted"),
    (LIVE, WAITING, VIEWER, Visitor(), "waiting"),
    (LIVE, WAITING, VIEWER, Visitor(was_admitted=True), "admitted"),
    (LIVE, WAITING, MODERATOR, Visitor(), "admitted"),
    (a_session(waiting_override=False), WAITING, VIEWER, Visitor(), "admitted"),
    (a_session(waiting_override=True), a_room(), VIEWER, Visitor(), "waiting"),
]


@pytest.mark.parametrize(("session", "room", "standing", "visitor", "expected"), ENTERING)
def test_may_a_person_enter_the_first_rule_that_decides(session, room, standing, visitor, expected):
    if isinstance(expected, str):
        assert check_may_enter(session, room, standing, visitor) == expected
        return
    with pytest.raises(expected):
        check_may_enter(session, room, standing, visitor)


MACHINE = {  # domain §5, and C6 for what changes nothing; everything else is refused
    "scheduled": {"start": "backstage", "cancel": "cancelled"},
    "backstage": {"start": "backstage", "fail": "scheduled", "go_live": "live", "end": "ended"},
    "live": {"start": "live", "go_live": "live", "end": "ended"},
    "ended": {"end": "ended"},
    "cancelled": {"cancel": "cancelled"},
}


@pytest.mark.parametrize("status", get_args(Status))
@pytest.mark.parametrize("command", get_args(states.Command))
def test_the_machine_has_these_transitions_and_no_other_c6(status, command):
    expected = MACHINE[status].get(command)
    if expected is not None:
        assert states.advance(status, command) == expected
        return
    with pytest.raises(InvalidState):
        states.advance(status, command)


def test_staff_and_stage_have_one_connection_and_viewers_one_for_each_device():
    def identity(standing):
        return rules.grant_for(standing, EVERYTHING, LIVE, "ada", nonce="n", name="Ada").identity

    assert (
        identity(Standing(role="host", is_owner=True)) == identity(MODERATOR) == identity(SPEAKER) == "u.ada"
    )
    assert identity(VIEWER) == "u.ada.n"
    assert rules.monitor_grant(LIVE, "ada", nonce="n").identity == "m.ada.n"


@pytest.mark.parametrize(
    ("standing", "publishes"),
    [
        (Standing(role="host"), True),
        (Standing(role="co_host"), True),
        (MODERATOR, False),
        (SPEAKER, True),
        (VIEWER, False),
    ],
)
def test_only_host_co_host_and_stage_publish_and_send_data(standing, publishes):
    grant = rules.grant_for(standing, EVERYTHING, LIVE, "ada", nonce="n", name="Ada")
    assert (grant.room, bool(grant.publish), grant.data, grant.subscribe, grant.hidden) == (
        "s",
        publishes,
        publishes,
        True,
        False,
    )


@pytest.mark.parametrize(
    ("identity", "kind", "is_programme"),
    [
        ("u.ada", "standard", True),
        ("u.ada.n", "standard", False),
        ("m.ada.n", "standard", False),
        ("s.12", "sip", False),
        ("anything", "ingress", True),
        ("u.ada", "agent", False),
    ],
)
def test_the_programme_is_of_staff_stage_and_encoders(identity, kind, is_programme):
    assert rules.is_programme(identity, kind) is is_programme


def test_c17_a_viewers_own_connection_counts_while_they_sit_on_stage():
    assert rules.is_programme("u.ben.n", seated={"ben"}) is True
    assert rules.is_programme("u.eve.n", seated={"ben"}) is False
    assert rules.is_programme("m.ben.n", seated={"ben"}) is False


def test_a_session_that_is_over_keeps_the_settings_it_had_i17():
    ended = a_session(status="ended", preset_snapshot={"name": "old", "chat_enabled": False})
    assert rules.settings_of(ended).chat_enabled is False
    overridden = msgspec.structs.replace(ended, chat_override=True)
    assert rules.settings_of(overridden).chat_enabled is True


def test_duration_counts_whole_seconds_on_air():
    live = a_session(started_at=NOON)
    assert rules.duration_s(live, NOON.replace(second=7, microsecond=900_000)) == 7
    assert rules.duration_s(a_session(status="ended"), NOON) == 0
