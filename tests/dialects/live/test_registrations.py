"""Registration over HTTP."""

import re
from datetime import UTC, datetime, timedelta

import icalendar
import msgspec
import pytest

from livehall.kernel.ids import new_id
from tests.dialects.live.evening import an_evening, code
from tests.dialects.live.test_attendance import connected
from tests.support.letters import letters

FORM = {
    "mode": "required",
    "fields": [
        {
            "id": "diet",
            "kind": "choice",
            "label": "Food",
            "required": True,
            "options": [{"value": "veg", "label": "Vegetarian"}, {"value": "all", "label": "Anything"}],
            "translations": {"de": {"label": "Essen", "options": {"veg": "Vegetarisch"}}},
        },
        {"id": "news", "kind": "checkbox", "label": "Send me news"},
    ],
    "consent": {"text": "We keep your data.", "version": "1", "translations": {"de": "Wir speichern …"}},
}
MIA = {
    "email": "Mia@example.org",
    "first_name": "Mia",
    "last_name": "Wolf",
    "answers": {"diet": "veg"},
    "consent": {"accepted": True, "version": "1"},
}


def data(answer, status=200):
    assert answer.status_code == status, answer.text
    return answer.json()["data"]


async def a_room(client, **form):
    room = data(await client.post("/rooms", json={"title": "Physics", "visibility": "unlisted"}), 201)
    data(await client.put(f"/rooms/{room['id']}/registration", json={**FORM, **form}))
    return room["id"]


async def a_session(client, room, **more):
    start = (datetime.now(UTC) + timedelta(hours=2)).isoformat()
    body = {"title": "Waves", "scheduled_start_time": start, **more}
    return data(await client.post(f"/rooms/{room}/sessions", json=body), 201)["session"]


def token_of(registered):
    link, _, token = registered["access_link"].partition("#")
    assert link == "http://hall.test/registered"
    return token


async def test_the_form_is_defined_by_the_host_and_read_by_anybody(hall):
    ada, anybody = await hall.signed_in(), hall.client()
    room = await a_room(ada, capacity=3)
    form = data(await anybody.get(f"/rooms/{room}/registration"))
    assert {name: form[name] for name in ("mode", "approval", "capacity", "places_left", "is_open")} == {
        "mode": "required", "approval": "auto", "capacity": 3, "places_left": 3, "is_open": True,
    }  # fmt: skip
    assert form["fields"][0]["translations"]["de"]["options"] == {"veg": "Vegetarisch"}
    assert form["consent"]["version"] == "1"
    ben = await hall.signed_in("ben@example.org", "host")
    eve = await hall.signed_in("eve@example.org", "owner", "Elsewhere")
    for client, refusal in ((anybody, 401), (ben, 403), (eve, 404)):
        assert (await client.put(f"/rooms/{room}/registration", json=FORM)).status_code == refusal
    stale = await ada.put(f"/rooms/{room}/registration", json=FORM, headers={"If-Match": '"0"'})
    assert code(stale) == (409, "conflict")
    session = await a_session(ada, room)
    urls = data(await ada.get(f"/sessions/{session['id']}/share-urls"))
    assert urls["registration_url"] == f"http://hall.test/r/{room}"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "mode"),
        ({"mode": "maybe"}, "mode"),
        ({"mode": "optional", "nonsense": 1}, "nonsense"),
        ({"mode": "optional", "capacity": 0}, "capacity"),
        ({"mode": "optional", "closes_at": "tomorrow"}, "closes_at"),
        ({"mode": "optional", "fields": [{"id": "A b", "kind": "text", "label": "x"}]}, "fields[0].id"),
        ({"mode": "optional", "fields": [{"id": "a", "kind": "choice", "label": "x"}]}, "fields[0].options"),
    ],
)
async def test_a_form_that_cannot_be_is_refused_by_name(hall, body, field):
    ada = await hall.signed_in()
    room = await a_room(ada)
    answer = await ada.put(f"/rooms/{room}/registration", json=body)
    assert (answer.status_code, answer.json()["error"]["details"][0]["field"]) == (422, field)


