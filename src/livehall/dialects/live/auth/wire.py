"""What signing in looks like on the wire."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, Self

import msgspec
from msgspec import Meta

from livehall.core.people import ops, steps
from livehall.core.people.fields import DeviceName, Email, Password, Username
from livehall.core.people.model import Person
from livehall.core.people.rules import REFRESH_LIFETIME
from livehall.core.ports.tokens import Claims, Tokens
from livehall.dialects.kit import Moment, Request, moment
from livehall.kernel.ids import Id
from livehall.kernel.work import Work

ACCESS_LIFETIME = timedelta(minutes=15)

UserRole = Literal["viewer", "host", "admin"]
Uuid = Annotated[
    str,
    Meta(
        pattern="^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$",
        extra_json_schema={"format": "uuid"},
    ),
]
Secret = Annotated[str, Meta(min_length=1, max_length=512)]


class UserResponse(msgspec.Struct, kw_only=True):
    """Public face of an account.

    In answers open to anonymous callers `email` and `external_user_id` are null.
    """

    id: Uuid
    external_user_id: str | None
    organization_id: Uuid
    email: str | None
    username: str
    display_name: str | None
    avatar_url: str | None
    language: str | None
    role: UserRole
    is_active: bool
    created_at: Moment

    @classmethod
    def of(cls, person: Person, *, private: bool = False) -> Self:
        """`private`: with the address and the identifier of the customer's own system."""
        return cls(
            id=person.id,
            external_user_id=person.external_user_id if private else None,
            organization_id=person.organization_id,
            email=person.email if private else None,
            username=person.username,
            display_name=person.display_name,
            avatar_url=None,
            language=person.language,
            role="admin" if person.role == "owner" else person.role,
            is_active=person.is_active,
            created_at=moment(person.created_at),
        )


class LoginRequest(Request, kw_only=True):
    email: Email
    password: Password
    organization_id: Uuid | None = None

    def command(self) -> steps.Login:
        return steps.Login(email=self.email, password=self.password, organization_id=self.organization_id)


class RefreshTokenRequest(Request, kw_only=True):
    refresh_token: Secret


class LogoutRequest(Request, kw_only=True):
    refresh_token: Secret | None = None
    all_devices: bool = False


class ViewerRegisterRequest(Request, kw_only=True):
    """Makes a viewer account without a password.

    The answer carries a device token, which is the only credential of that account.
    """

    username: Username
    email: Email | None = None
    organization_id: Uuid | None = None
    room_id: Uuid | None = None
    device_name: DeviceName | None = None
    consent: bool = False

    def command(self, organization_id: Id | None, earlier_token: str | None) -> ops.RegisterViewer:
        return ops.RegisterViewer(
            username=self.username,
            email=self.email,
            organization_id=organization_id,
            device_name=self.device_name,
            earlier_token=earlier_token,
        )


class DeviceLoginRequest(Request, kw_only=True):
    device_token: Secret


class GenerateAuthCodeRequest(Request, kw_only=True):
    """Without the person fields the code stands for the caller."""

    session_id: Uuid | None = None
    external_user_id: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    email: Email | None = None
    username: Username | None = None
    role: Literal["host", "viewer"] = "viewer"
    redirect_url: Annotated[str, Meta(max_length=2048, extra_json_schema={"format": "uri"})] | None = None

    def command(self) -> ops.MakeCode:
        return ops.MakeCode(
            session_id=self.session_id,
            external_user_id=self.external_user_id,
            email=self.email,
            username=self.username,
            role=self.role,
        )


class GenerateAuthCodeResponse(msgspec.Struct, kw_only=True):
    code: str
    expires_in: int
    expires_at: Moment

    @classmethod
    def of(cls, code: ops.Code, work: Work) -> Self:
        expires_at = code.credential.expires_at
        return cls(
            code=code.code,
            expires_in=round((expires_at - work.now).total_seconds()),
            expires_at=moment(expires_at),
        )


class ExchangeAuthCodeRequest(Request, kw_only=True):
    code: Secret
    device_name: DeviceName | None = None


class AuthResponse(msgspec.Struct, kw_only=True):
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # the scheme of RFC 6750
    expires_in: int
    refresh_expires_in: int
    user: UserResponse

    @classmethod
    def of(cls, signed_in: ops.SignedIn, tokens: Tokens, now: datetime) -> Self:
        return cls(
            access_token=access_token(signed_in, tokens, now),
            refresh_token=signed_in.refresh_token,
            expires_in=int(ACCESS_LIFETIME.total_seconds()),
            refresh_expires_in=int(REFRESH_LIFETIME.total_seconds()),
            user=UserResponse.of(signed_in.person, private=True),
        )


class ViewerRegisterResponse(msgspec.Struct, kw_only=True):
    user: UserResponse
    device_token: str
    access_token: str
    refresh_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105  # the scheme of RFC 6750
    expires_in: int

    @classmethod
    def of(cls, signed_in: ops.SignedIn, tokens: Tokens, now: datetime) -> Self:
        assert signed_in.device_token is not None
        return cls(
            user=UserResponse.of(signed_in.person, private=True),
            device_token=signed_in.device_token,
            access_token=access_token(signed_in, tokens, now),
            refresh_token=signed_in.refresh_token,
            expires_in=int(ACCESS_LIFETIME.total_seconds()),
        )


def access_token(signed_in: ops.SignedIn, tokens: Tokens, now: datetime) -> str:
    person = signed_in.person
    return tokens.issue(
        Claims(
            audience="api",
            expires_at=now + ACCESS_LIFETIME,
            account_id=person.id,
            organization_id=person.organization_id,
            role=person.role,
            name=person.name,
            family_id=signed_in.family_id,
            session_id=signed_in.session_id,
            visitor_key=signed_in.visitor_key,
        )
    )
