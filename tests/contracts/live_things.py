"""What an organization can have, made by the Live API as its administrator: a thing for each word of its
paths and bodies, each made when it is first asked for.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import msgspec

from livehall.core.recordings import rows
from livehall.core.recordings import store as recordings
from livehall.core.sessions import places
from livehall.core.sessions import store as sessions
from livehall.core.webhooks import deliveries_store
from livehall.core.webhooks import ops as webhooks
from livehall.core.webhooks import store as endpoints
from livehall.engines.tokens import JwtTokens
from livehall.kernel.actor import SYSTEM, Role
from livehall.kernel.db.types import to_ms
from livehall.kernel.ids import new_id
from livehall.kernel.work import Desk
from livehall.server.database import desk_of
from livehall.server.settings import load_settings
from livehall.server.storage import storage_of
from tests.support.people import a_person, claims_of
from tests.support.served import DEADLINE_S, TOKEN_LIFETIME, Served
from tests.support.waiting import wait_until

LATE = datetime(2040, 1, 1, tzinfo=UTC)
FILM = bytes(range(256)) * 8
PNG = b"\x89PNG\r\n\x1a\n" + b"picture"
# What is made with another thing.
SECRETS = {"file_token": "file", "oauth_secret": "oauth_client", "recording_token": "recording"}
PARTS = {"option": "poll", "picture": "recording", **SECRETS}
TREE = {"library", "room", "session"}  # what other things stand in


class Things:
    """An organization's things; `things["poll"]` is the id of a poll that exists and was not used up."""

    def __init__(self, app: Served, admin: str, organization: str) -> None:
        self.app, self.place = app, organization
        self.settings = load_settings({"LIVEHALL_DATA": str(app.database.parent)})
        headers = {
            "Authorization": f"Bearer {app.token(admin)}",
            "X-Proxy-Secret": app.secrets.centrifugo_secret,
        }
        base = f"{app.url}/api/v1"
        self.http = httpx.Client(base_url=base, headers=headers, timeout=DEADLINE_S)
        self.nobody = httpx.Client(base_url=base, timeout=DEADLINE_S)
        self._made: dict[str, str] = {"organization": app.organization(admin)}

    def __getitem__(self, name: str) -> str:
        if name in PARTS:
            assert self[PARTS[name]]
        elif name not in self._made:
            self._made[name] = MAKERS[name](self)
        return self._made[name]

    def __setitem__(self, name: str, value: str) -> None:
        self._made[name] = value

    @property
    def all(self) -> dict[str, str]:
        """Every one of them, by its name."""
        return {name: self[name] for name in ("organization", "option", "picture", *MAKERS)}

    def use_up(self, *names: str) -> None:
        """These are made anew when they are asked for again, and all that stood in them."""
        gone = set(names)
        if gone & TREE:
            gone |= set(MAKERS) - STANDING
        if "group" in gone:
            gone |= {"linked", "member"}
        for name in gone & MAKERS.keys():
            self._made.pop(name, None)

    def asked(self, verb: str, path: str, **options: Any) -> Any:
        answer = self.http.request(verb, path, **options)
        assert answer.status_code < 300, f"{verb} {path}: {answer.text}"
        return answer.json()["data"] if answer.content else None

    def posted(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self.asked("POST", path, json=body or {})

    def in_session(self, path: str, body: dict[str, Any] | None = None, **options: Any) -> Any:
        return self.asked("POST", f"/sessions/{self['session']}/{path}", json=body or {}, **options)

    def guest(self, *, admitted: bool = True) -> tuple[dict[str, str], str, str]:
        """A member in the session, or before its door: headers of theirs, account and attendance."""
        account_id, token = self.member("viewer")
        headers = {"Authorization": f"Bearer {token}"}
        seat = str(self.in_session("join", headers=headers)["attendance_id"])
        if admitted:
            self.in_session(f"waiting/{seat}/admit")
        return headers, account_id, seat

    def desk(self, act: Callable[[Desk], Any]) -> Any:
        """What no call of the API does by itself, since neither media server nor receiver is there."""

        async def run() -> Any:
            async with desk_of(self.settings) as desk:
                return await act(desk)

        return asyncio.run(run())

    def member(self, role: Role = "host") -> tuple[str, str]:
        """Another account of the organization, and a token of theirs."""
        email = f"m{new_id()}@example.org"
        person = self.desk(lambda desk: a_person(desk, email, role, self.place))
        claims = claims_of(person, datetime.now(UTC) + TOKEN_LIFETIME)
        return person.id, JwtTokens(self.app.secrets.token_key).issue(claims)

    def stay(self) -> None:
        """Nobody is swept out for being silent, and nothing follows by itself."""
        with sqlite3.connect(self.app.database, timeout=30) as db:
            db.execute(
                "update attendance set last_seen_at = ? where organization_id = ?",
                [to_ms(LATE), self["organization"]],
            )
        db.close()

    def close(self) -> None:
        self.http.close()
        self.nobody.close()


def _library(own: Things) -> str:
    return str(own.posted("/libraries", {"name": f"Shelf {new_id()}"})["id"])


def _room(own: Things) -> str:
    room = {"title": "A room", "library_id": own["library"], "waiting_room": True, "visibility": "members"}
    return str(own.posted("/rooms", room)["id"])


def _planned(own: Things) -> str:
    """In mode `external`, which needs no pictures of ours."""
    plan = {"title": "Evening", "mode": "external", "external_url": "https://example.org/live"}
    when = {"scheduled_start_time": LATE.isoformat(), "preset_id": own["preset"]}
    return str(own.posted(f"/rooms/{own['room']}/sessions", {**plan, **when})["session"]["id"])


def _session(own: Things) -> str:
    """On air."""
    session_id = _planned(own)
    own.posted(f"/sessions/{session_id}/go-live")
    return session_id


def _preset(own: Things) -> str:
    body = {"name": f"Files {new_id()}", "audience_chat_send_file": True}
    return str(own.posted(f"/libraries/{own['library']}/presets", body)["id"])


def _recording(own: Things) -> str:
    """Ready to be watched: as it is after a recorder's whole work."""
    session_id = own["session"]

    async def record(desk: Desk) -> tuple[str, str]:
        async with desk.work(SYSTEM) as work:
            made = await rows.add_recording(work, await sessions.get(work, session_id))
            asset = await rows.file_of(work, made, len(FILM))
            await recordings.add_asset(work, asset)
            made = await rows.move(work, made, "processing", duration_ms=1000)
        with NamedTemporaryFile(delete=False) as film:
            film.write(FILM)
        await storage_of(own.settings).take(Path(film.name), asset.storage_key)
        async with desk.work(SYSTEM) as work:
            await recordings.set_asset(work, asset, state="ready", size=len(FILM))
            await rows.move(work, made, "ready", size=len(FILM))
        return made.id, asset.id

    recording_id, own["picture"] = own.desk(record)
    link = own.asked("GET", f"/recordings/{recording_id}/download")["url"]
    own["recording_token"] = parse_qs(urlsplit(link).query)["token"][0]
    return recording_id


def _delivery(own: Things) -> str:
    """One that nobody sends, since its endpoint is switched off."""

    endpoint_id = own["endpoint"]

    async def deliver(desk: Desk) -> str:
        async with desk.work(SYSTEM) as work:
            row = await endpoints.get(work, endpoint_id, own["organization"])
            assert row is not None
            made = webhooks.new_delivery(row, new_id(), "session.ended", b"{}", work.now)
            await deliveries_store.add(work, [msgspec.structs.replace(made, try_at=LATE)])
        return made.id

    return str(own.desk(deliver))


def _file(own: Things) -> str:
    found = own.asked(
        "POST",
        f"/sessions/{own['session']}/files",
        params={"name": "wave.png"},
        content=PNG,
        headers={"Content-Type": "image/png"},
    )
    own["file_token"] = str(found["url"]).partition("token=")[2]
    return str(found["id"])


def _poll(own: Things) -> str:
    poll = own.in_session("polls", {"question": "Tea?", "options": ["yes", "no"]})
    own["option"] = str(poll["options"][0]["id"])
    return str(poll["id"])


def _asking(path: str) -> Callable[[Things], str]:
    def ask(own: Things) -> str:
        headers, _, _ = own.guest()
        return str(own.in_session(f"stage/{path}", headers=headers)["id"])

    return ask


def _on_stage(own: Things) -> str:
    _, account_id, _ = own.guest()

    async def seat(desk: Desk) -> None:
        async with desk.work(SYSTEM) as work:
            await places.add(
                work,
                places.StageMember(
                    id=new_id(), organization_id=own["organization"], session_id=own["session"],
                    account_id=account_id, request_id=None, via="added", may_audio=True, may_video=True,
                    may_screen=False, joined_at=work.now, left_at=None, left_reason=None,
                    requests_blocked=False,
                ),
            )  # fmt: skip

    own.desk(seat)
    return account_id


def _waiting(own: Things) -> str:
    _, _, seat = own.guest(admitted=False)
    return seat


def _registration(own: Things) -> str:
    own.asked("PUT", f"/rooms/{own['room']}/registration", json={"mode": "optional"})
    person = {"email": f"r{new_id()}@example.org", "first_name": "Mia", "last_name": "Wolf"}
    return str(own.posted(f"/rooms/{own['room']}/registrations", person)["id"])


def _export(own: Things) -> str:
    """A file that is made."""
    export_id = str(own.posted("/exports", {"kind": "chat", "session_id": own["session"]})["id"])
    wait_until(
        lambda: own.asked("GET", f"/exports/{export_id}")["state"] == "ready",
        within=DEADLINE_S,
        what="the export is made",
        every=0.2,
    )
    return export_id


def _banned(own: Things) -> str:
    account_id, _ = own.member()
    own.in_session("bans", {"user_id": account_id})
    return account_id


def _staff(path: str) -> Callable[[Things], str]:
    def add(own: Things) -> str:
        account_id, _ = own.member()
        own.in_session(path, {"user_id": account_id})
        return account_id

    return add


def _member_of_group(own: Things) -> str:
    account_id, _ = own.member()
    own.asked("PUT", f"/groups/{own['group']}/members/{account_id}")
    return account_id


def _client(own: Things) -> str:
    return str(own.posted("/api-clients", {"name": "A key"})["client"]["id"])


def _oauth_client(own: Things) -> str:
    made = own.posted("/api-clients", {"name": "A machine", "kind": "oauth"})
    own["oauth_secret"] = made["secret"]
    return str(made["client"]["client_id"])


def _oauth_token(own: Things) -> str:
    by = (own["oauth_client"], own["oauth_secret"])
    answer = own.http.post("/oauth/token", data={"grant_type": "client_credentials"}, auth=by)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def _endpoint(own: Things) -> str:
    body = {"url": "https://example.org/hooks", "enabled": False}
    return str(own.posted("/webhook-endpoints", body)["endpoint"]["id"])


def _linked(own: Things) -> str:
    """A group of the session's and the library's."""
    own.asked("PUT", f"/sessions/{own['session']}/groups/{own['group']}")
    own.posted(f"/libraries/{own['library']}/groups", {"group_id": own["group"]})
    return own["group"]


def _viewer(own: Things) -> str:
    _, account_id, _ = own.guest()
    return account_id


def _email(own: Things) -> str:
    """The address of a member."""
    email = f"m{new_id()}@example.org"
    own.desk(lambda desk: a_person(desk, email, "viewer", own.place))
    return email


MAKERS: dict[str, Callable[[Things], str]] = {
    "account": lambda own: own.member()[0],
    "banned": _banned,
    "client": _client,
    "co_host": _staff("co-hosts"),
    "delivery": _delivery,
    "email": _email,
    "endpoint": _endpoint,
    "export": _export,
    "file": _file,
    "group": lambda own: str(own.posted("/groups", {"name": f"Group {new_id()}"})["id"]),
    "hand": _asking("hand"),
    "library": _library,
    "linked": _linked,
    "member": _member_of_group,
    "message": lambda own: str(own.in_session("chat", {"message": "hello"})["id"]),
    "moderator": _staff("moderators"),
    "oauth_client": _oauth_client,
    "oauth_token": _oauth_token,
    "on_stage": _on_stage,
    "other_library": _library,
    "person": lambda own: str(own.in_session("people", {"email": f"p{new_id()}@example.org"})["id"]),
    "poll": _poll,
    "planned": _planned,
    "preset": _preset,
    "question": lambda own: str(own.in_session("questions", {"text": "Why?"})["id"]),
    "recording": _recording,
    "registration": _registration,
    "request": _asking("join-request"),
    "room": _room,
    "seat": lambda own: str(own.in_session("join")["attendance_id"]),
    "session": _session,
    "target": lambda own: str(
        own.posted(
            f"/rooms/{own['room']}/streaming-targets",
            {"name": "Elsewhere", "endpoint": "rtmp://example.org/app", "stream_key": "key"},
        )["id"]
    ),
    "viewer": _viewer,
    "waiting": _waiting,
}
# What does not stand in a library, a room or a session.
STANDING = {
    "account", "client", "delivery", "email", "endpoint", "group", "member", "oauth_client", "oauth_token",
    "other_library",
}  # fmt: skip