async def test_somebody_registers_and_comes_in_by_the_link(hall):
    evening = await an_evening(hall)
    ada, anybody, room = evening.host, hall.client(), evening.session["room_id"]
    data(await ada.put(f"/rooms/{room}/registration", json=FORM))
    mia = data(await anybody.post(f"/rooms/{room}/registrations", json=MIA), 201)
    assert (mia["status"], mia["email"], mia["session_id"]) == ("approved", "mia@example.org", None)
    token = token_of(mia)
    again = data(await anybody.post(f"/rooms/{room}/registrations", json={**MIA, "first_name": "Eve"}), 201)
    assert (again["id"], again["access_link"], again["first_name"]) == (None, None, "Eve")

    own = data(await anybody.get("/registrations/self", params={"token": token}))
    in_header = {"X-Access-Token": token}  # where no log of addresses keeps it
    assert data(await anybody.get("/registrations/self", headers=in_header)) == own
    assert code(await anybody.get("/registrations/self")) == (422, "validation_failed")
    assert (own["status"], own["room"]["id"], own["answers"]) == ("approved", room, {"diet": "veg"})
    assert (own["consent"]["accepted"], own["consent"]["version"]) == (True, "1")
    assert [each["id"] for each in own["sessions"]] == [evening.id]

    refused = await evening.viewer.post(f"/sessions/{evening.id}/join", json={})
    assert code(refused) == (403, "registration_required")
    signed_in = data(await anybody.post("/auth/access-link", json={"access_token": token}))
    assert (signed_in["user"]["role"], signed_in["user"]["email"]) == ("viewer", None)
    viewer = hall.client(signed_in["access_token"])
    joined = data(await viewer.post(f"/sessions/{evening.id}/join", json={}))
    assert joined["admission"] == "admitted"
    assert (
        await evening.viewer.post(f"/sessions/{evening.id}/join", json={"access_token": token})
    ).is_success

    for sent in ({"headers": in_header}, {"params": {"token": token}}):
        answer = await anybody.delete("/registrations/self", **sent)
        assert (answer.status_code, answer.content) == (204, b"")
    refused = await anybody.post("/auth/access-link", json={"access_token": token})
    assert code(refused) == (403, "registration_not_approved")
    for call in (
        anybody.get("/registrations/self", params={"token": "x"}),
        anybody.delete("/registrations/self", params={"token": "x"}),
        anybody.get("/registrations/self/consent", params={"token": "x"}),
        anybody.get("/registrations/self/calendar.ics", params={"token": "x"}),
        anybody.post("/auth/access-link", json={"access_token": "x"}),
    ):
        assert (await call).status_code == 404


async def test_who_registered_is_in_the_figures(hall):
    evening = await an_evening(hall)
    room = evening.session["room_id"]
    tokens = []
    for name in ("mia", "leo", "zoe"):
        body = {"email": f"{name}@example.org", "first_name": name}
        tokens.append(token_of(data(await evening.host.post(f"/rooms/{room}/registrations", json=body), 201)))
    signed_in = data(await hall.client().post("/auth/access-link", json={"access_token": tokens[0]}))
    mia = hall.client(signed_in["access_token"])
    await connected(evening, (await evening.join(mia))["identity"], "PA_mia")
    listed = data(await evening.host.get(f"/rooms/{room}/registrations", params={"presence": "present"}))
    assert [each["first_name"] for each in listed["registrations"]] == ["mia"]
    await evening.end()
    stats = data(await evening.host.get(f"/sessions/{evening.id}/attendance/stats"))
    assert (stats["registered"], stats["no_shows"], stats["attendance_rate"]) == (3, 2, 0.33)


