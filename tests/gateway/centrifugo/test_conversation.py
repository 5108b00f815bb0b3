"""The protocol word by word: what each command is answered."""

from collections.abc import AsyncIterator

import pytest

from livehall.core.ports.realtime import Publication, Refused
from tests.support.realtime import Hall, a_hall

SESSION, STAFF = "session:1", "staff:1"


@pytest.fixture
async def hall() -> AsyncIterator[Hall]:
    async with a_hall() as hall:
        hall.gate.person("ada", "ada", "user:ada")
        hall.gate.person("bob", "bob")
        hall.gate.channel("user:ada", top=3)
        hall.gate.channel(SESSION, data=b'{"revision":41,\n"snapshot":{}}', top=20)
        hall.gate.channel(STAFF, presence=True)
        yield hall


async def test_a_connect_is_answered_with_the_channels_of_the_server(hall: Hall) -> None:
    async with hall.wire() as wire:
        answer = await wire.ask("connect", data={"token": "ada"})
    assert len(answer.pop("client")) == 32
    assert answer == {
        "version": "livehall",
        "ping": 25,
        "pong": True,
        "subs": {
            "user:ada": {
                "recoverable": True,
                "positioned": True,
                "epoch": "epoch-1",
                "offset": 3,
                "data": {},
            }
        },
    }


async def test_the_token_field_of_the_library_works_too(hall: Hall) -> None:
    async with hall.wire() as wire:
        assert "user:ada" in (await wire.ask("connect", token="ada"))["subs"]


async def test_one_without_a_token_is_a_visitor(hall: Hall) -> None:
    async with hall.wire() as wire:
        assert "subs" not in await wire.ask("connect")
        assert hall.hub.connections == 1


async def test_a_bad_token_ends_the_connection_for_good(hall: Hall) -> None:
    async with hall.wire() as wire:
        await wire.say('{"id":1,"connect":{"data":{"token":"forged"}}}')
        assert await wire.end() == (4501, "bad token")


async def test_an_error_of_the_gate_is_answered_and_a_second_connect_is_not(hall: Hall) -> None:
    async def expired(token: str) -> None:
        raise Refused(109, "token expired")

    hall.gate.connect = expired  # type: ignore[method-assign,assignment]
    async with hall.wire() as wire:
        answer = await wire.ask("connect", token="ada")
        assert answer["error"] == {"code": 109, "message": "token expired"}
        await wire.say('{"id":2,"connect":{}}')
        assert await wire.end() == (3501, "bad request")


async def test_a_failing_gate_is_a_temporary_error(hall: Hall) -> None:
    async def failing(token: str) -> None:
        raise OSError("database away")

    hall.gate.connect = failing  # type: ignore[method-assign,assignment]
    async with hall.wire() as wire:
        assert (await wire.ask("connect"))["error"] == {
            "code": 100,
            "message": "internal server error",
            "temporary": True,
        }


async def test_a_command_before_the_connect_is_a_bad_request(hall: Hall) -> None:
    for command in ('{"id":1,"subscribe":{"channel":"session:1"}}', '{"id":1,"ping":{}}', "{}"):
        async with hall.wire() as wire:
            await wire.say(command)
            assert await wire.end() == (3501, "bad request")


