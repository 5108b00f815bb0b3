"""Clients in TypeScript, made from the contracts alone, drive each API of a served hall.

`openapi-typescript` writes their types from `contracts/*.yaml` when the tests run, `tsc` checks what calls
them, and `openapi-fetch` carries it out; all three are those of the web app.
"""

import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from livehall.dialects.sourceloop.sign_in import PERMISSIONS
from tests.dialects.sourceloop.vendor import signed
from tests.support.hall import Hall, hall
from tests.support.needs import need

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
MODULES = ROOT / "web/node_modules"
APIS = ("live", "voila", "meltingspot", "sourceloop")
DEADLINE_S = 120
ANN, BO = "ann@example.org", "bo@example.org"
VERBS = {"get", "post", "put", "patch", "delete"}
OPTIONS = {
    "strict": True, "noUncheckedIndexedAccess": True, "noUnusedLocals": True, "target": "ES2022",
    "lib": ["ES2023", "DOM", "DOM.Iterable"], "module": "NodeNext", "moduleResolution": "NodeNext",
    "types": ["node"], "typeRoots": ["node_modules/@types"], "outDir": "made",
}  # fmt: skip
Run = Callable[..., Any]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clients, compiled; what does not fit the contracts' types fails here."""
    node, at = need("node"), tmp_path_factory.mktemp("clients")
    (at / "node_modules").symlink_to(MODULES)
    for source in HERE.glob("*.ts"):
        shutil.copy(source, at)
    (at / "package.json").write_text('{"type": "module"}')
    (at / "tsconfig.json").write_text(json.dumps({"compilerOptions": OPTIONS, "include": ["*.ts"]}))
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda api: _types(node, at, api), APIS))
    _run([node, MODULES / "typescript/bin/tsc", "--project", at], at)
    return at


def _types(node: Path, at: Path, api: str) -> None:
    generator = MODULES / "openapi-typescript/bin/cli.js"
    contract, target = ROOT / f"contracts/{api}.yaml", at / f"{api}.contract.d.ts"
    _run([node, generator, contract, "--output", target, "--default-non-nullable=false"], at)


def _run(command: list[Path | str], at: Path, given: str = "") -> str:
    done = subprocess.run(
        command, cwd=at, input=given, capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hall]:
    with hall(tmp_path_factory.mktemp("hall")) as served:
        served.add_account(ANN, "admin")
        served.add_account(BO, "host")
        yield served


@pytest.fixture(scope="module")
def ann(running: Hall) -> Iterator[httpx.Client]:
    """The Live API for the administrator, who makes the others' credentials."""
    headers = {"Authorization": f"Bearer {running.token(ANN)}"}
    with httpx.Client(base_url=f"{running.url}/api/v1", headers=headers, timeout=30) as client:
        yield client


def operations(api: str) -> list[str]:
    """Every operation of a contract, as clients note what they call."""
    paths = yaml.safe_load((ROOT / f"contracts/{api}.yaml").read_text())["paths"]
    return sorted(
        f"{verb.upper()} {path}" for path, found in paths.items() for verb in found if verb in VERBS
    )


def made(ann: httpx.Client, **fields: object) -> Any:
    """An API client: `client` and `secret`."""
    answer = ann.post("/api-clients", json={"name": "A machine", "scopes": ["write", "admin"], **fields})
    assert answer.status_code == 201, answer.text
    return answer.json()["data"]


@pytest.fixture
def run(folder: Path, running: Hall) -> Run:
    def client(api: str, **given: object) -> Any:
        """What the client of this API tells."""
        text = json.dumps({"url": running.url, **given})
        return json.loads(_run([need("node"), folder / "made" / f"{api}.js"], folder, text))

    return client


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
    signing = made(ann, kind="signing_secret")
    claims = {
        "iss": signing["client"]["issuer"], "exp": int(time.time()) + 600, "id": "u-1",
        "permissions": list(PERMISSIONS),
    }  # fmt: skip
    told = run("sourceloop", token=signed(claims, signing["secret"]))
    for code in (told["link"], told["other"]["code"]):
        assert re.fullmatch("[A-Za-z0-9_-]{10}", code)
    assert told["hasToken"]
    assert (told["everybody"], told["present"]) == ([["bo", False], ["cy", True]], ["bo"])
    assert told["again"]["error"]["error"]["name"] == "BadRequestError"
    # No such archive, twice; no keys are kept for such a storage; no token.
    assert (told["archives"], told["statuses"]) == ({"count": 0, "items": []}, [404, 404, 500, 401])
    assert told["called"] == operations("sourceloop")
    assert len(told["called"]) == 10