async def test_v23_software_gets_the_same_registration_again(hall):
    ada = await hall.signed_in()
    room = await a_room(ada)
    root = await hall.signed_in("root@example.org", "admin")
    key = data(await root.post("/api-clients", json={"name": "crm", "scopes": ["write", "admin"]}), 201)
    crm = hall.client()
    crm.headers["X-Api-Key"] = key["secret"]
    body = {"email": "mia@example.org", "external_id": " 7 ", "consent": {"accepted": False}}
    first = data(await crm.post(f"/rooms/{room}/registrations", json=body), 201)
    again = data(await crm.post(f"/rooms/{room}/registrations", json=body), 201)
    assert again == first
    assert (first["external_id"], first["registered_at"][-1]) == (" 7 ", "Z")
    other = data(await crm.post(f"/rooms/{await a_room(ada)}/registrations", json=body), 201)
    assert other["id"] != first["id"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"email": "nobody"}, "email"),
        ({"first_name": None}, "first_name"),
        ({"last_name": "\u0007"}, "last_name"),
        ({"answers": {}}, "answers.diet"),
        ({"answers": {"diet": "meat"}}, "answers.diet"),
        ({"answers": {"diet": 7}}, "answers"),
        ({"consent": None}, "consent.accepted"),
        ({"consent": {"accepted": True, "version": "0"}}, "consent.version"),
        ({"source": {"": "x"}}, "source"),
        ({"language": "!"}, "language"),
        ({"nonsense": 1}, "nonsense"),
    ],
)
async def test_who_does_not_fill_in_the_form_is_refused_by_name(hall, change, field):
    room = await a_room(await hall.signed_in())
    answer = await hall.client().post(f"/rooms/{room}/registrations", json={**MIA, **change})
    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["details"][0]["field"].startswith(field)


async def test_registration_ends_when_it_is_full_closed_or_not_offered(hall):
    ada, anybody = await hall.signed_in(), hall.client()
    room = await a_room(ada, capacity=1)
    data(await anybody.post(f"/rooms/{room}/registrations", json=MIA), 201)
    full = await anybody.post(f"/rooms/{room}/registrations", json={**MIA, "email": "leo@example.org"})
    assert code(full) == (409, "registration_full")
    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    for form in ({"closes_at": past}, {"mode": "none"}):
        closed = await a_room(ada, **form)
        refused = await anybody.post(f"/rooms/{closed}/registrations", json=MIA)
        assert code(refused) == (409, "registration_closed")
        assert data(await ada.post(f"/rooms/{closed}/registrations", json={"email": "a@b.c"}), 201)


async def test_registering_for_one_session(hall):
    ada, anybody = await hall.signed_in(), hall.client()
    room = await a_room(ada)
    session = await a_session(ada, room)
    one = data(await anybody.post(f"/sessions/{session['id']}/registrations", json=MIA), 201)
    assert one["session_id"] == session["id"]
    leo = {**MIA, "email": "leo@example.org", "first_name": "Leo"}
    data(await anybody.post(f"/rooms/{room}/registrations", json=leo), 201)
    listed = data(await ada.get(f"/sessions/{session['id']}/registrations", params={"sort": "email"}))
    assert [each["email"] for each in listed["registrations"]] == ["leo@example.org", "mia@example.org"]
    other = await a_session(ada, room)
    listed = data(await ada.get(f"/sessions/{other['id']}/registrations"))
    assert [each["email"] for each in listed["registrations"]] == ["leo@example.org"]
    assert (await anybody.post(f"/sessions/{new_id()}/registrations", json=MIA)).status_code == 404
    assert (await ada.get(f"/sessions/{new_id()}/registrations")).status_code == 404


async def test_the_host_lists_searches_and_filters(hall):
    ada = await hall.signed_in()
    room = await a_room(ada)
    for name, diet in (("mia", "veg"), ("leo", "all"), ("zoe", "veg")):
        body = {"email": f"{name}@example.org", "first_name": name, "answers": {"diet": diet, "news": True}}
        data(await ada.post(f"/rooms/{room}/registrations", json=body), 201)

    async def names(**query):
        found = data(await ada.get(f"/rooms/{room}/registrations", params={"sort": "name", **query}))
        return [each["first_name"] for each in found["registrations"]]

    assert await names() == ["leo", "mia", "zoe"]
    assert await names(search="ZOE") == ["zoe"]
    assert await names(answers="diet:veg", status="approved", presence="absent") == ["mia", "zoe"]
    assert await names(answers=["diet:all", "news:true"]) == ["leo"]
    assert await names(answers="news:false") == []
    assert await names(presence="present") == []
    first = data(await ada.get(f"/rooms/{room}/registrations", params={"limit": 2}))
    assert first["pagination"] == {"page": 1, "limit": 2, "total": 3, "total_pages": 2}
    assert {each["access_link"] for each in first["registrations"]} == {None}
    for query in ({"answers": "veg"}, {"answers": "shoe:42"}, {"status": "odd"}, {"sort": "shoe"}):
        assert (await ada.get(f"/rooms/{room}/registrations", params=query)).status_code == 422


