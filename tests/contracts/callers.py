"""Callers of each API beside our own: who they are, and what their paths and bodies name."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from joserfc import jwt
from joserfc.jwk import OctKey

from livehall.dialects.kit import Dialect, Route
from livehall.kernel.ids import new_id
from livehall.server.dialects import DIALECTS
from tests.support.served import Host, Served

BY_NAME: dict[str, Dialect] = {dialect.name: dialect for dialect in DIALECTS}
ROUTES = [(dialect.name, route) for dialect in DIALECTS for route in dialect.routes]
LATER = "2040-01-01T10:00:00.000Z"


@dataclass
class Caller:
    """A tenant's machine. `path`: what exists and is the tenant's, by the parameter's name."""

    headers: dict[str, str]
    path: dict[str, str]
    special: dict[str, dict[str, str]] = field(default_factory=dict)  # headers of an operation

    def headers_for(self, route: Route) -> dict[str, str]:
        return self.special.get(route.operation, self.headers)

    def address(self, route: Route, **others: str) -> str:
        """The route's path with the tenant's own things, or others."""
        path = route.path
        for name in route.signature.path_names:
            path = path.replace(f"{{{name}}}", others.get(name) or self.path[name])
        return path


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
        path={
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
    return Caller(headers=headers, path={"meetingLinkId": link.text, "archiveId": new_id()})


def meltingspot(app: Served, host: Host, admin: str) -> Caller:
    made = client_of(app, admin, kind="api_key")
    live = httpx.Client(base_url=f"{app.url}/api/v1", headers={"Authorization": f"Bearer {app.token(admin)}"})
    group = live.post("/groups", json={"name": f"Group of {admin}"})
    assert group.status_code == 201, group.text
    group_id = str(group.json()["data"]["id"])
    library = live.get(f"/rooms/{host.room}").json()["data"]["library_id"]
    live.put(f"/sessions/{host.session}/groups/{group_id}")
    live.close()
    return Caller(
        headers={"Authorization": made["secret"]},
        path={"liveId": host.session, "groupId": group_id, "channelId": str(library)},
    )


MAKERS: dict[str, Callable[[Served, Host, str], Caller]] = {
    "voila": voila,
    "meltingspot": meltingspot,
    "sourceloop": sourceloop,
}

# The least body that an operation takes; operations that are missing take none, or an empty one.
VALID: dict[tuple[str, str], dict[str, Any]] = {
    ("voila", "registerAttendee"): {
        "firstName": "Vera",
        "lastName": "Rubin",
        "email": "vera@example.org",
        "isPersonalDataSharingAccepted": True,
    },
    ("sourceloop", "editMeeting"): {"isScheduled": True, "scheduleTime": LATER},
    ("sourceloop", "setStorageTarget"): {"name": "AWSS3", "bucket": "a-bucket"},
}
