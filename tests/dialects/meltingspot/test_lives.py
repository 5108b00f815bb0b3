"""Lives (M1–M25)."""

from types import SimpleNamespace

import pytest

from livehall.core.participants import store as participants
from livehall.core.participants.model import Participant
from livehall.core.sessions import bans
from livehall.core.sessions import store as sessions
from livehall.dialects.meltingspot.richtext import tree_of
from livehall.kernel.actor import SYSTEM
from livehall.kernel.clock import rfc3339
from livehall.kernel.ids import new_id
from tests.dialects.live.test_recordings import FILM, a_ready_recording
from tests.dialects.meltingspot.conftest import START, now
from tests.support.people import say

LIST = "/meltingspot/v1/lives"


async def test_m1_the_key_is_taken_bare_and_behind_bearer_and_selects_the_spot(spot, spot_of):
    live = await spot.live()
    for header in (spot.key, f"Bearer {spot.key}", f"bearer  {spot.key} "):
        assert (await spot.caller(header).get("/lives")).json()["total"] == 1
    other = await spot_of("Elsewhere")
    assert (await other.http.get("/lives")).json() == {"items": [], "total": 0}
    assert live["spotId"] == spot.person.organization_id
    listed = (await spot.http.get("/lives")).json()["items"][0]
    assert {name: listed[name] for name in live} == live


async def test_m2_m22_what_is_gone_or_of_another_spot_is_not_found(spot, spot_of):
    for header in (None, "", "lhk_wrong", "Bearer", "Basic eA=="):
        answer = await spot.caller(header).get("/lives")
        assert answer.status_code == 401
        assert answer.json()["statusCode"] == 401
        assert answer.json()["error"] == "Unauthorized"
    reader = await spot_of(scopes=())
    assert await reader.status("GET", "/lives") == 200
    assert await reader.status("POST", "/lives", json=reader.body()) == 403
    hosting = await spot_of(scopes=("write",))
    other_host = (await spot.hall.person("bob@example.org")).id
    assert await hosting.status("POST", "/lives", json=hosting.body(spotMemberHostId=other_host)) == 403
    for broken in ({"content": b"{", "headers": {"Content-Type": "application/json"}}, {"json": []}):
        assert await spot.status("POST", "/lives", **broken) == 400
    live, stranger = await spot.live(), await spot_of("Elsewhere")
    path = f"/lives/{live['id']}"
    put = {"title": "x", "startDate": START, "endDate": START + 1, "solution": "BuiltIn"}
    for client, at in ((stranger, path), (spot, f"/lives/{new_id()}"), (spot, "/lives/what")):
        assert await client.status("GET", at) == 404
        assert await client.status("PUT", at, json=put) == 404
        assert await client.status("GET", f"{at}/groups") == 404
        assert await client.status("GET", f"{at}/speakers") == 404
        assert await client.status("DELETE", at) == 404
    room = (await spot.host.get(f"/sessions/{live['id']}")).json()["data"]["room_id"]
    gone = await spot.http.delete(path)
    assert (gone.status_code, gone.content) == (204, b"")
    assert await spot.status("GET", path) == await spot.status("DELETE", path) == 404
    assert (
        await spot.status("GET", f"{path}/groups") == await spot.status("GET", f"{path}/participants") == 404
    )
    assert (await spot.host.get(f"/rooms/{room}")).status_code == 404  # it was made for the live
    lasting = (await spot.host.post("/rooms", json={"title": "Lasting"})).json()["data"]["id"]
    session = (await spot.host.post(f"/rooms/{lasting}/sessions", json={"title": "One"})).json()["data"]
    assert await spot.status("DELETE", f"/lives/{session['session']['id']}") == 204
    assert (await spot.host.get(f"/rooms/{lasting}")).status_code == 200
    session = (await spot.host.post(f"/rooms/{lasting}/sessions", json={"title": "Two"})).json()["data"]
    (listed,) = (await spot.http.get("/lives")).json()["items"]
    assert listed["id"] == session["session"]["id"]
    assert (await spot.host.delete(f"/rooms/{lasting}")).status_code == 204  # its lives go with it
    assert await spot.status("GET", f"/lives/{listed['id']}") == 404
    assert (await spot.http.get("/lives")).json() == {"items": [], "total": 0}