async def test_people_are_imported_from_csv(hall):
    ada = await hall.signed_in()
    room = await a_room(ada)
    body = {"csv": "email,first_name,diet\nmia@example.org,Mia,veg\nnobody,No,veg\n"}
    for dry_run in (True, False):
        report = data(
            await ada.post(f"/rooms/{room}/registrations/import", json={**body, "dry_run": dry_run})
        )
        assert (report["dry_run"], report["created"], report["refused"]) == (dry_run, 1, 1)
        assert report["lines"][1] == {
            "line": 3, "email": "nobody", "outcome": "refused", "problem": "email: This is no address.",
            "registration_id": None,
        }  # fmt: skip
    # What is too long is the line's fault, not the file's.
    lines = [f"leo@example.org,Leo,veg,{'x' * 256},", "zoe@example.org,Zoe,veg,,not a language",
             "kim@example.org,Kim,veg,crm-1,de"]  # fmt: skip
    long = {"csv": "\n".join(["email,first_name,diet,external_id,language", *lines])}
    report = data(await ada.post(f"/rooms/{room}/registrations/import", json=long))
    outcomes = [(each["outcome"], (each["problem"] or "").partition(":")[0]) for each in report["lines"]]
    assert outcomes == [("refused", "external_id"), ("refused", "language"), ("created", "")]
    found = data(await ada.get(f"/registrations/{report['lines'][2]['registration_id']}"))
    assert found["external_id"] == "crm-1"
    assert found["answers"] == {"diet": "veg", "news": False}
    bad = await ada.post(f"/rooms/{room}/registrations/import", json={"csv": "name\nMia\n"})
    assert (bad.status_code, bad.json()["error"]["details"][0]["field"]) == (422, "csv")


async def test_the_host_approves_and_denies(hall):
    ada, anybody = await hall.signed_in(), hall.client()
    room = await a_room(ada, approval="manual")
    ids = []
    for name in ("mia", "leo"):
        body = {**MIA, "email": f"{name}@example.org"}
        registered = data(await anybody.post(f"/rooms/{room}/registrations", json=body), 201)
        assert registered["status"] == "pending"
        ids.append(registered["id"])
    for _ in range(2):
        assert data(await ada.post(f"/registrations/{ids[0]}/approve"))["status"] == "approved"
        assert (
            data(await ada.post(f"/registrations/{ids[1]}/deny", json={"notify": False}))["status"]
            == "denied"
        )
    assert data(await ada.post(f"/registrations/{ids[0]}/resend"))["status"] == "approved"
    for path in (f"{ids[0]}/deny", f"{ids[1]}/approve", f"{ids[1]}/resend"):
        refused = await ada.post(f"/registrations/{path}")
        assert code(refused) == (409, "invalid_state")


async def test_the_host_shows_corrects_and_cancels(hall):
    ada = await hall.signed_in()
    room = await a_room(ada)
    mia = data(await ada.post(f"/rooms/{room}/registrations", json=MIA), 201)
    path = f"/registrations/{mia['id']}"
    shown = data(await ada.get(path))
    assert (shown["access_link"], shown["presence"]) == (mia["access_link"], "absent")
    changed = data(await ada.patch(path, json={"last_name": "Lang", "external_id": "7"}))
    assert (changed["last_name"], changed["first_name"], changed["external_id"]) == ("Lang", "Mia", "7")
    assert (await ada.patch(path, json={}, headers={"If-Match": '"99"'})).status_code == 409
    data(await ada.post(f"/rooms/{room}/registrations", json={"email": "leo@example.org"}), 201)
    taken = await ada.patch(path, json={"email": "leo@example.org"})
    assert code(taken) == (409, "already_exists")
    moved = data(await ada.patch(path, json={"email": "maria@example.org"}))
    assert moved["email"] == "maria@example.org"
    assert (
        await hall.client().get("/registrations/self", params={"token": token_of(mia)})
    ).status_code == 404
    for _ in range(2):
        assert (await ada.delete(path)).status_code == 204
    assert data(await ada.get(path))["status"] == "cancelled"


