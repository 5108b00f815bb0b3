"""What bans and the waiting room look like on the wire."""

from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from livehall.core.audience.model import Attendance
from livehall.core.audience.waiting import Page
from livehall.core.moderation import ops
from livehall.core.moderation.fields import Duration, Reason
from livehall.core.sessions.bans import Ban
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid
from livehall.dialects.live.rooms.wire import PageQuery, Pagination
from livehall.kernel.ids import Id


class BanParticipantRequest(Request, kw_only=True):
    user_id: Annotated[Uuid, Meta(description="Person to ban; the host cannot be banned.")]
    reason: Reason | None = None
    duration: Duration | None = None
    delete_messages: Annotated[
        bool, Meta(description="Also delete the person's chat messages; default false.")
    ] = False

    def command(self, session_id: Id) -> ops.BanParticipant:
        return ops.BanParticipant(
            session_id=session_id,
            account_id=self.user_id.lower(),
            reason=self.reason,
            duration_s=self.duration,
            delete_messages=self.delete_messages,
        )


class BannedParticipantResponse(msgspec.Struct, kw_only=True):
    id: Uuid
    session_id: Uuid
    user_id: Uuid
    username: str
    reason: str | None
    banned_by: Uuid
    banned_at: Moment
    expires_at: Moment | None

    @classmethod
    def of(cls, shown: ops.Shown) -> Self:
        ban = shown.ban
        return cls(
            id=ban.id,
            session_id=ban.session_id,
            user_id=ban.account_id,
            username=shown.name,
            reason=ban.reason,
            banned_by=ban.banned_by,
            banned_at=moment(ban.banned_at),
            expires_at=moment(ban.expires_at),
        )


class BansQuery(msgspec.Struct, kw_only=True):
    include_lifted: Annotated[bool, Meta(description="Also lifted and run-out bans.")] = False


class BannedParticipantsListResponse(msgspec.Struct, kw_only=True):
    banned: list[BannedParticipantResponse]
    total: Annotated[int, Meta(ge=0)]

    @classmethod
    def of(cls, found: list[ops.Shown]) -> Self:
        return cls(banned=[BannedParticipantResponse.of(each) for each in found], total=len(found))


class BanStatusResponse(msgspec.Struct, kw_only=True):
    banned: bool
    expires_at: Moment | None

    @classmethod
    def of(cls, ban: Ban | None) -> Self:
        return cls(banned=ban is not None, expires_at=moment(ban.expires_at) if ban else None)


class WaitingPersonResponse(msgspec.Struct, kw_only=True):
    """Somebody before the door of a waiting room; `attendance_id` is what they are admitted by."""

    attendance_id: Uuid
    user_id: Uuid | None
    name: str
    since: Moment

    @classmethod
    def of(cls, row: Attendance) -> Self:
        return cls(
            attendance_id=row.id,
            user_id=row.account_id,
            name=row.display_name,
            since=moment(row.created_at),
        )


class WaitingListResponse(msgspec.Struct, kw_only=True):
    waiting: list[WaitingPersonResponse]
    pagination: Pagination

    @classmethod
    def of(cls, page: Page, query: PageQuery) -> Self:
        return cls(
            waiting=[WaitingPersonResponse.of(row) for row in page.rows],
            pagination=Pagination.of(query.page, query.limit, page.total),
        )


class DenyRequest(Request, kw_only=True):
    reason: Annotated[str, Meta(max_length=280, description="Shown to the person.")] | None = None


class AdmissionResponse(msgspec.Struct, kw_only=True):
    """What was decided about somebody who waited."""

    attendance_id: Uuid
    user_id: Uuid | None
    name: str
    admission: Literal["admitted", "denied"]

    @classmethod
    def of(cls, row: Attendance) -> Self:
        return cls(
            attendance_id=row.id,
            user_id=row.account_id,
            name=row.display_name,
            admission="denied" if row.state == "denied" else "admitted",
        )


class AdmittedAllResponse(msgspec.Struct, kw_only=True):
    admitted: Annotated[int, Meta(ge=0, description="How many were let in.")]