async def test_m22_a_room_goes_with_the_live_it_was_made_for_and_with_no_other(spot):
    async def gone(live_id):
        assert await spot.status("DELETE", f"/lives/{live_id}") == 204

    async def room_of(live_id):
        return (await spot.host.get(f"/sessions/{live_id}")).json()["data"]["room_id"]

    async def made(path, body):
        data = (await spot.host.post(path, json=body)).json()["data"]
        return data.get("session", data)

    first, second = await spot.live(), await spot.live()
    copy = await made(f"/sessions/{first['id']}/duplicate", {})
    await gone(copy["id"])  # its label was copied with it
    assert await spot.status("GET", f"/lives/{first['id']}") == 200
    room = await room_of(second["id"])
    other = await made(f"/rooms/{room}/sessions", {"title": "Again"})
    await gone(second["id"])  # another one hangs on its room
    assert await spot.status("GET", f"/lives/{other['id']}") == 200
    lasting = (await made("/rooms", {"title": "Lasting"}))["id"]
    labelled = {"title": "One", "metadata": {"meltingspot": "live"}}
    session = await made(f"/rooms/{lasting}/sessions", labelled)
    put = {"title": "Renamed", "startDate": START, "endDate": START + 1, "solution": "BuiltIn"}
    assert await spot.status("PUT", f"/lives/{session['id']}", json=put) == 200
    assert (await spot.host.get(f"/rooms/{lasting}")).json()["data"]["title"] == "Lasting"
    await gone(session["id"])  # anybody may write a label
    assert (await spot.host.get(f"/rooms/{lasting}")).status_code == 200
    room = await room_of(first["id"])
    await gone(first["id"])
    assert (await spot.host.get(f"/rooms/{room}")).status_code == 404


async def test_m4_m5_filters_hold_together_and_are_read_strictly(spot):
    for title, start in (("Ä Waltz", START), ("Polka 100%", START + 10), ("a waltz_again", START + 20)):
        await spot.live(title=title, startDate=start, endDate=start + 60)
    assert await spot.titles("?title[eq]=Ä Waltz") == ["Ä Waltz"]
    assert await spot.titles(f"?title%5Bcontains%5D=waltz&startDate%5Bgt%5D={START}") == ["a waltz_again"]
    assert await spot.titles("?solution[in]=Youtube,BuiltIn&title[contains]=100%25") == ["Polka 100%"]
    assert await spot.titles("?solution[in]=Youtube,Vimeo") == []
    for query in (
        "nothing[eq]=1", "title[gt]=x", "title[]=x", "startDate[eq]=soon", "startDate[eq]=1.5",
        "status[eq]=Gone", "solution[eq]=youtube", "solution[in]=BuiltIn,x", "replay[eq]=maybe",
        "invited[gte]=many", "title[eq]=a&title[eq]=b", "startDate[eq]=99999999999999999999",
    ):  # fmt: skip
        assert await spot.status("GET", f"/lives?{query}") == 400, query


async def test_m6_m7_m8_pages_of_a_stable_list(spot):
    ids = [(await spot.live(startDate=START - n % 2, endDate=START + 60))["id"] for n in range(5)]
    expected = [*ids[1::2], *ids[0::2]]  # by start, then by id

    async def page(query):
        found = (await spot.http.get(f"/lives{query}")).json()
        assert list(found) == ["items", "total"]
        return [each["id"] for each in found["items"]], found["total"]

    assert await page("") == (expected, 5)
    assert await page("?page=null&limit=null") == (expected, 5)
    assert await page("?limit=2&page=2") == (expected[2:4], 5)
    assert await page("?page=9") == await page("?page=4000000&limit=500") == ([], 5)
    assert await page(f"?limit=500&startDate[gte]={START}") == (ids[0::2], 3)
    for query in ("page=0", "page=-1", "limit=0", "limit=501", "limit=x", "page=1.0", "page=4000001"):
        assert await spot.status("GET", f"/lives?{query}") == 400, query


async def test_m9_dates_come_in_as_unix_seconds_and_go_out_as_text(spot):
    live = await spot.live(startDate=1_700_000_000, endDate=1_700_003_600)
    assert (live["startDate"], live["endDate"]) == ("2023-11-14T22:13:20.000Z", "2023-11-14T23:13:20.000Z")
    milliseconds = await spot.live(startDate=1_700_000_000_000, endDate=1_700_003_600_000)
    assert milliseconds["startDate"] == live["startDate"]


