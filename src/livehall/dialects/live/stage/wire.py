"""What the stage looks like on the wire."""

from typing import Annotated, Self

import msgspec
from msgspec import Meta

from livehall.core.sessions.places import Via
from livehall.core.sessions.rights import Role
from livehall.core.stage import management, ops
from livehall.core.stage.fields import Message, Reason
from livehall.core.stage.management import Waiting
from livehall.core.stage.model import StageRequest, Status
from livehall.core.stage.seating import Member
from livehall.core.stage.steps import StageToken
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import UserResponse, Uuid
from livehall.kernel.ids import Id

Count = Annotated[int, Meta(ge=0)]


class RaiseHandRequest(Request, kw_only=True):
    message: Message | None = None


class HandRaiseResponse(msgspec.Struct, kw_only=True):
    """A raised hand; all null but the person when none was ever raised."""

    id: Uuid | None
    session_id: Uuid
    user_id: Uuid
    username: str
    status: Annotated[Status, Meta(description="Null: no hand was raised.")] | None
    message: str | None
    position: Annotated[int, Meta(ge=1, description="Place in the queue while pending.")] | None
    raised_at: Moment | None
    resolved_at: Moment | None
    resolved_by: Uuid | None

    @classmethod
    def of(cls, asked: ops.Asked) -> Self:
        row = asked.request
        return cls(
            id=row.id if row else None,
            session_id=asked.session_id,
            user_id=asked.account_id,
            username=row.display_name if row else asked.name,
            status=row.status if row else None,
            message=row.message if row else None,
            position=asked.position,
            raised_at=moment(row.created_at) if row else None,
            resolved_at=moment(row.resolved_at) if row else None,
            resolved_by=row.resolved_by if row else None,
        )

    @classmethod
    def of_waiting(cls, waiting: Waiting) -> Self:
        return cls.of(_asked(waiting))


class JoinRequestResponse(msgspec.Struct, kw_only=True):
    """A request for a seat; all null but the person when none was ever made."""

    id: Uuid | None
    session_id: Uuid
    user_id: Uuid
    user: UserResponse | None
    status: Annotated[Status, Meta(description="Null: never asked.")] | None
    reason: Annotated[str, Meta(description="Given at rejection.")] | None
    created_at: Moment | None
    resolved_at: Moment | None
    resolved_by: Uuid | None

    @classmethod
    def of(cls, asked: ops.Asked, user: UserResponse | None = None) -> Self:
        row = asked.request
        return cls(
            id=row.id if row else None,
            session_id=asked.session_id,
            user_id=asked.account_id,
            user=user,
            status=row.status if row else None,
            reason=row.reason if row else None,
            created_at=moment(row.created_at) if row else None,
            resolved_at=moment(row.resolved_at) if row else None,
            resolved_by=row.resolved_by if row else None,
        )

    @classmethod
    def of_waiting(cls, waiting: Waiting) -> Self:
        return cls.of(_asked(waiting), UserResponse.of(waiting.person) if waiting.person else None)


class HandsResponse(msgspec.Struct, kw_only=True):
    hands: list[HandRaiseResponse]
    total: Count

    @classmethod
    def of(cls, queue: list[Waiting]) -> Self:
        return cls(hands=[HandRaiseResponse.of_waiting(each) for each in queue], total=len(queue))


class JoinRequestsResponse(msgspec.Struct, kw_only=True):
    requests: list[JoinRequestResponse]
    total: Count

    @classmethod
    def of(cls, queue: list[Waiting]) -> Self:
        return cls(requests=[JoinRequestResponse.of_waiting(each) for each in queue], total=len(queue))


class RejectRequest(Request, kw_only=True):
    reason: Reason | None = None


class AddToStageRequest(Request, kw_only=True):
    user_id: Annotated[Uuid, Meta(description="Person present in the session.")]
    can_publish_audio: Annotated[bool, Meta(description="Default true.")] | None = None
    can_publish_video: (
        Annotated[bool, Meta(description="Default: preset `onstage_camera_enabled`.")] | None
    ) = None
    can_screen_share: Annotated[bool, Meta(description="Default: preset `onstage_screen_share`.")] | None = (
        None
    )

    def command(self, session_id: Id) -> management.AddToStage:
        return management.AddToStage(
            session_id=session_id,
            account_id=self.user_id.lower(),
            audio=self.can_publish_audio,
            video=self.can_publish_video,
            screen=self.can_screen_share,
        )


