"""The switches of a preset, and the built-in preset: what holds where nothing else was chosen."""

from typing import Any

import msgspec


class Flags(msgspec.Struct, frozen=True, kw_only=True):
    """A bundle of switches. The names are those of the primary API."""

    max_join_limit: int = 0  # people on stage besides the host; 0 is no limit
    stage_enabled: bool = True
    chat_enabled: bool = True
    poll_enabled: bool = True
    viewer_count_visible: bool = True
    host_add_co_host: bool = True
    host_camera_enabled: bool = True
    host_screen_share: bool = True
    host_chat_send_text: bool = True
    host_chat_send_file: bool = True
    host_chat_receive_message: bool = True
    host_poll_create: bool = True
    host_poll_vote: bool = True
    host_poll_view: bool = True
    onstage_camera_enabled: bool = True
    onstage_screen_share: bool = True
    onstage_viewer_view: bool = True
    audience_stage_join_request: bool = True
    audience_can_see_participants: bool = False
    audience_chat_send_text: bool = True
    audience_chat_send_file: bool = False
    audience_chat_receive_message: bool = True
    audience_poll_create: bool = False
    audience_poll_vote: bool = True
    audience_poll_view: bool = True
    moderator_manage_stage: bool = True
    moderator_manage_chat: bool = True
    moderator_manage_poll: bool = True
    recording_enabled: bool = False
    question_enabled: bool = True
    question_moderation: bool = False  # questions begin as pending
    audience_question_anonymous: bool = True
    moderator_manage_question: bool = True
    everybody_on_stage: bool = False  # of the built-in preset of meetings alone


BROADCAST = Flags()
MEETING = Flags(
    everybody_on_stage=True,
    audience_can_see_participants=True,
    audience_chat_send_file=True,
    audience_stage_join_request=False,
)
NAMES: tuple[str, ...] = tuple(
    field.name
    for field in msgspec.structs.fields(Flags)
    if field.name not in ("max_join_limit", "everybody_on_stage")
)
"""The switches: the 28 of the primary API's contract, and those of questions."""


def freeze(flags: Flags) -> dict[str, Any]:
    """What a session carries of its preset; it follows the preset until the session is over."""
    return msgspec.structs.asdict(flags)


def thaw(snapshot: dict[str, Any]) -> Flags:
    return msgspec.convert(snapshot, Flags)
