"""WHIP, RFC 9725, point by point."""

import httpx
import pytest
from livekit.protocol import ingress as proto

from livehall.media.client.offer import Offers, Section
from livehall.media.client.path import MediaPath
from livehall.media.ingress.guard import MOST_WRONG
from livehall.media.sdp import parse as sdp
from tests.media.conftest import Stage
from tests.media.ingress.conftest import an_ingress

pytestmark = pytest.mark.media
SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}


@pytest.fixture
async def http():
    async with httpx.AsyncClient() as session:
        yield session


@pytest.fixture
async def made(stage: Stage) -> proto.IngressInfo:
    return await an_ingress(stage, proto.WHIP_INPUT)


@pytest.fixture
async def offer() -> str:
    path = MediaPath(lambda *_: None, lambda _: None)
    sections = [Section(kind="audio", direction="sendonly"), Section(kind="video", direction="sendonly")]
    for number, section in enumerate(sections):
        section.mid = str(number)
    return Offers(path.party).write(sections)


def bearer(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("way", ["bearer", "path", "livekit"])
async def test_an_offer_is_answered(stage: Stage, http, made, offer, way):
    ways = {
        "bearer": (made.url, bearer(made.stream_key)),
        "path": (f"{made.url}/{made.stream_key}", {}),
        "livekit": (f"{stage.http_url}/w/{made.stream_key}", {}),
    }
    url, headers = ways[way]
    answer = await http.post(url, content=offer, headers=SDP | headers)
    assert answer.status_code == 201
    assert answer.headers["Content-Type"].startswith("application/sdp")
    assert answer.headers["Location"].startswith("/whip/session/")
    assert answer.headers["ETag"]
    directions = [section.direction for section in sdp.parse(answer.text)]
    assert directions == ["recvonly", "recvonly"]


async def test_a_session_ends_by_delete_once(stage: Stage, http, made, offer):
    answer = await http.post(made.url, content=offer, headers=SDP | bearer(made.stream_key))
    where = stage.http_url + answer.headers["Location"]
    assert (await http.delete(where)).status_code == 200
    assert (await http.delete(where)).status_code == 404


@pytest.mark.parametrize(
    ("condition", "status"), [("{etag}", 204), ('"another"', 412), (None, 428)], ids=["same", "old", "none"]
)
async def test_candidates_are_heard_for_the_present_ice_session(
    stage: Stage, http, made, offer, condition, status
):
    answer = await http.post(made.url, content=offer, headers=SDP | bearer(made.stream_key))
    where, etag = stage.http_url + answer.headers["Location"], answer.headers["ETag"]
    headers = FRAGMENT | ({"If-Match": condition.format(etag=etag)} if condition else {})
    assert (await http.patch(where, content="a=end-of-candidates\r\n", headers=headers)).status_code == status


async def test_an_ice_restart_gets_new_credentials(stage: Stage, http, made, offer):
    answer = await http.post(made.url, content=offer, headers=SDP | bearer(made.stream_key))
    where, etag = stage.http_url + answer.headers["Location"], answer.headers["ETag"]
    before = sdp.parse(answer.text)[0].ufrag
    fragment = "a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuv\r\nm=audio 9 x 0\r\na=mid:0\r\n"
    answer = await http.patch(where, content=fragment, headers=FRAGMENT | {"If-Match": "*"})
    assert answer.status_code == 200
    assert answer.headers["ETag"] != etag
    assert f"a=ice-ufrag:{before}" not in answer.text
    assert "a=ice-pwd:" in answer.text


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        ("v=0", "application/sdp", 400),
        ("v=0", "text/plain", 415),
        ("x" * 200_000, "application/sdp", 413),
    ],
)
async def test_what_is_no_offer_is_refused(http, made, body, kind, status):
    headers = bearer(made.stream_key) | {"Content-Type": kind}
    assert (await http.post(made.url, content=body, headers=headers)).status_code == status


async def test_an_offer_without_a_codec_of_ours_is_refused(http, made, offer):
    foreign = offer.replace("opus/48000/2", "PCMU/8000").replace("OPUS/48000/2", "PCMU/8000")
    answer = await http.post(made.url, content=foreign, headers=SDP | bearer(made.stream_key))
    assert answer.status_code == 406
    assert "Opus" in answer.text


async def test_a_wrong_key_is_refused_and_guessing_ends(stage: Stage, http, made, offer):
    for _ in range(MOST_WRONG):
        assert (await http.post(made.url, content=offer, headers=SDP | bearer("wrong"))).status_code == 401
    answer = await http.post(made.url, content=offer, headers=SDP | bearer(made.stream_key))
    assert answer.status_code == 429
    assert answer.headers["Retry-After"]


async def test_the_key_of_another_way_is_refused(stage: Stage, http, made, offer):
    other = await an_ingress(stage)
    assert (
        await http.post(made.url, content=offer, headers=SDP | bearer(other.stream_key))
    ).status_code == 401


async def test_a_browser_of_another_origin_may_come(http, made):
    answer = await http.options(made.url)
    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Authorization" in answer.headers["Access-Control-Allow-Headers"]


async def test_an_encoder_that_never_connects_is_forgotten_by_delete(stage: Stage, http, made, offer):
    answer = await http.post(made.url, content=offer, headers=SDP | bearer(made.stream_key))
    where = stage.http_url + answer.headers["Location"]
    await http.delete(where)
    listed = await (await stage.api()).ingress.list_ingress(proto.ListIngressRequest())
    assert listed.items[0].state.status == proto.IngressState.ENDPOINT_INACTIVE
    assert "ingress_ended" not in stage.hooks.names()
