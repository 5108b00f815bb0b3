"""A Spot: an organization with an API key, and an administrator who made it."""

import httpx
import pytest

from livehall.kernel.clock import utc_now
from tests.dialects.live.test_clients import made

START = 2_000_000_000


class Spot:
    """`http` speaks MeltingSpot with the key; `host` speaks Live as its maker."""

    def __init__(self, hall, host, person, client):
        self.hall, self.host, self.person = hall, host, person
        self.key = client["secret"]
        self.http = self.caller(self.key)

    def caller(self, authorization=None):
        client = self.hall.client()
        client.base_url = httpx.URL("http://hall.test/meltingspot/v1")
        if authorization is not None:
            client.headers["Authorization"] = authorization
        return client

    def body(self, **fields):
        least = {
            "title": "A live", "spotMemberHostId": self.person.id, "startDate": START,
            "endDate": START + 3600, "solution": "BuiltIn",
        }  # fmt: skip
        return {name: value for name, value in (least | fields).items() if value is not ...}

    async def live(self, **fields):
        answer = await self.http.post("/lives", json=self.body(**fields))
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def titles(self, query=""):
        answer = await self.http.get(f"/lives{query}")
        assert answer.status_code == 200, answer.text
        return [each["title"] for each in answer.json()["items"]]

    async def status(self, verb, path, **more):
        return (await self.http.request(verb, path, **more)).status_code

    async def settled(self):
        """Once kept figures are up to date."""
        await self.hall.app.house.relay.drained()
        figures = self.hall.app.house.figures
        figures._rest_until = figures._running_at = 0.0
        await figures.gather()


@pytest.fixture
def spot_of(hall):
    async def spot(organization="Livehall", scopes=("write", "admin"), role="admin"):
        person = await hall.person(f"ann.{role}@{organization.lower()}.example", role, organization)
        host = hall.client(hall.token(person))
        if role != "admin":
            maker = await hall.person(f"ann.admin@{organization.lower()}.example", "admin", organization)
            host = hall.client(hall.token(maker))
            person = maker
        return Spot(hall, host, person, await made(host, scopes=list(scopes)))

    return spot


@pytest.fixture
async def spot(spot_of):
    return await spot_of()


def now():
    return int(utc_now().timestamp())
