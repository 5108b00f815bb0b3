"""Credentials of every kind for one hall: those that are taken, and those that are none, or none any more."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from livehall.engines.tokens import JwtTokens
from livehall.kernel.ids import new_id
from tests.contracts.callers import client_of
from tests.support.served import Served

# By their names, as they are drawn: who may do much is drawn more often, so that much is done.
TAKEN = (*["host"] * 4, *["administrator"] * 2, "viewer", "key", "client", "library key", "library client")
REFUSED = ("expired", "forged", "unsigned", "revoked key", "revoked token", "signed out", "wrong key")
NOBODY = "nobody"
NAMES = (*TAKEN, NOBODY, *REFUSED)
PEOPLE = {"host": "ada", "administrator": "ann", "viewer": "vera"}


@dataclass(frozen=True)
class Credential:
    name: str
    headers: Mapping[str, str]

    @property
    def is_refused(self) -> bool:
        return self.name in REFUSED


def credentials_of(app: Served) -> dict[str, Credential]:
    """One of each, by its name, and the `leaver`, a guest who may sign out."""
    library = {"library_ids": [app.ada.library]}
    gone = client_of(app, "ann")
    with httpx.Client(base_url=f"{app.url}/api/v1", headers=bearer(app.token("ann"))) as live:
        assert live.delete(f"/api-clients/{gone['client']['id']}").status_code == 204
    secret = {"X-Proxy-Secret": app.secrets.centrifugo_secret}
    taken = {
        **{name: bearer(app.token(person)) for name, person in PEOPLE.items()},
        "leaver": bearer(guest_of(app)),
        "key": {"X-Api-Key": str(client_of(app, "ann")["secret"])},
        "library key": {"X-Api-Key": str(client_of(app, "ann", **library)["secret"])},
        "client": bearer(token_of(app)),
        "library client": bearer(token_of(app, **library)),
    }
    claims = app.claims("ada")
    others = JwtTokens(b"another key that signs tokens ok")
    refused = {
        "expired": bearer(app.sign(app.claims("ada", datetime.now(UTC) - timedelta(hours=1)))),
        "forged": bearer(others.issue(claims)),
        "unsigned": bearer(unsigned(app.token("ada"))),
        "revoked key": {"X-Api-Key": str(gone["secret"])},
        "revoked token": bearer(token_of(app, revoked=True)),
        "signed out": bearer(guest_of(app, signed_out=True)),
        "wrong key": {"X-Api-Key": f"lh_{new_id()}"},
    }
    return {
        NOBODY: Credential(NOBODY, {}),
        **{name: Credential(name, {**headers, **secret}) for name, headers in taken.items()},
        **{name: Credential(name, {**headers, "X-Proxy-Secret": "x"}) for name, headers in refused.items()},
    }


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def unsigned(token: str) -> str:
    """The same claims with `alg` none, and no signature (RFC 8725 §3.2)."""
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none", "typ": "JWT"}).encode()).rstrip(b"=")
    return f"{header.decode()}.{token.split('.')[1]}."


def token_of(app: Served, *, revoked: bool = False, **body: object) -> str:
    """An access token of an OAuth client."""
    made = client_of(app, "ann", kind="oauth", **body)
    by = (made["client"]["client_id"], made["secret"])
    answer = httpx.post(f"{app.url}/api/v1/oauth/token", data={"grant_type": "client_credentials"}, auth=by)
    assert answer.status_code == 200, answer.text
    token = str(answer.json()["access_token"])
    if revoked:
        ended = httpx.post(f"{app.url}/api/v1/oauth/revoke", data={"token": token}, auth=by)
        assert ended.status_code == 200, ended.text
    return token


def guest_of(app: Served, *, signed_out: bool = False) -> str:
    """A guest's access token."""
    body = {"username": "Mia", "organization_id": app.organization("ada")}
    answer = httpx.post(f"{app.url}/api/v1/auth/viewers", json=body)
    assert answer.status_code == 201, answer.text
    token = str(answer.json()["data"]["access_token"])
    if signed_out:
        ended = httpx.post(f"{app.url}/api/v1/auth/logout", json={"all_devices": True}, headers=bearer(token))
        assert ended.status_code == 204, ended.text
    return token
