"""Who may do what: the rights table of the domain, evaluated. Pure.

Everything that asks whether somebody may do something asks `rights_of`, and nothing else decides.
"""

from collections.abc import Callable, Iterator
from typing import Literal, TypeVar

import msgspec

from livehall.core.ports.media import Grant, Source
from livehall.core.presets.flags import BROADCAST, Flags, thaw
from livehall.core.rooms.model import Room
from livehall.core.sessions.faults import Banned, FeatureDisabled
from livehall.core.sessions.model import Session
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Forbidden
from livehall.kernel.ids import Id

Role = Literal["host", "co_host", "moderator", "speaker", "viewer", "monitor"]

STAFF: frozenset[Role] = frozenset(("host", "co_host", "moderator"))
RIGHTS: tuple[str, ...] = (
    "publish.audio", "publish.camera", "publish.screen",
    "chat.read", "chat.send", "chat.file", "chat.manage", "ban",
    "poll.read", "poll.vote", "poll.create", "poll.manage",
    "question.read", "question.ask", "question.anonymous", "question.vote", "question.answer",
    "question.manage",
    "stage.request", "stage.manage",
    "viewers.list", "viewers.count",
    "staff.moderators", "staff.co_hosts",
    "session.run", "session.delete", "room.edit",
)  # fmt: skip
OF_FEATURE: dict[str, tuple[str, ...]] = {  # what goes with a feature that a plan does not have
    "chat": ("chat.read", "chat.send", "chat.file"),
    "chat_files": ("chat.file",),
    "polls": ("poll.read", "poll.vote", "poll.create", "poll.manage"),
    "questions": (
        "question.read", "question.ask", "question.anonymous", "question.vote", "question.answer",
        "question.manage",
    ),
    "stage": ("stage.request", "stage.manage"),
    "screen_share": ("publish.screen",),
}  # fmt: skip
ALL_ON = msgspec.convert(
    {field.name: True for field in msgspec.structs.fields(Flags) if field.type is bool}, Flags
)
T = TypeVar("T")
Row = Iterator[tuple[str, bool]]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A seat on stage, with what its holder may publish."""

    audio: bool = True
    video: bool = True
    screen: bool = True


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """One person towards one session.

    `is_owner` tells the room's host, and administrators in the host's stead, from co-hosts. Who is banned
    is a viewer without any right.
    """

    role: Role
    place: Place | None = None
    is_owner: bool = False
    is_banned: bool = False

    @property
    def is_staff(self) -> bool:
        return self.role in STAFF

    @property
    def is_on_stage(self) -> bool:
        return self.place is not None


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What holds in a session now: override, else preset, else built-in; and the plan allows it."""

    preset: Flags
    chat_enabled: bool
    stage_enabled: bool
    max_join_limit: int
    recording_enabled: bool
    waiting_room: bool
    question_moderation: bool = False  # questions begin as pending
    withheld: frozenset[str] = frozenset()  # rights that the organization's plan does not have


EVERYTHING = Settings(
    preset=ALL_ON,
    chat_enabled=True,
    stage_enabled=True,
    max_join_limit=0,
    recording_enabled=True,
    waiting_room=False,
)


def settings_of(session: Session, room: Room | None = None) -> Settings:
    """Without the room the waiting room is known only when the session overrides it.

    `preset_snapshot` follows the preset while the session is not over, and stays from then on.
    """
    preset = thaw(session.preset_snapshot) if session.preset_snapshot is not None else BROADCAST
    if (seen := session.participants_override) is not None:
        preset = msgspec.structs.replace(preset, audience_can_see_participants=seen, onstage_viewer_view=seen)
    plan = session.plan_limits or {}
    off = plan.get("withheld", ())
    return Settings(
        preset=preset,
        chat_enabled=_first(session.chat_override, preset.chat_enabled) and "chat" not in off,
        stage_enabled=_first(session.stage_override, preset.stage_enabled) and "stage" not in off,
        max_join_limit=_least(
            _first(session.join_limit_override, preset.max_join_limit), plan.get("stage_size")
        ),
        recording_enabled=_first(session.recording_override, preset.recording_enabled)
        and "recording" not in off,
        waiting_room=_first(session.waiting_override, room.waiting_room if room else False),
        question_moderation=_first(session.moderation_override, preset.question_moderation),
        withheld=frozenset(right for feature in off for right in OF_FEATURE.get(feature, ())),
    )


