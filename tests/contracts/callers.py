"""Callers of each API beside our own: who they are, and what their paths and bodies name."""

import asyncio
import base64
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from livehall.core.recordings import rows
from livehall.core.sessions import store as sessions
from livehall.dialects.kit import Dialect, Route
from livehall.kernel.actor import SYSTEM
from livehall.kernel.ids import new_id
from livehall.server.database import desk_of
from livehall.server.dialects import DIALECTS
from livehall.server.settings import load_settings
from tests.dialects.sourceloop.vendor import OF_LINK
from tests.support.azure import ACCOUNT
from tests.support.served import Host, Served

BY_NAME: dict[str, Dialect] = {dialect.name: dialect for dialect in DIALECTS}
ROUTES = [(dialect.name, route) for dialect in DIALECTS for route in dialect.routes]
LATER = "2040-01-01T10:00:00.000Z"
UNIX = 2_208_988_800  # 2040-01-01
NAME = re.compile(r"{(\w+)}")


@dataclass
class Caller:
    """A tenant's machine. `things`: what exists and is the tenant's, by the names in paths and in `VALID`."""

    headers: dict[str, str]
    things: dict[str, str]
    special: dict[str, dict[str, str]] = field(default_factory=dict)  # headers of an operation

    def headers_for(self, route: Route) -> dict[str, str]:
        return self.special.get(route.operation, self.headers)

    def address(self, route: Route, **others: str) -> str:
        """The route's path with the tenant's own things, or others."""
        return filled(route.path, {**self.things, **others})

    def body(self, name: str, route: Route, **others: str) -> Any:
        """A body that the operation takes, with the tenant's own things, or others."""
        return filled(VALID.get((name, route.operation), {}), {**self.things, **others})


def filled(value: Any, things: dict[str, str]) -> Any:
    """A path or a body with each `{name}` replaced."""
    if isinstance(value, dict):
        return {key: filled(each, things) for key, each in value.items()}
    if isinstance(value, list):
        return [filled(each, things) for each in value]
    return NAME.sub(lambda found: things[found[1]], value) if isinstance(value, str) else value


def named_by(name: str, route: Route) -> list[str]:
    """What an operation names: in its path, and in its body."""
    return [*route.signature.path_names, *NAME.findall(str(VALID.get((name, route.operation), "")))]


def base_of(app: Served, dialect: Dialect, route: Route) -> str:
    bases = dialect.bases if route.bases is None else route.bases
    return f"{app.url}{dialect.prefix}{bases[0]}"


def client_of(app: Served, admin: str, **body: Any) -> dict[str, Any]:
    """A client that the Live API makes: `client` and `secret`."""
    answer = httpx.post(
        f"{app.url}/api/v1/api-clients",
        json={"name": "A machine", "scopes": ["write", "admin"], **body},
        headers={"Authorization": f"Bearer {app.token(admin)}"},
    )
    assert answer.status_code == 201, answer.text
    return dict(answer.json()["data"])


def voila(app: Served, host: Host, admin: str) -> Caller:
    made = client_of(app, admin, kind="oauth")
    pair = f"{made['client']['client_id']}:{made['secret']}"
    basic = {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
    form = {"grant_type": "client_credentials", "scope": "voila/partner_access"}
    answer = httpx.post(f"{app.url}/voila/oauth2/token", data=form, headers=basic)
    assert answer.status_code == 200, answer.text
    return Caller(
        headers={"Authorization": f"Bearer {answer.json()['access_token']}"},
        things={
            "organizationId": app.organization(admin),
            "programId": host.room,
            "sessionId": host.session,
        },
        special={"issueToken": basic},
    )


def sourceloop(app: Served, host: Host, admin: str) -> Caller:
    made = client_of(app, admin, kind="signing_secret")
    permissions = [
        "CreateMeetingSession", "GenerateMeetingToken", "EditMeeting", "StopMeeting", "GetMeetingAttendees",
        "GetMeetingArchives", "DeleteMeetingArchive", "SetMeetingUploadTarget",
    ]  # fmt: skip
    claims = {"iss": made["client"]["issuer"], "exp": 4_000_000_000, "permissions": permissions, "id": "1"}
    token = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(made["secret"]))
    headers = {"Authorization": f"Bearer {token}"}
    link = httpx.post(f"{app.url}/sourceloop/session", json={}, headers=headers)
    assert link.status_code == 200, link.text
    session, archive = asyncio.run(recorded(app, link.text))
    return Caller(
        headers=headers,
        things={"meetingLinkId": link.text, "archiveId": archive, "meetingId": session},
    )


