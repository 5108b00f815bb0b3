"""Coming, going and attendance over HTTP."""

import csv
import io
import json
import zipfile
from xml.etree import ElementTree

import pytest
from sqlalchemy import select

from livehall.core.audience import reports
from livehall.dialects.live.document import document
from livehall.dialects.live.tables import MEDIA_TYPES, defused
from livehall.kernel import journal
from livehall.kernel.actor import MEDIA, SYSTEM
from livehall.kernel.db import Statement
from livehall.kernel.ids import new_id
from tests.dialects.live.evening import Evening, an_evening, code

EXPORTS = Statement(
    select(journal.journal).where(journal.journal.c.type == "attendance.exported"), journal.Entry
)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


async def connected(evening: Evening, identity: str, sid: str) -> None:
    """The media server reports a connection."""
    async with evening.hall.app.house.desk.work(MEDIA) as work:
        report = reports.Connection(room=evening.id, sid=sid, identity=identity, at=work.now)
        await reports.joined(work, report)


async def test_join_gives_the_means_of_watching(hall):
    evening = await an_evening(hall)
    joined = await evening.join()
    assert (joined["role"], joined["admission"], joined["delivery"]) == ("viewer", "admitted", "webrtc")
    assert joined["token"]
    assert joined["livekit_url"] == "ws://hall.test"
    assert joined["permissions"]["chat.send"] is True
    assert joined["permissions"]["session.run"] is False
    assert joined["realtime"]["url"] == "ws://hall.test/connection/websocket"
    assert f"chat:{evening.id}" in joined["realtime"]["channels"]
    assert f"staff:{evening.id}" not in joined["realtime"]["channels"]

    host = await evening.join(evening.host)
    assert host["role"] == "host"
    assert f"staff:{evening.id}" in host["realtime"]["channels"]


async def test_join_before_and_after_the_session(hall):
    evening = await an_evening(hall)
    room = evening.session["room_id"]
    planned = (await evening.host.post(f"/rooms/{room}/sessions", json={"title": "Next"})).json()["data"]
    early = await evening.viewer.post(f"/sessions/{planned['session']['id']}/join")
    assert early.json()["data"]["admission"] == "too_early"
    assert early.json()["data"]["token"] is None
    await evening.end()
    assert code(await evening.viewer.post(f"/sessions/{evening.id}/join")) == (409, "invalid_state")


async def test_join_says_what_is_wrong(hall):
    evening = await an_evening(hall)
    path = f"/sessions/{evening.id}/join"
    assert code(await hall.client().post(path)) == (401, "unauthenticated")
    assert code(await evening.viewer.post(f"/sessions/{new_id()}/join")) == (404, "not_found")
    assert code(await evening.viewer.post("/sessions/none/join")) == (404, "not_found")
    for body in ({"display_name": 7}, {"display_name": "x" * 101}, {"prefer": "smoke"}, {"nonsense": 1}):
        assert code(await evening.viewer.post(path, json=body)) == (422, "validation_failed")
    unreadable = await evening.viewer.post(
        path, content=b'{"prefer":', headers={"Content-Type": "application/json"}
    )
    assert code(unreadable) == (400, "invalid_request")


async def test_c6_leave_is_answered_without_presence_too(hall):
    evening = await an_evening(hall)
    for _ in range(2):
        assert (await evening.viewer.post(f"/sessions/{evening.id}/leave")).status_code == 204
    assert code(await evening.viewer.post(f"/sessions/{new_id()}/leave")) == (404, "not_found")


async def test_who_is_there_is_listed_for_the_staff(hall):
    evening = await an_evening(hall)
    joined = await evening.join(display_name="Ben B.")
    await connected(evening, joined["identity"], "PA_1")
    answer = (await evening.host.get(f"/sessions/{evening.id}/viewers")).json()["data"]
    assert (answer["count"], answer["viewers"][0]["username"]) == (1, "Ben B.")
    refused = await evening.viewer.get(f"/sessions/{evening.id}/viewers")
    assert code(refused) == (403, "feature_disabled")


