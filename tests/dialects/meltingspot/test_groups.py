"""Groups (M26–M31)."""

from email import message_from_bytes

from livehall.kernel.ids import new_id


async def groups_of(spot, *names):
    found = []
    for name in names:
        answer = await spot.host.post("/groups", json={"name": name, "emoji": "🎈"})
        found.append(answer.json()["data"]["id"])
    return found


async def linked(spot, live):
    found = (await spot.http.get(f"/lives/{live['id']}/groups")).json()
    return [each["name"] for each in found["items"]], found["total"]


async def test_m26_m27_m28_m29_m31_groups_of_a_live(spot):
    live = await spot.live()
    path, ids = f"/lives/{live['id']}/groups", await groups_of(spot, "a", "b", "c")
    assert (await spot.http.get(path)).json() == {"items": [], "total": 0}
    for _ in range(2):  # already linked ones are no error
        answer = await spot.http.post(f"{path}~bulkAdd", json={"groupIds": ids[:2]})
        assert (answer.status_code, answer.content) == (204, b"")
    first = (await spot.http.get(path)).json()["items"][0]
    assert first == {"id": ids[0], "name": "a", "description": None, "emoji": "🎈", "icon": None}
    unknown = {"groupIds": [ids[2], new_id()]}
    assert await spot.status("POST", f"{path}~bulkAdd", json=unknown) == 404
    assert await spot.status("POST", f"{path}~bulkRemove", json={"groupIds": [ids[0], "x"]}) == 404
    assert await linked(spot, live) == (["a", "b"], 2)
    assert await spot.status("POST", f"{path}~bulkAdd", json={}) == 400
    answer = await spot.http.post(f"{path}%7EbulkRemove", json={"groupIds": [ids[1], ids[2]]})
    assert (answer.status_code, answer.content) == (204, b"")
    assert await linked(spot, live) == (["a"], 1)
    answer = await spot.http.delete(f"{path}/{ids[0]}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert await spot.status("DELETE", f"{path}/{ids[0]}") == 404
    await spot.hall.app.house.relay.drained()
    assert sent(spot) == []  # mail is off by default


async def test_m27_mail_goes_to_the_members_of_a_group_once_where_it_is_asked_for(spot):
    live, (first, *more) = await spot.live(title="Waves"), await groups_of(spot, "a", "b", "c")
    bo, cy, dan = [await spot.hall.person(f"{name}@example.org", "viewer") for name in ("bo", "cy", "dan")]
    for group, member in ((first, bo), (more[0], cy), (more[1], cy), (more[1], dan)):
        answer = await spot.host.put(f"/groups/{group}/members/{member.id}")
        assert answer.status_code == 200, answer.text
    path, both = f"/lives/{live['id']}/groups~bulkAdd", ["cy@example.org", "dan@example.org"]
    for ids, asked, to in (
        ([first], False, []), ([first, *more], True, both), ([first, *more], True, both),  # linked already
    ):  # fmt: skip
        body = {"groupIds": ids, "withEmailNotification": asked}
        assert await spot.status("POST", path, json=body) == 204
        await spot.hall.app.house.relay.drained()
        assert sent(spot) == to
    texts = [file.read_text() for file in spot.hall.app.house.settings.data.glob("mail/*.eml")]
    assert all("Waves" in text for text in texts)


def sent(spot):
    """To whom mail went."""
    files = spot.hall.app.house.settings.data.glob("mail/*.eml")
    return sorted(message_from_bytes(file.read_bytes())["to"] for file in files)


async def test_m30_groups_of_a_channel_and_their_twin(spot, spot_of):
    live, (group,) = await spot.live(visibility="InvitedMembersOnly"), await groups_of(spot, "a")
    session = (await spot.host.get(f"/sessions/{live['id']}")).json()["data"]
    channel, member = session["room"]["library_id"], await spot.hall.person("cy@example.org", "viewer")
    await spot.host.put(f"/groups/{group}/members/{member.id}")
    cy = spot.hall.client(spot.hall.token(member))
    assert (await cy.get(f"/sessions/{live['id']}")).status_code == 404
    answer = await spot.http.post(f"/channels/{channel}/groups", json={"groupId": group})
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await cy.get(f"/sessions/{live['id']}")).status_code == 200
    for path in (f"/channels/{new_id()}/groups", f"/lives/{new_id()}/groups", "/channels/x/groups"):
        assert await spot.status("POST", path, json={"groupId": group}) == 404
    for path in (f"/channels/{channel}/groups", f"/lives/{live['id']}/groups"):
        assert await spot.status("POST", path, json={"groupId": new_id()}) == 404
        assert await spot.status("POST", path, json={}) == 400
    stranger = await spot_of("Elsewhere")
    assert await stranger.status("POST", f"/channels/{channel}/groups", json={"groupId": group}) == 404
    assert await spot.status("POST", f"/lives/{live['id']}/groups", json={"groupId": group}) == 204
    assert await linked(spot, live) == (["a"], 1)