async def test_only_the_host_and_administrators_know_who_registered(hall):
    ada = await hall.signed_in()
    room = await a_room(ada)
    session = await a_session(ada, room)
    mia = data(await ada.post(f"/rooms/{room}/registrations", json=MIA), 201)["id"]
    lists = [
        ("GET", f"/rooms/{room}/registrations"),
        ("GET", f"/sessions/{session['id']}/registrations"),
        ("POST", f"/rooms/{room}/registrations/import"),
    ]
    of_one = [
        ("GET", f"/registrations/{mia}"),
        ("PATCH", f"/registrations/{mia}"),
        ("POST", f"/registrations/{mia}/approve"),
        ("POST", f"/registrations/{mia}/deny"),
        ("POST", f"/registrations/{mia}/resend"),
        ("DELETE", f"/registrations/{mia}"),
    ]
    cast = {  # of lists, of one registration
        await hall.signed_in("root@example.org", "admin"): (True, True),
        await hall.signed_in("ben@example.org", "host"): (403, 404),
        await hall.signed_in("vic@example.org", "viewer"): (403, 404),
        await hall.signed_in("eve@example.org", "owner", "Elsewhere"): (404, 404),
        hall.client(): (401, 401),
    }
    for client, (many, one) in reversed(cast.items()):
        for calls, expected in ((lists, many), (of_one, one)):
            for verb, path in calls:
                body = {"csv": "email\nzoe@example.org\n"} if path.endswith("import") else {}
                answer = await client.request(verb, path, json=None if verb == "GET" else body)
                found = answer.status_code
                if expected is True:
                    assert found in (200, 204, 409), (verb, path, answer.text)
                    continue
                assert found == expected, (verb, path, answer.text)


def undated(calendar: bytes) -> bytes:
    """Without when each entry was written (RFC 5545 §3.8.7.2): that is when it was asked for."""
    assert b"DTSTAMP:" in calendar
    return re.sub(rb"DTSTAMP:\d{8}T\d{6}Z\r\n", b"", calendar)


async def test_the_planned_sessions_go_into_the_calendar_with_the_link(hall):
    ada, anybody = await hall.signed_in(), hall.client()
    room = await a_room(ada)
    mia = data(await anybody.post(f"/rooms/{room}/registrations", json=MIA), 201)
    path, token = "/registrations/self/calendar.ics", token_of(mia)
    assert (await anybody.get(path, params={"token": token})).status_code == 404
    first, second = await a_session(ada, room), await a_session(ada, room, title="Light")
    answer = await anybody.get(path, headers={"X-Access-Token": token})
    by_parameter = await anybody.get(path, params={"token": token})
    assert undated(by_parameter.content) == undated(answer.content)
    assert answer.headers["content-type"].startswith("text/calendar")
    entries = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert {str(entry["uid"]) for entry in entries} == {first["id"], second["id"]}
    assert {str(entry["url"]) for entry in entries} == {mia["access_link"]}
    own = data(await anybody.get("/registrations/self", params={"token": token}))
    assert own["calendar_url"] == f"http://hall.test/api/v1{path}?token={token}"


