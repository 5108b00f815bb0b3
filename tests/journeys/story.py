"""One evening, driven through all four APIs.

Sourceloop makes it, a meeting, or MeltingSpot does, a broadcast. MeltingSpot names its hours and invites,
Voilà registers, the Live API runs it. To a meeting the media vendor of Sourceloop's customer brings guests.
"""

from pathlib import Path
from typing import Any

import httpx

from livehall.core.recordings import rows, store
from livehall.core.sessions import store as sessions
from livehall.kernel.actor import SYSTEM
from tests.dialects.live.test_clients import made
from tests.dialects.meltingspot.conftest import Spot
from tests.dialects.sourceloop.vendor import Vendor
from tests.dialects.voila.conftest import Partner
from tests.support.in_process import Hall
from tests.support.people import Hands

BEAT_S = 30
FILM = bytes(1024)
FILM_MS = 61_400


class Viewer:
    """Somebody with the Live API, and the presence that they keep alive."""

    def __init__(self, client: httpx.AsyncClient, session_id: str) -> None:
        self.client, self.path = client, f"/sessions/{session_id}"
        self.attendance: str | None = None

    async def comes(self, by: str | None = None) -> None:
        seat = data_of(await self.client.post(f"{by or self.path}/join"))
        assert seat["admission"] == "admitted", seat
        self.attendance = seat["attendance_id"]
        await self.beats()

    async def beats(self) -> None:
        data_of(await self.client.post(f"/attendance/{self.attendance}/beat"))

    async def leaves(self) -> None:
        self.attendance = None
        assert (await self.client.post(f"{self.path}/leave")).status_code == 204

    async def says(self, text: str) -> None:
        data_of(await self.client.post(f"{self.path}/chat", json={"message": text}), 201)

    async def asks(self, text: str) -> str:
        return str(data_of(await self.client.post(f"{self.path}/questions", json={"text": text}), 201)["id"])

    async def votes(self, question_id: str) -> None:
        data_of(await self.client.put(f"{self.path}/questions/{question_id}/vote"))


class Evening:
    """The one session, with a caller of each API."""

    def __init__(self, hall: Hall, hands: Hands) -> None:
        self.hall, self.hands = hall, hands
        self.viewers: dict[str, Viewer] = {}
        self.registered: list[dict[str, Any]] = []  # as Voilà answered

    async def open_doors(self) -> None:
        """A client for each API, made by the administrator."""
        ann = await self.hall.person("ann@example.org", "admin")
        self.live = self.hall.client(self.hall.token(ann))
        signing = await made(self.live, kind="signing_secret", scopes=["write", "admin"])
        self.vendor = Vendor(self.hall, self.live, signing["client"], signing["secret"])
        self.spot = Spot(self.hall, self.live, ann, await made(self.live, scopes=["write", "admin"]))
        oauth = await made(self.live, kind="oauth", scopes=["write"])
        self.partner = Partner(self.hall, self.live, oauth, ann.organization_id)
        await self.partner.sign_in()

    async def plan(self, *, is_meeting: bool) -> None:
        self.is_meeting = is_meeting
        now = int(self.hands.now.timestamp())
        hours = {"title": "Waves", "startDate": now, "endDate": now + 3600}
        if is_meeting:
            self.link = (await self.vendor.software.post("/session")).text
            self.id = str((await self.vendor.session(self.link))["id"])
            renamed = await self.spot.http.put(f"/lives/{self.id}", json=hours | {"solution": "BuiltIn"})
            assert (renamed.status_code, renamed.json()["title"]) == (200, "Waves"), renamed.text
        else:
            film = {"solution": "Youtube", "videoUrl": "https://www.youtube.com/watch?v=waves"}
            self.id = str((await self.spot.live(**hours, **film))["id"])
        self.path = f"/sessions/{self.id}"
        self.program = str(data_of(await self.live.get(self.path))["room_id"])
        self.voila = f"/programs/{self.program}{self.path}"

    async def begin(self) -> None:
        """With the host, who is the first."""
        host = self.viewers["ann"]
        if self.is_meeting:
            await host.comes(f"/rooms/{self.program}")
        else:
            data_of(await self.live.post(f"{self.path}/go-live"))
            await host.comes()

    async def end(self) -> None:
        if self.is_meeting:
            answer = await self.vendor.software.patch(f"/session/{self.link}/end")
            assert answer.status_code == 204, answer.text
        else:
            data_of(await self.live.post(f"{self.path}/end"))
        for viewer in self.viewers.values():
            viewer.attendance = None

    async def pass_s(self, seconds: int) -> None:
        """Time goes by; who is there says so."""
        while seconds > 0:
            step = min(BEAT_S, seconds)
            seconds -= step
            self.hands.forward(seconds=step)
            for viewer in self.viewers.values():
                if viewer.attendance is not None:
                    await viewer.beats()

    async def invite(self, member: str, kind: str = "participants") -> None:
        answer = await self.spot.http.post(f"/lives/{self.id}/{kind}", json={"member": member})
        assert answer.status_code == 201, answer.text

    async def register(self, name: str) -> httpx.AsyncClient:
        """By Voilà; the Live API in their name, by the personal link."""
        person = {
            "firstName": name.title(), "lastName": "Rubin", "email": f"{name}@example.org",
            "isPersonalDataSharingAccepted": True,
        }  # fmt: skip
        answer = await self.partner.http.post(f"/programs/{self.program}/attendees", json=person)
        assert answer.status_code == 201, answer.text
        self.registered.append(answer.json())
        token = {"access_token": answer.json()["accessLink"].partition("#")[2]}
        traded = data_of(await self.hall.client().post("/auth/access-link", json=token))
        return self.hall.client(traded["access_token"])

    def viewer(self, name: str, client: httpx.AsyncClient) -> Viewer:
        self.viewers[name] = Viewer(client, self.id)
        return self.viewers[name]

    async def vendor_tells(self, event: str, guest: str) -> None:
        """Means nothing where it is no meeting."""
        body = {
            "sessionId": self.id, "event": event,
            "connection": {"id": f"c-{guest}", "createdAt": 1_700_000_000_000, "data": guest},
        }  # fmt: skip
        assert (await self.vendor.caller().post("/webhooks/session", json=body)).status_code == 204

    async def film(self, folder: Path) -> str:
        """A recording, as after a recorder's work."""
        house = self.hall.app.house
        (folder / "film.mp4").write_bytes(FILM)
        async with house.desk.work(SYSTEM) as work:
            recording = await rows.add_recording(work, await sessions.get(work, self.id))
            asset = await rows.file_of(work, recording, len(FILM))
            await store.add_asset(work, asset)
            recording = await store.change(work, recording, visibility="public")
            recording = await rows.move(work, recording, "processing", duration_ms=FILM_MS)
        await house.storage.take(folder / "film.mp4", asset.storage_key)
        async with house.desk.work(SYSTEM) as work:
            await store.set_asset(work, asset, state="ready", size=len(FILM))
            await rows.move(work, recording, "ready", size=len(FILM))
        return recording.id

    async def watch(self, client: httpx.AsyncClient, recording_id: str, seconds: float) -> None:
        player = data_of(await client.get(f"/recordings/{recording_id}/playback"))
        beat = f"/attendance/{player['attendance_id']}/beat"
        data_of(await client.post(beat))
        self.hands.forward(seconds=BEAT_S)
        data_of(await client.post(beat, json={"watched": [{"start": 0, "end": seconds}]}))


def data_of(answer: httpx.Response, status: int = 200) -> Any:
    assert answer.status_code == status, answer.text
    return answer.json()["data"]
