"""A hall with meetings in it, and the four operations of the Sourceloop API that are measured."""

import json
import time
from pathlib import Path

from tests.support.people import a_person

from bench.api.preparing import client_of, scene_of
from bench.api.serving import Scene
from livehall.core.people import clients
from livehall.core.recordings import rows
from livehall.core.sessions import store
from livehall.dialects.sourceloop.sign_in import PERMISSIONS
from livehall.engines.media.tokens import signed
from livehall.kernel.actor import SYSTEM
from livehall.server.app import App
from livehall.server.database import migrate
from livehall.server.secrets import load_secrets
from livehall.server.settings import load_settings

PREFIX = "/sourceloop"
PEOPLE = 100
ARCHIVES = 10


async def prepare(environ: dict[str, str]) -> list[Scene]:
    """Fill the database that `environ` names."""
    settings = load_settings(environ)
    await migrate(settings)
    app = App(settings, load_secrets(Path(environ["LIVEHALL_DATA"])), rates_by=None)
    await app.house.database.open()
    token = await _token(app)
    await app.house.database.close()
    async with client_of(app, token, PREFIX) as client:
        link, session_id = "", ""
        for _ in range(ARCHIVES):
            link = (await client.post("/session")).raise_for_status().text
            answer = await client.post(f"/session/{link}/token")
            session_id = answer.raise_for_status().json()["sessionId"]
            async with app.house.desk.work(SYSTEM) as work:
                await rows.add_recording(work, await store.get(work, session_id))
        for number in range(PEOPLE):
            body = {
                "sessionId": session_id, "event": "connectionCreated",
                "connection": {"id": str(number), "createdAt": 0, "data": f"person {number}"},
            }  # fmt: skip
            (await client.post("/webhooks/session", json=body)).raise_for_status()
        options = json.dumps({"role": "publisher", "data": "bo"}).encode()
        wanted = [
            ("create a meeting", "POST", "/session", b"{}"),
            ("token of a meeting", "POST", f"/session/{link}/token", options),
            ("100 attendees", "GET", f"/session/{link}/attendees", b""),
            ("10 archives", "GET", "/archives", b""),
        ]
        return [await scene_of(app, client, [token], *each, PREFIX) for each in wanted]


async def _token(app: App) -> str:
    """Signed by the customer's server, for an hour."""
    person = await a_person(app.house.desk, role="admin")
    wanted = clients.CreateClient(name="Bench", kind="signing_secret", scopes=("write", "admin"))
    async with app.house.desk.work(SYSTEM) as work:
        made = await clients.make(work, app.house.sealing, person.organization_id, person.id, wanted)
    claims: dict[str, object] = {
        "iss": made.client.issuer, "permissions": list(PERMISSIONS), "exp": int(time.time()) + 3600
    }  # fmt: skip
    return signed(claims, made.secret.encode())
