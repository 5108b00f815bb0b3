"""Facts about sessions. Those on the `session:` channel carry the `revision` that they made (C23)."""

from datetime import datetime
from typing import Any, ClassVar, TypedDict

import msgspec

from livehall.core.ports.media import Layout
from livehall.core.sessions.model import EndReason, Format, Mode, Provider, Session, Status, StreamState
from livehall.core.sessions.rights import settings_of
from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class SessionFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A session as a viewer may know it."""

    id: Id
    room_id: Id
    title: str
    description: str | None
    status: Status
    mode: Mode
    external_url: str | None
    provider: Provider | None
    format: Format | None
    replay_url: str | None
    layout: Layout
    scheduled_start_at: datetime | None
    scheduled_end_at: datetime | None
    timezone: str | None
    recording_enabled: bool
    chat_override: bool | None
    stage_override: bool | None
    join_limit_override: int | None
    effective_chat_enabled: bool
    effective_stage_enabled: bool
    effective_max_join_limit: int
    moderation_override: bool | None
    effective_question_moderation: bool
    stream_state: StreamState
    revision: int
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, session: Session) -> "SessionFacts":
        settings = settings_of(session)
        return cls(
            **{name: getattr(session, name) for name in SAME},
            recording_enabled=settings.recording_enabled,
            effective_chat_enabled=settings.chat_enabled,
            effective_stage_enabled=settings.stage_enabled,
            effective_max_join_limit=settings.max_join_limit,
            effective_question_moderation=settings.question_moderation,
        )


SAME = tuple(name for name in SessionFacts.__struct_fields__ if name in Session.__struct_fields__)


class SessionEvent(Event, frozen=True, kw_only=True):
    subject: ClassVar[str] = "session"
    session_id: Id
    room_id: Id
    revision: int


class About(TypedDict):
    """What every event of a session says."""

    organization_id: Id
    session_id: Id
    room_id: Id
    revision: int


def about(session: Session) -> About:
    """`session`: the row after the change that the event tells."""
    return {
        "organization_id": session.organization_id,
        "session_id": session.id,
        "room_id": session.room_id,
        "revision": session.revision,
    }


class SessionCreated(SessionEvent, frozen=True, kw_only=True, tag="session.created"):
    """`in_new_room`: the room was made with it, so that nobody can follow the room yet."""

    noted: ClassVar[bool] = True
    session: SessionFacts
    in_new_room: bool = False


class SessionDeleted(SessionEvent, frozen=True, kw_only=True, tag="session.deleted"):
    audit: ClassVar[bool] = True
    noted: ClassVar[bool] = True


class SessionUpdated(SessionEvent, frozen=True, kw_only=True, tag="session.updated"):
    """`changed`: only the fields that changed, by the names of `SessionFacts`, or `hls_url`."""

    noted: ClassVar[bool] = True
    changed: dict[str, Any]


class SessionRescheduled(SessionEvent, frozen=True, kw_only=True, tag="session.rescheduled"):
    noted: ClassVar[bool] = True
    scheduled_start_at: datetime
    scheduled_end_at: datetime | None
    timezone: str | None
    previous_start_at: datetime | None
    notify: bool


class SessionSettingsChanged(SessionEvent, frozen=True, kw_only=True, tag="session.settings"):
    """`permissions`: role → right → whether it is given."""

    effective_chat_enabled: bool
    effective_stage_enabled: bool
    effective_max_join_limit: int
    effective_question_moderation: bool
    permissions: dict[str, dict[str, bool]]


class SessionMoved(SessionEvent, frozen=True, kw_only=True):
    """`session.state`: the machine went from `was` to `status`."""

    noted: ClassVar[bool] = True
    was: Status
    status: Status
    title: str
    started_at: datetime | None
    ended_at: datetime | None
    end_reason: EndReason | None


class SessionStarted(SessionMoved, frozen=True, kw_only=True, tag="session.started"):
    """Backstage is open: the media room is there."""


class SessionWentLive(SessionMoved, frozen=True, kw_only=True, tag="session.live"):
    """`recording_enabled`: whether a recording should begin with it."""

    hls_url: str | None
    viewer_count: int
    recording_enabled: bool


class SessionEnded(SessionMoved, frozen=True, kw_only=True, tag="session.ended"):
    """Everything of it is closed in the same transaction; the media room follows (C25)."""

    media_room: str | None


class SessionCancelled(SessionMoved, frozen=True, kw_only=True, tag="session.cancelled"):
    pass


class StreamStateChanged(SessionEvent, frozen=True, kw_only=True, tag="stream.state"):
    stream_state: StreamState
    since: datetime


class HostMediaChanged(SessionEvent, frozen=True, kw_only=True, tag="host.media"):
    video: bool
    audio: bool
    screen: bool


class SessionArranged(SessionEvent, frozen=True, kw_only=True, tag="stage.layout"):
    """The pictures of a session are put together otherwise, where they become one."""

    layout: Layout
    pinned_id: Id | None = None  # the account that is shown first


class ParticipantRoleChanged(SessionEvent, frozen=True, kw_only=True, tag="participant.role"):
    """`account_id`: None for somebody who was invited by `email` and is unknown yet."""

    audit: ClassVar[bool] = True
    participant_id: Id
    account_id: Id | None
    email: str | None
    role: str
    previous_role: str
    notify: bool