async def test_a_registration_is_told_to_the_library_without_what_was_written(hall):
    """And only where all of the library's hosts may find the room (I22)."""
    ada = await hall.signed_in()
    room, unlisted = await a_room(ada), await a_room(ada)
    data(await ada.patch(f"/rooms/{room}", json={"visibility": "members"}))
    await hall.app.house.relay.drained()
    told, publish = [], hall.app.house.hub.publish

    def noted(channel, publication):
        told.append((channel.partition(":")[0], msgspec.json.decode(publication.data)))
        publish(channel, publication)

    hall.app.house.hub.publish = noted
    data(await ada.post(f"/rooms/{unlisted}/registrations", json=MIA), 201)
    mia = data(await ada.post(f"/rooms/{room}/registrations", json=MIA), 201)
    await hall.app.house.relay.drained()
    ((kind, envelope),) = told
    assert (kind, envelope["type"]) == ("library", "participant.registered")
    assert envelope["data"] == {
        "id": mia["id"], "room_id": room, "session_id": None, "name": "Mia Wolf", "status": "approved",
    }  # fmt: skip


async def test_registrants_are_told_by_mail_in_their_language(hall, tmp_path):
    ada, anybody = await hall.signed_in(), hall.client()
    room = await a_room(ada, approval="manual")
    session = await a_session(ada, room)
    ids = {}
    for name, language in (("mia", "de"), ("leo", "fr"), ("zoe", "en")):
        body = {**MIA, "email": f"{name}@example.org", "language": language}
        ids[name] = data(await anybody.post(f"/rooms/{room}/registrations", json=body), 201)["id"]
    told = {str(each["to"]): each for each in await letters(tmp_path / "data", 3)}
    assert told["mia@example.org"]["subject"] == "Ihre Anmeldung ist da: Physics"
    assert told["leo@example.org"]["subject"] == "Votre inscription nous est parvenue : Physics"
    await ada.post(f"/registrations/{ids['mia']}/approve")
    await ada.post(f"/registrations/{ids['leo']}/deny", json={"notify": False})
    await ada.post(f"/registrations/{ids['zoe']}/deny")
    found = {each["subject"]: each for each in await letters(tmp_path / "data", 5)}
    assert found["Not approved: Physics"]["to"] == "zoe@example.org"
    assert "/registered" not in found["Not approved: Physics"].get_body(("plain",)).get_content()
    approved = found["Freigegeben: Physics"]
    link = data(await ada.get(f"/registrations/{ids['mia']}"))["access_link"].partition("/registered")[2]
    assert f"/registered{link}" in approved.get_body(("plain",)).get_content()
    (calendar,) = (part for part in approved.walk() if part.get_content_type() == "text/calendar")
    (entry,) = icalendar.Calendar.from_ical(calendar.get_content()).walk("VEVENT")
    assert (str(entry["uid"]), str(entry["url"]).partition("#")[2]) == (session["id"], link[1:])
    assert data(await ada.post(f"/registrations/{ids['mia']}/resend"))
    await anybody.post(f"/rooms/{room}/registrations", json={**MIA, "email": "mia@example.org"})
    again = [each["subject"] for each in await letters(tmp_path / "data", 7)]
    assert again.count("Sie sind angemeldet: Physics") == 2


async def test_a_key_of_a_library_handles_the_registrations_of_its_rooms(hall):
    admin = await hall.signed_in("root@example.org", "admin")
    here, there = [
        data(await admin.post("/libraries", json={"name": n}), 201)["id"] for n in ("North", "South")
    ]
    rooms = [
        data(await admin.post("/rooms", json={"title": "x", "library_id": each}), 201)["id"]
        for each in (here, there)
    ]
    for room in rooms:
        data(await admin.put(f"/rooms/{room}/registration", json={"mode": "required", "approval": "manual"}))
    ours, theirs = [
        data(await admin.post(f"/rooms/{room}/registrations", json={**MIA, "answers": {}}), 201)["id"]
        for room in rooms
    ]
    wanted = {"name": "CRM", "scopes": ["write", "admin"], "library_ids": [here]}
    secret = data(await admin.post("/api-clients", json=wanted), 201)["secret"]
    key = hall.client()
    key.headers["X-Api-Key"] = secret
    path = f"/libraries/{here}/registrations"
    assert (await key.get(f"/registrations/{ours}")).status_code == 401  # not without its library
    assert data(await key.get(f"{path}/{ours}"))["status"] == "pending"
    assert data(await key.patch(f"{path}/{ours}", json={"last_name": "Fox"}))["last_name"] == "Fox"
    assert data(await key.post(f"{path}/{ours}/approve"))["status"] == "approved"
    assert data(await key.post(f"{path}/{ours}/resend"))["status"] == "approved"
    assert (await key.delete(f"{path}/{ours}")).status_code == 204
    for verb, end in (("GET", ""), ("PATCH", ""), ("DELETE", ""), ("POST", "/deny"), ("POST", "/approve")):
        refused = await key.request(verb, f"{path}/{theirs}{end}", json={} if verb == "PATCH" else None)
        assert code(refused) == (404, "not_found")
    assert data(await admin.get(f"/registrations/{theirs}"))["status"] == "pending"


