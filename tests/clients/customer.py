"""Whose software the clients are: an administrator, and the credentials that they make."""

import time
from typing import Any

import httpx

from livehall.dialects.sourceloop.sign_in import PERMISSIONS
from tests.dialects.sourceloop.vendor import signed

ANN = "ann@example.org"


def made(ann: httpx.Client, **fields: object) -> Any:
    """An API client: `client` and `secret`."""
    answer = ann.post("/api-clients", json={"name": "A machine", "scopes": ["write", "admin"], **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


def bearer_of_sourceloop(ann: httpx.Client) -> str:
    """With every permission, as the customer's software signs it."""
    signing = made(ann, kind="signing_secret")
    claims = {
        "iss": signing["client"]["issuer"], "exp": int(time.time()) + 600, "id": "u-1",
        "permissions": list(PERMISSIONS),
    }  # fmt: skip
    return signed(claims, signing["secret"])
