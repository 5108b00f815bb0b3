"""What media tokens for a customer's own clients look like on the wire."""

from datetime import datetime
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from livehall.core.sessions.meetings import LONGEST_GUEST_NAME, Issued, IssueToken
from livehall.core.sessions.rules import GuestRole, clean_instant
from livehall.dialects.kit import Moment, Request, moment
from livehall.dialects.live.auth.wire import Uuid

ROLES: dict[str, GuestRole] = {"subscriber": "viewer", "publisher": "speaker", "moderator": "moderator"}


class MediaTokenRequest(Request, kw_only=True):
    role: Annotated[
        Literal["subscriber", "publisher", "moderator"],
        Meta(description="A subscriber sees and hears; the others send as well."),
    ] = "publisher"
    name: Annotated[
        str,
        Meta(
            max_length=LONGEST_GUEST_NAME,
            description="Whom it is for. Others see it, and attendance knows the person by it.",
        ),
    ] = ""
    expires_at: (
        Annotated[
            datetime,
            Meta(
                tz=True,
                description="At most 30 days ahead, and the session's end; a day where none is given.",
            ),
        ]
        | None
    ) = None

    def command(self) -> IssueToken:
        until = None if self.expires_at is None else clean_instant(self.expires_at, "expires_at")
        return IssueToken(role=ROLES[self.role], name=self.name, expires_at=until)


class MediaTokenResponse(msgspec.Struct, kw_only=True):
    session_id: Uuid
    url: Annotated[str, Meta(description="Where a LiveKit client connects to.")]
    token: str
    identity: str
    expires_at: Moment

    @classmethod
    def of(cls, issued: Issued, url: str) -> Self:
        return cls(
            session_id=issued.session.id,
            url=url,
            token=issued.token.token,
            identity=issued.grant.identity,
            expires_at=moment(issued.token.expires_at),
        )
