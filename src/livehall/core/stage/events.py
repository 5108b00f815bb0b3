"""Facts about the stage. Each carries what its publications show, so that a reader needs nothing else."""

from datetime import datetime
from typing import ClassVar

import msgspec

from livehall.core.people.model import Person
from livehall.core.sessions.events import About
from livehall.core.sessions.places import LeftReason, Via
from livehall.core.sessions.rights import Role
from livehall.core.stage.model import Status
from livehall.kernel.ids import Id
from livehall.kernel.work import Event


class StageEvent(Event, frozen=True, kw_only=True):
    """`revision`: the session's; only what is told on its channel raises it (C23)."""

    subject: ClassVar[str] = "session"
    session_id: Id
    room_id: Id
    revision: int
    account_id: Id  # whom it is about
    name: str


class RequestEvent(StageEvent, frozen=True, kw_only=True):
    request_id: Id
    status: Status
    asked_at: datetime
    resolved_at: datetime | None
    resolved_by: Id | None


class RequestFacts(About):
    """What every event of a request says."""

    account_id: Id
    name: str
    request_id: Id
    status: Status
    asked_at: datetime
    resolved_at: datetime | None
    resolved_by: Id | None


class HandEvent(RequestEvent, frozen=True, kw_only=True):
    message: str | None
    position: int | None  # in the queue, while pending


class HandRaised(HandEvent, frozen=True, kw_only=True, tag="hand.raised"):
    """A hand is up; told again when its message changes."""


class HandLowered(HandEvent, frozen=True, kw_only=True, tag="hand.lowered"):
    """Taken down by its owner, or expired."""


class HandResolved(HandEvent, frozen=True, kw_only=True, tag="hand.resolved"):
    """Approved or rejected."""


class UserFacts(msgspec.Struct, frozen=True, kw_only=True):
    """An account as everybody may know it."""

    id: Id
    organization_id: Id
    username: str
    display_name: str | None
    language: str | None
    role: str
    is_active: bool
    created_at: datetime

    @classmethod
    def of(cls, person: Person) -> "UserFacts":
        return cls(**{name: getattr(person, name) for name in cls.__struct_fields__})


class JoinRequestEvent(RequestEvent, frozen=True, kw_only=True):
    reason: str | None
    user: UserFacts | None  # None: of another organization


class JoinRequestCreated(JoinRequestEvent, frozen=True, kw_only=True, tag="join_request.created"):
    pass


class JoinRequestResolved(JoinRequestEvent, frozen=True, kw_only=True, tag="join_request.resolved"):
    """Approved, rejected, withdrawn by leaving, or expired."""


class SeatEvent(StageEvent, frozen=True, kw_only=True):
    """The `may_…` are the effective rights: of the place, and of the preset."""

    role: Role
    identity: str
    may_audio: bool
    may_video: bool
    may_screen: bool
    via: Via
    joined_at: datetime
    is_publishing: bool


class SeatFacts(About):
    """What every event of a seat that is taken says."""

    account_id: Id
    name: str
    role: Role
    identity: str
    may_audio: bool
    may_video: bool
    may_screen: bool
    via: Via
    joined_at: datetime
    is_publishing: bool


class StageJoined(SeatEvent, frozen=True, kw_only=True, tag="stage.joined"):
    pass


class StagePermissionsChanged(SeatEvent, frozen=True, kw_only=True, tag="stage.permissions"):
    audit: ClassVar[bool] = True


class StageLeft(StageEvent, frozen=True, kw_only=True, tag="stage.left"):
    """`message`: shown to the person who was removed."""

    reason: LeftReason
    message: str | None = None


class StageInvited(StageEvent, frozen=True, kw_only=True, tag="stage.invited"):
    """Somebody was put on stage without having asked."""

    by: Id | None  # None: a machine of the organization
    may_audio: bool
    may_video: bool
    may_screen: bool


class PublishingRefused(Event, frozen=True, kw_only=True, tag="publishing.refused"):
    """Somebody published without the right; it is taken from their connection."""

    subject: ClassVar[str] = "session"
    audit: ClassVar[bool] = True
    session_id: Id
    room_id: Id
    account_id: Id
    identity: str
    source: str
