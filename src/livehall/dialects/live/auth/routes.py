"""Operations of signing in."""

from livehall.core.people import ops, steps
from livehall.core.people.faults import (
    AccountDisabled,
    AlreadyExists,
    CodeExpired,
    InvalidCredentials,
    PersonNotFound,
    TokenReused,
)
from livehall.core.ports.tokens import Passwords, Tokens
from livehall.core.rooms import ops as rooms
from livehall.core.rooms.faults import RoomNotFound
from livehall.core.sessions import ops as sessions
from livehall.core.sessions.faults import SessionNotFound
from livehall.dialects.kit import Answer, Call, Rate, Read
from livehall.dialects.live.api import api
from livehall.dialects.live.auth import device, wire
from livehall.dialects.live.sign_in import SignIn
from livehall.kernel.actor import ANONYMOUS, Actor
from livehall.kernel.faults import Forbidden, invalid
from livehall.kernel.work import Desk, Work

# For each address; a guess of 256 bits needs no stricter one.
GUESSES = Rate(per_minute=30, burst=30, is_divided=True)
CROWD = Rate(per_minute=6000, burst=3000)  # an audience behind one address arrives at once


@api.route(
    "POST", "/auth/login", operation="login", tag="Auth", access="none", rate=GUESSES,
    raises=[InvalidCredentials, AccountDisabled],
)  # fmt: skip
async def login(
    desk: Desk, passwords: Passwords, tokens: Tokens, body: wire.LoginRequest
) -> wire.AuthResponse:
    """Sign in with a password.

    Failures take constant time and are limited per network.
    """
    signed_in = await steps.log_in(desk, passwords, ANONYMOUS, body.command())
    return wire.AuthResponse.of(signed_in, tokens, desk.clock())


@api.route(
    "POST", "/auth/refresh", operation="refreshToken", tag="Auth", access="none", rate=CROWD,
    raises=[InvalidCredentials, TokenReused, AccountDisabled],
)  # fmt: skip
async def refresh_token(desk: Desk, tokens: Tokens, body: wire.RefreshTokenRequest) -> wire.AuthResponse:
    """Trade a refresh token for new tokens.

    The token is spent by this call. A spent one that comes again revokes its whole family.
    """
    signed_in = await steps.refresh(desk, ANONYMOUS, body.refresh_token)
    return wire.AuthResponse.of(signed_in, tokens, desk.clock())


@api.route(
    "POST", "/auth/viewers", operation="registerViewer", tag="Auth", access="none", status=201, rate=CROWD,
    raises=[AlreadyExists, Forbidden], answer=wire.ViewerRegisterResponse,
)  # fmt: skip
async def register_viewer(call: Call, work: Work, tokens: Tokens, body: wire.ViewerRegisterRequest) -> Answer:
    """Make a viewer account bound to a device.

    A browser keeps a cookie that this operation alone reads: whoever registers anew is on the same device.
    """
    organization_id = body.organization_id
    if body.room_id is not None:
        try:
            organization_id = await rooms.organization_of(work, body.room_id)
        except RoomNotFound as error:
            raise invalid("room_id", "There is no such room.") from error
    signed_in = await ops.register_viewer(work, body.command(organization_id, device.token_in(call)))
    answer = wire.ViewerRegisterResponse.of(signed_in, tokens, work.now)
    return Answer(answer, headers={"Set-Cookie": device.cookie(answer.device_token, call)})


@api.route(
    "POST", "/auth/device", operation="loginDevice", tag="Auth", access="none", rate=CROWD,
    raises=[InvalidCredentials, AccountDisabled, PersonNotFound],
)  # fmt: skip
async def login_device(work: Work, tokens: Tokens, body: wire.DeviceLoginRequest) -> wire.AuthResponse:
    """Sign in with a device token."""
    signed_in = await ops.sign_in_device(work, body.device_token)
    return wire.AuthResponse.of(signed_in, tokens, work.now)


@api.route(
    "POST", "/auth/exchange", operation="exchangeAuthCode", tag="Auth", access="none", rate=GUESSES,
    raises=[CodeExpired, AccountDisabled, PersonNotFound],
)  # fmt: skip
async def exchange_auth_code(
    work: Work, tokens: Tokens, body: wire.ExchangeAuthCodeRequest
) -> wire.AuthResponse:
    """Trade a one-time code for tokens."""
    signed_in = await ops.exchange(work, body.code)
    return wire.AuthResponse.of(signed_in, tokens, work.now)


@api.route("GET", "/auth/me", operation="getMe", tag="Auth", access="viewer", raises=[PersonNotFound])
async def get_me(work: Read) -> wire.UserResponse:
    """Who am I."""
    return wire.UserResponse.of(await ops.me(work), private=True)


@api.route("POST", "/auth/logout", operation="logout", tag="Auth", access="viewer", status=204)
async def logout(work: Work, actor: Actor, sign_in: SignIn, body: wire.LogoutRequest | None) -> None:
    """Sign out.

    Without a token the sign-in of the caller's current device ends.
    """
    wanted = body or wire.LogoutRequest()
    await ops.sign_out(
        work,
        family_id=actor.family_id,
        refresh_token=wanted.refresh_token,
        everywhere=wanted.all_devices,
    )
    if actor.account_id:
        sign_in.forget(actor.account_id)


@api.route(
    "POST", "/auth/code", operation="createAuthCode", tag="Auth", access="viewer", status=201,
    machines=True, scope="codes",
    raises=[Forbidden, PersonNotFound],
)  # fmt: skip
async def create_auth_code(
    work: Work, body: wire.GenerateAuthCodeRequest | None
) -> wire.GenerateAuthCodeResponse:
    """Make a one-time code for another window or device.

    Valid 60 seconds and once. Lets a page hand its sign-in to the studio or the player without putting
    tokens into an address.
    """
    wanted = body or wire.GenerateAuthCodeRequest()
    if wanted.session_id is not None:
        try:
            await sessions.check_visible(work, wanted.session_id)
        except SessionNotFound as error:
            raise invalid("session_id", "There is no session with this id that you may see.") from error
    code = await ops.make_code(work, wanted.command())
    return wire.GenerateAuthCodeResponse.of(code, work)