async def test_a_second_connect_is_a_bad_request(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        await wire.say('{"id":9,"connect":{}}')
        assert await wire.end() == (3501, "bad request")


async def test_a_subscribe_is_answered_with_the_snapshot_and_the_position(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        assert await wire.ask("subscribe", channel=SESSION) == {
            "recoverable": True,
            "positioned": True,
            "epoch": "epoch-1",
            "offset": 20,
            "data": {"revision": 41, "snapshot": {}},
        }


async def test_publications_come_in_order_with_their_positions(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        await wire.ask("subscribe", channel=SESSION)
        hall.say(SESSION, 21, 30, 31)
        assert await wire.push() == {"channel": SESSION, "pub": {"data": {"n": 21}, "offset": 21}}
        assert await wire.offsets(2) == [30, 31]


async def test_a_publication_with_line_feeds_stays_one_message(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        await wire.ask("subscribe", channel=SESSION)
        hall.hub.publish(SESSION, Publication(data=b'{\n  "text": "a\\nb"\n}'))
        assert await wire.push() == {"channel": SESSION, "pub": {"data": {"text": "a\nb"}}}


async def test_large_batches_come_in_frames_that_clients_take(hall: Hall) -> None:
    async with hall.wire("ada", max_size=200_000) as wire:
        await wire.ask("subscribe", channel=SESSION)
        for position in range(21, 41):
            data = b'"%b"' % (b"x" * 16_000)
            hall.hub.publish(SESSION, Publication(data=data, position=position))
        assert await wire.offsets(20) == list(range(21, 41))


async def test_a_recovery_is_answered_with_what_was_missed(hall: Hall) -> None:
    async with hall.wire("bob") as witness, hall.wire("ada") as wire:
        await witness.ask("subscribe", channel=SESSION)
        hall.say(SESSION, 21, 30, 44)
        answer = await wire.ask("subscribe", channel=SESSION, recover=True, epoch="epoch-1", offset=30)
        assert answer == {
            "recoverable": True,
            "positioned": True,
            "epoch": "epoch-1",
            "offset": 30,
            "was_recovering": True,
            "recovered": True,
            "publications": [{"data": {"n": 44}, "offset": 44}],
            "data": {"revision": 41, "snapshot": {}},
        }


async def test_a_lost_position_is_answered_with_the_snapshot_and_the_truth(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        answer = await wire.ask("subscribe", channel=SESSION, recover=True, epoch="epoch-0", offset=3)
        assert answer["was_recovering"]
        assert "recovered" not in answer
        assert "publications" not in answer
        assert answer["offset"] == 20


async def test_one_who_rejects_a_loss_is_told_with_an_error(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        answer = await wire.ask("subscribe", channel=SESSION, recover=True, epoch="x", offset=3, flag=3)
        assert answer["error"]["code"] == 112


async def test_the_channels_of_the_server_recover_in_the_connect(hall: Hall) -> None:
    hall.gate.journal["user:ada"] = [Publication(data=b"{}", position=each) for each in (2, 3)]
    async with hall.wire() as wire:
        recovery = {"user:ada": {"recover": True, "epoch": "epoch-1", "offset": 2}}
        answer = await wire.ask("connect", data={"token": "ada"}, subs=recovery)
        assert answer["subs"]["user:ada"]["publications"] == [{"data": {}, "offset": 3}]
        hall.say("user:ada", 3, 4)
        assert await wire.offsets(1) == [4]


async def test_a_refused_channel_of_the_server_is_left_out(hall: Hall) -> None:
    hall.gate.refusals["user:ada"] = Refused(103, "permission denied")
    async with hall.wire() as wire:
        assert "subs" not in await wire.ask("connect", data={"token": "ada"})


@pytest.mark.parametrize(
    ("method", "request_", "code", "message"),
    [
        ("subscribe", {"channel": "session:2"}, 103, "permission denied"),
        ("subscribe", {"channel": "elsewhere:1"}, 102, "unknown channel"),
        ("subscribe", {"channel": "user:ada"}, 105, "already subscribed"),
        ("publish", {"channel": "user:ada", "data": {"from": "bob"}}, 103, "permission denied"),
        ("rpc", {"method": "x", "data": {}}, 104, "method not found"),
        ("presence", {"channel": "user:ada"}, 108, "not available"),
        ("presence", {"channel": STAFF}, 103, "permission denied"),
        ("presence_stats", {"channel": STAFF}, 103, "permission denied"),
        ("history", {"channel": SESSION}, 103, "permission denied"),
        ("sub_refresh", {"channel": SESSION, "token": "x"}, 103, "permission denied"),
    ],
)
async def test_what_may_not_be_is_refused_with_centrifugos_codes(
    hall: Hall, method: str, request_: dict[str, object], code: int, message: str
) -> None:
    async with hall.wire("ada") as wire:
        assert (await wire.ask(method, **request_))["error"] == {"code": code, "message": message}


async def test_an_asynchronous_message_ends_the_connection(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        await wire.say('{"send":{"data":{}}}')
        assert await wire.end() == (3508, "not available")


async def test_after_an_unsubscribe_nothing_comes_and_a_new_subscribe_is_possible(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        await wire.ask("subscribe", channel=SESSION)
        assert await wire.ask("unsubscribe", channel=SESSION) == {}
        hall.say(SESSION, 21)
        assert await wire.ask("unsubscribe", channel=SESSION) == {}
        await wire.ask("subscribe", channel=SESSION)
        hall.say(SESSION, 22)
        assert await wire.offsets(1) == [22]


async def test_several_commands_of_one_frame_are_answered_in_their_order(hall: Hall) -> None:
    async with hall.wire() as wire:
        await wire.say(
            '{"id":1,"connect":{"token":"ada"}}\n{"id":2,"subscribe":{"channel":"session:1"}}\n'
            '{"id":3,"ping":{}}\n{"id":4,"unsubscribe":{"channel":"session:1"}}\n{"id":5,"ping":{}}\n'
        )
        assert [(await wire.line())["id"] for _ in range(5)] == [1, 2, 3, 4, 5]


async def test_presence_shows_who_the_gate_says_they_are(hall: Hall) -> None:
    async with hall.wire("ada") as ada, hall.wire("bob") as bob:
        for wire in (ada, bob):
            await wire.ask("subscribe", channel=STAFF, data={"user": "mallory"}, info={"name": "Mallory"})
        found = (await ada.ask("presence", channel=STAFF))["presence"]
        assert sorted(each["user"] for each in found.values()) == ["ada", "bob"]
        assert sorted(each["conn_info"]["name"] for each in found.values()) == ["Ada", "Bob"]
        assert all(client == each["client"] for client, each in found.items())
        stats = await bob.ask("presence_stats", channel=STAFF)
        assert stats == {"num_clients": 2, "num_users": 2}


async def test_history_is_read_forwards_backwards_and_in_part(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        await wire.ask("subscribe", channel=SESSION)
        hall.say(SESSION, 21, 22, 23)

        async def read(**request: object) -> list[int]:
            answer = await wire.ask("history", channel=SESSION, **request)
            assert (answer["epoch"], answer["offset"]) == ("epoch-1", 23)
            return [each["offset"] for each in answer["publications"]]

        assert await read() == []
        assert await read(limit=2) == [21, 22]
        assert await read(limit=2, reverse=True) == [23, 22]
        assert await read(limit=10, since={"offset": 21, "epoch": "epoch-1"}) == [22, 23]
        lost = await wire.ask("history", channel=SESSION, limit=1, since={"offset": 1, "epoch": "x"})
        assert lost["error"]["code"] == 112


async def test_the_hub_takes_a_channel_away(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        await wire.ask("subscribe", channel=SESSION)
        hall.hub.unsubscribe(SESSION, "ada", reason="dismissed")
        push = await wire.push()
        assert push == {"channel": SESSION, "unsubscribe": {"code": 2000, "reason": "dismissed"}}


async def test_the_hub_puts_a_user_out(hall: Hall) -> None:
    async with hall.wire("ada") as ada, hall.wire("bob") as bob:
        hall.hub.disconnect("ada", code=4502, reason="banned")
        assert await ada.end() == (4502, "banned")
        assert await bob.ask("ping") == {}


async def test_shutdown_sends_everybody_away_to_come_back(hall: Hall) -> None:
    async with hall.wire("ada") as wire:
        hall.hub.shutdown()
        assert await wire.end() == (3001, "shutdown")
    async with hall.wire() as wire:
        await wire.say('{"id":1,"connect":{}}')
        assert await wire.end() == (3001, "shutdown")