async def test_m10_m11_m17_m18_a_live_is_created(spot):
    for missing in ("title", "spotMemberHostId", "startDate", "endDate", "solution"):
        assert await spot.status("POST", "/lives", json=spot.body(**{missing: ...})) == 400, missing
    before = now()
    live = await spot.live(
        visibility="OnlySpotMembers", participation="InvitedMembersOnly", chatVisibility="Hidden",
        participantsVisibility="Display", record=True, builtInType="Workshop", enableBreakoutRooms=True,
    )  # fmt: skip
    assert (live["status"], live["title"], live["builtInType"]) == ("Planned", "A live", "Workshop")
    assert live["metrics"] == dict.fromkeys(
        (
            "averageViewTime",
            "noShow",
            "totalReplayView",
            "registrant",
            "attendee",
            "attendanceRate",
            "invited",
        ),
        0,
    )
    assert live["createdAt"] >= f"{before}"[:2]
    assert live["privacy"] == {"visibility": "OnlySpotMembers", "participation": "InvitedMembersOnly"}
    assert live["config"] == {"chatVisibility": "Hidden", "participantsVisibility": "Display"}
    config = {"isRecorded": True, "recordAvailable": False, "videos": None, "replayVideo": None}
    assert live["builtInConfig"] == config
    assert (live["videoUrl"], live["enableBreakoutRooms"]) == (None, True)
    assert (await spot.http.get(f"/lives/{live['id']}")).json() == live
    session = (await spot.host.get(f"/sessions/{live['id']}")).json()["data"]
    assert (session["recording_enabled"], session["effective_chat_enabled"]) == (True, False)
    assert (session["room"]["visibility"], session["room"]["entry"]) == ("members", "invited")
    plain = await spot.live()
    assert plain["privacy"] == {"visibility": "AnyOne", "participation": "AnySpotMembers"}


async def test_m18_recordings_are_the_videos_of_a_live(spot, tmp_path):
    live = await spot.live(record=True)
    path, films = f"/lives/{live['id']}", []
    at = SimpleNamespace(hall=spot.hall, id=live["id"])
    for number in (1, 2):
        films.append(await a_ready_recording(at, tmp_path))
        found = (await spot.http.get(path)).json()["builtInConfig"]["videos"]
        videos = found if number > 1 else [found]  # one as it is, several as a list
        assert {video["createdAt"] for video in videos} == {rfc3339(film.created_at) for film in films}
        for video in videos:
            assert video.keys() == {"url", "quality", "encoding", "createdAt"}
            assert (video["quality"], video["encoding"]) == ("source", "mp4")
            file = await spot.hall.client().get(video["url"])  # by nobody: the address is the right
            assert (file.status_code, file.content) == (200, FILM)
        assert len({video["url"] for video in videos}) == number
    config = (await spot.http.get(path)).json()["builtInConfig"]
    assert (config["isRecorded"], config["recordAvailable"]) == (True, False)
    body = {"title": "A live", "startDate": START, "endDate": START + 3600, "solution": "BuiltIn"}
    shown = await spot.http.put(path, json=body | {"recordAvailable": True})
    assert shown.json()["builtInConfig"]["recordAvailable"] is True
    (listed,) = (await spot.http.get("/lives")).json()["items"]
    assert listed["builtInConfig"]["videos"] is None  # addresses are made for one live at a time


async def test_m12_m13_m14_m15_what_makes_no_sense_is_refused(spot):
    video = {"videoUrl": "https://youtu.be/x"}
    for bad in (
        {"solution": "Zoom"}, {"builtInType": "Party"}, {"visibility": "All"}, {"participation": "AnyOne"},
        {"chatVisibility": "Ended"}, {"participantsVisibility": True}, {"solution": "Youtube"},
        {"solution": "Vimeo", "videoUrl": None}, {"solution": "Youtube", "videoUrl": "no address"},
        {"endDate": START}, {"endDate": START - 1}, {"startDate": "now"}, {"startDate": 10**18},
        {"spotMemberHostId": new_id()}, {"spotMemberHostId": "bob"}, {"title": ""}, {"title": None},
    ):  # fmt: skip
        answer = await spot.http.post("/lives", json=spot.body(**bad))
        assert (answer.status_code, answer.json()["statusCode"]) == (400, 400), bad
    assert (await spot.http.get("/lives")).json()["total"] == 0
    built_in = await spot.live(**video, builtInType="Conference")
    assert (built_in["videoUrl"], built_in["builtInType"]) == (None, "Conference")
    elsewhere = await spot.live(solution="Youtube", **video, builtInType="Conference")
    assert (elsewhere["videoUrl"], elsewhere["builtInType"]) == ("https://youtu.be/x", None)
    assert elsewhere["builtInConfig"] is None
    neither = await spot.live(solution="NoSolution", **video)
    assert (neither["solution"], neither["videoUrl"], neither["builtInConfig"]) == ("NoSolution", None, None)
    assert await spot.titles("?status[eq]=Planned&solution[eq]=NoSolution") == ["A live"]
    assert await spot.status("GET", "/lives?status[eq]=planned") == 400


