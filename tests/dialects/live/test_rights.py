"""Role × switch × operation: what the rights table says is what the API does.

The table is the tests' own (`rights_table`). Every operation of the served document is asked, or says why it
asks no right (`rights_operations`).
"""

from collections.abc import Set
from pathlib import Path
from typing import Any

import msgspec
import pytest
import yaml

from livehall.core.ports.realtime import Publication
from livehall.dialects.live.document import document
from tests.core.sessions.rights_table import MAY, ROWS, SWITCHES, WHO, WHOLE, holds
from tests.dialects.live import rights_operations as operations
from tests.dialects.live.rights_cast import (
    ROUTES,
    SOURCES,
    Cast,
    a_cast,
    data,
    seen_by_somebody,
    sources,
    without_paces,
)

# The switches are pure rules: their walks need one kind of database, that of the roles has both.
on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
CONTRACT = Path(__file__).parents[3] / "contracts" / "live.yaml"
REFUSALS = ("forbidden", "feature_disabled")
OVERRIDES = {  # of a session: which switches it turns
    "chat_enabled": {"chat_enabled"},
    "stage_enabled": {"stage_enabled"},
    "participants_visible": {"audience_can_see_participants", "onstage_viewer_view"},
}


@pytest.fixture(autouse=True)
def paces(monkeypatch):
    without_paces(monkeypatch)


@pytest.fixture
async def cast(hall):
    return await a_cast(hall)


def rights_asked(right: str, operation: str) -> set[str]:
    """All that this call asks: to write, and then to write without a name, or with a file."""
    also = {"question.anonymous": {"question.ask"}, "chat.file": {"chat.send"} - {right}}
    return {right} | (also.get(right, set()) if operation != "uploadChatFile" else set())


def column(who: str, off: Set[str]) -> str:
    """Where somebody of the cast stands in the table. Without a stage they have stepped down from it."""
    stepped_down = {"moderator on stage": "moderator", "on stage": "viewer"}
    return stepped_down.get(who, who) if "stage_enabled" in off else who


def granted(right: str, who: str, off: Set[str] = frozenset(), place: Set[str] = WHOLE) -> bool:
    return holds(right, column(who, off), off, place)


async def check(cast: Cast, right: str, off: Set[str] = frozenset()) -> None:
    """Ask everything that asks this right as everybody, and compare with the table."""
    for operation, asked in operations.BY_RIGHT[right].items():
        rights = rights_asked(right, operation)
        for who in WHO:
            may = all(granted(each, who, off) for each in rights)
            answer = await cast.ask(who, operation, asked, is_over=asked.is_over and may)
            found = (operation, who, sorted(off), answer.status_code, answer.text)
            code = None if answer.is_success else answer.json()["error"]["code"]
            if may:
                assert answer.status_code in asked.statuses, found
                assert code not in REFUSALS, found
            elif asked.hides:
                assert (answer.status_code, code) == (404, "not_found"), found
            elif right == "stage.request" and who == "on stage" and "stage_enabled" not in off:
                assert (answer.status_code, code) == (409, "invalid_state"), found  # in words that help more
            else:
                usually = all(holds(each, column(who, off)) for each in rights)
                assert code == ("feature_disabled" if usually else "forbidden"), found
                assert answer.status_code == 403, found


async def check_joining(cast: Cast, off: Set[str] = frozenset(), place: Set[str] = WHOLE) -> None:
    """What `join` says somebody may, what its token lets them publish, and the channels that it opens."""
    for who in WHO:
        joined = await cast.joined(who)
        expected = {right: granted(right, who, off, place) for right in ROWS}
        assert joined["permissions"] == expected, (who, sorted(off))
        sent = set().union(*(SOURCES[right] for right in MAY if expected[right]))
        assert sources(joined["token"]) == sent, (who, sorted(off))
        channel = f"chat:{cast.evening.id}"
        assert (channel in joined["realtime"]["channels"]) == expected["chat.read"], (who, sorted(off))
        if (WHO[who].is_on_stage and "stage_enabled" not in off) or WHO[who].column == "host, co_host":
            token = await data(cast.people[who].get(f"/sessions/{cast.evening.id}/stage/token"))
            assert sources(token["token"]) == sent, (who, sorted(off))


async def check_counts(cast: Cast, off: Set[str] = frozenset()) -> None:
    """Who may know how many watch is told; others are told 0."""
    room = cast.ids["room"]
    for who, client in cast.people.items():
        if who not in WHO:
            continue
        shown = [await data(client.get(f"/sessions/{cast.evening.id}"))]
        for path in ("/sessions", "/sessions/live", f"/rooms/{room}/sessions"):
            listed = (await data(client.get(path)))["sessions"]
            shown += [each for each in listed if each["id"] == cast.evening.id]
        assert len(shown) == 4
        for each in shown:
            assert (each["max_viewers"] > 0) == granted("viewers.count", who, off), (who, sorted(off))


def changed_by(off: Set[str]) -> list[str]:
    """The rights that somebody loses by these switches, read off the table."""
    return [right for right in ROWS if any(granted(right, who) != granted(right, who, off) for who in WHO)]


async def check_all(cast: Cast, rights: list[str], off: Set[str] = frozenset()) -> None:
    await check_joining(cast, off)
    for right in rights:
        if right in operations.BY_RIGHT:
            await check(cast, right, off)
        elif right == "viewers.count":
            await check_counts(cast, off)


