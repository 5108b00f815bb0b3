"""Addresses in answers: absolute, on the public origin (`contracts/live-clarified.md`, C10)."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from livehall.core.recordings.reports import hls_address
from livehall.core.sessions import ops, store
from livehall.kernel.actor import MEDIA
from livehall.server.launch import media_settings
from livehall.server.settings import Http, Settings, Store
from tests.dialects.live.evening import an_evening
from tests.dialects.live.rights_cast import data, uploaded
from tests.dialects.live.test_recordings import a_ready_recording

PUBLIC = "https://live.example.org"
SCHEMES = ("http://", "https://", "ws://", "wss://")


@pytest.fixture
def hall_public_url(request) -> str:
    return request.param


def addresses(answer: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Every member that is called an address, or is one."""
    if isinstance(answer, dict):
        for key, value in answer.items():
            yield from addresses(value, key)
    elif isinstance(answer, list):
        for value in answer:
            yield from addresses(value, name)
    elif isinstance(answer, str):
        is_called_so = name == "url" or name.endswith(("_url", "_link"))
        if is_called_so or answer.startswith(SCHEMES):
            yield name, answer


async def everything(hall, tmp_path) -> dict[str, Any]:
    """What the operations answer that name an address of the hall, by operation."""
    evening = await an_evening(hall, mode="webcam")
    host, ben, path = evening.host, evening.viewer, f"/sessions/{evening.id}"
    room = evening.session["room_id"]
    async with hall.app.house.desk.work(MEDIA) as work:  # as the report of a package that is there
        session = await store.get(work, evening.id)
        await ops.hls_changed(work, evening.id, hls_address(hall.app.house.recorder.public_url, session))
    found = {"joinSession": await evening.join(), "startSession": await data(host.post(f"{path}/start"))}
    for operation, way in {
        "getMonitorToken": "monitor-token",
        "getShareUrls": "share-urls",
        "getStageToken": "stage/token",
        "getSession": "",
    }.items():
        found[operation] = await data(host.get(f"{path}/{way}".rstrip("/")))
    found["createStudioUrl"] = await data(host.post(f"{path}/studio-url"))
    found["createMediaToken"] = await data(host.post(f"{path}/token", json={}))
    found["joinRoom"] = await data(ben.post(f"/rooms/{room}/join"))
    file = await uploaded(host, path)
    await data(host.post(f"{path}/chat", json={"message": "", "file_id": file}))
    found["describeAsset"] = await data(ben.get(f"/assets/{file}"))
    await data(host.put(f"/rooms/{room}/registration", json={"mode": "optional"}))
    ann = {"email": "ann@example.org", "first_name": "Ann", "last_name": "Wolf"}
    registered = await data(host.post(f"{path}/registrations", json=ann))
    found["getRegistration"] = await data(host.get(f"/registrations/{registered['id']}"))
    recording = await a_ready_recording(evening, tmp_path, "public")
    for way in ("", "/download", "/playback"):
        found[f"recording{way}"] = await data(host.get(f"/recordings/{recording.id}{way}"))
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("hall_public_url", ["", PUBLIC], indirect=True)
async def test_c10_every_address_is_absolute_and_on_the_public_origin(hall, hall_public_url, tmp_path):
    answers = await everything(hall, tmp_path)
    found = {operation: list(addresses(answer)) for operation, answer in answers.items()}
    assert [operation for operation, named in found.items() if not named] == []
    named = {name for each in found.values() for name, _ in each}
    assert {"livekit_url", "hls_url", "viewer_url", "room_url", "embed_url", "playback_url", "url"} <= named
    # What is kept with the session was said before anybody asked, so that without a setting it is the bind's.
    origins = {PUBLIC} if hall_public_url else {"http://hall.test", hall.app.house.settings.public_url}
    for operation, each in found.items():
        for name, address in each:
            parts = urlsplit(address)
            speaks_media = name == "livekit_url" or operation == "createMediaToken"
            is_socket = speaks_media or parts.path.startswith("/connection/")
            secure = "s" if hall_public_url else ""
            assert parts.scheme == ("ws" if is_socket else "http") + secure, (operation, name, address)
            origin = f"http{secure}://{parts.netloc}"
            assert origin in origins, (operation, name, address)
            assert origin == "http://hall.test" or hall_public_url or name == "hls_url", (operation, name)


def test_c10_encoders_are_sent_to_the_public_origin_too(hall_secrets, tmp_path):
    settings = Settings(http=Http(public_url=PUBLIC), store=Store(data=str(tmp_path / "data")))
    told = media_settings(settings, hall_secrets)
    assert told.whip_url == f"{PUBLIC}/whip"
    assert told.rtmp_url.startswith("rtmp://live.example.org:")
