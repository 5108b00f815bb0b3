"""The rights table of the domain, cell by cell."""

import msgspec
import pytest

from livehall.core.people.plans import FEATURES
from livehall.core.presets.flags import BROADCAST
from livehall.core.sessions.faults import FeatureDisabled
from livehall.core.sessions.rights import (
    ALL_ON,
    EVERYTHING,
    OF_FEATURE,
    RIGHTS,
    Place,
    Settings,
    Standing,
    check_right,
    permissions,
    rights_of,
    sources_of,
)
from livehall.kernel.faults import Forbidden
from tests.core.sessions.rights_table import MAY, ROWS, SWITCHES, WHO, WHOLE, holds

STANDINGS = {
    "host": Standing(role="host", is_owner=True),
    "co_host": Standing(role="co_host"),
    "moderator": Standing(role="moderator"),
    "moderator on stage": Standing(role="moderator", place=Place()),
    "on stage": Standing(role="speaker", place=Place()),
    "viewer": Standing(role="viewer"),
}
GATE_NOTHING = {"recording_enabled", "question_moderation", "everybody_on_stage"}  # no right's switch
EFFECTIVE = ("chat_enabled", "stage_enabled")  # what a session may override is asked for by the settings
HOST, VIEWER = STANDINGS["host"], STANDINGS["viewer"]


def without(*flags: str) -> Settings:
    preset = msgspec.structs.replace(ALL_ON, **dict.fromkeys(flags, False))
    given = {name: False for name in EFFECTIVE if name in flags}
    return msgspec.structs.replace(EVERYTHING, preset=preset, **given)


def granted_by_table(who, off=(), place=WHOLE):
    return {right: holds(right, who, off, place) for right in ROWS}


def test_every_right_is_in_the_table_and_every_column_is_tried():
    assert set(ROWS) == set(RIGHTS)
    assert set(STANDINGS) == set(WHO)


def test_every_switch_of_a_preset_is_tried():
    flags = {field.name for field in msgspec.structs.fields(BROADCAST) if field.type is bool}
    assert flags - set(SWITCHES) == GATE_NOTHING
    assert set(SWITCHES) <= flags


@pytest.mark.parametrize("who", STANDINGS)
def test_role_times_switch_is_what_the_table_says(who):
    assert permissions(EVERYTHING, STANDINGS[who]) == granted_by_table(who)
    for flag in (*SWITCHES, *GATE_NOTHING):
        assert permissions(without(flag), STANDINGS[who]) == granted_by_table(who, {flag}), flag
    for first in SWITCHES:
        for second in SWITCHES:
            off = {first, second}
            assert permissions(without(*off), STANDINGS[who]) == granted_by_table(who, off), off
    assert permissions(without(*SWITCHES), STANDINGS[who]) == granted_by_table(who, SWITCHES)


@pytest.mark.parametrize("kind", sorted(WHOLE))
@pytest.mark.parametrize("who", ["moderator on stage", "on stage"])
def test_a_place_limits_what_is_published_from_it(who, kind):
    place = Place(**{kind: False})
    standing = msgspec.structs.replace(STANDINGS[who], place=place)
    assert permissions(EVERYTHING, standing) == granted_by_table(who, place=WHOLE - {kind})
    (lost,) = (right for right, may in MAY.items() if may == kind)
    assert rights_of(EVERYTHING, STANDINGS[who]) - rights_of(EVERYTHING, standing) == {lost}


def test_a_plan_takes_from_every_role_what_it_does_not_have():
    by_beginning = {
        "chat": "chat.", "polls": "poll.", "questions": "question.", "stage": "stage.",
    }  # fmt: skip
    for feature in FEATURES:
        settings = msgspec.structs.replace(EVERYTHING, withheld=frozenset(OF_FEATURE.get(feature, ())))
        lost = {right for right in RIGHTS if right.startswith(by_beginning.get(feature, "nothing"))}
        lost -= {"chat.manage"}  # who puts a chat in order may do so to the last
        lost |= {"chat_files": {"chat.file"}, "screen_share": {"publish.screen"}}.get(feature, set())
        for who, standing in STANDINGS.items():
            expected = {right: yes and right not in lost for right, yes in granted_by_table(who).items()}
            assert permissions(settings, standing) == expected, (feature, who)


def test_sources_are_those_of_the_publishing_rights():
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
    with pytest.raises(FeatureDisabled):
        check_right(without("chat_enabled"), VIEWER, "chat.send")
    with pytest.raises(Forbidden) as refused:
        check_right(without("chat_enabled"), VIEWER, "session.run")
    assert refused.value.code == "forbidden"
