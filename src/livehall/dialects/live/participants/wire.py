"""What the staff of a session looks like on the wire."""

from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from livehall.core.participants.model import ParticipantRole
from livehall.core.people.fields import Email
from livehall.core.sessions import staff
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import UserResponse, Uuid


class AddParticipantRoleRequest(Request, kw_only=True):
    user_id: (
        Annotated[Uuid, Meta(description="Account to appoint; one of `user_id` and `email` is required.")]
        | UnsetType
    ) = UNSET
    email: Annotated[Email, Meta(description="Person to appoint; invited when unknown.")] | UnsetType = UNSET
    notify: Annotated[bool, Meta(description="Send a mail; default true.")] = True

    def command(self, session_id: str, role: ParticipantRole) -> staff.Appoint:
        return staff.Appoint(
            session_id=session_id,
            role=role,
            account_id=None if self.user_id is UNSET else self.user_id.lower(),
            email=None if self.email is UNSET else self.email,
            notify=self.notify,
        )


class SessionParticipantResponse(msgspec.Struct, kw_only=True):
    id: Uuid
    session_id: Uuid
    user_id: Uuid | None
    user: UserResponse | None
    email: str | None
    role: Literal["host", "co_host", "moderator"]
    status: Literal["invited", "active"]
    added_by: Uuid | None
    created_at: Moment

    @classmethod
    def of(cls, member: staff.Member, session_id: str, *, private: bool) -> Self:
        row, person = member.participant, member.person
        address = row.email or (person.email if person else None)
        return cls(
            id=row.id,
            session_id=session_id,
            user_id=row.account_id,
            user=UserResponse.of(person, private=private) if person else None,
            email=address if private else None,
            role="co_host" if row.role == "co_host" else "moderator",
            status="active" if row.account_id else "invited",
            added_by=row.invited_by,
            created_at=moment(row.created_at),
        )


class SessionParticipantsListResponse(msgspec.Struct, kw_only=True):
    host: UserResponse
    co_hosts: list[SessionParticipantResponse]
    moderators: list[SessionParticipantResponse]
    total: int

    @classmethod
    def of(cls, found: staff.Staff) -> Self:
        private = found.may_see_addresses
        members = [
            SessionParticipantResponse.of(each, found.session.id, private=private) for each in found.members
        ]
        return cls(
            host=UserResponse.of(found.host, private=private),
            co_hosts=[each for each in members if each.role == "co_host"],
            moderators=[each for each in members if each.role == "moderator"],
            total=1 + len(members),
        )