@pytest.mark.parametrize(
    ("markdown", "tree"),
    [
        ("A plain line", [{"type": "p", "children": [{"text": "A plain line"}]}]),
        ("", []),
        (
            "# Hi\n\nOne\ntwo **bold *both*** `x`\n\n- a\n- b\n\n1. c\n> d\n\n```\ncode\n```\n---",
            [
                {"type": "h1", "children": [{"text": "Hi"}]},
                {"type": "p", "children": [
                    {"text": "One two "}, {"text": "bold ", "bold": True},
                    {"text": "both", "bold": True, "italic": True}, {"text": " "},
                    {"text": "x", "code": True},
                ]},
                {"type": "ul", "children": [
                    {"type": "li", "children": [{"text": "a"}]}, {"type": "li", "children": [{"text": "b"}]},
                ]},
                {"type": "ol", "children": [{"type": "li", "children": [{"text": "c"}]}]},
                {"type": "blockquote", "children": [{"text": "d"}]},
                {"type": "code_block", "children": [{"text": "code"}]},
                {"type": "hr", "children": [{"text": ""}]},
            ],
        ),
        (
            "See [us](https://x.test) now",
            [{"type": "p", "children": [
                {"text": "See "},
                {"type": "a", "url": "https://x.test", "children": [{"text": "us"}]}, {"text": " now"},
            ]}],
        ),
        ("2 * 3 * 4 and a_b_c [x]", [{"type": "p", "children": [{"text": "2 * 3 * 4 and a_b_c [x]"}]}]),
    ],
)  # fmt: skip
def test_m16_markdown_is_a_tree(markdown, tree):
    assert tree_of(markdown) == tree


async def test_m16_a_description_comes_back_as_a_tree(spot):
    live = await spot.live(description="Hello")
    assert live["description"] == [{"type": "p", "children": [{"text": "Hello"}]}]


async def test_m19_the_computed_status_follows_the_clock(spot):
    hour = 3600
    for start, end, computed in (
        (now() + hour, now() + 2 * hour, "Planned"), (now() - hour, now() + hour, "Live"),
        (now() - 2 * hour, now() - hour, "Ended"),
    ):  # fmt: skip
        live = await spot.live(startDate=start, endDate=end)
        assert (live["status"], live["computedStatus"]) == ("Planned", computed)
    assert len(await spot.titles("?status[eq]=Planned")) == 3
    assert await spot.titles("?status[eq]=Live") == []