def test_every_operation_of_the_document_says_which_right_it_asks():
    served = {each["operationId"] for path in document()["paths"].values() for each in path.values()}
    assert operations.classified() == served & set(ROUTES) == set(ROUTES)
    assert operations.named_twice() == set()
    assert set(operations.BY_RIGHT) | set(operations.SEEN_IN) == set(ROWS)


def test_the_table_says_of_the_documented_operations_what_their_contract_says():
    contract = yaml.load(CONTRACT.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    said = {each["operationId"]: each for path in contract["paths"].values() for each in path.values()}
    names = {"host": "host", "co_host": "co-host", "moderator": "moderator"}
    checked = 0
    for operation, facts in said.items():
        rights = operations.rights_of_operation(operation)
        flags = set(facts.get("x-preset-flags", ()))
        assert flags <= set().union(*(ROWS[right].switches for right in rights)), operation
        callers = set(facts["x-auth"])
        if not rights or callers & {"public", "viewer"}:
            continue  # where any account may call, the table alone divides them
        for who, name in names.items():
            assert all(holds(right, who) for right in rights) == (name in callers), (operation, who)
        assert not any(holds(right, who) for right in rights for who in ("on stage", "viewer"))
        checked += 1
    assert checked > 30


async def test_with_every_switch_on_each_role_does_what_its_column_says(cast):
    await seen_by_somebody(cast)
    await check_all(cast, list(ROWS))
    await check_the_team(cast)
    await check_places(cast)


async def check_the_team(cast: Cast) -> None:
    for operation, asked in operations.OF_THE_TEAM.items():
        for who in WHO:
            answer = await cast.ask(who, operation, asked)
            expected = asked.statuses if WHO[who].is_staff else (403,)
            assert answer.status_code in expected, (operation, who, answer.text)
            if not WHO[who].is_staff:
                assert answer.json()["error"]["code"] == "forbidden", (operation, who)


async def check_places(cast: Cast) -> None:
    """What the team takes from a place is not in the tokens of who sits there."""
    seats = [who for who in WHO if WHO[who].is_on_stage]
    names = {"audio": "can_publish_audio", "video": "can_publish_video", "screen": "can_screen_share"}
    for kind, name in names.items():
        for may in (False, True):
            for who in seats:
                path = f"/sessions/{cast.evening.id}/stage/participants/{cast.accounts[who]}"
                await data(cast.evening.host.patch(path, json={name: may}))
            await check_joining(cast, place=WHOLE if may else WHOLE - {kind})


@on_sqlite
async def test_a_switch_keeps_from_each_role_the_operations_that_its_row_says(cast):
    await seen_by_somebody(cast)
    heard = hearing(cast)
    for flag in SWITCHES:
        off = frozenset({flag})
        await cast.turn({flag: False})
        assert changed_by(off), flag
        await check_all(cast, changed_by(off), off)
        await cast.turn({flag: True})
        await cast.seat()
    await check_joining(cast)
    await cast.follow()
    columns = {name: name for name in ("host", "co_host", "moderator", "viewer")} | {"speaker": "on stage"}
    assert [each["data"]["permissions"] for each in heard if each["type"] == "session.settings"] == [
        {role: {right: holds(right, who, off) for right in ROWS} for role, who in columns.items()}
        for flag in SWITCHES
        for off in ({flag}, set())
    ]


def hearing(cast: Cast) -> list[dict[str, Any]]:
    """All that is told on the session's channel from now on."""
    heard: list[dict[str, Any]] = []
    hub = cast.evening.hall.app.house.hub
    publish = hub.publish

    def noted(channel: str, told: Publication) -> None:
        if channel == f"session:{cast.evening.id}":
            heard.append(msgspec.json.decode(told.data))
        publish(channel, told)

    hub.publish = noted
    return heard


@on_sqlite
async def test_a_session_overrides_its_preset_and_ones_own_poll_is_ones_own(cast):
    await seen_by_somebody(cast)
    for name, flags in OVERRIDES.items():
        off = frozenset(flags)
        await cast.override(**{name: False})
        await check_all(cast, changed_by(off), off)
        await cast.turn(dict.fromkeys(flags, False))
        await cast.override(**{name: True})
        await cast.seat()
        await check_all(cast, changed_by(off))  # on again, whatever the preset says
        await cast.override(**{name: None})
        await check_joining(cast, off)
        await cast.turn(dict.fromkeys(flags, True))
        await cast.seat()
    await check_own_polls(cast)


async def check_own_polls(cast: Cast) -> None:
    """ "own" stands in the columns of the audience; a moderator's column is the switch alone."""
    path = f"/sessions/{cast.evening.id}/polls"
    body = {"question": "Mine?", "options": ["a", "b"]}
    polls = {who: (await data(cast.people[who].post(path, json=body)))["id"] for who in WHO}
    await cast.turn({"moderator_manage_poll": False})
    for who, poll in polls.items():
        may_any = holds("poll.manage", who, {"moderator_manage_poll"})
        may_own = may_any or ROWS["poll.manage"].cells[WHO[who].column] == "own"
        for each, may in ((cast.ids["polls"], may_any), (poll, may_own)):
            answer = await cast.people[who].post(f"{path}/{each}/close")
            assert answer.status_code == (200 if may else 403), (who, answer.text)