def standing_of(
    actor: Actor, room: Room, participant: Role | None = None, place: Place | None = None
) -> Standing:
    """Who somebody is in a room's sessions: its host, an administrator, the role of a participant, a viewer.

    An administrator appears as a co-host and may do whatever a host may.
    """
    if actor.account_id is not None and actor.account_id == room.host_id:
        return Standing(role="host", place=place, is_owner=True)
    if actor.organization_id == room.organization_id and actor.is_admin:
        return Standing(role="co_host", place=place, is_owner=True)
    role = participant or "viewer"
    return Standing(role="speaker" if role == "viewer" and place else role, place=place)


def rights_of(settings: Settings, standing: Standing) -> frozenset[str]:
    """The effective rights: the AND of plan, feature switch and role switch."""
    if standing.is_banned:
        return frozenset()
    rows = _on_stage if standing.role in ("speaker", "viewer") and standing.place else ROWS[standing.role]
    return frozenset(
        right
        for right, allowed in rows(settings.preset, standing)
        if allowed and _is_switched_on(settings, standing, right)
    )


def permissions(settings: Settings, standing: Standing) -> dict[str, bool]:
    """Every right with yes or no, as answers and `session.settings` show it."""
    granted = rights_of(settings, standing)
    return {right: right in granted for right in RIGHTS}


def check_right(settings: Settings, standing: Standing, right: str) -> None:
    """Raises: Banned; FeatureDisabled, when a switch withholds what the role has; else Forbidden."""
    if standing.is_banned:
        raise Banned
    if right in rights_of(settings, standing):
        return
    if right in rights_of(EVERYTHING, standing):
        raise FeatureDisabled
    raise Forbidden


def grant_for(
    standing: Standing, settings: Settings, session: Session, account_id: Id, *, nonce: str, name: str
) -> Grant:
    """The media grant of a role (`realtime.md`, media tokens).

    Staff and people on stage have one connection each (`u.<account>`: a second device replaces the
    first); viewers as many as they have devices (`u.<account>.<nonce>`).
    """
    rights = rights_of(settings, standing)
    sources = sources_of(rights)
    is_viewer = not standing.is_staff and not standing.is_on_stage
    return Grant(
        room=session.id,
        identity=f"u.{account_id}.{nonce}" if is_viewer else f"u.{account_id}",
        name=name,
        publish=sources,
        subscribe=True,
        data=bool(sources),
    )


def monitor_grant(session: Session, account_id: Id, *, nonce: str) -> Grant:
    """Sees everything, publishes nothing, is not listed."""
    return Grant(room=session.id, identity=f"m.{account_id}.{nonce}", hidden=True)


def sources_of(rights: frozenset[str]) -> tuple[Source, ...]:
    found: list[Source] = []
    if "publish.camera" in rights:
        found.append("camera")
    if "publish.audio" in rights:
        found.append("microphone")
    if "publish.screen" in rights:
        found += ["screen_share", "screen_share_audio"]
    return tuple(found)


def _is_switched_on(settings: Settings, standing: Standing, right: str) -> bool:
    if right in settings.withheld:
        return False
    if right in ("chat.send", "chat.file"):
        return settings.chat_enabled or standing.is_staff  # C19: who may read may still read
    if right in ("poll.read", "poll.vote", "poll.create"):
        return settings.preset.poll_enabled
    if right.startswith("question.") and right != "question.manage":
        return settings.preset.question_enabled
    if right in ("stage.request", "stage.manage"):
        return settings.stage_enabled
    return True


