"""One evening is told alike by each API that it was driven through (`story`).

Whatever two APIs both tell is compared with each other, never with figures that stand here.
"""

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from livehall.core.audience.rows import guest_name
from livehall.dialects.voila import ids
from tests.journeys.story import Evening, data_of
from tests.support.in_process import Hall
from tests.support.people import Hands
from tests.support.waiting import eventually


@pytest.fixture
def hands(hall: Hall) -> Hands:
    """The evening was a while ago: what follows its end has no reason to wait."""
    clock = Hands(hall.app.house.desk.clock() - timedelta(minutes=12))
    hall.app.house.desk.clock = clock
    return clock


async def an_evening(hall: Hall, hands: Hands, folder: Path, *, is_meeting: bool) -> Evening:
    """Who comes: two registered, two invited, one from the street, two of the vendor's, and the host.
    Zoe was invited, Ben registered: neither comes.
    """
    evening = Evening(hall, hands)
    await evening.open_doors()
    await evening.plan(is_meeting=is_meeting)
    cy, dan = [await hall.person(f"{name}@example.org", "viewer") for name in ("cy", "dan")]
    await evening.invite(cy.id)
    await evening.invite("zoe@elsewhere.test")
    await evening.invite(dan.id, "speakers")
    vera, eva = await evening.register("vera"), await evening.register("eva")
    await evening.register("ben")
    street = data_of(await hall.client().post("/auth/viewers", json={"username": "Gus"}), 201)
    people = {
        "vera": vera, "cy": hall.client(hall.token(cy)), "dan": hall.client(hall.token(dan)),
        "gus": hall.client(street["access_token"]), "ann": evening.live,
    }  # fmt: skip
    for name, client in people.items():
        evening.viewer(name, client)
    await while_it_is_live(evening)
    film = await evening.film(folder)
    await evening.end()
    hands.forward(seconds=300)
    await evening.watch(eva, film, 21.3)
    await evening.watch(vera, film, 12)
    return evening


async def while_it_is_live(evening: Evening) -> None:
    vera, cy, dan, gus = [evening.viewers[name] for name in ("vera", "cy", "dan", "gus")]
    await evening.begin()
    assert data_of(await evening.live.get(evening.path))["status"] == "live"
    assert (await evening.spot.http.get(f"/lives/{evening.id}")).json()["status"] == "Live"
    await evening.pass_s(10)
    if evening.is_meeting:
        token = await evening.vendor.software.post(f"/session/{evening.link}/token", json={"data": "dee"})
        assert token.json()["sessionId"] == evening.id
    await vera.comes()
    await evening.vendor_tells("connectionCreated", "dee")
    await evening.pass_s(75)
    await cy.comes()
    await dan.comes()
    await vera.says("first")
    why = await vera.asks("Why?")
    await evening.pass_s(40)
    await gus.comes()
    await gus.says("second")
    how = await gus.asks("How?")
    for voter, question in ((cy, why), (gus, why), (vera, how)):
        await voter.votes(question)
    await votes_are_counted(evening)
    await vera.leaves()
    await evening.vendor_tells("connectionDestroyed", "dee")
    await evening.vendor_tells("connectionCreated", "fay")
    await evening.pass_s(95)  # long enough to have been away
    await the_same_is_told_while_live(evening)
    await vera.comes()
    await vera.says("back again")
    await vera.asks("When?")
    await gus.leaves()
    await evening.vendor_tells("connectionCreated", "dee")
    await evening.pass_s(50)
    await evening.vendor_tells("connectionDestroyed", "fay")
    await evening.pass_s(7)


async def votes_are_counted(evening: Evening) -> None:
    """The list that people see has the votes of two seconds ago; the reports count them."""

    async def are_the_same() -> bool:
        telling = await told(evening)
        asked = [each for row in telling.voila["questions"] for each in row["messages"]]
        counts = [sorted(each["votes"] for each in found) for found in (asked, telling.questions)]
        return counts[0] == counts[1]

    await eventually(are_the_same, within=20, what="the votes in the list", every=0.2)