async def test_attendance_and_its_figures(hall):
    evening = await an_evening(hall)
    joined = await evening.join()
    await connected(evening, joined["identity"], "PA_1")
    await evening.viewer.post(f"/sessions/{evening.id}/leave")

    listed = (await evening.host.get(f"/sessions/{evening.id}/attendance")).json()["data"]
    (one,) = listed["attendance"]
    assert (one["username"], one["email"], one["role"]) == ("ben", "ben@example.org", "viewer")
    assert (one["join_count"], one["is_active"], one["delivery"]) == (1, False, "webrtc")
    assert listed["pagination"] == {"page": 1, "limit": 20, "total": 1, "total_pages": 1}
    stats = (await evening.host.get(f"/sessions/{evening.id}/attendance/stats")).json()["data"]
    assert (stats["unique_viewers"], stats["total_joins"], stats["peak_viewers"]) == (1, 1, 1)
    assert (stats["current_viewers"], stats["no_shows"], stats["attendance_rate"]) == (0, 0, None)
    for path in ("attendance", "attendance/stats", "attendance/export"):
        refused = await evening.viewer.get(f"/sessions/{evening.id}/{path}")
        assert code(refused) == (403, "forbidden")


@pytest.mark.parametrize("query", ["page=0", "limit=101", "sort=colour", "active=maybe", "source=radio"])
async def test_c3_a_query_that_cannot_be_accepted_names_its_parameter(hall, query):
    evening = await an_evening(hall)
    answer = await evening.host.get(f"/sessions/{evening.id}/attendance?{query}")
    assert answer.status_code == 422
    assert answer.json()["error"]["details"][0]["field"] == query.partition("=")[0]


async def test_c11_the_export_has_the_columns_of_the_answer_in_three_forms(hall):
    evening = await an_evening(hall)
    joined = await evening.join(display_name="=HYPERLINK(1)")
    await connected(evening, joined["identity"], "PA_1")
    path = f"/sessions/{evening.id}/attendance"
    (shown,) = (await evening.host.get(path)).json()["data"]["attendance"]

    plain = await evening.host.get(f"{path}/export")
    assert plain.content.startswith(b"\xef\xbb\xbf")
    assert f'filename="attendance-{evening.id}.csv"' in plain.headers["content-disposition"]
    (row,) = csv.DictReader(io.StringIO(plain.content.decode("utf-8-sig")))
    assert list(row) == list(shown)
    assert (row["username"], row["joined_at"]) == ("'=HYPERLINK(1)", shown["joined_at"])

    (entry,) = json.loads((await evening.host.get(f"{path}/export?format=json")).content)
    assert entry["username"] == "=HYPERLINK(1)"

    book = zipfile.ZipFile(io.BytesIO((await evening.host.get(f"{path}/export?format=xlsx")).content))
    assert book.testzip() is None
    rows = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml")).findall(f".//{SHEET}row")
    cells = [[cell.findtext(f".//{SHEET}t") for cell in row] for row in rows]
    assert cells[0] == list(shown)
    assert "'=HYPERLINK(1)" in cells[1]
    refused = await evening.host.get(f"{path}/export?format=pdf")
    assert code(refused) == (422, "validation_failed")


@pytest.mark.parametrize("taken", ["attendance", "chat", "questions"])
@pytest.mark.parametrize("within", ["", "/libraries/{library_id}"])
def test_c11_the_document_names_every_form_of_an_export(taken, within):
    operation = document()["paths"][f"{within}/sessions/{{id}}/{taken}/export"]["get"]
    found = operation["responses"]["200"]["content"]
    assert set(found) == {kind.partition(";")[0] for kind in MEDIA_TYPES.values()}
    assert found.pop("application/json")["schema"]["type"] == "array"
    assert all(each["schema"] == {"type": "string", "format": "binary"} for each in found.values())


async def test_an_export_is_written_to_the_audit_log(hall):
    evening = await an_evening(hall)
    await evening.host.get(f"/sessions/{evening.id}/attendance/export")
    async with hall.app.house.desk.read(SYSTEM) as read:
        (entry,) = await read.db.all(EXPORTS)
    assert (entry.audit, entry.data["format"], entry.actor_kind) == (True, "csv", "account")


async def test_a_beat_keeps_one_who_watches_elsewhere(hall):
    evening = await an_evening(hall)
    joined = await evening.join()
    path = f"/attendance/{joined['attendance_id']}/beat"
    first = await evening.viewer.post(path, json={"position": 1.5})
    assert first.json()["data"] == {"attendance_id": joined["attendance_id"], "next_beat_in": 30}
    listed = (await evening.host.get(f"/sessions/{evening.id}/attendance?active=true")).json()["data"]
    assert listed["pagination"]["total"] == 1
    assert code(await evening.host.post(path)) == (404, "not_found")
    assert code(await evening.viewer.post(f"/attendance/{new_id()}/beat")) == (404, "not_found")
    await evening.end()
    assert code(await evening.viewer.post(path)) == (409, "invalid_state")


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1"])
def test_c11_cells_that_begin_like_a_formula_are_defused(text):
    assert defused(text) == f"'{text}"
    assert defused(f"a{text}") == f"a{text}"