async def test_who_is_inside_is_out_when_their_registration_is_cancelled(hall, monkeypatch):
    evening = await an_evening(hall)
    house, gone = hall.app.house, []
    ada, anybody, room = evening.host, hall.client(), evening.session["room_id"]
    lost = []
    monkeypatch.setattr(house.media.rooms, "remove", lambda room, identity: put_out(gone, identity))
    monkeypatch.setattr(
        house.everywhere, "unsubscribe", lambda channel, who=None, **_: lost.append((channel, who))
    )
    data(await ada.put(f"/rooms/{room}/registration", json={"mode": "required"}))
    people = {}
    for name in ("mia", "leo"):
        mail = f"{name}@example.org"
        made = data(await ada.post(f"/rooms/{room}/registrations", json={"email": mail}), 201)
        signed_in = data(await anybody.post("/auth/access-link", json={"access_token": token_of(made)}))
        client = hall.client(signed_in["access_token"])
        seat = data(await client.post(f"/sessions/{evening.id}/join", json={}))
        await connected(evening, seat["identity"], f"PA_{name}")
        people[name] = (made["id"], client, seat, signed_in["user"]["id"])
    registration, mia, seat, account = people["mia"]
    path = f"/sessions/{evening.id}"
    assert (await mia.post(f"{path}/chat", json={"message": "hello"})).status_code == 201

    assert (await ada.delete(f"/registrations/{registration}")).status_code == 204
    await house.relay.drained()
    assert (seat["identity"] in gone, people["leo"][2]["identity"] in gone) == (True, False)
    assert {(f"{kind}:{evening.id}", account) for kind in ("session", "chat", "stage")} <= set(lost)
    there = data(await ada.get(f"{path}/attendees"))["attendees"]
    assert sorted(each["is_active"] for each in there) == [False, True]
    beat = f"/attendance/{seat['attendance_id']}/beat"
    assert (await mia.post(beat, json={})).status_code == 404
    assert code(await mia.post(f"{path}/chat", json={"message": "still"})) == (403, "forbidden")
    assert code(await mia.post(f"{path}/join")) == (403, "registration_required")
    gone.clear()
    await connected(evening, seat["identity"], "PA_again")  # the media token has not run out
    await house.relay.drained()
    assert gone == [seat["identity"]]

    # Registered anew they come in anew; and an open room puts out nobody.
    data(await ada.post(f"/rooms/{room}/registrations", json={"email": "mia@example.org"}), 201)
    again = data(await mia.post(f"{path}/join", json={}))
    await connected(evening, again["identity"], "PA_new")
    assert (await mia.post(f"{path}/chat", json={"message": "back"})).status_code == 201
    data(await ada.put(f"/rooms/{room}/registration", json={"mode": "optional"}))
    gone.clear()
    assert (await ada.delete(f"/registrations/{people['leo'][0]}")).status_code == 204
    await house.relay.drained()
    assert gone == []


async def put_out(gone, identity):
    gone.append(identity)