class Telling:
    """What the APIs say now, each in its own words; people by the id of the Live API's attendee."""

    def __init__(self, evening: Evening) -> None:
        self.evening = evening

    async def ask(self) -> None:
        live, path = self.evening.live, self.evening.path
        self.attendees = data_of(await live.get(f"{path}/attendees", params={"limit": 100}))["attendees"]
        self.attendance = data_of(await live.get(f"{path}/attendance", params={"limit": 100}))["attendance"]
        self.report = data_of(await live.get(f"{path}/report"))
        self.export = {
            name: await self._exported(f"{path}/{name}/export")
            for name in ("attendance", "chat", "questions")
        }
        self.questions = data_of(await live.get(f"{path}/questions"))["questions"]
        self.chat = data_of(await live.get(f"{path}/chat"))["messages"]
        reports = ("attendees/statistics", "chat-messages", "questions")
        self.voila = {name: await self._voila(name) for name in reports}
        self.spot = {name: await self._spot(name) for name in ("", "/participants", "/speakers")}
        self.vendor = {
            active: await self._vendor(active) for active in ("", "true") if self.evening.is_meeting
        }

    async def _vendor(self, active: str) -> list[dict[str, Any]]:
        path = f"/session/{self.evening.link}/attendees"
        answer = await self.evening.vendor.software.get(path, params={"active": active})
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    @property
    def came(self) -> list[dict[str, Any]]:
        """Who was there while it was live."""
        return [each for each in self.attendees if each["has_participated"]]

    async def _exported(self, path: str) -> list[dict[str, str]]:
        answer = await self.evening.live.get(path, params={"format": "csv"})
        assert answer.status_code == 200, answer.text
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))

    async def _voila(self, report: str) -> Any:
        answer = await self.evening.partner.http.get(f"{self.evening.voila}/{report}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def _spot(self, report: str) -> Any:
        answer = await self.evening.spot.http.get(f"/lives/{self.evening.id}{report}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    def vendors_name(self, attendee: dict[str, Any]) -> str:
        """How Sourceloop calls a person: what its token carried, or our account."""
        return guest_name(attendee["user_id"] or attendee["id"])


async def told(evening: Evening) -> Telling:
    telling = Telling(evening)
    await telling.ask()
    return telling


def by_outside(rows: list[dict[str, Any]], of: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Voilà's rows, by attendee."""
    assert len({row["attendeeId"] for row in rows}) == len(rows)
    return {row["attendeeId"]: of(row) for row in rows}


def outside(attendee: dict[str, Any]) -> str:
    return ids.outside(attendee["id"])


async def the_same_is_told_while_live(evening: Evening) -> None:
    """Who is there now, in the midst of it."""
    telling = await told(evening)
    who_came_and_for_how_long(telling)
    who_wrote_what(telling)
    is_there = {telling.vendors_name(each) for each in telling.attendees if each["is_active"]}
    if evening.is_meeting:
        assert {row["attendee"] for row in telling.vendor["true"]} == is_there
    active = data_of(
        await evening.live.get(f"{evening.path}/attendees", params={"active": True, "limit": 100})
    )
    assert {telling.vendors_name(each) for each in active["attendees"]} == is_there
    assert telling.report["attendance"]["current_viewers"] == len(is_there) - 1  # all but the host


def who_came_and_for_how_long(telling: Telling) -> None:
    people = telling.attendees
    assert len(people) == len({each["id"] for each in people}) >= 5
    # Voilà: the same people, addresses and seconds.
    watched = by_outside(
        telling.voila["attendees/statistics"],
        lambda row: (row["email"], row["liveWatchTime"], row["replayWatchTime"]),
    )
    assert watched == {
        outside(each): (each["email"] or "", each["live_watch_time"], each["replay_watch_time"])
        for each in people
    }
    # The attendance of the Live API, its file and its list.
    seconds = {
        ("live", each["user_id"] or each["id"]): each["live_watch_time"]
        for each in people
        if each["has_participated"]
    } | {
        ("replay", each["user_id"]): each["replay_watch_time"] for each in people if each["replay_watch_time"]
    }
    names = {each["user_id"] or each["id"]: each["name"] for each in people}
    for listed in (telling.attendance, telling.export["attendance"]):
        found = {(row["source"], row["username"]): int(row["duration"]) for row in listed}
        # whom the vendor brought has no account: told by name
        assert found == {
            (source, names[key].removeprefix("guest:")): value for (source, key), value in seconds.items()
        }
    # MeltingSpot: everybody who was asked, registered or speaks; who came of them, and for how long.
    who_is_who(telling, {key: email for key, (email, _, _) in watched.items()})
    rows_of = {row["id"]: row["metrics"] for row in telling.spot["/participants"]["items"]}
    for each in people:
        if each["participant_id"] is None:
            assert each["id"] not in rows_of
            continue
        figures = rows_of.pop(each["participant_id"])
        assert figures["hasParticipated"] == each["has_participated"]
        assert figures["hasReplayed"] == each["has_replayed"]
        assert figures["viewTime"] == (each["live_watch_time"] if each["has_participated"] else None)
    assert all(
        figures == {"viewTime": None, "hasReplayed": False, "hasParticipated": False}
        for figures in rows_of.values()
    )
    # Sourceloop: who was there live, since when, and who has gone.
    if telling.vendor:
        assert {row["attendee"]: row["isDeleted"] for row in telling.vendor[""]} == {
            telling.vendors_name(each): not each["is_active"] for each in telling.came
        }
        since = {row["attendee"]: datetime.fromisoformat(row["createdOn"]) for row in telling.vendor[""]}
        assert since == {
            telling.vendors_name(each): datetime.fromisoformat(each["joined_at"]) for each in telling.came
        }
        for_how_long_by_the_vendor(telling, {key: live_s for key, (_, live_s, _) in watched.items()})


def who_is_who(telling: Telling, addresses: dict[str, str]) -> None:
    """MeltingSpot's addresses and names are Voilà's. `addresses`: Voilà's, by its attendee."""
    rows_of = {row["id"]: row for row in telling.spot["/participants"]["items"]}
    known = [each for each in telling.attendees if each["participant_id"] is not None]
    assert {outside(each): rows_of[each["participant_id"]]["spotMemberEmail"] for each in known} == {
        outside(each): addresses[outside(each)] for each in known
    }
    names = {row["spotMemberEmail"]: (row["spotMemberFirstname"], row["spotMemberLastname"])
             for row in rows_of.values()}  # fmt: skip
    registered = telling.evening.registered
    assert {each["email"]: names[each["email"]] for each in registered} == {
        each["email"]: (each["firstName"], each["lastName"]) for each in registered
    }
    came = {outside(each) for each in known}
    assert {each["id"] for each in registered if each["email"] in addresses.values()} <= came
    said = {row["spotMemberEmail"]: row for row in telling.spot["/speakers"]["items"]}
    assert {
        email: (row["spotMemberFirstname"], row["spotMemberLastname"]) for email, row in said.items()
    } == {email: names[email] for email in said}


def for_how_long_by_the_vendor(telling: Telling, seconds: dict[str, int]) -> None:
    """Sourceloop tells of those who have gone when they did. `seconds`: Voilà's, by its attendee."""
    times = {row["username"]: row["join_count"] for row in telling.attendance if row["source"] == "live"}
    gone = {row["attendee"]: row for row in telling.vendor[""] if row["isDeleted"]}
    once = 0
    for each in telling.came:
        row = gone.get(telling.vendors_name(each))
        if row is None:
            continue
        until = datetime.fromisoformat(row["modifiedOn"])
        assert until == datetime.fromisoformat(each["left_at"])
        there = (until - datetime.fromisoformat(row["createdOn"])).total_seconds()
        if times[each["name"].removeprefix("guest:")] == 1:
            assert int(there) == seconds[outside(each)]
            once += 1
        else:  # away in between
            assert int(there) > seconds[outside(each)]
    assert once > 0 or telling.report["attendance"]["current_viewers"]


def who_wrote_what(telling: Telling) -> None:
    people = {each["id"]: each for each in telling.attendees}
    chat: dict[str, list[tuple[str, str]]] = {}
    for row in telling.export["chat"]:
        chat.setdefault(ids.outside(row["attendee_id"]), []).append((row["message"], row["created_at"]))
    assert chat == by_outside(
        telling.voila["chat-messages"],
        lambda row: [(each["message"], each["timestamp"]) for each in row["messages"]],
    )
    asked: dict[str, list[tuple[str, str, int]]] = {}
    for row in telling.export["questions"]:
        at = (row["text"], row["asked_at"], int(row["votes"]))
        asked.setdefault(ids.outside(row["attendee_id"]), []).append(at)
    assert asked == by_outside(
        telling.voila["questions"],
        lambda row: [(each["message"], each["timestamp"], each["votes"]) for each in row["messages"]],
    )
    assert {row["attendee_id"] for name in ("chat", "questions") for row in telling.export[name]} <= set(
        people
    )
    for report in ("chat-messages", "questions"):  # by the same address as among those who watched
        addresses = by_outside(telling.voila["attendees/statistics"], lambda row: row["email"])
        assert all(addresses[row["attendeeId"]] == row["email"] for row in telling.voila[report])
    # The lists that people see.
    by_account = {each["user_id"]: each["id"] for each in telling.attendees}
    assert sorted(
        (by_account[row["user_id"]], row["text"], row["votes"]) for row in telling.questions
    ) == sorted((row["attendee_id"], row["text"], int(row["votes"])) for row in telling.export["questions"])
    assert sorted((by_account[row["user_id"]], row["message"]) for row in telling.chat) == sorted(
        (row["attendee_id"], row["message"]) for row in telling.export["chat"]
    )


def figures_agree(telling: Telling) -> None:
    """Sums and averages are those of the rows that the other APIs tell."""
    metrics, rows_of = telling.report["metrics"], telling.voila["attendees/statistics"]
    assert telling.spot[""]["metrics"] == {
        "averageViewTime": metrics["average_view_time"], "noShow": metrics["no_show"],
        "totalReplayView": metrics["total_replay_view"], "registrant": metrics["registrant"],
        "attendee": metrics["attendee"], "attendanceRate": metrics["attendance_rate"],
        "invited": metrics["invited"],
    }  # fmt: skip
    assert metrics["attendee"] == len(telling.came)
    if telling.vendor:
        assert metrics["attendee"] == len(telling.vendor[""])
    live = sum(row["liveWatchTime"] for row in rows_of)
    assert metrics["average_view_time"] == round(live / len(telling.came))
    assert metrics["total_replay_view"] == sum(row["replayWatchTime"] >= 5 for row in rows_of)
    people = telling.spot["/participants"]["items"]
    registered = [row for row in people if row["registeredAt"] or row["status"] == "Accepted"]
    came = [row for row in registered if row["metrics"]["hasParticipated"]]
    assert metrics["registrant"] == len(registered)
    assert metrics["no_show"] == len(registered) - len(came) > 0
    assert metrics["attendance_rate"] == round(100 * len(came) / len(registered))
    assert metrics["invited"] == len([row for row in people if row["invitedAt"]])
    assert {row["id"] for row in telling.spot["/speakers"]["items"]} == {
        row["id"] for row in people if row["type"] != "Participant"
    }
    statistics, said = telling.report["attendance"], telling.report["interaction"]
    audience = [each for each in telling.came if each["role"] != "host"]
    assert statistics["unique_viewers"] == len(audience)
    assert statistics["total_watch_time"] == sum(each["live_watch_time"] for each in audience)
    assert statistics["replay_viewers"] == metrics["total_replay_view"]
    for name, count in (("chat-messages", "chat_messages"), ("questions", "questions")):
        assert said[count] == sum(len(row["messages"]) for row in telling.voila[name]) > 0


@pytest.mark.parametrize("is_meeting", [True, False], ids=["a meeting", "a broadcast"])
async def test_one_evening_is_told_alike_by_every_api(
    hall: Hall, hands: Hands, tmp_path: Path, is_meeting: bool
) -> None:
    evening = await an_evening(hall, hands, tmp_path, is_meeting=is_meeting)
    telling = await told(evening)
    who_came_and_for_how_long(telling)
    who_wrote_what(telling)
    figures_agree(telling)
    # It is over for every API.
    shown = data_of(await evening.live.get(evening.path))
    assert (shown["status"], telling.spot[""]["status"]) == ("ended", "Ended")
    assert telling.vendor.get("true", []) == [each for each in telling.attendees if each["is_active"]] == []
    # Its film too: the same one, told with the same length.
    (film,) = data_of(await evening.live.get(f"{evening.path}/recordings"))["recordings"]
    if is_meeting:
        (archive,) = (await evening.vendor.software.get("/archives")).json()["items"]
        assert (archive["sessionId"], archive["metaData"]["id"]) == (evening.id, film["id"])
        assert archive["metaData"]["duration"] == film["duration"]
        assert telling.spot[""]["builtInConfig"]["videos"]
    # And what lists filter by, once it was gathered, is what was told of the one.
    await eventually(
        lambda: gathered(evening),
        lambda found: found == [telling.spot[""]["metrics"]],
        within=30,
        what="figures for lists",
        every=0.2,
    )


async def gathered(evening: Evening) -> list[dict[str, int]]:
    """The figures in MeltingSpot's list; gathered now, though the last time was a moment ago."""
    figures = evening.hall.app.house.figures
    figures._rest_until = figures._running_at = 0.0
    await figures.gather()
    listed = await evening.spot.http.get("/lives?replay[eq]=true&attendee[gte]=1")
    return [each["metrics"] for each in listed.json()["items"]]
