"""Clients in TypeScript, made from the contracts alone, drive each API of a served hall."""

import json
import re
from collections.abc import Iterator

import httpx
import pytest
import yaml

from tests.clients.compiling import ROOT, Run
from tests.clients.customer import ANN, bearer_of_sourceloop, made
from tests.support.hall import Hall, hall

BO = "bo@example.org"
VERBS = {"get", "post", "put", "patch", "delete"}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    with hall(tmp_path_factory.mktemp("hall")) as served:
        served.add_account(ANN, "admin")
        served.add_account(BO, "host")
        yield served


def operations(api: str) -> list[str]:
    """Every operation of a contract, as clients note what they call."""
    paths = yaml.safe_load((ROOT / f"contracts/{api}.yaml").read_text())["paths"]
    return sorted(
        f"{verb.upper()} {path}" for path, found in paths.items() for verb in found if verb in VERBS
    )


def test_a_session_of_the_live_api_and_its_reports_by_voila(run: Run, ann: httpx.Client) -> None:
    live = run("live", token=ann.headers["Authorization"].removeprefix("Bearer "))
    assert (live["admission"], live["refused"], live["status"]) == ("admitted", 403, "ended")
    assert live["beyond"] == [200, 201]
    assert (live["chat"], live["viewers"], len(live["people"])) == (["Hello!"], 1, 1)

    oauth, organization = made(ann, kind="oauth"), ann.get("/auth/me").json()["data"]["organization_id"]
    told = run(
        "voila", client=oauth["client"]["client_id"], secret=oauth["secret"], organization=organization,
        program=live["room"], session=live["session"],
    )  # fmt: skip
    assert told["called"] == operations("voila")
    assert len(told["called"]) == 6
    assert (told["expires"], told["organization"]) == (3600, organization)
    assert re.fullmatch("[0-9A-Za-z]{27}", told["vera"]["id"])
    assert told["vera"]["external"] == "crm-7"
    assert told["seconds"] == [each["seconds"] for each in live["people"]]
    assert (told["chat"], told["questions"]) == (live["chat"], ["Why?"])
    assert (told["foreign"]["status"], bool(told["foreign"]["error"]["message"])) == (403, True)
    token = {"access_token": told["vera"]["link"].partition("#")[2]}
    assert ann.post("/auth/access-link", json=token).status_code == 200


def test_a_live_of_meltingspot(run: Run, ann: httpx.Client, running: Hall) -> None:
    group, more = (
        ann.post("/groups", json={"name": name}).json()["data"]["id"] for name in ("Readers", "Writers")
    )
    member = ann.get("/auth/me").json()["data"]["id"]
    bo = {"Authorization": f"Bearer {running.token(BO)}"}
    told = run(
        "meltingspot", key=made(ann)["secret"], member=member, group=group, more=more,
        other=ann.get("/auth/me", headers=bo).json()["data"]["id"],
        channel=ann.post("/libraries", json={"name": "A channel"}).json()["data"]["id"],
    )  # fmt: skip
    assert told["called"] == operations("meltingspot")
    assert len(told["called"]) == 17
    assert (told["title"], told["status"]) == ("Waves and particles", "Planned")
    assert "waves" in json.dumps(told["description"])
    assert (told["found"], told["groups"]) == ([1, True], [group])
    assert (told["speaker"], told["speakers"]) == (["Speaker", True], ["zoe@example.org", BO])
    assert (told["eve"], told["people"]) == (
        "Invited",
        ["eve@example.org", "cy@example.org", "dan@example.org"],
    )
    assert (told["invited"], told["gone"]["error"]["statusCode"]) == (5, 404)


def test_a_meeting_of_sourceloop(run: Run, ann: httpx.Client) -> None:
    told = run("sourceloop", token=bearer_of_sourceloop(ann))
    for code in (told["link"], told["other"]["code"]):
        assert re.fullmatch("[A-Za-z0-9_-]{10}", code)
    assert told["hasToken"]
    assert (told["everybody"], told["present"]) == ([["bo", False], ["cy", True]], ["bo"])
    assert told["again"]["error"]["error"]["name"] == "BadRequestError"
    # No such archive, twice; no keys are kept for such a storage; no token. What is there: test_archives.py.
    assert (told["archives"], told["statuses"]) == ({"count": 0, "items": []}, [404, 404, 500, 401])
    assert told["called"] == operations("sourceloop")
    assert len(told["called"]) == 10
