"""Who calls: a token that the customer's own server signed (HS256) with its signing secret (L4–L6, L16).

Its issuer finds the secret, its `permissions` say what it may do, as far as the secret's own scopes reach.
"""

import time
from datetime import datetime
from weakref import WeakKeyDictionary

import msgspec

from livehall.core.people.signers import Signed, Signers
from livehall.core.ports.tokens import BadToken, ExpiredToken
from livehall.dialects.kit import Call
from livehall.kernel.actor import Actor
from livehall.kernel.faults import Unauthenticated

PERMISSIONS: dict[str, str | None] = {  # → the scope that the signing secret must have
    "CreateMeetingSession": "write",
    "GenerateMeetingToken": "write",
    "EditMeeting": "write",
    "StopMeeting": "write",
    "GetMeetingAttendees": None,
    "GetMeetingArchives": None,
    "DeleteMeetingArchive": "write",
    "SetMeetingUploadTarget": "admin",
}
MILLISECONDS = 1e11  # numbers above are milliseconds
LONGEST_NAME = 200


class SignIn:
    def __init__(self, signers: Signers) -> None:
        self._signers = signers
        self._actors: WeakKeyDictionary[Signed, Actor] = WeakKeyDictionary()

    async def __call__(self, call: Call) -> Actor:
        """Raises: Unauthenticated, BadToken, ExpiredToken."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated
        signed = await self._signers.read(token.strip())
        check_password(signed.claims.get("passwordExpiryTime"), time.time())
        return self._actor(signed)

    def _actor(self, signed: Signed) -> Actor:
        """Worked out once for as long as the token's reading holds."""
        known = self._actors.get(signed)
        if known is None:
            known = self._actors[signed] = msgspec.structs.replace(
                signed.actor, scopes=permissions_in(signed), name=name_in(signed.claims)
            )
        return known


def permissions_in(signed: Signed) -> tuple[str, ...]:
    """What the token lets its bearer do, as far as the secret does."""
    given, scopes = signed.claims.get("permissions"), signed.actor.scopes
    if not isinstance(given, list):
        return ()
    return tuple(
        name for name, scope in PERMISSIONS.items() if name in given and (scope is None or scope in scopes)
    )


def name_in(claims: dict[str, object]) -> str:
    """Who is on record as having done it: the user of the customer's tenant, else the user (L16)."""
    name = str(claims.get("userTenantId") or claims.get("id") or "")
    return "".join(each for each in name if each.isprintable())[:LONGEST_NAME]


def check_password(expires: object, now: float) -> None:
    """The user's password must not have expired (L6). Raises: ExpiredToken, BadToken."""
    if expires is None:
        return
    if isinstance(expires, str):
        try:
            instant = datetime.fromisoformat(expires).timestamp()
        except (ValueError, OverflowError, OSError) as error:
            raise BadToken from error
    elif isinstance(expires, (int, float)):
        try:
            instant = expires / 1000 if expires > MILLISECONDS else float(expires)
        except OverflowError as error:
            raise BadToken from error
    else:
        raise BadToken
    if instant <= now:
        raise ExpiredToken
