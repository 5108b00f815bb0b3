"""Secrets of the Voilà API: in no list, no log and not in the database."""

import httpx
import structlog

from livehall.server.logging import RequestLog
from tests.dialects.live.test_clients import made
from tests.dialects.voila.conftest import FORM
from tests.dialects.voila.test_attendees import VERA


async def test_secrets_are_in_no_list_no_log_and_not_in_the_database(hall, partner, tmp_path):
    client = await made(partner.host, kind="oauth", scopes=["write", "admin"])
    program = await partner.program()
    logged = RequestLog(hall.app.asgi)
    with structlog.testing.capture_logs() as log:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(logged), base_url="http://hall.test/voila"
        ) as at:
            pair = (client["client"]["client_id"], client["secret"])
            token = (await at.post("/oauth2/token", data=FORM, auth=pair)).json()["access_token"]
            at.headers["authorization"] = f"Bearer {token}"
            path = f"/v1/organizations/{partner.organization_id}/programs/{program}/attendees"
            link = (await at.post(path, json=VERA)).json()["accessLink"].partition("#")[2]
            assert (await at.post(path, json=VERA | {"email": "no"})).status_code == 400
            assert (await at.get(path)).status_code == 405
            wrong = client["secret"] + "x"
            refused = await at.post("/oauth2/token", data=FORM, auth=(pair[0], wrong))
    assert len(log) >= 5
    lists = [
        await partner.host.get("/api-clients"),
        await partner.host.get(f"/api-clients/{client['client']['id']}"),
        refused,
    ]
    kept = b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())
    for secret in (client["secret"], token, token.rpartition(".")[2], link, wrong, VERA["email"]):
        assert secret not in repr(log)
    for secret in (client["secret"], token, link):
        assert all(secret not in answer.text for answer in lists)
        assert secret.encode() not in kept
