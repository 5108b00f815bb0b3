"""Speakers and participants (M32–M40)."""

from tests.dialects.live.test_sessions import on_air
from tests.support.letters import WHOLE
from tests.support.people import say

ROW = {
    "id", "liveId", "spotMemberId", "spotMemberEmail", "spotMemberFirstname", "spotMemberLastname", "status",
    "type", "invitedAt", "registeredAt", "isHighlighted", "metrics",
}  # fmt: skip


async def emails(spot, live, kind="participants", query=""):
    answer = await spot.http.get(f"/lives/{live['id']}/{kind}{query}")
    assert answer.status_code == 200, answer.text
    assert answer.json()["total"] == len(answer.json()["items"])
    return [each["spotMemberEmail"].partition("@")[0] for each in answer.json()["items"]]


async def test_m32_m35_m36_participants_are_invited(spot):
    live, member = await spot.live(), await spot.hall.person("cy@example.org", "viewer")
    path = f"/lives/{live['id']}/participants"
    answer = await spot.http.post(path, json={"member": member.id, "withEmailNotification": True})
    row = answer.json()
    assert (answer.status_code, set(row)) == (201, ROW)
    assert (row["liveId"], row["spotMemberId"]) == (live["id"], member.id)
    assert (row["status"], row["type"], row["registeredAt"]) == ("Invited", "Participant", None)
    assert row["metrics"] == {"viewTime": None, "hasReplayed": False, "hasParticipated": False}
    for again in (member.id, "CY@example.org"):
        answer = await spot.http.post(path, json={"member": again})
        assert (answer.status_code, answer.content) == (200, b"")
    outside = (await spot.http.post(path, json={"member": "zoe@elsewhere.test"})).json()
    assert (outside["spotMemberFirstname"], outside["spotMemberLastname"]) == (None, None)
    assert outside["spotMemberId"] == outside["id"]
    for bad in ({}, {"member": ""}, {"member": "nobody"}, {"member": 5}, {"member": live["id"]},
                {"member": "a@b.test", "invitedBySpotMemberId": live["id"]}):  # fmt: skip
        assert await spot.status("POST", path, json=bad) == 400, bad
    members = {"spotMemberIds": [member.id, member.id], "emails": ["x@example.org", "X@example.org"]}
    bulk = {"members": members, "invitedBySpotMemberId": spot.person.id}
    rows = (await spot.http.post(f"{path}~bulkInvite", json=bulk)).json()
    assert [each["spotMemberEmail"] for each in rows] == ["cy@example.org", "x@example.org"]
    for bad in ({}, {"members": {}}, {"members": {"emails": [], "spotMemberIds": []}},
                {"members": {"emails": ["new@example.org"], "spotMemberIds": [live["id"]]}},
                {"members": {"emails": ["x"]}}):  # fmt: skip
        assert await spot.status("POST", f"{path}~bulkInvite", json=bad) == 400, bad
    assert await emails(spot, live) == ["cy", "zoe", "x"]
    await spot.hall.app.house.relay.drained()
    assert len(list(spot.hall.app.house.settings.data.glob(f"mail/{WHOLE}"))) == 1


async def test_m33_participants_are_filtered(spot):
    live = await spot.live()
    for email, first, role in (("ann@x.test", "Ann", "viewer"), ("ben@x.test", "Ben", "speaker")):
        body = {"email": email, "first_name": first, "last_name": f"{first}son", "role": role}
        await spot.host.post(f"/sessions/{live['id']}/people", json=body)
    people = (await spot.host.get(f"/sessions/{live['id']}/people")).json()["data"]["people"]
    await say(spot.hall.app.house.desk, people[0]["id"], "declined")
    for query, found in (
        ("", ["ann", "ben"]), ("?firstname[eq]=Ann", ["ann"]), ("?firstname[contains]=E", ["ben"]),
        ("?lastname[contains]=SON", ["ann", "ben"]), ("?lastname[eq]=Benson", ["ben"]),
        ("?email[eq]=BEN@x.test", ["ben"]), ("?email[contains]=ann@", ["ann"]),
        ("?status[eq]=Declined", ["ann"]), ("?status[in]=Invited,Accepted", ["ben"]),
        ("?type[eq]=Participant", ["ann"]), ("?type[in]=Speaker,Host", ["ben"]),
        ("?hasReplayed[eq]=false&hasParticipated[eq]=false", ["ann", "ben"]),
        ("?hasParticipated[eq]=true", []), ("?type[eq]=Speaker&status[eq]=Declined", []),
    ):  # fmt: skip
        assert await emails(spot, live, query=query) == found, query
    assert await emails(spot, live, "speakers", "?status[eq]=Invited") == ["ben"]
    path = f"/lives/{live['id']}"
    assert await spot.status("GET", f"{path}/speakers?type[eq]=Speaker") == 400
    for query in ("status[eq]=Maybe", "hasReplayed[eq]=1.5", "firstname[gt]=a", "shoe[eq]=1", "page=0"):
        assert await spot.status("GET", f"{path}/participants?{query}") == 400, query
    assert (await spot.http.get(f"{path}/participants?limit=1&page=2")).json()["total"] == 2


