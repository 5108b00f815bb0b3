"""A customer whose software speaks the vendor's API: its secret, its tokens, its clients."""

import time
from collections.abc import Sequence

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from livehall.dialects.sourceloop.sign_in import PERMISSIONS

EVERYTHING = tuple(PERMISSIONS)


class Vendor:
    """One organization's signing secret, made by its administrator."""

    def __init__(self, hall, admin: httpx.AsyncClient, client: dict, secret: str) -> None:
        self.hall, self.admin, self.client, self.secret = hall, admin, client, secret

    def token(
        self, permissions: Sequence[str] = EVERYTHING, *, secret: str | None = None, **claims: object
    ) -> str:
        body = {
            "iss": self.client["issuer"], "id": "u-1", "userTenantId": "t-1",
            "permissions": list(permissions), "exp": int(time.time()) + 600, **claims,
        }  # fmt: skip
        return signed({k: v for k, v in body.items() if v is not None}, secret or self.secret)

    def caller(self, token: str | None = None, **headers: str) -> httpx.AsyncClient:
        caller = self.hall.client(token)
        caller.base_url = "http://hall.test/sourceloop"
        caller.headers.update(headers)
        return caller

    @property
    def software(self) -> httpx.AsyncClient:
        return self.caller(self.token())

    async def session(self, link: str) -> dict:
        """The meeting as the Live API shows it."""
        async with self.hall.app.house.database.read() as db:
            found = await db.one(OF_LINK, link=link)
        answer = await self.admin.get(f"/sessions/{found}")
        return answer.json()["data"]


def signed(claims: dict, secret: str, algorithm: str = "HS256") -> str:
    key = OctKey.import_key(secret)
    return jwt.encode({"alg": algorithm, "typ": "JWT"}, claims, key, algorithms=[algorithm])


async def a_vendor(hall, email="ann@example.org", organization="Livehall", **fields) -> Vendor:
    admin = await hall.signed_in(email, "admin", organization)
    body = {"name": "Meetings", "kind": "signing_secret", "scopes": ["write", "admin"], **fields}
    answer = await admin.post("/api-clients", json=body)
    assert answer.status_code == 201, answer.text
    data = answer.json()["data"]
    return Vendor(hall, admin, data["client"], data["secret"])


def error_of(answer: httpx.Response) -> tuple:
    body = answer.json()["error"]
    assert body["statusCode"] == answer.status_code
    return answer.status_code, body.get("name")


def _of_link():
    from sqlalchemy import Text, bindparam, select

    from livehall.core.rooms.model import room
    from livehall.core.sessions.model import session
    from livehall.kernel.db import Statement

    joined = select(session.c.id).join(room, room.c.id == session.c.room_id)
    return Statement(joined.where(room.c.slug == bindparam("link", type_=Text)), str)


OF_LINK = _of_link()