async def test_m20_m21_a_live_is_changed(spot):
    live = await spot.live(description="Old", chatVisibility="Hidden", record=True, builtInType="Workshop",
                           participantsVisibility="Display")  # fmt: skip
    path, least = f"/lives/{live['id']}", {"title": "New", "startDate": START + 60, "endDate": START + 120,
                                           "solution": "BuiltIn"}  # fmt: skip
    for missing in least:
        body = {name: value for name, value in least.items() if name != missing}
        assert await spot.status("PUT", path, json=body) == 400, missing
    assert await spot.status("PUT", path, json=least | {"endDate": START}) == 400
    changed = (await spot.http.put(path, json=least | {"spotMemberHostId": new_id()})).json()
    kept = ("description", "config", "privacy", "builtInType", "builtInConfig", "id", "createdAt", "metrics")
    assert {name: changed[name] for name in kept} == {name: live[name] for name in kept}
    assert (changed["title"], changed["startDate"]) == ("New", "2033-05-18T03:34:20.000Z")
    session = (await spot.host.get(f"/sessions/{live['id']}")).json()["data"]
    assert session["room"]["host_id"] == spot.person.id  # there is no such member
    published = least | {"recordAvailable": True, "replayVideoUrl": "https://x.test/a.m3u8", "record": False}
    config = (await spot.http.put(path, json=published)).json()["builtInConfig"]
    assert (config["recordAvailable"], config["isRecorded"]) == (True, False)
    assert (config["replayVideo"]["url"], config["replayVideo"]["encoding"]) == (
        "https://x.test/a.m3u8",
        "hls",
    )
    again = (await spot.http.put(path, json=least)).json()["builtInConfig"]
    assert again["replayVideo"] is not None
    cleared = (await spot.http.put(path, json=least | {"replayVideoUrl": None})).json()["builtInConfig"]
    assert cleared["replayVideo"] is None
    video = least | {
        "solution": "Youtube",
        "videoUrl": "https://youtu.be/x",
        "visibility": "InvitedMembersOnly",
    }
    moved = (await spot.http.put(path, json=video)).json()
    assert (moved["videoUrl"], moved["builtInConfig"], moved["builtInType"]) == (
        "https://youtu.be/x",
        None,
        None,
    )
    assert moved["privacy"]["visibility"] == "InvitedMembersOnly"
    kept_video = (await spot.http.put(path, json=least | {"solution": "Vimeo"})).json()
    assert (kept_video["videoUrl"], kept_video["solution"]) == ("https://youtu.be/x", "Vimeo")
    assert await spot.status("PUT", path, json=least | {"solution": "Youtube", "videoUrl": "x"}) == 400
    created = await spot.live(
        recordAvailable=True, replayVideoUrl="https://x.test"
    )  # the PUT alone takes them
    assert (created["builtInConfig"]["recordAvailable"], created["builtInConfig"]["replayVideo"]) == (
        False,
        None,
    )


async def test_m23_m25_lives_are_filtered_by_what_they_are(spot):
    await spot.live(title="one", builtInType="Workshop")
    two = await spot.live(title="two", startDate=START + 60, endDate=START + 90, builtInType="Conference")
    await spot.live(title="three", startDate=START + 120, endDate=START + 150, solution="NoSolution")
    body = {"title": "two", "startDate": START + 60, "endDate": START + 90, "solution": "BuiltIn"}
    await spot.http.put(f"/lives/{two['id']}", json=body | {"replayVideoUrl": "https://x.test"})
    await spot.host.post(f"/sessions/{two['id']}/people", json={"email": "cy@example.org"})
    cy = (await spot.host.get(f"/sessions/{two['id']}/people")).json()["data"]["people"][0]["id"]
    await say(spot.hall.app.house.desk, cy, "accepted")
    await spot.settled()
    for query, titles in (
        ("title[contains]=T", ["two", "three"]), ("replay[eq]=true", ["two"]),
        ("replay[eq]=false", ["one", "three"]), ("builtInType[eq]=Workshop", ["one"]),
        ("builtInType[in]=Workshop,Conference", ["one", "two"]), ("solution[eq]=NoSolution", ["three"]),
        (f"startDate[lt]={START + 60}", ["one"]), (f"startDate[lte]={START + 60}", ["one", "two"]),
        (f"startDate[gt]={START + 60}", ["three"]), (f"startDate[gte]={START + 60}", ["two", "three"]),
        (f"startDate[eq]={START + 60}", ["two"]), ("invited[eq]=1", ["two"]),
        ("invited[lt]=1", ["one", "three"]), ("registrant[gte]=1", ["two"]), ("registrant[gt]=1", []),
        ("attendee[lte]=0", ["one", "two", "three"]), ("averageViewTime[gt]=0", []),
        ("noShow[eq]=0&attendanceRate[lt]=1&totalReplayView[eq]=0&averageViewTime[lte]=0&invited[gt]=0",
         ["two"]),
        ("invited[lt]=99999999999", ["one", "two", "three"]), (f"noShow[gt]={'9' * 40}", []),
        (f"attendanceRate[gte]=-{'9' * 40}", ["one", "two", "three"]), ("invited[eq]=4294967297", []),
    ):  # fmt: skip
        assert await spot.titles(f"?{query}") == titles, query
    listed = (await spot.http.get("/lives?invited[eq]=1")).json()["items"][0]["metrics"]
    assert listed == (await spot.http.get(f"/lives/{two['id']}")).json()["metrics"]