async def test_figures_of_a_past_session_count_who_was_registered_when_it_ended(hall):
    evening = await an_evening(hall)
    ada, room, path = evening.host, evening.session["room_id"], f"/sessions/{evening.id}"
    data(await ada.put(f"/rooms/{room}/registration", json={"mode": "optional"}))

    async def register(name):
        body = {"email": f"{name}@example.org"}
        return data(await ada.post(f"/rooms/{room}/registrations", json=body), 201)["id"]

    async def figures():
        await hall.app.house.relay.drained()
        found = data(await ada.get(f"{path}/metrics"))
        return {name: found[name] for name in ("registrant", "no_show", "attendance_rate")}

    ann, _ = await register("ann"), await register("bea")
    await evening.end()
    before = await figures()
    assert before == {"registrant": 2, "no_show": 2, "attendance_rate": 0}
    await register("cy")  # for the sessions to come
    assert (await ada.delete(f"/registrations/{ann}")).status_code == 204
    assert await figures() == before


async def test_a_registrant_sees_the_text_that_they_agreed_to(hall):
    ada, anybody = await hall.signed_in(), hall.client()
    room = await a_room(ada)
    token = token_of(data(await anybody.post(f"/rooms/{room}/registrations", json=MIA), 201))
    other = {"text": "We keep it for a year.", "version": "2"}
    data(await ada.put(f"/rooms/{room}/registration", json={**FORM, "consent": other}))

    agreed = data(await anybody.get("/registrations/self/consent", headers={"X-Access-Token": token}))
    own = data(await anybody.get("/registrations/self", params={"token": token}))
    assert agreed == {
        "registration_id": own["id"],
        "room": own["room"],
        "session_id": None,
        **own["consent"],
        "text": FORM["consent"]["text"],
        "translations": FORM["consent"]["translations"],
        "is_asked": False,
        "present": {**other, "required": True, "translations": {}},
        "terms": None,
    }
    assert data(await anybody.get("/registrations/self/consent", params={"token": token})) == agreed
    assert code(await anybody.get("/registrations/self/consent")) == (422, "validation_failed")
    assert code(await ada.get("/registrations/self/consent")) == (422, "validation_failed")


async def test_other_terms_ask_for_consent_again(hall):
    ada = await hall.signed_in()
    root = await hall.signed_in("root@example.org", "admin")
    room = await a_room(ada)
    data(await root.put("/privacy/policy", json={"text": "Ours.", "terms_url": "https://example.org/terms"}))
    anybody = hall.client()
    shown = data(await anybody.get(f"/rooms/{room}/registration"))
    assert shown["terms"] == {"terms_url": "https://example.org/terms", "text": "Ours.", "version": "1"}
    said = {"accepted": True, "version": "1", "terms_version": "0"}
    refused = await anybody.post(f"/rooms/{room}/registrations", json={**MIA, "consent": said})
    assert refused.json()["error"]["details"][0]["field"] == "consent.terms_version"
    made = data(await anybody.post(f"/rooms/{room}/registrations", json=MIA), 201)
    data(await root.put("/privacy/policy", json={"text": "Ours, and more."}))

    by = {"headers": {"X-Access-Token": token_of(made)}}
    own = data(await anybody.get("/registrations/self", **by))
    (listed,) = data(await ada.get(f"/rooms/{room}/registrations"))["registrations"]
    for consent in (own["consent"], listed["consent"]):
        assert (consent["terms_version"], consent["is_outdated"]) == ("1", True)
    asked = data(await anybody.get("/registrations/self/consent", **by))
    assert (asked["is_outdated"], asked["terms"]["text"]) == (True, "Ours, and more.")
    assert (asked["present"]["version"], asked["present"]["text"]) == ("1", "We keep your data.")

    path = "/registrations/self/consent"
    again = {"accepted": True, "version": "1", "terms_version": "2"}
    told = data(await anybody.put(path, json=again, **by))
    assert (told["terms_version"], told["is_outdated"]) == ("2", False)
    assert data(await anybody.put(path, json=again, **by)) == told
    own = data(await anybody.get("/registrations/self", **by))
    assert own["consent"]["is_outdated"] is False
    for bad in ({**again, "terms_version": "1"}, {**again, "accepted": False}, {}):
        assert code(await anybody.put(path, json=bad, **by)) == (422, "validation_failed")
    assert code(await anybody.put(path, json=again, params={"token": "x"})) == (404, "not_found")
    assert (await anybody.delete("/registrations/self", **by)).status_code == 204
    assert code(await anybody.put(path, json=again, **by)) == (409, "invalid_state")
