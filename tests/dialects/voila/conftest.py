"""A partner: an OAuth client of an organization, with a token of the Voilà API."""

import httpx
import pytest

from livehall.dialects.voila.sign_in import SCOPE
from tests.dialects.live.test_clients import made

FORM = {"grant_type": "client_credentials", "scope": SCOPE}


class Partner:
    """`http` speaks Voilà as the partner, below the path of its tenant; `host` speaks Live as its maker."""

    def __init__(self, hall, host, client, organization_id):
        self.hall, self.host, self.organization_id = hall, host, organization_id
        self.credentials = (client["client"]["client_id"], client["secret"])
        self.client_id = client["client"]["id"]

    async def sign_in(self):
        answer = await voila(self.hall).post("/oauth2/token", data=FORM, auth=self.credentials)
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]
        self.http = voila(self.hall, self.token, f"/v1/organizations/{self.organization_id}")

    async def program(self, **fields):
        answer = await self.host.post("/rooms", json={"title": "A program", "visibility": "private"} | fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["id"]

    async def session(self, program, **fields):
        answer = await self.host.post(f"/rooms/{program}/sessions", json={"title": "An evening"} | fields)
        assert answer.status_code == 201, answer.text
        return answer.json()["data"]["session"]["id"]


def voila(hall, token=None, below="", base="http://hall.test/voila"):
    client = hall.client(token)
    client.base_url = httpx.URL(base + below)
    return client


@pytest.fixture
def partner_of(hall):
    async def partner(organization="Livehall", scopes=("write", "admin")):
        email = f"ann@{organization.lower()}.example"
        person = await hall.person(email, "admin", organization)
        host = hall.client(hall.token(person))
        client = await made(host, kind="oauth", scopes=list(scopes))
        found = Partner(hall, host, client, person.organization_id)
        await found.sign_in()
        return found

    return partner


@pytest.fixture
async def partner(partner_of):
    return await partner_of()