async def test_m24_contains_knows_no_case_and_what_is_not_known_meets_no_filter(spot):
    """What can be missing is a built-in type, and the figures of those who may not know them (below)."""
    await spot.live(title="ÄPFEL und Birnen")
    for word in ("äpfel", "BIRNEN", "l und b"):
        assert await spot.titles(f"?title[contains]={word}") == ["ÄPFEL und Birnen"]
    await spot.live(title="ΟΔΟΣΑ İstanbul")
    for word in ("ΟΔΟΣ", "istanbul", "IST", "stan"):
        assert await spot.titles(f"?title[contains]={word}") == ["ΟΔΟΣΑ İstanbul"], word
    await spot.live(title="Twilight at 300 K")
    for word in ("300 k", "300 K", "twILight at 300 k", "300"):
        assert await spot.titles(f"?title[contains]={word}") == ["Twilight at 300 K"], word
    assert (
        await spot.titles("?title[contains]=_")
        == await spot.titles("?builtInType[in]=Workshop,Conference")
        == []
    )


async def _appointed(spot, live, role, *, of_room=False, by_address=False):
    """Ann, whom the keys act for, is somebody in this live, or in its room."""
    async with spot.hall.app.house.desk.work(SYSTEM) as work:
        session = await sessions.get(work, live["id"])
        await participants.add(work, Participant(
            id=new_id(), organization_id=session.organization_id, room_id=session.room_id,
            session_id=None if of_room else session.id,
            scope_id=session.room_id if of_room else session.id,
            account_id=None if by_address else spot.person.id,
            email="ann.admin@livehall.example" if by_address else None,
            role=role, invited_by=None, invited_at=None, created_at=work.now, updated_at=work.now,
            deleted_at=None, rsvp=None, registration=None,
        ))  # fmt: skip


async def _banned(spot, live):
    async with spot.hall.app.house.desk.work(SYSTEM) as work:
        session = await sessions.get(work, live["id"])
        row = bans.Ban(
            id=new_id(), organization_id=session.organization_id, session_id=session.id,
            account_id=spot.person.id, reason=None, banned_by=spot.person.id,
            banned_at=work.now, expires_at=None, lifted_at=None, lifted_by=None,
        )  # fmt: skip
        await bans.add(work, row, ())


async def test_m24_figures_are_null_where_the_key_may_not_run_the_live_and_meet_no_filter(spot, spot_of):
    """As in the Live API, which refuses them; filters, pages and totals tell nothing of them either."""
    bob = await spot.hall.person("bob@livehall.example", "host")
    known = {"mine", "with me", "with my address", "in my room", "in my address's room"}
    hidden = {"theirs", "moderated", "in my room, moderated", "spoken", "banned"}
    lives = {}
    for number, title in enumerate(sorted(known | hidden)):
        host = spot.person.id if title == "mine" else bob.id
        live = lives[title] = await spot.live(
            title=title, spotMemberHostId=host, startDate=START + number, endDate=START + 99
        )
        member = {"member": "zoe@elsewhere.test"}
        assert await spot.status("POST", f"/lives/{live['id']}/participants", json=member) == 201
    await _appointed(spot, lives["with me"], "co_host")
    await _appointed(spot, lives["with my address"], "co_host", by_address=True)
    await _appointed(spot, lives["in my room"], "co_host", of_room=True)
    await _appointed(spot, lives["in my address's room"], "co_host", of_room=True, by_address=True)
    await _appointed(spot, lives["moderated"], "moderator")
    await _appointed(spot, lives["in my room, moderated"], "co_host", of_room=True)
    await _appointed(spot, lives["in my room, moderated"], "moderator")
    await _appointed(spot, lives["spoken"], "speaker", by_address=True)
    await _appointed(spot, lives["banned"], "co_host")
    await _banned(spot, lives["banned"])
    await spot.settled()
    asked = ("invited[gte]=1", "invited[eq]=1", "invited[lt]=9", "attendee[lte]=0", "noShow[eq]=0",
             "averageViewTime[gte]=0", "registrant[lt]=5", "attendanceRate[lt]=1",
             "totalReplayView[eq]=0")  # fmt: skip
    for scopes in (("write",), ()):
        narrow = await spot_of(scopes=scopes)
        live_api = spot.hall.client()
        live_api.headers["X-Api-Key"] = narrow.key
        listed = {each["title"]: each for each in (await narrow.http.get("/lives")).json()["items"]}
        assert set(listed) == known | hidden
        for title, live in lives.items():
            shown = listed[title]
            if title != "banned":  # who is in the list, and refused by name
                shown = (await narrow.http.get(f"/lives/{live['id']}")).json()
                assert shown["metrics"] == listed[title]["metrics"], title
            there = (await live_api.get(f"/sessions/{live['id']}/metrics")).status_code
            assert there == (200 if title in known else 403), title
            if title in known:
                assert shown["metrics"]["invited"] == 1, title
            else:
                assert set(shown["metrics"].values()) == {None}, title
        for query in asked:
            found = (await narrow.http.get(f"/lives?{query}")).json()
            assert {each["title"] for each in found["items"]} == known, query
            assert found["total"] == len(known)
            page = (await narrow.http.get(f"/lives?{query}&limit=2&page=9")).json()
            assert page == {"items": [], "total": len(known)}, query
        assert await narrow.titles("?invited[gt]=1") == []
    for query in asked:
        assert set(await spot.titles(f"?{query}")) == known | hidden, query


