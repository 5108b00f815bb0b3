"""LiveKit's Ingress service, through `livekit-api` and by hand."""

import json
import stat

import aiohttp
import pytest
from livekit import api
from livekit.protocol import ingress as proto

from livehall.media.ingress.guard import MOST_WRONG, Guard
from livehall.media.serve import MediaServer
from tests.media.conftest import KEY, SECRET, Stage, settings
from tests.media.ingress.conftest import an_ingress
from tests.support.processes import free_port

pytestmark = pytest.mark.media


def client_of(server: MediaServer) -> api.LiveKitAPI:
    return api.LiveKitAPI(f"http://127.0.0.1:{server.http_port}", KEY, SECRET)


async def test_an_ingress_tells_where_to_push_and_its_key(stage: Stage):
    made = await an_ingress(stage)
    assert made.ingress_id.startswith("IN_")
    assert made.url == f"rtmp://127.0.0.1:{stage.server.rtmp_port}/live"
    assert len(made.stream_key) >= 22
    assert (made.reusable, made.enabled, made.room_name) == (True, True, "hall")
    assert made.state.status == proto.IngressState.ENDPOINT_INACTIVE


async def test_two_ingresses_have_two_keys(stage: Stage):
    assert (await an_ingress(stage)).stream_key != (await an_ingress(stage)).stream_key


async def test_lists_are_of_a_room_or_of_one_ingress(stage: Stage):
    client = (await stage.api()).ingress
    one, two = await an_ingress(stage), await an_ingress(stage, room_name="other")

    async def ids(**asked: str) -> set[str]:
        listed = await client.list_ingress(proto.ListIngressRequest(**asked))
        return {info.ingress_id for info in listed.items}

    assert await ids() == {one.ingress_id, two.ingress_id}
    assert await ids(room_name="other") == {two.ingress_id}
    assert await ids(ingress_id=one.ingress_id) == {one.ingress_id}


async def test_an_update_changes_what_is_given(stage: Stage):
    made = await an_ingress(stage)
    request = proto.UpdateIngressRequest(ingress_id=made.ingress_id, participant_name="vMix", enabled=False)
    updated = await (await stage.api()).ingress.update_ingress(request)
    assert (updated.participant_name, updated.enabled, updated.name) == ("vMix", False, made.name)
    assert updated.stream_key == made.stream_key


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"room_name": ""}, "invalid_argument"),
        ({"participant_identity": ""}, "invalid_argument"),
        ({"participant_identity": "x" * 600}, "invalid_argument"),
        ({"audio": proto.IngressAudioOptions(source=1)}, "invalid_argument"),
        ({"kind": proto.URL_INPUT, "url": "https://example.org/x.m3u8"}, "unavailable"),
    ],
)
async def test_what_cannot_be_is_refused(stage: Stage, changes, code):
    with pytest.raises(api.TwirpError) as fault:
        await an_ingress(stage, **changes)
    assert fault.value.code == code


@pytest.mark.parametrize("call", ["update", "delete"])
async def test_an_unknown_ingress_is_not_found(stage: Stage, call):
    client = (await stage.api()).ingress
    with pytest.raises(api.TwirpError) as fault:
        if call == "update":
            await client.update_ingress(proto.UpdateIngressRequest(ingress_id="IN_none"))
        else:
            await client.delete_ingress(proto.DeleteIngressRequest(ingress_id="IN_none"))
    assert fault.value.code == "not_found"


@pytest.mark.parametrize("method", ["CreateIngress", "UpdateIngress", "ListIngress", "DeleteIngress"])
async def test_only_who_may_administer_ingresses_is_heard(stage: Stage, method):
    token = api.AccessToken(KEY, SECRET).with_grants(api.VideoGrants(room_create=True, room_record=True))
    async with aiohttp.ClientSession() as http:
        answer = await http.post(
            f"{stage.http_url}/twirp/livekit.Ingress/{method}",
            data="{}",
            headers={"Authorization": f"Bearer {token.to_jwt()}", "Content-Type": "application/json"},
        )
        assert (answer.status, (await answer.json())["code"]) == (403, "permission_denied")


async def test_ingresses_outlive_the_server(hooks, tmp_path):
    chosen = settings(hooks, tmp_path, rtmp_port=free_port())
    async with MediaServer(chosen) as server, client_of(server) as client:
        request = proto.CreateIngressRequest(
            input_type=proto.RTMP_INPUT, room_name="hall", participant_identity="encoder"
        )
        made = await client.ingress.create_ingress(request)
    async with MediaServer(chosen) as server, client_of(server) as client:
        [found] = (await client.ingress.list_ingress(proto.ListIngressRequest())).items
        assert (found.ingress_id, found.stream_key) == (made.ingress_id, made.stream_key)


async def test_the_list_of_keys_is_for_nobody_else(stage: Stage, tmp_path):
    await an_ingress(stage)
    assert stat.S_IMODE((tmp_path / ".state" / "ingresses.json").stat().st_mode) == 0o600


async def test_a_list_that_cannot_be_read_is_set_aside(hooks, tmp_path):
    (tmp_path / ".state").mkdir()
    (tmp_path / ".state" / "ingresses.json").write_text(json.dumps({"not": "a list"}))
    async with MediaServer(settings(hooks, tmp_path)) as server, client_of(server) as client:
        assert not (await client.ingress.list_ingress(proto.ListIngressRequest())).items
    assert (tmp_path / ".state" / "ingresses.unreadable").exists()


async def test_without_a_port_there_is_no_rtmp(hooks, tmp_path):
    request = proto.CreateIngressRequest(room_name="hall", participant_identity="encoder")
    async with MediaServer(settings(hooks, tmp_path)) as server, client_of(server) as client:
        with pytest.raises(api.TwirpError) as fault:
            await client.ingress.create_ingress(request)
        assert fault.value.code == "unavailable"


async def test_a_port_that_is_taken_costs_only_the_encoders(hooks, tmp_path, stage: Stage):
    taken = settings(hooks, tmp_path / "second", rtmp_port=stage.server.rtmp_port)
    async with MediaServer(taken) as server:
        assert server.rtmp_port == 0


def test_an_address_that_guesses_is_shut_out():
    guard = Guard()
    for _ in range(MOST_WRONG):
        assert not guard.is_shut("192.0.2.7")
        guard.wrong("192.0.2.7")
    assert guard.is_shut("192.0.2.7")
    assert not guard.is_shut("192.0.2.8")


def test_an_ipv6_subscriber_counts_as_one():
    guard = Guard()
    for number in range(MOST_WRONG):
        guard.wrong(f"2001:db8::{number:x}")
    assert guard.is_shut("2001:db8::ffff")
    assert not guard.is_shut("2001:db8:0:1::1")