def _host(preset: Flags, standing: Standing) -> Row:
    yield "publish.audio", True
    yield "publish.camera", preset.host_camera_enabled
    yield "publish.screen", preset.host_screen_share
    yield "chat.read", preset.host_chat_receive_message
    yield "chat.send", preset.host_chat_send_text
    yield "chat.file", preset.host_chat_send_file
    yield "chat.manage", True
    yield "ban", True
    yield "poll.read", preset.host_poll_view
    yield "poll.vote", preset.host_poll_vote
    yield "poll.create", preset.host_poll_create
    yield "poll.manage", True
    yield from _asking(preset)
    yield "question.answer", True
    yield "question.manage", True
    yield "stage.manage", True
    yield "viewers.list", True
    yield "viewers.count", True
    yield "staff.moderators", True
    yield "staff.co_hosts", standing.is_owner and preset.host_add_co_host
    yield "session.run", True
    yield "session.delete", standing.is_owner
    yield "room.edit", standing.is_owner


def _moderator(preset: Flags, standing: Standing) -> Row:
    yield from _publishing(preset, standing)
    yield "chat.read", True
    yield "chat.send", True
    yield "chat.file", preset.audience_chat_send_file
    yield "chat.manage", preset.moderator_manage_chat
    yield "ban", preset.moderator_manage_chat
    yield "poll.read", True
    yield "poll.vote", preset.audience_poll_vote
    yield "poll.create", preset.moderator_manage_poll
    yield "poll.manage", preset.moderator_manage_poll
    yield from _asking(preset)
    yield "question.answer", preset.moderator_manage_question
    yield "question.manage", preset.moderator_manage_question
    yield "stage.request", True
    yield "stage.manage", preset.moderator_manage_stage
    yield "viewers.list", True
    yield "viewers.count", True


def _on_stage(preset: Flags, standing: Standing) -> Row:
    yield from _publishing(preset, standing)
    yield from _talking(preset)
    yield "question.answer", True
    yield "viewers.list", preset.onstage_viewer_view
    yield "viewers.count", True


def _audience(preset: Flags, standing: Standing) -> Row:
    yield from _talking(preset)
    yield "question.answer", standing.role == "speaker"
    yield "stage.request", preset.audience_stage_join_request
    yield "viewers.list", preset.audience_can_see_participants
    yield "viewers.count", preset.viewer_count_visible


def _monitor(_: Flags, __: Standing) -> Row:
    yield "viewers.count", True


def _publishing(preset: Flags, standing: Standing) -> Row:
    place = standing.place or NO_PLACE
    yield "publish.audio", place.audio
    yield "publish.camera", place.video and preset.onstage_camera_enabled
    yield "publish.screen", place.screen and preset.onstage_screen_share


def _talking(preset: Flags) -> Row:
    yield "chat.read", preset.audience_chat_receive_message
    yield "chat.send", preset.audience_chat_send_text
    yield "chat.file", preset.audience_chat_send_file
    yield "poll.read", preset.audience_poll_view
    yield "poll.vote", preset.audience_poll_vote
    yield "poll.create", preset.audience_poll_create
    yield from _asking(preset)


def _asking(preset: Flags) -> Row:
    yield "question.read", True
    yield "question.ask", True
    yield "question.anonymous", preset.audience_question_anonymous
    yield "question.vote", True


NO_PLACE = Place(audio=False, video=False, screen=False)
ROWS: dict[Role, Callable[[Flags, Standing], Row]] = {
    "host": _host,
    "co_host": _host,
    "moderator": _moderator,
    "speaker": _audience,
    "viewer": _audience,
    "monitor": _monitor,
}


def _first(override: T | None, otherwise: T) -> T:
    return otherwise if override is None else override


def _least(limit: int, of_plan: int | None) -> int:
    """The smaller of two limits; 0 is none in the first, and in the second goes with a withheld stage."""
    if of_plan is None:
        return limit
    return min(limit, of_plan) if limit else of_plan


ROLES: dict[Role, Standing] = {
    "host": Standing(role="host", is_owner=True),
    "co_host": Standing(role="co_host"),
    "moderator": Standing(role="moderator"),
    "speaker": Standing(role="speaker", place=Place()),
    "viewer": Standing(role="viewer"),
}
"""Each role as `session.settings` shows it; a speaker on stage."""