async def test_errors_name_the_members_of_this_api(spot):
    live, nobody = await spot.live(), new_id()
    path = f"/lives/{live['id']}"
    group = (await spot.host.post("/groups", json={"name": "Band"})).json()["data"]["id"]
    put = {"title": "x", "startDate": START, "endDate": START + 3600, "solution": "BuiltIn"}
    for verb, at, body, named in (
        ("POST", "/lives", spot.body(spotMemberHostId=nobody), "spotMemberHostId"),
        ("POST", "/lives", spot.body(endDate=START), "endDate"),
        ("POST", "/lives", spot.body(solution="Youtube", videoUrl="no address"), "videoUrl"),
        ("POST", "/lives", spot.body(title=" "), "title"),
        ("PUT", path, put | {"endDate": START}, "endDate"),
        ("PUT", path, put | {"solution": "Vimeo", "videoUrl": "no address"}, "videoUrl"),
        ("PUT", path, put | {"replayVideoUrl": "no address"}, "replayVideoUrl"),
        ("POST", f"{path}/participants", {"member": nobody}, "member"),
        ("POST", f"{path}/participants", {"member": "a@b.test", "invitedBySpotMemberId": nobody},
         "invitedBySpotMemberId"),
        ("POST", f"{path}/participants~bulkInvite", {"members": {"spotMemberIds": [nobody]}},
         "members.spotMemberIds"),
        ("POST", f"{path}/participants~bulkInvite", {"members": {"spotMemberIds": ["x"]}},
         "members.spotMemberIds"),
        ("POST", f"{path}/participants~bulkInvite",
         {"members": {"emails": [f"p{n}@b.test" for n in range(501)]}}, "members"),
        ("POST", f"{path}/speakers", {"member": nobody}, "member"),
        ("POST", f"{path}/speakers", {"member": {"email": "a@b.test", "firstName": "\x01"}},
         "firstName"),
        ("POST", f"{path}/speakers~bulkInvite", {"spotMemberIds": [nobody]}, "spotMemberIds"),
        ("POST", f"{path}/speakers~bulkInvite", {"spotMemberIds": []}, "spotMemberIds"),
        ("POST", f"{path}/groups~bulkAdd", {"groupIds": []}, "groupIds"),
        ("POST", f"{path}/groups~bulkAdd", {"groupIds": [group] * 501}, "groupIds"),
    ):  # fmt: skip
        answer = await spot.http.request(verb, at, json=body)
        assert answer.status_code == 400, (at, body, answer.text)
        found = answer.json()["message"]
        assert isinstance(found, list), (at, body, found)
        assert [each.partition(": ")[0] for each in found] == [named], (at, body, found)


async def test_titles_are_as_long_as_the_document_says(spot):
    schemas = (await spot.hall.client().get("http://hall.test/openapi/meltingspot.json")).json()
    for name in ("LiveCreate", "LiveUpdate"):
        longest = schemas["components"]["schemas"][name]["properties"]["title"]["maxLength"]
        assert longest == 200
    live = await spot.live(title="t" * longest)
    assert live["title"] == "t" * longest
    put = {"title": "u" * longest, "startDate": START, "endDate": START + 3600, "solution": "BuiltIn"}
    changed = await spot.http.put(f"/lives/{live['id']}", json=put)
    assert (changed.status_code, changed.json()["title"]) == (200, "u" * longest)
    for verb, at, body in (
        ("POST", "/lives", spot.body(title="t" * (longest + 1))),
        ("PUT", f"/lives/{live['id']}", put | {"title": "t" * (longest + 1)}),
    ):
        assert await spot.status(verb, at, json=body) == 400