async def test_m34_m37_m38_m39_speakers(spot):
    live, cy = await spot.live(), await spot.hall.person("cy@example.org", "viewer")
    dan = await spot.hall.person("dan@example.org", "viewer")
    path = f"/lives/{live['id']}/speakers"
    await spot.http.post(f"/lives/{live['id']}/participants", json={"member": cy.id})
    described = {"email": "zoe@elsewhere.test", "firstName": "Zoe", "lastName": "May", "title": "Poet",
                 "biography": "Long"}  # fmt: skip
    answer = await spot.http.post(path, json={"member": described})
    row = answer.json()
    assert (answer.status_code, row["type"], row["isHighlighted"]) == (201, "Speaker", False)
    assert (row["spotMemberFirstname"], row["spotMemberLastname"]) == ("Zoe", "May")
    again = await spot.http.post(path, json={"member": "zoe@elsewhere.test"})
    assert (again.status_code, again.content) == (200, b"")
    bulk = {"spotMemberIds": [cy.id, dan.id, cy.id], "highlighted": True}
    rows = (await spot.http.post(f"{path}~bulkInvite", json=bulk)).json()
    assert [(each["spotMemberEmail"], each["type"], each["isHighlighted"]) for each in rows] == [
        ("cy@example.org", "Speaker", True), ("dan@example.org", "Speaker", True),
    ]  # fmt: skip
    host = await spot.http.post(path, json={"member": dan.id, "grantHostRights": True})
    assert (host.status_code, host.json()["type"]) == (201, "Host")
    await spot.host.post(f"/sessions/{live['id']}/people", json={"email": "eva@x.test"})
    assert await emails(spot, live, "speakers") == ["cy", "zoe", "dan"]
    assert await emails(spot, live) == ["cy", "zoe", "dan", "eva"]
    eva = (await spot.http.get(f"/lives/{live['id']}/participants?email[eq]=eva@x.test")).json()["items"][0]
    await say(spot.hall.app.house.desk, eva["id"], "declined")
    skipped = await spot.http.post(path, json={"member": "eva@x.test"})  # the wrong status
    assert (skipped.status_code, skipped.content) == (200, b"")
    for bad in ({}, {"member": {}}, {"member": {"email": "x"}}, {"member": None}, {"member": "x y"}):
        assert await spot.status("POST", path, json=bad) == 400, bad
    for bad in ({}, {"spotMemberIds": []}, {"spotMemberIds": ["x"]}, {"spotMemberIds": [live["id"]]}):
        assert await spot.status("POST", f"{path}~bulkInvite", json=bad) == 400, bad


async def test_m40_metrics_are_counted_from_the_rows(spot):
    session = (await on_air(spot.host))["session"]
    live, path = {"id": session["id"]}, f"/sessions/{session['id']}"
    cy = await spot.hall.signed_in("cy@example.org", "viewer")
    for member in ("cy@example.org", "eva@x.test"):
        await spot.http.post(f"/lives/{live['id']}/participants", json={"member": member})
    for person in (await spot.host.get(f"{path}/people")).json()["data"]["people"]:
        await say(spot.hall.app.house.desk, person["id"], "accepted")
    joined = (await cy.post(f"{path}/join")).json()["data"]
    await cy.post(f"/attendance/{joined['attendance_id']}/beat")
    assert (await spot.http.get(f"/lives/{live['id']}")).json()["metrics"]["noShow"] == 0
    await spot.host.post(f"{path}/end")
    found = (await spot.http.get(f"/lives/{live['id']}")).json()
    assert (found["status"], found["solution"]) == ("Ended", "NoSolution")
    metrics = found["metrics"]
    names = ("invited", "registrant", "attendee", "noShow", "attendanceRate", "totalReplayView")
    assert [metrics[name] for name in names] == [2, 2, 1, 1, 50, 0]
    rows = (await spot.http.get(f"/lives/{live['id']}/participants?hasParticipated[eq]=true")).json()["items"]
    assert [each["spotMemberEmail"] for each in rows] == ["cy@example.org"]
    assert rows[0]["status"] == "Accepted"
    assert metrics["averageViewTime"] == rows[0]["metrics"]["viewTime"]
    await spot.settled()
    listed = (await spot.http.get("/lives?noShow[eq]=1&attendanceRate[gte]=50")).json()["items"]
    assert [each["metrics"] for each in listed] == [metrics]