async def recorded(app: Served, link: str) -> tuple[str, str]:
    """The session of a meeting, and the id of an archive of it that failed: no media server is there."""
    settings = load_settings({"LIVEHALL_DATA": str(app.database.parent)})
    async with desk_of(settings) as desk, desk.work(SYSTEM) as work:
        session_id = await work.db.one(OF_LINK, link=link)
        assert session_id is not None
        made = await rows.add_recording(work, await sessions.get(work, session_id))
        await rows.move(work, made, "failed", error_code="no_media")
    return session_id, made.id


def meltingspot(app: Served, host: Host, admin: str) -> Caller:
    made = client_of(app, admin, kind="api_key")
    session = host.new_session()
    headers = {"Authorization": f"Bearer {app.token(admin)}"}
    with httpx.Client(base_url=f"{app.url}/api/v1", headers=headers) as live:
        group = live.post("/groups", json={"name": f"Group {new_id()}"})
        assert group.status_code == 201, group.text
        group_id = str(group.json()["data"]["id"])
        linked = live.put(f"/sessions/{session}/groups/{group_id}")
        assert linked.status_code < 300, linked.text
        member = str(live.get("/auth/me").json()["data"]["id"])
    return Caller(
        headers={"Authorization": made["secret"]},
        things={
            "liveId": session,
            "groupId": group_id,
            "channelId": host.library,
            "hostId": str(host.http.get("/auth/me").json()["data"]["id"]),
            "memberId": member,
            "inviterId": member,
        },
    )


MAKERS: dict[str, Callable[[Served, Host, str], Caller]] = {
    "voila": voila,
    "meltingspot": meltingspot,
    "sourceloop": sourceloop,
}

# A body that each operation takes, with the tenant's own things in it; operations that are missing take none,
# or an empty one.
LIVE: dict[str, Any] = {"title": "Waves", "startDate": UNIX, "endDate": UNIX + 3600, "solution": "BuiltIn"}
BY = {"invitedBySpotMemberId": "{inviterId}"}
VALID: dict[tuple[str, str], dict[str, Any]] = {
    ("voila", "issueToken"): {"grant_type": "client_credentials", "scope": "voila/partner_access"},
    ("voila", "registerAttendee"): {
        "firstName": "Vera",
        "lastName": "Rubin",
        "email": "vera@example.org",
        "isPersonalDataSharingAccepted": True,
    },
    ("meltingspot", "createLive"): {**LIVE, "spotMemberHostId": "{hostId}"},
    ("meltingspot", "updateLive"): LIVE,
    ("meltingspot", "linkLiveGroup"): {"groupId": "{groupId}"},
    ("meltingspot", "linkLiveGroups"): {"groupIds": ["{groupId}"]},
    ("meltingspot", "unlinkLiveGroups"): {"groupIds": ["{groupId}"]},
    ("meltingspot", "linkChannelGroup"): {"groupId": "{groupId}"},
    ("meltingspot", "inviteLiveSpeaker"): {"member": "{memberId}", **BY},
    ("meltingspot", "inviteLiveSpeakers"): {"spotMemberIds": ["{memberId}"], **BY},
    ("meltingspot", "inviteLiveParticipant"): {"member": "{memberId}", **BY},
    ("meltingspot", "inviteLiveParticipants"): {"members": {"spotMemberIds": ["{memberId}"]}, **BY},
    ("sourceloop", "editMeeting"): {"isScheduled": True, "scheduleTime": LATER},
    ("sourceloop", "setStorageTarget"): {"name": "AZURE", "accountName": ACCOUNT, "domain": "{storage}"},
    ("sourceloop", "receiveWebhook"): {
        "sessionId": "{meetingId}",
        "event": "connectionCreated",
        "connection": {"id": "c-1", "createdAt": 1, "data": "bo"},
    },
}
