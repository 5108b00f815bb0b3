"""Who waits to be let in gets nothing of the session (threat 10)."""

ASKED = {"client": "c1", "transport": "websocket", "protocol": "json", "encoding": "json"}


async def test_who_waits_gets_no_media_no_address_and_no_channel(hall, hall_secrets):
    host = await hall.signed_in()
    room = (await host.post("/rooms", json={"title": "Inner", "waiting_room": True})).json()["data"]
    plan = {"title": "First", "mode": "external", "external_url": "https://example.org/live"}
    session = (await host.post(f"/rooms/{room['id']}/sessions", json=plan)).json()["data"]["session"]["id"]
    await host.post(f"/sessions/{session}/go-live")
    person = (await hall.client().post("/auth/viewers", json={"username": "Li"})).json()["data"]
    waiting = hall.client(person["access_token"])

    seat = (await waiting.post(f"/sessions/{session}/join")).json()["data"]

    assert seat["admission"] == "waiting"
    assert [seat[name] for name in ("token", "livekit_url", "hls_url", "external_url")] == [None] * 4
    assert (await waiting.get(f"/sessions/{session}/chat")).status_code == 403
    assert (await waiting.post(f"/sessions/{session}/chat", json={"message": "Hello"})).status_code == 403
    assert (await waiting.post(f"/attendance/{seat['attendance_id']}/beat")).status_code == 404
    for channel in ("session", "chat", "staff"):
        assert await _subscribe(hall, hall_secrets, seat, f"{channel}:{session}") == 103


async def _subscribe(hall, secrets, seat, channel: str) -> int:
    """The code with which a connection that the seat's token opened is refused; 0 when it is not."""
    machine, proxy = hall.client(), {"X-Proxy-Secret": secrets.centrifugo_secret}
    body = {**ASKED, "data": {"token": seat["realtime"]["token"]}}
    connected = (await machine.post("/centrifugo/connect", json=body, headers=proxy)).json()["result"]
    question = {**ASKED, "channel": channel, "user": connected["user"], "meta": connected["meta"]}
    answer = (await machine.post("/centrifugo/subscribe", json=question, headers=proxy)).json()
    return answer.get("error", {}).get("code", 0)