class UpdateStagePermissionsRequest(Request, kw_only=True):
    """At least one field. Taking a right away unpublishes the running track."""

    can_publish_audio: bool | None = None
    can_publish_video: bool | None = None
    can_screen_share: bool | None = None

    def command(self, session_id: Id, account_id: Id) -> management.Permit:
        return management.Permit(
            session_id=session_id,
            account_id=account_id,
            audio=self.can_publish_audio,
            video=self.can_publish_video,
            screen=self.can_screen_share,
        )


class RemoveFromStageRequest(Request, kw_only=True):
    reason: Reason | None = None
    block_requests: Annotated[
        bool,
        Meta(description="Refuse further hands and join requests of the person; default false."),
    ] = False

    def command(self, session_id: Id, account_id: Id) -> management.Remove:
        return management.Remove(
            session_id=session_id,
            account_id=account_id,
            reason=self.reason,
            block_requests=self.block_requests,
        )


class StageParticipantResponse(msgspec.Struct, kw_only=True):
    user_id: Uuid
    username: str
    role: Role
    identity: str
    can_publish_audio: bool
    can_publish_video: bool
    can_screen_share: bool
    is_publishing: Annotated[bool, Meta(description="At least one track is flowing.")]
    via: Annotated[Via, Meta(description="How the person came on stage.")]
    joined_at: Moment

    @classmethod
    def of(cls, member: Member) -> Self:
        return cls(
            user_id=member.seat.account_id,
            username=member.name,
            role=member.standing.role,
            identity=member.identity,
            can_publish_audio=member.place.audio,
            can_publish_video=member.place.video,
            can_screen_share=member.place.screen,
            is_publishing=member.is_publishing,
            via=member.seat.via,
            joined_at=moment(member.seat.joined_at),
        )


class StageSeat(msgspec.Struct, kw_only=True):
    """Somebody on stage as the session's snapshot shows them: what its channel tells, and no more."""

    user_id: Uuid
    username: str
    role: Role
    identity: str
    via: Via
    joined_at: Moment

    @classmethod
    def of(cls, member: Member) -> Self:
        return cls(
            user_id=member.seat.account_id,
            username=member.name,
            role=member.standing.role,
            identity=member.identity,
            via=member.seat.via,
            joined_at=moment(member.seat.joined_at),
        )


class StageRights(StageSeat, kw_only=True):
    """The same for the stage itself and for the staff, with what they may publish."""

    can_publish_audio: bool
    can_publish_video: bool
    can_screen_share: bool

    @classmethod
    def of(cls, member: Member) -> Self:
        return cls(
            **msgspec.structs.asdict(StageSeat.of(member)),
            can_publish_audio=member.place.audio,
            can_publish_video=member.place.video,
            can_screen_share=member.place.screen,
        )


class StageParticipantsResponse(msgspec.Struct, kw_only=True):
    participants: list[StageParticipantResponse]
    count: Count
    limit: Annotated[int, Meta(ge=0, description="`effective_max_join_limit`; 0 means none.")]
    pinned: Annotated[Uuid, Meta(description="`user_id` of who is pinned (`updateSessionLayout`).")] | None

    @classmethod
    def of(cls, stage: ops.Stage) -> Self:
        shown = [StageParticipantResponse.of(member) for member in stage.members]
        return cls(participants=shown, count=len(shown), limit=stage.limit, pinned=stage.pinned_id)


class StageTokenResponse(msgspec.Struct, kw_only=True):
    livekit_url: str
    token: Annotated[str, Meta(description="Publishing rights as on the stage list.")]
    room_name: str
    identity: str
    expires_at: Moment

    @classmethod
    def of(cls, made: StageToken, livekit_url: str) -> Self:
        return cls(
            livekit_url=livekit_url,
            token=made.token.token,
            room_name=made.grant.room,
            identity=made.grant.identity,
            expires_at=moment(made.token.expires_at),
        )


def _asked(waiting: Waiting) -> ops.Asked:
    row: StageRequest = waiting.request
    return ops.Asked(
        session_id=row.session_id,
        account_id=row.account_id,
        name=row.display_name,
        request=row,
        position=waiting.position,
    )
