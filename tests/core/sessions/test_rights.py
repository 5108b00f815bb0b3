"""The rights table of the domain, cell by cell."""

import msgspec
import pytest

from livehall.core.presets.flags import BROADCAST
from livehall.core.sessions.faults import FeatureDisabled
from livehall.core.sessions.rights import (
    ALL_ON,
    EVERYTHING,
    RIGHTS,
    Place,
    Standing,
    check_right,
    rights_of,
    sources_of,
)
from livehall.kernel.faults import Forbidden

HOST = Standing(role="host", is_owner=True)
CO_HOST = Standing(role="co_host")
MODERATOR = Standing(role="moderator")
MODERATOR_ON_STAGE = Standing(role="moderator", place=Place())
ON_STAGE = Standing(role="viewer", place=Place())
VIEWER = Standing(role="viewer")
COLUMNS = (HOST, CO_HOST, MODERATOR, MODERATOR_ON_STAGE, ON_STAGE, VIEWER)

TABLE = {  # right: host, co-host, moderator, moderator on stage, on stage, viewer; with every switch on
    "publish.audio": "yy-yy-",
    "publish.camera": "yy-yy-",
    "publish.screen": "yy-yy-",
    "chat.read": "yyyyyy",
    "chat.send": "yyyyyy",
    "chat.file": "yyyyyy",
    "chat.manage": "yyyy--",
    "ban": "yyyy--",
    "poll.read": "yyyyyy",
    "poll.vote": "yyyyyy",
    "poll.create": "yyyyyy",
    "poll.manage": "yyyy--",
    "question.read": "yyyyyy",
    "question.ask": "yyyyyy",
    "question.anonymous": "yyyyyy",
    "question.vote": "yyyyyy",
    "question.answer": "yyyyy-",
    "question.manage": "yyyy--",
    "stage.request": "--yy-y",
    "stage.manage": "yyyy--",
    "viewers.list": "yyyyyy",
    "viewers.count": "yyyyyy",
    "staff.moderators": "yy----",
    "staff.co_hosts": "y-----",
    "session.run": "yy----",
    "session.delete": "y-----",
    "room.edit": "y-----",
}
SWITCHES = {  # flag: who loses what when it alone is off
    "host_camera_enabled": {"publish.camera": "hc"},
    "host_screen_share": {"publish.screen": "hc"},
    "host_chat_receive_message": {"chat.read": "hc"},
    "host_chat_send_text": {"chat.send": "hc"},
    "host_chat_send_file": {"chat.file": "hc"},
    "host_poll_view": {"poll.read": "hc"},
    "host_poll_vote": {"poll.vote": "hc"},
    "host_poll_create": {"poll.create": "hc"},
    "host_add_co_host": {"staff.co_hosts": "h"},
    "onstage_camera_enabled": {"publish.camera": "Ms"},
    "onstage_screen_share": {"publish.screen": "Ms"},
    "onstage_viewer_view": {"viewers.list": "s"},
    "audience_chat_receive_message": {"chat.read": "sv"},
    "audience_chat_send_text": {"chat.send": "sv"},
    "audience_chat_send_file": {"chat.file": "mMsv"},
    "audience_poll_view": {"poll.read": "sv"},
    "audience_poll_vote": {"poll.vote": "mMsv"},
    "audience_poll_create": {"poll.create": "sv"},
    "audience_stage_join_request": {"stage.request": "v"},
    "audience_can_see_participants": {"viewers.list": "v"},
    "viewer_count_visible": {"viewers.count": "v"},
    "moderator_manage_chat": {"chat.manage": "mM", "ban": "mM"},
    "moderator_manage_poll": {"poll.create": "mM", "poll.manage": "mM"},
    "moderator_manage_question": {"question.answer": "mM", "question.manage": "mM"},
    "audience_question_anonymous": {"question.anonymous": "hcmMsv"},
    "question_moderation": {},
    "question_enabled": dict.fromkeys(
        ("question.read", "question.ask", "question.anonymous", "question.vote"), "hcmMsv"
    )
    | {"question.answer": "hcmMs"},
    "moderator_manage_stage": {"stage.manage": "mM"},
    "recording_enabled": {},
    "poll_enabled": dict.fromkeys(("poll.read", "poll.vote", "poll.create"), "hcmMsv"),
}
LETTERS = dict(zip("hcmMsv", COLUMNS, strict=True))


def test_every_right_is_in_the_table():
    assert tuple(TABLE) == RIGHTS


@pytest.mark.parametrize("right", TABLE)
def test_with_every_switch_on_the_role_alone_decides(right):
    found = "".join("y" if right in rights_of(EVERYTHING, who) else "-" for who in COLUMNS)
    assert found == TABLE[right]


@pytest.mark.parametrize("flag", SWITCHES)
def test_a_switch_takes_away_exactly_what_its_row_says(flag):
    settings = msgspec.structs.replace(EVERYTHING, preset=msgspec.structs.replace(ALL_ON, **{flag: False}))
    for letter, who in LETTERS.items():
        lost = rights_of(EVERYTHING, who) - rights_of(settings, who)
        assert lost == {right for right, losers in SWITCHES[flag].items() if letter in losers}, letter


def test_every_switch_of_a_preset_is_tried():
    flags = {field.name for field in msgspec.structs.fields(BROADCAST) if field.type is bool}
    assert flags - set(SWITCHES) == {"chat_enabled", "stage_enabled", "everybody_on_stage"}


def test_chat_off_silences_all_but_staff_and_leaves_reading_c19():
    off = msgspec.structs.replace(EVERYTHING, chat_enabled=False)
    lost = {who: rights_of(EVERYTHING, who) - rights_of(off, who) for who in COLUMNS}
    assert lost[VIEWER] == lost[ON_STAGE] == {"chat.send", "chat.file"}
    assert not any(lost[who] for who in COLUMNS if who.is_staff)


def test_stage_off_takes_requests_and_their_handling_from_all():
    off = msgspec.structs.replace(EVERYTHING, stage_enabled=False)
    for who in COLUMNS:
        assert not rights_of(off, who) & {"stage.request", "stage.manage"}


def test_a_place_limits_what_is_published_from_it():
    mute = Standing(role="speaker", place=Place(audio=False, screen=False))
    assert sources_of(rights_of(EVERYTHING, mute)) == ("camera",)
    assert sources_of(rights_of(EVERYTHING, VIEWER)) == ()
    assert sources_of(rights_of(EVERYTHING, HOST)) == (
        "camera",
        "microphone",
        "screen_share",
        "screen_share_audio",
    )


def test_what_a_switch_withholds_is_disabled_and_what_the_role_never_has_is_forbidden():
    off = msgspec.structs.replace(EVERYTHING, chat_enabled=False)
    with pytest.raises(FeatureDisabled):
        check_right(off, VIEWER, "chat.send")
    with pytest.raises(Forbidden) as refused:
        check_right(off, VIEWER, "session.run")
    assert refused.value.code == "forbidden"
